"""Handler of a schedule: deletes the snapshots that are not to be kept."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.settings import PruneSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import snapshot_pruner

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the runs whose snapshots were deleted."""
    pruned = snapshot_pruner(PruneSettings.read(os.environ)).prune()
    metrics.add_metric(name="SnapshotsPruned", unit=MetricUnit.Count, value=len(pruned))
    return {"pruned": pruned}
