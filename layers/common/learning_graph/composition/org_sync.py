"""Builds upload_org_sync and track_org_sync."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BeforeValidator, Field, HttpUrl

from learning_graph.aws.drops import DropBucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.aws.secrets import read_secret
from learning_graph.composition.scratch import scratch_folder
from learning_graph.composition.settings import Settings, Text
from learning_graph.linkedin.org_sync import TIMEOUTS, OrgSyncClient, read_token
from learning_graph.linkedin.session import HttpSession
from learning_graph.org_sync.assess import Rules
from learning_graph.org_sync.deliveries import Delivery, handle_tracking, handle_upload
from learning_graph.org_sync.endings import Endings
from learning_graph.org_sync.progress import Ended
from learning_graph.org_sync.state import States
from learning_graph.org_sync.track import TrackDrop
from learning_graph.org_sync.upload import UploadDrop
from learning_graph.values import clock


def _json_object(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise ValueError('is not a JSON object like {"E-Mail": "invited_email_address"}') from error


class OrgSyncSettings(Settings):
    """What both functions need; all of track_org_sync."""

    linkedin_api_url: HttpUrl = HttpUrl("https://api.linkedin.com")
    org_sync_secret_arn: Text
    org_sync_bucket: Text
    org_sync_tracking_queue_url: Text
    event_bus_name: Text = "default"


class UploadSettings(OrgSyncSettings):
    """upload_org_sync."""

    org_sync_upload_queue_url: Text
    org_sync_mode: Literal["manual", "automatic"] = "manual"
    org_sync_column_map: Annotated[dict[str, str], BeforeValidator(_json_object)] = Field(default_factory=dict)
    org_sync_on_bad_rows: Literal["refuse", "skip"] = "refuse"
    org_sync_max_revocations: float = Field(default=10, ge=0, le=100)
    org_sync_dry_run: bool = False


def upload_record(record: SQSRecord, settings: UploadSettings, metrics: Metrics) -> None:
    """Handle a message of the upload queue, and count what came of it."""
    queue = Queue(settings.org_sync_upload_queue_url)
    _count(metrics, handle_upload(_delivery(record), upload_drop(settings), queue))


def track_record(record: SQSRecord, settings: OrgSyncSettings, metrics: Metrics) -> None:
    """Handle a message of the tracking queue, and count what came of it."""
    queue = Queue(settings.org_sync_tracking_queue_url)
    _count(metrics, handle_tracking(_delivery(record), track_drop(settings), queue))


def _delivery(record: SQSRecord) -> Delivery:
    return Delivery(
        body=record.body,
        message_id=record.message_id,
        receipt_handle=record.receipt_handle,
        times=int(record.attributes.approximate_receive_count),
    )


def _count(metrics: Metrics, ended: list[Ended]) -> None:
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    for end in ended:
        with single_metric(name="OrgSyncFinished", unit=MetricUnit.Count, value=1) as metric:
            metric.add_dimension("outcome", end.outcome)
        for name, count in end.counts.items():
            metrics.add_metric(name=f"OrgSync{name}", unit=MetricUnit.Count, value=count)


def upload_drop(settings: UploadSettings) -> UploadDrop:
    """Return what takes drops to LinkedIn."""
    store = DropBucket(settings.org_sync_bucket)
    return UploadDrop(
        store=store,
        states=States(store, clock.utc_now),
        linkedin=_client(settings),
        tracking=Queue(settings.org_sync_tracking_queue_url),
        endings=Endings(store, EventBus(settings.event_bus_name)),
        rules=Rules(
            mode=settings.org_sync_mode,
            column_map=settings.org_sync_column_map,
            on_bad_rows=settings.org_sync_on_bad_rows,
            max_revocations=settings.org_sync_max_revocations,
            dry_run=settings.org_sync_dry_run,
        ),
        workspace=scratch_folder,
        now=clock.utc_now,
    )


def track_drop(settings: OrgSyncSettings) -> TrackDrop:
    """Return what follows drops to their end."""
    store = DropBucket(settings.org_sync_bucket)
    return TrackDrop(
        store=store,
        states=States(store, clock.utc_now),
        linkedin=_client(settings),
        endings=Endings(store, EventBus(settings.event_bus_name)),
        workspace=scratch_folder,
        now=clock.utc_now,
    )


def _client(settings: OrgSyncSettings) -> OrgSyncClient:
    def token() -> str:
        return read_token(read_secret(settings.org_sync_secret_arn, field="ORG_SYNC_SECRET_ARN"))

    return OrgSyncClient(str(settings.linkedin_api_url), token, HttpSession(pool_size=1, timeouts=TIMEOUTS))
