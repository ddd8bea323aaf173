"""Builds the use cases of each function from its settings. No other module creates clients.

Imports stand inside the functions: a Lambda function loads only what it uses, and only some functions have the DuckDB
layer (ADR 0002).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.aws.secrets import read_secret
from learning_graph.values.clock import utc_now
from learning_graph.values.steps import CATALOG_STEPS

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from learning_graph.linkedin.client import LinkedInClient
    from learning_graph.linkedin.credentials import Credentials
    from learning_graph.linkedin.org_sync import OrgSyncClient
    from learning_graph.linkedin.quota import DailyQuota
    from learning_graph.org_sync.track import TrackDrop
    from learning_graph.org_sync.upload import UploadDrop
    from learning_graph.runs.assemble_graph import Assembler
    from learning_graph.runs.close_runs import RunCloser
    from learning_graph.runs.collect_shard import Collector
    from learning_graph.runs.erase_learner import Erased
    from learning_graph.settings import (
        AssembleSettings,
        CloseSettings,
        CollectSettings,
        OrgSyncSettings,
        QueueSettings,
        UploadSettings,
    )
    from learning_graph.store.run import Plan, Shard
    from learning_graph.validation.messages import ValidateAnswer, ValidateRequest

_DUCKDB_MEMORY_SHARE = 0.6  # the rest is Python and the files' buffers
# Seconds at the end of an invocation in which LinkedIn is not called: a worker whose call hangs must still have the
# time to write what it has and to hand the rest on.
_RESERVED_SECONDS = 15.0
# The validate call answers within API Gateway's 29 s: a host that is silent for 15 s is reported, not waited for.
_VALIDATE_TIMEOUTS = (3.0, 15.0)
_VALIDATE_ATTEMPTS = 2
_VALIDATE_CONCURRENCY = 3  # endpoint families


def start(event: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Plan:
    """Start the run of an event."""
    from learning_graph.linkedin.credentials import read_credentials
    from learning_graph.runs.messages import read_start_request
    from learning_graph.runs.start_run import RunSettings, start_run
    from learning_graph.settings import StartRunSettings

    settings = StartRunSettings.read(environment)
    return start_run(
        read_start_request(event, utc_now()),
        RunSettings(
            account_name=settings.account_name,
            tag_account_name=settings.tag_account_name,
            lookback_days=settings.activity_lookback_days,
            locales=settings.catalog_locales,
            licensed_only=settings.licensed_only,
            deadline_hours=settings.run_deadline_hours,
            full_refresh_days=settings.catalog_full_refresh_days,
        ),
        bucket=Bucket(settings.graph_bucket),
        queue_of=queue_of(settings),
        credentials=read_credentials(read_secret(settings.linkedin_secret_arn)),
        clock=utc_now,
    )


def queue_of(settings: QueueSettings) -> Callable[[Shard], Queue]:
    """Return which queue a shard goes to: the Content and the Report key have quotas of their own, so two queues."""
    catalog, activity = Queue(settings.catalog_queue_url), Queue(settings.activity_queue_url)
    return lambda shard: catalog if shard.step in CATALOG_STEPS else activity


def collector(settings: CollectSettings, queue: Queue, time_left: Callable[[], float]) -> Collector:
    """Return what reads the shards of a queue in one invocation; `time_left` is in seconds."""
    from learning_graph.linkedin.client import LinkedInClient
    from learning_graph.linkedin.credentials import read_credentials
    from learning_graph.runs.collect_shard import Collector

    def client(quota: DailyQuota) -> LinkedInClient:
        return LinkedInClient(
            api_url=str(settings.linkedin_api_url),
            oauth_url=str(settings.linkedin_oauth_url),
            credentials=read_credentials(read_secret(settings.linkedin_secret_arn)),
            max_concurrent_requests=settings.max_concurrent_requests,
            time_left=lambda: time_left() - _RESERVED_SECONDS,
            now=utc_now,
            quota=quota,
        )

    return Collector(
        bucket=Bucket(settings.graph_bucket),
        queue=queue,
        assembly_queue=Queue(settings.assembly_queue_url),
        client=client,
        time_left=time_left,
        clock=utc_now,
    )


def assembler(settings: AssembleSettings) -> Assembler:
    """Return what assembles runs."""
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.runs.assemble_graph import Assembler

    return Assembler(
        bucket=Bucket(settings.graph_bucket),
        queue_of=queue_of(settings),
        bus=EventBus(settings.event_bus_name),
        workspace=scratch_folder,
        memory_megabytes=round(settings.aws_lambda_function_memory_size * _DUCKDB_MEMORY_SHARE),
        retention_days=settings.evidence_retention_days,
        tolerance_percent=settings.reconciliation_tolerance_percent,
    )


def run_closer(settings: CloseSettings) -> RunCloser:
    """Return what ends runs and shards that did not end by themselves."""
    from learning_graph.runs.close_runs import RunCloser

    return RunCloser(
        bucket=Bucket(settings.graph_bucket),
        assembly_queue=Queue(settings.assembly_queue_url),
        bus=EventBus(settings.event_bus_name),
        clock=utc_now,
    )


def erase(event: dict[str, object], environment: Mapping[str, str] = os.environ) -> Erased:
    """Erase the learner named by an event."""
    from learning_graph.runs.erase_learner import erase_learner, read_request
    from learning_graph.settings import EraseSettings

    settings = EraseSettings.read(environment)
    return erase_learner(
        read_request(event),
        bucket=Bucket(settings.graph_bucket),
        bus=EventBus(settings.event_bus_name),
        clock=utc_now,
    )


def validate_app(
    environment: Mapping[str, str], *, secret_of: Callable[[str], str] = read_secret
) -> APIGatewayRestResolver:
    """Return the API of the validate call.

    Settings are read at the first request, so that a wrong one is answered and logged.

    Args:
        environment: of the function.
        secret_of: reads a secret by its ARN.
    """
    from learning_graph.linkedin.client import LinkedInClient
    from learning_graph.settings import LinkedInSettings
    from learning_graph.validation.http import make_app
    from learning_graph.validation.validate import Validator

    def check(request: ValidateRequest, seconds: float) -> ValidateAnswer:
        settings = LinkedInSettings.read(environment)

        def connect(credentials: Credentials, time_left: Callable[[], float]) -> LinkedInClient:
            return LinkedInClient(
                api_url=str(settings.linkedin_api_url),
                oauth_url=str(settings.linkedin_oauth_url),
                credentials=credentials,
                max_concurrent_requests=_VALIDATE_CONCURRENCY,
                time_left=time_left,
                timeouts=_VALIDATE_TIMEOUTS,
                attempts=_VALIDATE_ATTEMPTS,
            )

        validator = Validator(lambda: secret_of(settings.linkedin_secret_arn), connect, utc_now)
        return validator.validate(request, seconds)

    return make_app(check)


def upload_drop(settings: UploadSettings) -> UploadDrop:
    """Return what uploads dropped HR files to LinkedIn."""
    from learning_graph.aws.drops import DropBucket
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.org_sync.assess import Rules
    from learning_graph.org_sync.endings import Endings
    from learning_graph.org_sync.state import States
    from learning_graph.org_sync.upload import UploadDrop

    store = DropBucket(settings.org_sync_bucket)
    return UploadDrop(
        store=store,
        states=States(store, utc_now),
        linkedin=_org_sync_client(settings),
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
        now=utc_now,
    )


def track_drop(settings: OrgSyncSettings) -> TrackDrop:
    """Return what follows uploaded HR files to their result."""
    from learning_graph.aws.drops import DropBucket
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.org_sync.endings import Endings
    from learning_graph.org_sync.state import States
    from learning_graph.org_sync.track import TrackDrop

    store = DropBucket(settings.org_sync_bucket)
    return TrackDrop(
        store=store,
        states=States(store, utc_now),
        linkedin=_org_sync_client(settings),
        endings=Endings(store, EventBus(settings.event_bus_name)),
        workspace=scratch_folder,
        now=utc_now,
    )


def _org_sync_client(settings: OrgSyncSettings) -> OrgSyncClient:
    from learning_graph.linkedin.org_sync import TIMEOUTS, OrgSyncClient, read_token
    from learning_graph.linkedin.session import HttpSession

    def token() -> str:
        return read_token(read_secret(settings.org_sync_secret_arn, field="ORG_SYNC_SECRET_ARN"))

    return OrgSyncClient(str(settings.linkedin_api_url), token, HttpSession(pool_size=1, timeouts=TIMEOUTS))
