"""Builds close_runs and record_dead_letters."""

from __future__ import annotations

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.composition.settings import CloseSettings
from learning_graph.runs.close_runs import RunCloser
from learning_graph.values import clock


def run_closer(settings: CloseSettings) -> RunCloser:
    """Return what ends runs and shards that did not end by themselves."""
    return RunCloser(
        bucket=Bucket(settings.graph_bucket),
        assembly_queue=Queue(settings.assembly_queue_url),
        bus=EventBus(settings.event_bus_name),
        clock=clock.utc_now,
    )
