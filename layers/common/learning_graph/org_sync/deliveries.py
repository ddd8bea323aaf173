"""One message of an org-sync queue: what it asks for, and when it comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from learning_graph.aws.queues import Queue, coming_back
from learning_graph.org_sync.drops import Drop
from learning_graph.org_sync.messages import (
    Notice,
    read_tracking_message,
    read_upload_message,
    tracking_message,
    upload_message,
)
from learning_graph.org_sync.progress import Ended, Later, Progress
from learning_graph.org_sync.track import TrackDrop
from learning_graph.org_sync.upload import UploadDrop
from learning_graph.values.errors import ConfigurationError

# From this reception on a drop is ended; the template's maxReceiveCount is 10, so that workers may die over that too.
LAST_RECEIVE: Final = 8
_COMES_BACK_AFTER: Final = 60.0  # seconds, times the receptions so far
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """A received message.

    Args:
        message_id: stays the same when it is delivered again.
        times: how often it was received, this time included.
    """

    body: str
    message_id: str
    receipt_handle: str
    times: int

    @property
    def is_last_time(self) -> bool:
        return self.times >= LAST_RECEIVE


def delivery_of(record: SQSRecord) -> Delivery:
    """Return the delivery of an SQS record."""
    return Delivery(
        body=record.body,
        message_id=record.message_id,
        receipt_handle=record.receipt_handle,
        times=int(record.attributes.approximate_receive_count),
    )


def add_metrics(metrics: Metrics, ended: list[Ended]) -> None:
    """Count a delivery and the drops that ended with it."""
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    for end in ended:
        with single_metric(name="OrgSyncFinished", unit=MetricUnit.Count, value=1) as metric:
            metric.add_dimension("outcome", end.outcome)
        for name, count in end.counts.items():
            metrics.add_metric(name=f"OrgSync{name}", unit=MetricUnit.Count, value=count)


def _wait(delivery: Delivery) -> Callable[[Exception], float]:
    return lambda _error: _COMES_BACK_AFTER * delivery.times


def handle_upload(delivery: Delivery, use_case: UploadDrop, queue: Queue) -> list[Ended]:
    """Handle a message of the upload queue; return the drops that ended."""
    ended = []
    with coming_back(queue, delivery.receipt_handle, _wait(delivery)):
        for notice in read_upload_message(delivery.body, use_case.store.name):
            drop = _drop(notice, use_case)
            owner = notice.owner or delivery.message_id
            progress = use_case.handle(drop, owner, is_last_time=delivery.is_last_time)
            _tell(drop, progress)
            if isinstance(progress, Later):
                queue.send(upload_message(drop, owner), delay=progress.seconds)
                if progress.lost:
                    queue.send(upload_message(progress.lost))
            elif isinstance(progress, Ended):
                ended.append(progress)
    return ended


def handle_tracking(delivery: Delivery, use_case: TrackDrop, queue: Queue) -> list[Ended]:
    """Handle a message of the tracking queue; return the drop if it ended."""
    with coming_back(queue, delivery.receipt_handle, _wait(delivery)):
        drop = read_tracking_message(delivery.body)
        progress = use_case.handle(drop, is_last_time=delivery.is_last_time)
        _tell(drop, progress)
        if isinstance(progress, Later):
            queue.send(tracking_message(drop), delay=progress.seconds)
    return [progress] if isinstance(progress, Ended) else []


def _drop(notice: Notice, use_case: UploadDrop) -> Drop:
    version = notice.version or use_case.store.current_version(notice.key)
    if version is None:
        raise ConfigurationError(
            "versionId",
            f"there is no version of {notice.key}",
            resolution="Switch the bucket's versioning on; in a hand-made event name an object that exists.",
        )
    return Drop(notice.key, version)


def _tell(drop: Drop, progress: Progress) -> None:
    said = {"drop": drop.file, "version": drop.version, "reason": progress.reason}
    if isinstance(progress, Later):
        _log.info("comes back later", extra={**said, "seconds": progress.seconds})
    elif isinstance(progress, Ended):
        _log.info("ended", extra={**said, "outcome": progress.outcome})
    else:
        _log.info("passed", extra=said)
