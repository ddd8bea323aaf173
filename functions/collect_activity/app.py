"""Handler of the activity queue: reads the shards that a batch of messages names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.execution_environment import prepare_for_many_rows
from learning_graph.aws.queues import Queue
from learning_graph.runs.collect import add_metrics, deliveries_of
from learning_graph.settings import CollectActivitySettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import collector

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})
prepare_for_many_rows()


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return the messages that SQS must deliver again."""
    settings = CollectActivitySettings.read(os.environ)
    reader = collector(
        settings, Queue(settings.activity_queue_url), lambda: context.get_remaining_time_in_millis() / 1000
    )
    deliveries = deliveries_of(event)
    collected = reader.collect(deliveries)
    add_metrics(metrics, deliveries, collected)
    return collected.response
