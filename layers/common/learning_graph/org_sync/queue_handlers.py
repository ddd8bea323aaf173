"""Handles the messages of org sync's two queues, and decides when a failed one is delivered again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from learning_graph.aws.queues import Queue, redelivered_after
from learning_graph.org_sync.queue_messages import (
    UploadRequest,
    read_tracking_message,
    read_upload_message,
    tracking_message,
    upload_message,
)
from learning_graph.org_sync.state import EndedDrop, Progress, RetryLater
from learning_graph.org_sync.track import TrackDrop
from learning_graph.org_sync.upload import UploadDrop
from learning_graph.store.org_sync_bucket import Drop
from learning_graph.values.errors import ConfigurationError

# From this reception on a drop is ended; the template's maxReceiveCount is 10, in case a worker is killed doing it.
LAST_RECEIVE: Final = 8
_REDELIVERED_AFTER: Final = 60.0  # seconds, multiplied by the receptions so far
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueueMessage:
    """A received message.

    Args:
        message_id: stays the same when the message is delivered again.
        receives: how many times it was received, including this one.
    """

    body: str
    message_id: str
    receipt_handle: str
    receives: int

    @property
    def is_last_receive(self) -> bool:
        return self.receives >= LAST_RECEIVE


def message_of(record: SQSRecord) -> QueueMessage:
    """Return the message of an SQS record."""
    return QueueMessage(
        body=record.body,
        message_id=record.message_id,
        receipt_handle=record.receipt_handle,
        receives=int(record.attributes.approximate_receive_count),
    )


def add_metrics(metrics: Metrics, ended: list[EndedDrop]) -> None:
    """Count a message and the drops that ended with it."""
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    for end in ended:
        with single_metric(name="OrgSyncFinished", unit=MetricUnit.Count, value=1) as metric:
            metric.add_dimension("outcome", end.outcome)
        for name, count in end.counts.items():
            metrics.add_metric(name=f"OrgSync{name}", unit=MetricUnit.Count, value=count)


def handle_upload(message: QueueMessage, use_case: UploadDrop, queue: Queue) -> list[EndedDrop]:
    """Handle a message of the upload queue; return the drops that ended."""
    ended = []
    with redelivered_after(queue, message.receipt_handle, _redelivery_delay(message)) as about:
        for request in read_upload_message(message.body, use_case.bucket.name):
            drop = _drop(request, use_case)
            about.update(_log_fields(drop))
            owner = request.owner or message.message_id
            progress = use_case.handle(drop, owner, is_last_receive=message.is_last_receive)
            _log_progress(drop, progress)
            if isinstance(progress, RetryLater):
                queue.send(upload_message(drop, owner), delay=progress.seconds)
                if progress.lost:
                    queue.send(upload_message(progress.lost))
            elif isinstance(progress, EndedDrop):
                ended.append(progress)
    return ended


def handle_tracking(message: QueueMessage, use_case: TrackDrop, queue: Queue) -> list[EndedDrop]:
    """Handle a message of the tracking queue; return the drop if it ended."""
    with redelivered_after(queue, message.receipt_handle, _redelivery_delay(message)) as about:
        drop = read_tracking_message(message.body)
        about.update(_log_fields(drop))
        progress = use_case.handle(drop, is_last_receive=message.is_last_receive)
        _log_progress(drop, progress)
        if isinstance(progress, RetryLater):
            queue.send(tracking_message(drop), delay=progress.seconds)
    return [progress] if isinstance(progress, EndedDrop) else []


def _redelivery_delay(message: QueueMessage) -> Callable[[Exception], float]:
    return lambda _error: _REDELIVERED_AFTER * message.receives


def _drop(request: UploadRequest, use_case: UploadDrop) -> Drop:
    version = request.version or use_case.bucket.current_version(request.key)
    if version is None:
        raise ConfigurationError(
            "versionId",
            f"there is no version of {request.key}",
            resolution="Switch the bucket's versioning on; in an event made by hand name an object that exists.",
        )
    return Drop(request.key, version)


def _log_fields(drop: Drop) -> dict[str, str]:
    return {"drop": drop.file, "version": drop.version}


def _log_progress(drop: Drop, progress: Progress) -> None:
    fields = {**_log_fields(drop), "reason": progress.reason}
    if isinstance(progress, RetryLater):
        _log.info("retried later", extra={**fields, "seconds": progress.seconds})
    elif isinstance(progress, EndedDrop):
        _log.info("ended", extra={**fields, "outcome": progress.outcome})
    else:
        _log.info("skipped", extra=fields)
