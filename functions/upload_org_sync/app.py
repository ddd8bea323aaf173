"""The org-sync upload queue: S3 tells of a dropped file; check it and bring it to LinkedIn."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.queues import Queue
from learning_graph.composition.org_sync import UploadSettings, upload_drop
from learning_graph.org_sync.deliveries import Delivery, handle_upload

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


def record_handler(record: SQSRecord) -> None:
    """Handle one message."""
    settings = UploadSettings.read(os.environ)
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    delivery = Delivery(
        body=record.body,
        message_id=record.message_id,
        receipt_handle=record.receipt_handle,
        times=int(record.attributes.approximate_receive_count),
    )
    for end in handle_upload(delivery, upload_drop(settings), Queue(settings.org_sync_upload_queue_url)):
        with single_metric(name="OrgSyncFinished", unit=MetricUnit.Count, value=1) as metric:
            metric.add_dimension("outcome", end.outcome)
        for name, count in end.counts.items():
            metrics.add_metric(name=f"OrgSync{name}", unit=MetricUnit.Count, value=count)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that must come back."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
