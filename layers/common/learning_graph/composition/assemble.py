"""Builds assemble_graph: the one function that has DuckDB."""

from __future__ import annotations

import tempfile
from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.composition.queues import queue_of
from learning_graph.composition.settings import AssembleSettings
from learning_graph.runs.assemble_graph import Assembler

_DUCKDB_SHARE = 0.6  # of the function's memory; the rest is Python and the files' buffers


def assembler(settings: AssembleSettings) -> Assembler:
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
