"""Reads the pairs to check from a request; every error has a resolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from learning_graph.linkedin.auth import CredentialPair
from learning_graph.validation.contract import (
    LONGEST_CREDENTIAL,
    FieldProblem,
    PairLabel,
    ProblemFound,
    ValidateRequest,
    problem,
)

LARGEST_REQUEST: Final = 16_384  # bytes; four texts of the maximum length take a fifth of it
_MEDIA_TYPE: Final = "application/json"
_LONGEST_NAME: Final = 64
_COPY: Final = "Copy the Client ID and the Client Secret again from LinkedIn's admin console."
_BODY_RESOLUTION: Final = 'Send a JSON object such as {"probe": true}, or nothing at all.'
_OTHER_HALF: Final = "none_required"  # that a wrong text is not None either, which is not helpful
_MEMBERS: Final = ", ".join(field.alias or name for name, field in ValidateRequest.model_fields.items())

# pydantic's type of error -> problem, resolution
_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "extra_forbidden": ("is not a member of the request", f"Use only {_MEMBERS}."),
    "null": ("is null", "Leave it out, or give a value."),
    "string_type": ("is not a text", _COPY),
    "string_too_short": ("is empty", f"{_COPY} Leave the whole pair out if there is none."),
    "string_too_long": (f"is longer than {LONGEST_CREDENTIAL} characters", _COPY),
    "string_pattern_mismatch": ("holds a character that is not printable ASCII", _COPY),
    "string_unicode": ("holds a character that is not printable ASCII", _COPY),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "json_invalid": ("is not JSON", _BODY_RESOLUTION),
    "model_type": ("is not a JSON object", _BODY_RESOLUTION),
}


def read_request(body: bytes, content_type: str) -> ValidateRequest:
    """Read the body of a request; an empty one asks for the stored secret.

    Raises:
        ProblemFound: 415, 413 or 400.
    """
    if not body:
        return ValidateRequest()
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in ("", _MEDIA_TYPE):
        raise problem("content-type", "The body has a wrong content type", 415, f"Send the body as {_MEDIA_TYPE}.")
    if len(body) > LARGEST_REQUEST:
        raise problem("body-too-large", "The body is too large", 413, f"Send at most {LARGEST_REQUEST} bytes.")
    try:
        request = ValidateRequest.model_validate_json(body)
    except ValidationError as error:
        found = tuple(
            _field_problem(one["type"], one["loc"], one["input"])
            for one in error.errors(include_url=False)
            if one["type"] != _OTHER_HALF
        )
        # The parser's error quotes what was sent, so it must not be chained to ours.
        raise _bad_body(found) from None
    if halves := tuple(_halves(request)):
        raise _bad_body(halves)
    return request


def pairs_in(request: ValidateRequest) -> dict[PairLabel, CredentialPair]:
    """Return the pairs that a request gives."""
    pairs: dict[PairLabel, CredentialPair] = {}
    if request.content_client_id is not None and request.content_client_secret is not None:
        pairs["content"] = CredentialPair(request.content_client_id, request.content_client_secret)
    if request.report_client_id is not None and request.report_client_secret is not None:
        pairs["report"] = CredentialPair(request.report_client_id, request.report_client_secret)
    return pairs


def _bad_body(errors: tuple[FieldProblem, ...]) -> ProblemFound:
    detail = " ".join(f"{error.field} {error.problem}." for error in errors)
    return problem("body", "The body is not one of ours", 400, detail, errors=errors)


def _field_problem(kind: str, place: tuple[int | str, ...], value: Any) -> FieldProblem:
    if kind == "string_pattern_mismatch" and isinstance(value, str) and not value.strip():
        kind = "string_too_short"
    said, resolution = _TOLD.get(kind, ("is not valid", _BODY_RESOLUTION))
    return FieldProblem(field=str(place[0])[:_LONGEST_NAME] if place else "body", problem=said, resolution=resolution)


def _halves(request: ValidateRequest) -> list[FieldProblem]:
    given = request.model_dump(by_alias=True, exclude_none=True)
    found = []
    for label in ("content", "report"):
        names = (f"{label}ClientId", f"{label}ClientSecret")
        for missing, there in (names, names[::-1]):
            if there in given and missing not in given:
                resolution = f"Add {missing}, or take {there} away."
                found.append(
                    FieldProblem(field=missing, problem=f"is missing although {there} is given", resolution=resolution)
                )
    return found
