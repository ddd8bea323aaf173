"""What an answer that is not 200 means (API reference §7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from learning_graph.linkedin.decoding import repair
from learning_graph.values.clock import next_utc_midnight
from learning_graph.values.errors import (
    AccessDenied,
    DailyQuotaReached,
    LearningGraphError,
    NotFound,
    RequestRefused,
    Throttled,
    Unavailable,
)
from learning_graph.values.steps import KeyType

if TYPE_CHECKING:
    from learning_graph.linkedin.http import Answer

OK = HTTPStatus.OK
UNAUTHORIZED = HTTPStatus.UNAUTHORIZED
CLIENT_ERRORS = range(400, 500)
_REDIRECTIONS = range(300, 400)
_LONGEST_MESSAGE = 500


def error_of(answer: Answer, *, path: str, key_type: KeyType, now: datetime, hidden: str = "") -> LearningGraphError:
    """Return the error that a status other than 200 and 401 stands for; `hidden` as in `message_of`."""
    status = answer.status
    said = f"{path}: LinkedIn answered {status}: {message_of(answer.body, hidden)}"
    error: LearningGraphError
    if status == HTTPStatus.FORBIDDEN:
        error = AccessDenied(key_type, said)
    elif status == HTTPStatus.NOT_FOUND:
        error = NotFound(said)
    elif status == HTTPStatus.TOO_MANY_REQUESTS and b" DAY " in answer.body:
        error = DailyQuotaReached(key_type, next_utc_midnight(now))
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        error = Throttled(said, retry_after=retry_after(answer.headers, now))
    elif status in _REDIRECTIONS:
        error = RequestRefused(status, f"{said}; it points elsewhere, so LINKEDIN_API_URL may be wrong")
    elif status in CLIENT_ERRORS and status != HTTPStatus.REQUEST_TIMEOUT:
        error = RequestRefused(status, said)
    else:
        error = Unavailable(said, status=status)
    return error


def message_of(body: bytes, hidden: str = "") -> str:
    """Return LinkedIn's `message`, or what stands there instead (gateways send HTML, API reference §7.1).

    Args:
        body: of an answer.
        hidden: a token that the message may quote; it is replaced, so that no answer and no log shows it.
    """
    if not body.strip():
        return "an empty body"
    message = object_of(body).get("message")
    if not isinstance(message, str):
        return "a body without a message"
    # After decoding: in the body itself each character may be escaped, as `/` often is.
    shown = message.replace(hidden, "[token]") if hidden else message
    return shown[:_LONGEST_MESSAGE]


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, or an empty one where there is none.

    What it says is stored and logged, so that text which JSON or UTF-8 does not allow is repaired as in records.
    """
    try:
        value = json.loads(repair(body))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header (a number or an HTTP date), None where it says nothing."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        instant = parsedate_to_datetime(value)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - now).total_seconds())
