"""Builds each collecting function's use case from its settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.aws.secrets import read_secret
from learning_graph.composition import settings as read
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.credentials import Credentials, read_credentials
from learning_graph.runs.assemble_graph import Assembler
from learning_graph.runs.close_runs import RunCloser
from learning_graph.runs.collect_shard import Collector
from learning_graph.runs.messages import read_start_request
from learning_graph.runs.start_run import RunSettings, start_run
from learning_graph.values import clock
from learning_graph.values.plan import Plan, Shard
from learning_graph.values.steps import CATALOG_STEPS

_DUCKDB_SHARE = 0.6  # of the function's memory; the rest is Python and the files' buffers


def credentials_of(secret_arn: str) -> Credentials:
    """Return the credential pairs of the stored secret."""
    return read_credentials(read_secret(secret_arn))


def start(event: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Plan:
    """Start the run of an event."""
    settings = read.StartRunSettings.read(environment)
    request = read_start_request(event, clock.utc_now())
    return start_run(
        request,
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
        credentials=credentials_of(settings.linkedin_secret_arn),
        clock=clock.utc_now,
    )


def collector(settings: read.CollectSettings, queue: Queue, time_left: Callable[[], float]) -> Collector:
    """Return what reads the shards of a queue in one invocation; `time_left` is in seconds."""

    def client() -> LinkedInClient:
        return LinkedInClient(
            api_url=str(settings.linkedin_api_url),
            oauth_url=str(settings.linkedin_oauth_url),
            credentials=credentials_of(settings.linkedin_secret_arn),
            max_concurrent_requests=settings.max_concurrent_requests,
            time_left=time_left,
            now=clock.utc_now,
        )

    return Collector(
        bucket=Bucket(settings.graph_bucket),
        queue=queue,
        assembly_queue=Queue(settings.assembly_queue_url),
        client=client,
        time_left=time_left,
        clock=clock.utc_now,
    )


def assembler(settings: read.AssembleSettings) -> Assembler:
    """Return what assembles runs."""
    return Assembler(
        bucket=Bucket(settings.graph_bucket),
        queue_of=queue_of(settings),
        bus=EventBus(settings.event_bus_name),
        scratch=Path(tempfile.gettempdir()),
        memory_megabytes=round(settings.aws_lambda_function_memory_size * _DUCKDB_SHARE),
        retention_days=settings.evidence_retention_days,
        tolerance_percent=settings.reconciliation_tolerance_percent,
    )


def run_closer(settings: read.CloseSettings) -> RunCloser:
    """Return what ends runs and shards that did not end by themselves."""
    return RunCloser(
        bucket=Bucket(settings.graph_bucket),
        assembly_queue=Queue(settings.assembly_queue_url),
        bus=EventBus(settings.event_bus_name),
        clock=clock.utc_now,
    )


def queue_of(settings: read.QueueSettings) -> Callable[[Shard], Queue]:
    """Return which queue a shard goes to: Content's and Report's quotas are apart, and so are their queues."""
    catalog, activity = Queue(settings.catalog_queue_url), Queue(settings.activity_queue_url)
    return lambda shard: catalog if shard.step in CATALOG_STEPS else activity
