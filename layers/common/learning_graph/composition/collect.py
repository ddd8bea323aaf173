"""Builds collect_catalog and collect_activity."""

from __future__ import annotations

from collections.abc import Callable

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue
from learning_graph.composition.linkedin import credentials_of
from learning_graph.composition.settings import CollectSettings
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.runs.collect_shard import Collector
from learning_graph.values import clock


def collector(settings: CollectSettings, queue: Queue, time_left: Callable[[], float]) -> Collector:
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
