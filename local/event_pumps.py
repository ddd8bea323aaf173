"""From buckets and schedules to functions, and from the event bus to a file."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from local.deployment import Deployment
from local.environments import Environments, InvocationFailed
from local.place import ACCOUNT, REGION
from local.pump import Pump
from local.wiring import BucketTrigger, Schedule

_log = logging.getLogger(__name__)

# Seconds between two looks at a bucket, and at the bus.
_LOOK_SECONDS = 0.5


class BucketPump(Pump):
    """A bucket notification: tells the queue about every new version of a matching key, in the order written."""

    def __init__(self, trigger: BucketTrigger, deployment: Deployment) -> None:
        super().__init__(f"pump-{trigger.bucket}")
        self._trigger = trigger
        self._s3, self._sqs = deployment.s3, deployment.sqs
        self._url = deployment.queue_url(trigger.queue_arn.rpartition(":")[2])
        self._told = {(found["Key"], found["VersionId"]) for found in self._versions()}

    def turn(self) -> float:
        for version in sorted(self._versions(), key=lambda found: found["LastModified"]):
            identity = (version["Key"], version["VersionId"])
            if identity not in self._told:
                self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(self._event(version)))
                self._told.add(identity)
        return _LOOK_SECONDS

    def is_told(self) -> bool:
        """Say whether the queue knows of every version there is."""
        return all((version["Key"], version["VersionId"]) in self._told for version in self._versions())

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
        return 0 if messages else _LOOK_SECONDS


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
