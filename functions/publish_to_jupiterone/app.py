"""Handler of the publishing queue: publishes the snapshot that an event names, or the newest, to JupiterOne."""

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

from learning_graph.aws.queues import Queue, name_of, redelivered_after
from learning_graph.runs.publish_to_jupiterone import LAST_DELIVERY, retry_delay
from learning_graph.runs.run_messages import PublishMessage, read_message
from learning_graph.settings import PublishToJupiterOneSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import publisher

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


def record_handler(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Publish the snapshot that a message names, or continue to."""
    settings = PublishToJupiterOneSettings.read(os.environ)
    invocation = publisher(
        settings,
        owner=lambda_context.aws_request_id,
        time_left=lambda: lambda_context.get_remaining_time_in_millis() / 1000,
    )
    times = int(record.attributes.approximate_receive_count)
    queue = Queue(settings.jupiterone_queue_url)
    with redelivered_after(queue, record.receipt_handle, lambda error: retry_delay(error, times)) as about:
        message = read_message(record.body, PublishMessage, name_of(record.event_source_arn))
        about["run"] = message.detail.run_id or "the newest"
        ending = invocation.publish(message.detail.run_id, last_delivery=times >= LAST_DELIVERY)
    logger.info("publication", run=message.detail.run_id, ending=ending)
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    if ending in {"published", "failed"}:
        metrics.add_metric(name=f"JupiterOnePublications{ending.capitalize()}", unit=MetricUnit.Count, value=1)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that SQS must deliver again."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
