"""Handler of the EventBridge schedule, or invoked by hand: starts a run."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import start

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the run's id and what it consists of."""
    plan = start(event)
    metrics.add_metric(name="RunsStarted", unit=MetricUnit.Count, value=1)
    logger.info("run started", run=plan.run_id, shards=len(plan.shards), lookback_days=plan.lookback_days)
    return {
        "runId": plan.run_id,
        "shards": len(plan.shards),
        "lookbackDays": plan.lookback_days,
        "lookbackStart": plan.lookback_start,
        "lookbackEnd": plan.lookback_end,
        "modes": plan.modes,
    }
