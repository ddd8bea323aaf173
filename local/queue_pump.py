"""From the queues to their functions, as Lambda's event source mappings do it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from local.deployment import Deployment
from local.environments import Environments, InvocationFailed
from local.place import REGION
from local.pump import Pump
from local.wiring import QueueTrigger

_log = logging.getLogger(__name__)

# Seconds between two looks at how many messages the queues hold. moto's long polls spin, and starve its other threads:
# so one cheap request asks about all queues, and a queue is received from only when it has something.
_LOOK_SECONDS = 0.05


class QueuePump(Pump):
    """Watches the queues and lets each mapping with visible messages work."""

    def __init__(self, deployment: Deployment, mappings: list[QueueMapping]) -> None:
        super().__init__("pump-queues")
        self._deployment = deployment
        self._mappings = mappings

    def turn(self) -> float:
        counts = self._deployment.message_counts()
        for mapping in self._mappings:
            mapping.work(counts[mapping.trigger.queue_name]["visible"], self.fail)
        return _LOOK_SECONDS

    def stop(self) -> None:
        super().stop()
        for mapping in self._mappings:
            mapping.close()

    def is_busy(self) -> bool:
        """Say whether a function is at work."""
        return any(mapping.busy for mapping in self._mappings)


class QueueMapping:
    """An event source mapping: receives, invokes, deletes what succeeded (AWS Lambda guide, "Using Lambda with SQS").

    What failed stays invisible until the queue's visibility time-out, and after `maxReceiveCount` receptions moto moves
    it to the dead-letter queue. Where the queue's time-out is shorter than the function's (a local run that wants quick
    redelivery), messages at work are kept invisible, unless `overrun` asks for the opposite.
    """

    def __init__(
        self, trigger: QueueTrigger, deployment: Deployment, environments: Environments, *, overrun: bool = False
    ) -> None:
        self.trigger = trigger
        self.busy = 0
        self._environments = environments
        self._url = deployment.queue_url(trigger.queue_name)
        self._sqs = deployment.sqs
        self._visibility = deployment.visibility_timeout(trigger.queue_name)
        self._prolong = self._visibility < deployment.wiring.functions[trigger.function].timeout and not overrun
        self._executor = ThreadPoolExecutor(trigger.concurrency, thread_name_prefix=trigger.queue_name)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Begin no further invocation."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def work(self, visible: int, fail: Any) -> None:
        """Start as many receivers as the visible messages need and the mapping allows."""
        with self._lock:
            needed = min(-(-visible // self.trigger.batch_size), self.trigger.concurrency - self.busy)
            for _ in range(needed):
                self.busy += 1
                self._executor.submit(self._receive_all, fail)

    def _receive_all(self, fail: Any) -> None:
        try:
            while messages := self._receive():
                self._handle(messages)
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            fail(error)
        finally:
            with self._lock:
                self.busy -= 1

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self.trigger.batch_size,
            WaitTimeSeconds=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        failed = self._failed(messages)
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _failed(self, messages: list[dict[str, Any]]) -> set[str]:
        """Invoke the function and return the ids of the messages it did not finish."""
        event = {"Records": [self._record(message) for message in messages]}
        ids = {message["MessageId"] for message in messages}
        try:
            with self._kept_invisible(messages):
                answer = self._environments.invoke(self.trigger.function, event)
        except InvocationFailed as failure:
            _log.warning("%s", failure)
            return ids
        if not self.trigger.reports_items or not answer or not answer.get("batchItemFailures"):
            return set()
        reported = {item.get("itemIdentifier") for item in answer["batchItemFailures"]}
        # An answer that names anything else is a handler gone wrong: Lambda takes the whole batch as failed.
        return ids if reported - ids else reported

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
                for name, attribute in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self.trigger.queue_arn,
            "awsRegion": REGION,
        }

    @contextmanager
    def _kept_invisible(self, messages: list[dict[str, Any]]) -> Iterator[None]:
        if not self._prolong:
            yield
            return
        done = threading.Event()

        def prolong() -> None:
            while not done.wait(self._visibility / 2):
                for message in messages:
                    self._hide(message)

        thread = threading.Thread(target=prolong, name="visibility", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _hide(self, message: dict[str, Any]) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=self._visibility
            )
        except ClientError as error:
            # This machine was too busy, and the message is back already: it is worked on twice, as on AWS.
            _log.warning("%s is late: %s", message["MessageId"], error)
