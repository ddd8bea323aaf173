"""Builds the use cases of each function from its settings. No other module creates clients.

Imports stand inside the functions: a Lambda function loads only what it uses, and only some functions have the DuckDB
layer (ADR 0002).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.aws.secrets import read_secret
from learning_graph.values.clock import time_zone, utc_now
from learning_graph.values.steps import CATALOG_STEPS

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from learning_graph.hr_file.people import PeopleTables
    from learning_graph.linkedin.auth import Credentials
    from learning_graph.linkedin.client import LinkedInClient
    from learning_graph.linkedin.org_sync import OrgSyncClient
    from learning_graph.linkedin.policy import SharedLimits
    from learning_graph.org_sync.track import TrackDrop
    from learning_graph.org_sync.upload import UploadDrop
    from learning_graph.reports.report_snapshot import SnapshotReporter
    from learning_graph.runs.assemble_graph import Assembler
    from learning_graph.runs.close_runs import RunCloser
    from learning_graph.runs.collect import Collector
    from learning_graph.runs.erase_learner import LearnerEraser
    from learning_graph.runs.prune_snapshots import SnapshotPruner
    from learning_graph.runs.publish_to_jupiterone import Publisher
    from learning_graph.settings import (
        AssembleSettings,
        CloseSettings,
        CollectSettings,
        EraseSettings,
        OrgSyncSettings,
        PruneSettings,
        PublishToJupiterOneSettings,
        QueueSettings,
        ReportSettings,
        UploadSettings,
    )
    from learning_graph.store.run import Plan, Shard
    from learning_graph.validation.contract import ValidateAnswer, ValidateRequest


_DUCKDB_MEMORY_SHARE = 0.6  # the rest is Python and the files' buffers
# Seconds at the end of an invocation in which LinkedIn is not called: a worker whose call hangs must still have
# time to write what it has read and to hand over the rest.
_RESERVED_SECONDS = 15.0
# After a result of 1 GB is downloaded, it is read and the ledger is written (docs/org-sync.md, "Sizes").
_RESULT_SECONDS = 300.0
_PYTHON_MEGABYTES = 300  # beside DuckDB's memory: the libraries, a piece of the file, what DuckDB does not count
_FEWEST_DUCKDB_MEGABYTES = 200
# API Gateway ends the validate call after 29 s: a host that does not answer for 15 s is reported as such.
_VALIDATE_TIMEOUTS = (3.0, 15.0)
_VALIDATE_ATTEMPTS = 2
_VALIDATE_CONCURRENCY = 3  # endpoint families
_JUPITERONE_ATTEMPTS = 5


def start(event: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Plan:
    """Start the run of an event."""
    from learning_graph.linkedin.auth import read_credentials
    from learning_graph.runs.run_messages import read_start_request
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
    """Return the queue of a shard: the Content and the Report key have separate quotas, so there are two queues."""
    catalog, activity = Queue(settings.catalog_queue_url), Queue(settings.activity_queue_url)
    return lambda shard: catalog if shard.step in CATALOG_STEPS else activity


def collector(settings: CollectSettings, queue: Queue, time_left: Callable[[], float]) -> Collector:
    """Return the use case that reads the shards of a queue in one invocation; `time_left` is in seconds."""
    from learning_graph.linkedin.auth import read_credentials
    from learning_graph.linkedin.client import LinkedInClient
    from learning_graph.runs.collect import Collector
    from learning_graph.runs.erasures import ErasedLearners
    from learning_graph.settings import CollectActivitySettings

    bucket = Bucket(settings.graph_bucket)
    # The catalogue names no learner, so that nobody is looked up there.
    pseudonyms = settings.pseudonym_secret_arn if isinstance(settings, CollectActivitySettings) else ""

    def client(limits: SharedLimits) -> LinkedInClient:
        return LinkedInClient(
            api_url=settings.linkedin_api_url,
            oauth_url=settings.linkedin_oauth_url,
            credentials=read_credentials(read_secret(settings.linkedin_secret_arn)),
            max_concurrent_requests=settings.max_concurrent_requests,
            time_left=lambda: time_left() - _RESERVED_SECONDS,
            now=utc_now,
            limits=limits,
        )

    return Collector(
        bucket=bucket,
        queue=queue,
        assembly_queue=Queue(settings.assembly_queue_url),
        client=client,
        erased=lambda: ErasedLearners(bucket, lambda: pseudonym_key(pseudonyms)),
        time_left=time_left,
        clock=utc_now,
        retry_delay=settings.retry_delay_seconds,
    )


def assembler(settings: AssembleSettings, time_left: Callable[[], float]) -> Assembler:
    """Return the use case that assembles runs; `time_left` is in seconds.

    Raises:
        ConfigurationError: the settings name an unknown export format.
    """
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.graph.export import demand_known
    from learning_graph.runs.assemble_graph import Assembler
    from learning_graph.runs.erasures import ErasedLearners

    demand_known(settings.export_formats)
    bucket = Bucket(settings.graph_bucket)
    return Assembler(
        bucket=bucket,
        queue_of=queue_of(settings),
        bus=EventBus(settings.event_bus_name, bucket.name),
        workspace=scratch_folder,
        erased=lambda: ErasedLearners(bucket, lambda: pseudonym_key(settings.pseudonym_secret_arn)),
        time_left=lambda: time_left() - _RESERVED_SECONDS,
        memory_megabytes=round(settings.aws_lambda_function_memory_size * _DUCKDB_MEMORY_SHARE),
        retention_days=settings.evidence_retention_days,
        tolerance_percent=settings.reconciliation_tolerance_percent,
        formats=settings.export_formats,
        clock=utc_now,
    )


def snapshot_reporter(settings: ReportSettings) -> SnapshotReporter:
    """Return the use case that makes the reports of a snapshot."""
    from learning_graph.aws.data_catalog import DataCatalog
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.aws.topics import Topic
    from learning_graph.reports.report_snapshot import SnapshotReporter

    return SnapshotReporter(
        bucket=Bucket(settings.graph_bucket),
        bus=EventBus(settings.event_bus_name, settings.graph_bucket),
        topic=Topic(settings.alert_topic_arn),
        catalog=DataCatalog(settings.athena_database) if settings.athena_database else None,
        workspace=scratch_folder,
        memory_megabytes=round(settings.aws_lambda_function_memory_size * _DUCKDB_MEMORY_SHARE),
        zone=settings.report_time_zone,
        people=settings.report_people,
    )


def run_closer(settings: CloseSettings) -> RunCloser:
    """Return the use case that ends runs and shards which did not end by themselves."""
    from learning_graph.runs.close_runs import RunCloser

    return RunCloser(
        bucket=Bucket(settings.graph_bucket),
        assembly_queue=Queue(settings.assembly_queue_url),
        bus=EventBus(settings.event_bus_name, settings.graph_bucket),
        clock=utc_now,
    )


def snapshot_pruner(settings: PruneSettings) -> SnapshotPruner:
    """Return what deletes old snapshots."""
    from learning_graph.aws.data_catalog import DataCatalog
    from learning_graph.runs.prune_snapshots import SnapshotPruner
    from learning_graph.values.retention import read_retention

    return SnapshotPruner(
        bucket=Bucket(settings.graph_bucket),
        catalog=DataCatalog(settings.athena_database),
        retention=read_retention(settings.snapshots_kept),
        zone=time_zone(settings.report_time_zone),
        clock=utc_now,
    )


def learner_eraser(settings: EraseSettings) -> LearnerEraser:
    """Return the use case that erases learners."""
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.runs.erase_learner import LearnerEraser

    return LearnerEraser(
        bucket=Bucket(settings.graph_bucket),
        bus=EventBus(settings.event_bus_name, settings.graph_bucket),
        clock=utc_now,
        pseudonym_key=lambda: pseudonym_key(settings.pseudonym_secret_arn),
        workspace=scratch_folder,
    )


def publisher(settings: PublishToJupiterOneSettings, *, owner: str, time_left: Callable[[], float]) -> Publisher:
    """Return the use case that publishes snapshots; `owner` names the invocation, `time_left` is in seconds."""
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.jupiterone.credentials import JupiterOneCredentials, read_credentials
    from learning_graph.jupiterone.sync_jobs import SYNC_JOB_TIMEOUTS, JupiterOneClient
    from learning_graph.linkedin.http import HttpSession
    from learning_graph.linkedin.policy import Attempts
    from learning_graph.runs.publish_to_jupiterone import Publisher

    def credentials() -> JupiterOneCredentials:
        return read_credentials(read_secret(settings.jupiterone_secret_arn, field="JUPITERONE_SECRET_ARN"))

    def time_to_call() -> float:
        return time_left() - _RESERVED_SECONDS

    session = HttpSession(pool_size=1, time_left=time_to_call, timeouts=SYNC_JOB_TIMEOUTS)
    attempts = Attempts(_JUPITERONE_ATTEMPTS, time_to_call, time.sleep)
    return Publisher(
        bucket=Bucket(settings.graph_bucket),
        queue=Queue(settings.jupiterone_queue_url),
        bus=EventBus(settings.event_bus_name, settings.graph_bucket),
        client=JupiterOneClient(settings.jupiterone_api_url, cache(credentials), session, attempts),
        scope=settings.jupiterone_scope,
        owner=owner,
        time_left=time_left,
        clock=utc_now,
        sleep=time.sleep,
        workspace=scratch_folder,
    )


def pseudonym_key(secret_arn: str) -> bytes:
    """Return the key of the hashes that stand for people (see `read_pseudonym_key`)."""
    from learning_graph.values.pseudonyms import PSEUDONYM_SECRET, read_pseudonym_key

    return read_pseudonym_key(read_secret(secret_arn, field=PSEUDONYM_SECRET))


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
    from learning_graph.validation.api import make_app
    from learning_graph.validation.validate import Validator

    def check(request: ValidateRequest, seconds: float) -> ValidateAnswer:
        settings = LinkedInSettings.read(environment)

        def connect(credentials: Credentials, time_left: Callable[[], float]) -> LinkedInClient:
            return LinkedInClient(
                api_url=settings.linkedin_api_url,
                oauth_url=settings.linkedin_oauth_url,
                credentials=credentials,
                max_concurrent_requests=_VALIDATE_CONCURRENCY,
                time_left=time_left,
                timeouts=_VALIDATE_TIMEOUTS,
                attempts=_VALIDATE_ATTEMPTS,
                wait_when_throttled=False,
            )

        validator = Validator(lambda: secret_of(settings.linkedin_secret_arn), connect, utc_now)
        return validator.validate(request, seconds)

    return make_app(check)


def upload_drop(settings: UploadSettings, time_left: Callable[[], float]) -> UploadDrop:
    """Return the use case that uploads HR files to LinkedIn; `time_left` is in seconds."""
    from learning_graph.aws.drops import DropBucket
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.org_sync.assess import OrgSyncRules
    from learning_graph.org_sync.guard import GuardLimits
    from learning_graph.org_sync.state import DropStates
    from learning_graph.org_sync.summary import OutcomeWriter
    from learning_graph.org_sync.upload import UploadDrop

    bucket = DropBucket(settings.org_sync_bucket)
    return UploadDrop(
        bucket=bucket,
        states=DropStates(bucket, utc_now),
        linkedin=_org_sync_client(settings, lambda: time_left() - _RESERVED_SECONDS),
        tracking=Queue(settings.org_sync_tracking_queue_url),
        outcomes=OutcomeWriter(bucket, EventBus(settings.event_bus_name, bucket.name)),
        rules=OrgSyncRules(
            mode=settings.org_sync_mode,
            encoding=settings.org_sync_encoding,
            column_map=settings.org_sync_column_map,
            on_bad_rows=settings.org_sync_on_bad_rows,
            guard=GuardLimits(settings.org_sync_max_revocations, settings.org_sync_allow_first_revocations),
            dry_run=settings.org_sync_dry_run,
        ),
        tables=lambda: _people_tables(settings),
        workspace=scratch_folder,
        now=utc_now,
    )


def track_drop(settings: OrgSyncSettings, time_left: Callable[[], float]) -> TrackDrop:
    """Return the use case that follows uploaded HR files to their result; `time_left` is in seconds."""
    from learning_graph.aws.drops import DropBucket
    from learning_graph.aws.scratch import scratch_folder
    from learning_graph.org_sync.state import DropStates
    from learning_graph.org_sync.summary import OutcomeWriter
    from learning_graph.org_sync.track import TrackDrop

    bucket = DropBucket(settings.org_sync_bucket)
    return TrackDrop(
        bucket=bucket,
        states=DropStates(bucket, utc_now),
        linkedin=_org_sync_client(settings, lambda: time_left() - _RESULT_SECONDS),
        outcomes=OutcomeWriter(bucket, EventBus(settings.event_bus_name, bucket.name)),
        tables=lambda: _people_tables(settings),
        workspace=scratch_folder,
        now=utc_now,
    )


def _people_tables(settings: OrgSyncSettings) -> PeopleTables:
    from learning_graph.hr_file.people import PeopleTables

    memory_megabytes = max(_FEWEST_DUCKDB_MEGABYTES, settings.aws_lambda_function_memory_size - _PYTHON_MEGABYTES)
    return PeopleTables(pseudonym_key(settings.pseudonym_secret_arn), memory_megabytes=memory_megabytes)


def _org_sync_client(settings: OrgSyncSettings, time_left: Callable[[], float]) -> OrgSyncClient:
    from learning_graph.linkedin.http import HttpSession
    from learning_graph.linkedin.org_sync import JOB_TIMEOUTS, UPLOAD_TIMEOUTS, OrgSyncClient, read_token

    def token() -> str:
        return read_token(read_secret(settings.org_sync_secret_arn, field="ORG_SYNC_SECRET_ARN"))

    return OrgSyncClient(
        settings.linkedin_api_url,
        token,
        HttpSession(pool_size=1, timeouts=JOB_TIMEOUTS, time_left=time_left),
        upload_session=HttpSession(pool_size=1, timeouts=UPLOAD_TIMEOUTS, time_left=time_left),
        time_left=time_left,
    )
