"""The assembly queue: make a snapshot of a run whose shards have all ended."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.composition.assemble import assemble_record
from learning_graph.composition.settings import AssembleSettings

logger = Logger()
metrics = Metrics()
processor = SqsFifoPartialProcessor()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


def record_handler(record: SQSRecord) -> None:
    """Assemble the run that a message names."""
    manifest = assemble_record(record, AssembleSettings.read(os.environ))
    if manifest is None:
        return
    logger.info("run ended", run=manifest.run_id, status=manifest.status, counts=manifest.counts)
    metrics.add_metric(name=f"Runs{manifest.status.capitalize()}", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="RejectedRecords", unit=MetricUnit.Count, value=manifest.rejected_records)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that must come back."""
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
