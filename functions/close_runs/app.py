"""Handler of a schedule: ends runs that are past their deadline, and measures the health of the collection."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.runs.health import run_health
from learning_graph.settings import CloseSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import run_closer

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the runs that were closed."""
    closer = run_closer(CloseSettings.read(os.environ))
    closed = closer.close_overdue()
    metrics.add_metric(name="RunsClosed", unit=MetricUnit.Count, value=len(closed))
    if closed:
        metrics.add_metric(name="ShardsFailed", unit=MetricUnit.Count, value=sum(closed.values()))
    health = run_health(closer.bucket, closer.clock)
    metrics.add_metric(name="HoursSinceSuccessfulRun", unit=MetricUnit.Count, value=health.hours_since_success)
    metrics.add_metric(name="PartialRunsInARow", unit=MetricUnit.Count, value=health.partial_in_a_row)
    if health.data_age_days is not None:
        metrics.add_metric(name="DataAgeDays", unit=MetricUnit.Count, value=health.data_age_days)
    return {"closed": list(closed)}
