"""Delivers events as AWS does: from queues, buckets and schedules to functions, from the event bus to a file."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import ClientError

from local.deployment import Deployment
from local.environments import Environments, InvocationFailed
from local.place import ACCOUNT, REGION
from local.wiring import BucketTrigger, QueueTrigger, Schedule

_log = logging.getLogger(__name__)


# Seconds between two requests for the numbers of messages. moto's long polls spin and starve its other threads, so one
# cheap request asks about all queues, and a queue is received from only when it has messages.
_QUEUE_SECONDS = 0.05
# Seconds between two requests to a bucket, and to the bus.
_BUCKET_SECONDS = 0.5


class Pump:
    """A thread that repeats `turn` until it is stopped; an error of its own ends it and is kept in `error`."""

    def __init__(self, name: str) -> None:
        self.error: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin no further turn."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the present turn to end."""
        self._thread.join(seconds)

    def fail(self, error: BaseException) -> None:
        """Keep an error for the main thread; errors during shutdown are ignored."""
        if not self._stopping.is_set():
            self.error = error

    def turn(self) -> float:
        """Do one piece of work and return the seconds to wait before the next."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self.turn())
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.fail(error)


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
        return _QUEUE_SECONDS

    def stop(self) -> None:
        super().stop()
        for mapping in self._mappings:
            mapping.close()

    def is_busy(self) -> bool:
        """Tell whether a function is running."""
        return any(mapping.busy for mapping in self._mappings)


class QueueMapping:
    """An event source mapping: receives, invokes, deletes what succeeded (AWS Lambda guide, "Using Lambda with SQS").

    What failed stays invisible until the queue's visibility time-out, and after `maxReceiveCount` receptions moto moves
    it to the dead-letter queue. Where the queue's time-out is shorter than the function's (a local run that wants quick
    redelivery), messages in flight are kept invisible, except with `overrun`.
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
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(done)],
            )

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
        # An answer that names other ids is invalid: Lambda treats the whole batch as failed.
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
            while not done.wait(self._visibility / 3):
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
            # This machine was too busy, and the message is visible again: it is handled twice, as on AWS.
            _log.warning("%s is late: %s", message["MessageId"], error)


class BucketPump(Pump):
    """A bucket notification: sends every new version of a matching key to the queue, in the order written."""

    def __init__(self, trigger: BucketTrigger, deployment: Deployment) -> None:
        super().__init__(f"pump-{trigger.bucket}")
        self._trigger = trigger
        self._s3, self._sqs = deployment.s3, deployment.sqs
        self._url = deployment.queue_url(trigger.queue_arn.rpartition(":")[2])
        self._sent = {(found["Key"], found["VersionId"]) for found in self._versions()}

    def turn(self) -> float:
        for version in sorted(self._versions(), key=lambda found: found["LastModified"]):
            identity = (version["Key"], version["VersionId"])
            if identity not in self._sent:
                self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(self._event(version)))
                self._sent.add(identity)
        return _BUCKET_SECONDS

    def is_up_to_date(self) -> bool:
        """Tell whether every version has been sent to the queue."""
        return all((version["Key"], version["VersionId"]) in self._sent for version in self._versions())

    def _versions(self) -> list[dict[str, Any]]:
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=self._trigger.bucket, Prefix=self._trigger.prefix
        )
        # Oldest first: S3 lists the versions of a key newest first.
        found = [version for page in pages for version in page.get("Versions", ())]
        return [version for version in reversed(found) if version["Key"].endswith(self._trigger.suffix)]

    def _event(self, version: dict[str, Any]) -> dict[str, Any]:
        described = {
            "key": quote_plus(version["Key"], safe="/"),
            "size": version["Size"],
            "eTag": version["ETag"].strip('"'),
            "versionId": version["VersionId"],
            "sequencer": f"{time.time_ns():016X}",
        }
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": REGION,
            "eventTime": version["LastModified"].astimezone(UTC).isoformat(timespec="milliseconds"),
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "bucket": {"name": self._trigger.bucket, "arn": f"arn:aws:s3:::{self._trigger.bucket}"},
                "object": described,
            },
        }
        return {"Records": [record]}


class SchedulePump(Pump):
    """An EventBridge rule: invokes its function every `seconds`, with the event that `event_at` makes."""

    def __init__(
        self,
        schedule: Schedule,
        environments: Environments,
        *,
        seconds: float,
        event_at: Callable[[Schedule], dict[str, Any]],
    ) -> None:
        super().__init__(f"pump-{schedule.rule}")
        self._schedule = schedule
        self._environments = environments
        self._seconds = seconds
        self._event_at = event_at
        self._next = time.monotonic() + seconds

    def turn(self) -> float:
        if time.monotonic() >= self._next:
            self._next += self._seconds
            try:
                self._environments.invoke(self._schedule.function, self._event_at(self._schedule))
            except InvocationFailed as failure:
                _log.warning("%s", failure)
        return min(0.2, self._seconds)


class EventPump(Pump):
    """Writes every event on the bus to a file, one JSON object a line."""

    def __init__(self, deployment: Deployment, path: Path) -> None:
        super().__init__("pump-events")
        self._sqs = deployment.sqs
        self._url = deployment.captured_events_url
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def turn(self) -> float:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        messages = answer.get("Messages", ())
        for message in messages:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(message["Body"] + "\n")
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return 0 if messages else _BUCKET_SECONDS


def scheduled_event(schedule: Schedule, time_of_event: datetime, event_id: str) -> dict[str, Any]:
    """Return the event of a schedule, in EventBridge's shape."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": time_of_event.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.rule}"],
        "detail": {},
    }
