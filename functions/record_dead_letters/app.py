"""Handler of a run's dead-letter queues: stores the message, and ends the shard or assembly it was for."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.queues import name_of
from learning_graph.runs.dead_letters import DeadLetter, record_dead_letter
from learning_graph.settings import CloseSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import run_closer

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Record the one dead letter of an invocation; one that cannot be recorded fails it, which an alarm counts."""
    for record in event["Records"]:
        queue = name_of(record["eventSourceARN"])
        letter = DeadLetter(queue=queue, message_id=record["messageId"], body=record["body"])
        failed = record_dead_letter(letter, run_closer(CloseSettings.read(os.environ)))
        metrics.add_metric(name="DeadLetters", unit=MetricUnit.Count, value=1)
        if failed:
            metrics.add_metric(name=f"{failed.capitalize()}sFailed", unit=MetricUnit.Count, value=1)
