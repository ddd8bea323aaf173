"""Calls the validate API as API Gateway does, with LinkedIn behind a fake adapter."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from learning_graph.linkedin.auth import Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.validation.api import make_app
from learning_graph.validation.validate import Validator
from tests.fakes.linkedin import API, OAUTH, START, FakeLinkedIn


@dataclass(frozen=True)
class Context:
    """As much of a Lambda context as the functions read."""

    function_name: str = "validate_credentials"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:validate"
    aws_request_id: str = "1"
    milliseconds: float = 28_000

    def get_remaining_time_in_millis(self) -> float:
        return self.milliseconds


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any
    text: str


def event(
    body: str | None = None,
    *,
    method: str = "POST",
    path: str = "/validate",
    content_type: str | None = "application/json",
    base64: bool = False,
) -> dict[str, Any]:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"stage": "v1", "path": f"/v1{path}", "httpMethod": method, "requestId": "1"},
        "body": body,
        "isBase64Encoded": base64,
    }


def call(app: APIGatewayRestResolver, sent: dict[str, Any], context: Any = Context()) -> Reply:
    answer = app.resolve(sent, context)
    headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    return Reply(answer["statusCode"], headers, json.loads(answer["body"]), answer["body"])


def app_on(
    fake: FakeLinkedIn, *, secret_text: Callable[[], str] = lambda: "{}", time_left: float = math.inf
) -> APIGatewayRestResolver:
    def connect(credentials: Credentials, _: Callable[[], float]) -> LinkedInClient:
        client = LinkedInClient(
            api_url=API,
            oauth_url=OAUTH,
            credentials=credentials,
            max_concurrent_requests=3,
            time_left=lambda: time_left,
            sleep=lambda seconds: None,
            attempts=2,
            wait_when_throttled=False,
        )
        client.http.session.mount("https://", fake)
        return client

    return make_app(Validator(secret_text, connect, lambda: START).validate)
