"""Handler of the org-sync upload queue: checks a file dropped into the bucket, and uploads it to LinkedIn."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.queues import Queue
from learning_graph.org_sync.queue_handlers import add_metrics, handle_upload, message_of
from learning_graph.settings import UploadSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import upload_drop

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


def record_handler(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Handle one message."""
    settings = UploadSettings.read(os.environ)
    queue = Queue(settings.org_sync_upload_queue_url)
    use_case = upload_drop(settings, lambda: lambda_context.get_remaining_time_in_millis() / 1000)
    add_metrics(metrics, handle_upload(message_of(record), use_case, queue))


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that SQS must deliver again."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
