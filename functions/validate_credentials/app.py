"""Handler of POST /validate: checks whether credential pairs work, and what they may read."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.utilities.typing import LambdaContext

from learning_graph.values.errors import redact_unexpected_errors
from learning_graph.wiring import validate_app

logger = Logger()
copy_config_to_registered_loggers(logger, include={"learning_graph"})
app = validate_app(os.environ)


# The access log of the API has the same id.
@logger.inject_lambda_context(clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_REST)
@redact_unexpected_errors
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway request (REST, proxy integration)."""
    return app.resolve(event, context)
