"""Builds assemble_graph: the one function that has DuckDB."""

from __future__ import annotations

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue, coming_back, name_of
from learning_graph.composition.queues import queue_of
from learning_graph.composition.scratch import scratch_folder
from learning_graph.composition.settings import AssembleSettings
from learning_graph.runs.assemble_graph import Assembler
from learning_graph.runs.manifest import Manifest
from learning_graph.runs.messages import AssemblyMessage, read_message

_DUCKDB_SHARE = 0.6  # of the function's memory; the rest is Python and the files' buffers
# Seconds, times the deliveries so far: five of them outlast an erasure that is at work on the snapshots.
_COMES_BACK_AFTER = 120


def assemble_record(record: SQSRecord, settings: AssembleSettings) -> Manifest | None:
    """Assemble the run that a message of the assembly queue names; return how it ended, if it did.

    Raises:
        LearningGraphError: the message must come back, or end in the dead-letter queue.
    """
    queue = Queue(settings.assembly_queue_url)
    times = int(record.attributes.approximate_receive_count)
    with coming_back(queue, record.receipt_handle, lambda _error: _COMES_BACK_AFTER * times):
        message: AssemblyMessage = read_message(record.body, AssemblyMessage, name_of(record.event_source_arn))
        return assembler(settings).assemble(message.run)


def assembler(settings: AssembleSettings) -> Assembler:
    """Return what assembles runs."""
    return Assembler(
        bucket=Bucket(settings.graph_bucket),
        queue_of=queue_of(settings),
        bus=EventBus(settings.event_bus_name),
        workspace=scratch_folder,
        memory_megabytes=round(settings.aws_lambda_function_memory_size * _DUCKDB_SHARE),
        retention_days=settings.evidence_retention_days,
        tolerance_percent=settings.reconciliation_tolerance_percent,
    )
