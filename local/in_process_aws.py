"""AWS in this process, with time-outs under control: a moto server in a thread, and the template in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from moto.s3.models import FakeKey, s3_backends
from moto.sqs.models import sqs_backends

from local.aws_server import AwsServer, LocalAws
from local.deployment import Deployment
from local.place import ACCOUNT, REGION
from local.stack import UNFILLED_SECRETS

_HIDDEN_SECONDS = 3600  # longer than any test: a message is visible again after `end_visibility_timeouts`

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class InProcessAws:
    """The deployed template over an empty moto; `close` ends its thread.

    Args:
        parameters: values of template parameters.
        services: what answers for AWS.
        deploy: makes the template's resources.
    """

    def __init__(
        self,
        parameters: Mapping[str, str],
        services: Application | None = None,
        deploy: Callable[..., Deployment] = Deployment,
    ) -> None:
        self._lock = threading.RLock()
        self._server = AwsServer(self._one_at_a_time(services or LocalAws()))
        self._thread = threading.Thread(target=self._server.serve_forever, name="moto", daemon=True)
        self._thread.start()
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.deployment = deploy(url, parameters, UNFILLED_SECRETS)
        self.s3 = self.deployment.client("s3")
        self.graph_bucket = self.deployment.name_of("GraphBucket")
        self._secrets = self.deployment.client("secretsmanager")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def set_linkedin_secret(self, text: str) -> None:
        """Store the JSON of the credential pairs."""
        arn = self.deployment.wiring.functions["StartRunFunction"].environment["LINKEDIN_SECRET_ARN"]
        self._secrets.put_secret_value(SecretId=arn, SecretString=text)

    def receive(self, queue: str, count: int) -> list[Any]:
        """Receive visible messages, which are then hidden until `end_visibility_timeouts`; see maxReceiveCount."""
        with self._lock:
            return list(_backend().receive_message(queue, count, 0, _HIDDEN_SECONDS))

    def delete(self, queue: str, message: Any) -> None:
        """Delete a message that was handled."""
        with self._lock:
            _backend().delete_message(queue, message.receipt_handle)

    def release(self, queue: str, message: Any) -> None:
        """Make a message visible again although it is being handled, as after a visibility time-out."""
        with self._lock:
            for own in _backend().get_queue(queue)._messages:  # noqa: SLF001 - moto has no other way
                if own.id == message.id:
                    own.visible_at = 0.0

    def send(self, logical_id: str, body: str) -> None:
        """Send any message to a queue."""
        url = self.deployment.queue_url(self.deployment.name_of(logical_id))
        fifo = {"MessageGroupId": "one", "MessageDeduplicationId": str(hash(body))} if url.endswith(".fifo") else {}
        self.deployment.client("sqs").send_message(QueueUrl=url, MessageBody=body, **fifo)

    def end_visibility_timeouts(self, *, delayed: bool = False) -> int:
        """Make every hidden message visible, with `delayed` also delayed ones; return how many there were."""
        with self._lock:
            found = 0
            for queue in self._queues():
                for message in queue._messages:  # noqa: SLF001 - moto has no other way
                    if (not message.visible and not message.delayed) or (message.delayed and delayed):
                        message.visible_at = message.delayed_until = 0.0
                        queue.pending_messages.discard(message)
                        found += 1
            return found

    def has_delayed(self) -> bool:
        """Tell whether a message is delayed by its sender."""
        with self._lock:
            return any(message.delayed for queue in self._queues() for message in queue._messages)  # noqa: SLF001

    def bodies(self, logical_id: str) -> list[str]:
        """Return the bodies of all messages of a queue, visible or not."""
        with self._lock:
            queue = _backend().get_queue(self.deployment.name_of(logical_id))
            return [message.body for message in queue._messages]  # noqa: SLF001

    def shuffle(self, random: Random) -> None:
        """Shuffle the messages of every standard queue."""
        with self._lock:
            for queue in self._queues():
                if not queue.fifo_queue:
                    random.shuffle(queue._messages)  # noqa: SLF001

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """Return the objects of the graph bucket, by key."""
        with self._lock:
            return {key: self._stored()[key].value for key in self.keys(prefix)}

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys of the graph bucket below a prefix."""
        with self._lock:
            found = (key for key, stored in self._stored().items() if isinstance(stored, FakeKey))
            return sorted(key for key in found if key.startswith(prefix))

    def reset(self, objects: Mapping[str, bytes] | None = None) -> None:
        """Empty every queue, and leave only these objects in the graph bucket."""
        with self._lock:
            self._stored().clear()
        for key, data in (objects or {}).items():
            self.s3.put_object(Bucket=self.graph_bucket, Key=key, Body=data)
        self.lose_messages()

    def lose_messages(self) -> None:
        """Empty every queue."""
        with self._lock:
            for queue in self._queues():
                _empty(queue)

    def take_events(self) -> list[dict[str, Any]]:
        """Return the events the functions have put on the bus since the last call."""
        with self._lock:
            queue = _backend().get_queue(self.deployment.captured_events_url.rpartition("/")[2])
            bodies = [message.body for message in queue._messages]  # noqa: SLF001
            _empty(queue)
        return [json.loads(body) for body in bodies]

    def _stored(self) -> Any:
        return s3_backends[ACCOUNT]["aws"].get_bucket(self.graph_bucket).keys

    def _queues(self) -> list[Any]:
        return list(_backend().queues.values())

    def _one_at_a_time(self, application: Application) -> Application:
        """Serve one request after the other: moto's changes are not atomic."""

        def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            with self._lock:
                return list(application(environ, start_response))

        return served


def _empty(queue: Any) -> None:
    queue._messages = []  # noqa: SLF001 - a purge is allowed once a minute
    queue._pending_messages = set()  # noqa: SLF001


def _backend() -> Any:
    return sqs_backends[ACCOUNT][REGION]
