"""Wiring of the validate call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from learning_graph.aws.secrets import read_secret
from learning_graph.composition.settings import LinkedInSettings
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.credentials import Credentials
from learning_graph.validation.http import make_app
from learning_graph.validation.messages import ValidateAnswer, ValidateRequest
from learning_graph.validation.validate import Validator
from learning_graph.values.clock import utc_now

# A host that is silent for 15 s is given up in time to say so; two calls tell a blip from an outage.
_TIMEOUTS: Final = (3.0, 15.0)
_ATTEMPTS: Final = 2
_AT_ONCE: Final = 3  # endpoint families


def build_app(
    environment: Mapping[str, str], *, secret_of: Callable[[str], str] = read_secret
) -> APIGatewayRestResolver:
    """Wire the call; the settings are read at the first request, so that a wrong one is answered and logged.

    Args:
        environment: of the function.
        secret_of: reads a secret by its ARN.
    """

    def check(request: ValidateRequest, seconds: float) -> ValidateAnswer:
        settings = LinkedInSettings.read(environment)

        def connect(credentials: Credentials, time_left: Callable[[], float]) -> LinkedInClient:
            return LinkedInClient(
                api_url=str(settings.linkedin_api_url),
                oauth_url=str(settings.linkedin_oauth_url),
                credentials=credentials,
                max_concurrent_requests=_AT_ONCE,
                time_left=time_left,
                timeouts=_TIMEOUTS,
                attempts=_ATTEMPTS,
            )

        validator = Validator(lambda: secret_of(settings.linkedin_secret_arn), connect, utc_now)
        return validator.validate(request, seconds)

    return make_app(check)
