"""Handler invoked by hand: erases a learner from all stored data and from later runs."""

from __future__ import annotations

import os
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.runs.erase_learner import read_request
from learning_graph.settings import EraseSettings
from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import learner_eraser

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(source_logger=logger, include={"learning_graph"})


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
@redact_unexpected_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return what was removed."""
    erased = learner_eraser(EraseSettings.read(os.environ)).erase(read_request(event))
    metrics.add_metric(name="LearnersErased", unit=MetricUnit.Count, value=0 if erased.ambiguous else 1)
    answer: dict[str, Any] = msgspec.to_builtins(erased)
    return answer
