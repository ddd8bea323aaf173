"""Handler of *Graph Snapshot Ready*: makes the reports of the snapshot."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.aws.execution_environment import prepare_for_many_rows
from learning_graph.reports.report_snapshot import read_event
from learning_graph.settings import ReportSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import snapshot_reporter

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})
prepare_for_many_rows()


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the manifest of the reports; `{}` where they existed already."""
    run_id, again = read_event(event)
    manifest = snapshot_reporter(ReportSettings.read(os.environ)).report(run_id, again=again)
    if manifest is None:
        return {}
    logger.info("reports ready", run=run_id, statuses=manifest.statuses, problems=manifest.problems)
    metrics.add_metric(name="ReportsReady", unit=MetricUnit.Count, value=1)
    totals: Counter[str] = Counter()
    for statuses in manifest.statuses.values():
        totals.update(statuses)
    for status, people in totals.items():
        metrics.add_metric(name=f"Compliance{status.capitalize()}", unit=MetricUnit.Count, value=people)
    answer: dict[str, Any] = msgspec.to_builtins(manifest)
    return answer
