"""From a queue to its function."""

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

# A long poll answers at once when there is a message; but one of a FIFO queue takes a group that is at work when it
# begins for at work until it ends (moto).
_WAIT_SECONDS = 5
_FIFO_WAIT_SECONDS = 1


class QueuePump(Pump):
    """An event source mapping: receives, invokes, deletes what succeeded (AWS Lambda guide, "Using Lambda with SQS").

    What failed stays invisible until the queue's visibility time-out, and after `maxReceiveCount` receptions moto moves
    it to the dead-letter queue. Where the queue's time-out is shorter than the function's (a local run that wants quick
    redelivery), messages at work are kept invisible, unless `overrun` asks for the opposite.
    """

    def __init__(
        self, trigger: QueueTrigger, deployment: Deployment, environments: Environments, *, overrun: bool = False
    ) -> None:
        super().__init__(f"pump-{trigger.queue_name}")
        self.trigger = trigger
        self.busy = 0
        self._environments = environments
        self._url = deployment.queue_url(trigger.queue_name)
        self._sqs = deployment.client("sqs")
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["VisibilityTimeout"])
        self._visibility = int(attributes["Attributes"]["VisibilityTimeout"])
        function = deployment.wiring.functions[trigger.function]
        self._prolong = self._visibility < function.timeout and not overrun
        self._wait = _FIFO_WAIT_SECONDS if trigger.queue_name.endswith(".fifo") else _WAIT_SECONDS
        self._slots = threading.Semaphore(trigger.concurrency)
        self._executor = ThreadPoolExecutor(trigger.concurrency, thread_name_prefix=trigger.queue_name)
        self._lock = threading.Lock()

    def stop(self) -> None:
        super().stop()
        self._executor.shutdown(wait=False)

    def turn(self) -> float:
        if not self._slots.acquire(timeout=0.2):
            return 0
        messages = self._receive()
        if not messages:
            self._slots.release()
            return 0
        with self._lock:
            self.busy += 1
        self._executor.submit(self._handle, messages)
        return 0

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            WaitTimeSeconds=self._wait,
            MaxNumberOfMessages=self.trigger.batch_size,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        try:
            failed = self._failed(messages)
            for message in messages:
                if message["MessageId"] not in failed:
                    self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.fail(error)
        finally:
            with self._lock:
                self.busy -= 1
            self._slots.release()

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

    def _hide(self, message: dict[str, Any]) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=self._visibility
            )
        except ClientError as error:
            # This machine was too busy, and the message is back already: it is worked on twice, as on AWS.
            _log.warning("%s is late: %s", message["MessageId"], error)

    @contextmanager
    def _kept_invisible(self, messages: list[dict[str, Any]]) -> Iterator[None]:
        if not self._prolong:
            yield
            return
        done = threading.Event()

        def prolong() -> None:
            try:
                while not done.wait(self._visibility / 2):
                    for message in messages:
                        self._hide(message)
            except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
                self.fail(error)

        thread = threading.Thread(target=prolong, name="visibility", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
