"""Handler of the assembly queue: makes the snapshot of a run whose shards have all ended."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.execution_environment import prepare_for_many_rows
from learning_graph.aws.queues import Queue, name_of, redelivered_after
from learning_graph.runs.run_messages import AssemblyMessage, read_message
from learning_graph.settings import AssembleSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import assembler

logger = Logger()
metrics = Metrics()
# Multiplied by the deliveries so far: five of them take longer than an erasure of the snapshots.
RETRY_SECONDS = 120
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})
prepare_for_many_rows()


def record_handler(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Assemble the run that a message names."""
    settings = AssembleSettings.read(os.environ)
    times = int(record.attributes.approximate_receive_count)
    queue = Queue(settings.assembly_queue_url)
    use_case = assembler(settings, lambda: lambda_context.get_remaining_time_in_millis() / 1000)
    with redelivered_after(queue, record.receipt_handle, lambda _error: RETRY_SECONDS * times) as about:
        message = read_message(record.body, AssemblyMessage, name_of(record.event_source_arn))
        about["run"] = message.run
        manifest = use_case.assemble(message.run)
    if manifest is None:
        return
    seconds = use_case.seconds_since_start(manifest.run_id)
    logger.info("run ended", run=manifest.run_id, status=manifest.status, counts=manifest.counts, seconds=seconds)
    metrics.add_metric(name=f"Runs{manifest.status.capitalize()}", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="RunDuration", unit=MetricUnit.Seconds, value=seconds)
    metrics.add_metric(name="RejectedRecords", unit=MetricUnit.Count, value=manifest.rejected_records)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that SQS must deliver again."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
