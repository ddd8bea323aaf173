"""The validate call as HTTP: routes, the shape of problems, and the OpenAPI document made from both."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from learning_graph.validation.messages import (
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
PROBLEM_JSON: Final = "application/problem+json"
_OTHER_METHODS: Final = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
_PROBLEMS: Final = {
    400: "The body is not one of ours; `errors` names each member that is wrong.",
    404: "There is nothing at this path.",
    405: "Only POST is answered.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "LinkedIn refused a pair, or the stored secret cannot be used.",
    500: "A defect or a wrong setting on our side; the function's log says more.",
    502: "LinkedIn answered with a failure, so that something is unknown.",
    504: "LinkedIn did not answer in time.",
}
_log = logging.getLogger(__name__)

Check = Callable[[ValidateRequest], ValidateAnswer]


def make_app(check: Check) -> APIGatewayRestResolver:
    """Return the resolver that answers with `check`, which returns an answer or raises ProblemFound."""
    app = APIGatewayRestResolver(enable_validation=True)

    @app.post(
        PATH,
        operation_id="validateCredentials",
        summary="Check credential pairs",
        description="Mints a token for each given pair, or for each stored one, and tells in LinkedIn's words what happened.",
        responses={200: {"description": "Every pair is valid."}},
    )
    def validate() -> ValidateAnswer:
        headers = app.current_event.headers
        return check(read_request(_body_of(app), headers.get("content-type", "")))

    @app.route(PATH, method=_OTHER_METHODS, include_in_schema=False)
    def refuse() -> ValidateAnswer:
        raise problem("method", "This method is not allowed", 405, f"Send POST to {PATH}.")

    @app.exception_handler(NotFoundError)
    def no_such_path(_: NotFoundError) -> Response[str]:
        return _response(problem("path", "There is nothing here", 404, f"Send POST to {PATH}.").problem)

    @app.exception_handler(ProblemFound)
    def tell(found: ProblemFound) -> Response[str]:
        return _response(found.problem)

    @app.exception_handler(ConfigurationError)
    def tell_setting(error: ConfigurationError) -> Response[str]:
        found = FieldProblem(field=error.field, problem=error.problem, mend=error.mend)
        _log.error("wrong setting", extra={"setting": error.field, "problem": error.problem})
        return _response(
            problem("setting", "A setting of the function is wrong", 500, f"{error}.", errors=(found,)).problem
        )

    @app.exception_handler(Exception)
    def tell_defect(error: Exception) -> Response[str]:
        # The text of an unforeseen error may quote what was sent, so only its kind and place are logged.
        where = traceback.format_tb(error.__traceback__)
        _log.error("defect", extra={"error": type(error).__name__, "where": where})
        return _response(
            problem("defect", "Something is wrong on our side", 500, "The function's log says more.").problem
        )

    return app


def _body_of(app: APIGatewayRestResolver) -> bytes:
    event = app.current_event
    text = event.body or ""
    if not event.is_base64_encoded:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        wrong = FieldProblem(field="body", problem="is not base64", mend="Send the body as it is.")
        raise problem("body", "The body is not one of ours", 400, "body is not base64.", errors=(wrong,)) from None


def _response(found: Problem) -> Response[str]:
    headers = {"Allow": "POST"} if found.status == 405 else {}
    body = found.model_dump_json(by_alias=True)
    return Response(found.status, content_type=PROBLEM_JSON, body=body, headers=headers)


def openapi_document(*, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of the validate call.

    Args:
        version: of the document.
    """

    def unused(_: ValidateRequest) -> ValidateAnswer:
        raise AssertionError("only described, never called")

    document: dict[str, Any] = json.loads(
        make_app(unused).get_openapi_json_schema(
            title="Learning graph: validate credentials",
            version=version,
            description=(
                "One call tells an administrator whether each LinkedIn Learning credential pair works and what it may "
                "read. Pairs given in the body are never stored. Every answer that is not 200 is a Problem."
            ),
        )
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model, mode in ((Problem, "serialization"), (ValidateRequest, "validation")):
        schema = model.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}", mode=mode)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    operation = document["paths"][PATH]["post"]
    operation["requestBody"] = {
        "required": False,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValidateRequest"}}},
    }
    problem_content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in _PROBLEMS.items():
        operation["responses"][str(status)] = {"description": description, "content": problem_content}
    for leftover in ("HTTPValidationError", "ValidationError"):
        schemas.pop(leftover, None)
    return document
