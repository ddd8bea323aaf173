"""Errors, grouped by what the caller should do about them (design, "Run, step, shard"; API reference §7.3).

LearningGraphError
├── FatalError              repeating the same call cannot help; a person has to act
│   ├── ConfigurationError  a setting, secret, event or message of ours is wrong
│   ├── CredentialRefused   LinkedIn does not mint a token for this credential pair
│   ├── AccessDenied        403: the application lacks a key type
│   ├── NotFound            404: LinkedIn does not know the URN
│   └── RequestRefused      any other 4xx: the request itself is wrong
└── RetriableError          may succeed later
·   ├── Unavailable         5xx, time-out, reset, empty or broken body
·   ├── Throttled           429 without DAY: short-term protection
·   ├── DailyQuotaReached   429 with DAY: nothing before 00:00 UTC
·   ├── AuthorizationLost   a second 401 in a row: the token is refused although it was just minted
·   └── OutOfTime           the invocation ends before the work does
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from learning_graph.values.steps import KeyType

_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class LearningGraphError(Exception):
    """Anything this project raises on purpose; `resolution` says what a person can do about it."""

    resolution: str = ""

    def __init__(self, message: str, *, resolution: str = "") -> None:
        super().__init__(message)
        if resolution:
            self.resolution = resolution


class FatalError(LearningGraphError):
    """Repeating the same call cannot help."""


class ConfigurationError(FatalError):
    """A value that a person or AWS provided is wrong.

    Args:
        field: the name of the setting, secret member, event key or message key.
        problem: what is wrong with it, never quoting a secret.
        resolution: what to do.
    """

    def __init__(self, field: str, problem: str, *, resolution: str = "") -> None:
        super().__init__(f"{field}: {problem}", resolution=resolution)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        """Return field, problem and resolution, since this text is shown where a function ends with the error."""
        return f"{self.args[0]}. {self.resolution}" if self.resolution else str(self.args[0])


class CredentialRefused(FatalError):
    """LinkedIn refused to mint a token (API reference §2.4).

    Args:
        error: LinkedIn's `error` code, e.g. `invalid_client_id`; empty where the body was not JSON.
        error_description: LinkedIn's `error_description`.
        status: HTTP status.
    """

    def __init__(self, error: str, error_description: str, status: int, *, resolution: str = "") -> None:
        super().__init__(f"{error or status}: {error_description}", resolution=resolution)
        self.error = error
        self.error_description = error_description
        self.status = status


class AccessDenied(FatalError):
    """LinkedIn answered 403: the application lacks `key_type` (`Content` or `Report`; seed, "Outcomes by setup")."""

    def __init__(self, key_type: KeyType, message: str) -> None:
        super().__init__(
            message,
            resolution=f"Add the {key_type} key to the LinkedIn application,"
            " or give a second credential pair that has it.",
        )
        self.key_type = key_type


class NotFound(FatalError):
    """LinkedIn answered 404."""


class RequestRefused(FatalError):
    """LinkedIn answered a 4xx that repeating the call cannot resolve."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RetriableError(LearningGraphError):
    """The same call may succeed later."""


class Unavailable(RetriableError):
    """LinkedIn or the network failed: 5xx, time-out, reset, or a body that is empty or not JSON.

    Args:
        status: HTTP status, None where there was no complete answer.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Throttled(RetriableError):
    """LinkedIn answered 429 without DAY.

    Args:
        retry_after: seconds LinkedIn asked us to wait, None where it did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DailyQuotaReached(RetriableError):
    """LinkedIn answered 429 with DAY: this credential pair has no calls left before `until` (00:00 UTC).

    Args:
        key_type: whose credential pair it is, `Content` or `Report`.
        until: the next 00:00 UTC.
    """

    def __init__(self, key_type: KeyType, until: datetime) -> None:
        super().__init__(f"the daily quota of the {key_type} credential pair is used up until {until.isoformat()}")
        self.key_type = key_type
        self.until = until


class AuthorizationLost(RetriableError):
    """LinkedIn answered 401 to a token minted a moment ago.

    Another worker of the same credential pair may have made it void by minting its own, so a later try may succeed.
    """

    resolution = "Check in LinkedIn's admin console that the application still exists, then run again."


class OutOfTime(RetriableError):
    """The invocation has no time left for another call."""


def log_fields(error: Exception) -> dict[str, str]:
    """Return the fields of a log line about an error.

    The text of this project's own errors is included. That of others is not, since it may quote a learner's data; the
    frames show where they were raised.
    """
    name = type(error).__name__
    if isinstance(error, LearningGraphError):
        return {"error": name, "reason": str(error)}
    return {"error": name, "frames": "".join(traceback.format_tb(error.__traceback__))}


class UnexpectedError(Exception):
    """Stands for an error that this project does not raise itself, without its text."""


def redact_unexpected_errors(handler: Callable[P, T]) -> Callable[P, T]:
    """Keep the texts of other libraries' errors inside a handler: they may quote a learner's data.

    What a handler raises is logged by the Lambda runtime and returned to a synchronous caller. The failure stays one;
    its type and frames are logged here. This project's own errors are raised as they are, without their causes.
    """

    @wraps(handler)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return handler(*args, **kwargs)
        except LearningGraphError as error:
            raise error from None
        except Exception as error:  # noqa: BLE001 - raised again without its text
            # Without the traceback, which ends with the text.
            _log.error("failed", extra=log_fields(error))
            raise UnexpectedError(f"{type(error).__name__}; the log has its frames") from None

    return guarded
