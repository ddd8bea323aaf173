"""The HTTP side of the validate call: routes, problems, and the OpenAPI document generated from both."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel

from learning_graph.validation.contract import (
    FieldProblem,
    Problem,
    ProblemFound,
    ValidateAnswer,
    ValidateRequest,
    problem,
)
from learning_graph.validation.reading import read_request
from learning_graph.values.errors import ConfigurationError

PATH: Final = "/validate"
LONGEST_CHECK: Final = 24.0  # seconds; API Gateway gives up after 29
SPARE: Final = 2.0  # seconds to make the answer
PROBLEM_JSON: Final = "application/problem+json"
_PROBLEMS: Final = {
    400: "The body is not one of ours; `errors` names each member that is wrong.",
    404: "There is nothing at this path.",
    405: "Only POST is answered.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "LinkedIn refused a pair, or the stored secret cannot be used.",
    500: "An internal error or a wrong setting; the function's log says more.",
    502: "LinkedIn answered with a failure, so that something is unknown.",
    504: "LinkedIn did not answer in time.",
}
_log = logging.getLogger(__name__)

Check = Callable[[ValidateRequest, float], ValidateAnswer]


def make_app(check: Check) -> APIGatewayRestResolver:
    """Return the resolver of the call.

    Args:
        check: takes the request and the seconds it may last; returns an answer or raises ProblemFound.
    """
    app = APIGatewayRestResolver(enable_validation=True)

    @app.post(
        PATH,
        operation_id="validateCredentials",
        summary="Check credential pairs",
        description="Mints a token for each pair given, or each stored one, and tells LinkedIn's own words.",
        responses={200: {"description": "Every pair is valid."}},
    )
    def validate() -> ValidateAnswer:
        headers = app.current_event.headers
        request = read_request(_body_of(app), headers.get("content-type", ""))
        left = app.lambda_context.get_remaining_time_in_millis() / 1000
        return check(request, min(LONGEST_CHECK, left - SPARE))

    def refuse(_: NotFoundError) -> Response[str]:
        # Powertools answers 404 to a method without a route, whatever the path.
        wrong_method = app.current_event.path.rstrip("/") == PATH
        return _method_not_allowed_response() if wrong_method else _tell_path()

    app.exception_handler(NotFoundError)(refuse)
    app.exception_handler(ProblemFound)(_problem_response)
    app.exception_handler(ConfigurationError)(_tell_setting)
    app.exception_handler(Exception)(_internal_error_response)
    return app


def _problem_response(found: ProblemFound) -> Response[str]:
    body = found.problem
    headers = {"Allow": "POST"} if body.status == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return Response(body.status, content_type=PROBLEM_JSON, body=body.model_dump_json(by_alias=True), headers=headers)


def _method_not_allowed_response() -> Response[str]:
    return _problem_response(problem("method", "This method is not allowed", 405, f"Send POST to {PATH}."))


def _tell_path() -> Response[str]:
    return _problem_response(problem("path", "There is nothing here", 404, f"Send POST to {PATH}."))


def _tell_setting(error: ConfigurationError) -> Response[str]:
    _log.error("wrong setting", extra={"setting": error.field, "problem": error.problem})
    found = FieldProblem(field=error.field, problem=error.problem, resolution=error.resolution)
    return _problem_response(
        problem("setting", "A setting of the function is wrong", 500, f"{error}.", errors=(found,))
    )


def _internal_error_response(error: Exception) -> Response[str]:
    # The text of an unexpected error may quote the request, so only its type and place are logged.
    _log.error(
        "internal error", extra={"error": type(error).__name__, "where": traceback.format_tb(error.__traceback__)}
    )
    return _problem_response(
        problem("internal-error", "Something is wrong on our side", 500, "The function's log says more.")
    )


def _body_of(app: APIGatewayRestResolver) -> bytes:
    event = app.current_event
    text = event.body or ""
    if not event.is_base64_encoded:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        wrong = FieldProblem(field="body", problem="is not base64", resolution="Send the body as it is.")
        raise problem("body", "The body is not one of ours", 400, "body is not base64.", errors=(wrong,)) from None


def openapi_document(*, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of the validate call.

    Args:
        version: of the document.
    """

    def unused(_: ValidateRequest, __: float) -> ValidateAnswer:
        raise AssertionError("only described, never called")

    document: dict[str, Any] = json.loads(
        make_app(unused).get_openapi_json_schema(
            title="Learning graph: validate credentials",
            version=version,
            description=(
                "One call tells an administrator whether each LinkedIn Learning credential pair works and what it may "
                "read. Pairs given in the body are never stored. Every answer that is not 200 is a Problem, but for "
                "API Gateway's own 403 and 429."
            ),
        )
    )
    schemas = document["components"]["schemas"]
    for leftover in ("ResponseValidationError", "HTTPValidationError", "ValidationError"):
        schemas.pop(leftover, None)
    _add_schema(schemas, Problem, "serialization")
    _add_schema(schemas, ValidateRequest, "validation")
    operation = document["paths"][PATH]["post"]
    operation["requestBody"] = {
        "required": False,
        "content": {"application/json": {"schema": _reference(ValidateRequest)}},
    }
    problem_content = {PROBLEM_JSON: {"schema": _reference(Problem)}}
    answers = {"200": operation["responses"]["200"]}
    answers |= {str(status): {"description": said, "content": problem_content} for status, said in _PROBLEMS.items()}
    answers["403"] = {"description": "API Gateway: the caller's IAM identity may not call this API."}
    answers["429"] = {"description": "API Gateway: too many calls in a short time."}
    operation["responses"] = dict(sorted(answers.items()))
    operation["security"] = [{"sigv4": []}]
    document["components"]["securitySchemes"] = {
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "description": "AWS Signature Version 4.",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    }
    return document


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _add_schema(schemas: dict[str, Any], model: type[BaseModel], mode: Literal["serialization", "validation"]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
