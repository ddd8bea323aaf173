"""Refusals as the service words them (API reference §7.1, §7.2)."""

from __future__ import annotations

from typing import Any

RESOURCE_THROTTLE = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."


class ApiError(Exception):
    """An answer other than success: HTTP status, message, and the two optional codes."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        service_code: int | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.service_code = service_code
        self.code = code
        self.headers = headers or {}

    def body(self, *, with_service_code: bool = True) -> dict[str, Any]:
        """The JSON object ``{"status", "message"[, "serviceErrorCode"][, "code"]}``."""
        answer: dict[str, Any] = {"status": self.status, "message": self.message}
        if self.service_code is not None and with_service_code:
            answer["serviceErrorCode"] = self.service_code
        if self.code is not None:
            answer["code"] = self.code
        return answer


def bad_parameter(name: str) -> ApiError:
    return ApiError(400, f"Parameter '{name}' is invalid")


def not_found() -> ApiError:
    return ApiError(404, "Resource not found", service_code=0)


def method_not_allowed(method: str) -> ApiError:
    return ApiError(405, f"Method {method} is not supported on this resource")


def empty_token() -> ApiError:
    return ApiError(401, "Empty oauth2_access_token", service_code=401)


def unknown_schema() -> ApiError:
    return ApiError(401, "Unknown authentication schema")


def invalid_token() -> ApiError:
    return ApiError(401, "Invalid access token", service_code=65600, code="INVALID_ACCESS_TOKEN")


def revoked_token() -> ApiError:
    return ApiError(
        401,
        "The token used in the request has been revoked by the user",
        service_code=65601,
        code="REVOKED_ACCESS_TOKEN",
    )


def expired_token() -> ApiError:
    return ApiError(401, "The token used in the request has expired", service_code=65602, code="EXPIRED_ACCESS_TOKEN")


def forbidden(permission: str) -> ApiError:
    """403 of a token that may not read a resource; ``permission`` like ``learningAssets.GET``."""
    return ApiError(
        403,
        f"Not enough permissions to access: {permission}.NO_VERSION",
        service_code=100,
        code="ACCESS_DENIED",
    )


def throttled_for_the_day() -> ApiError:
    return ApiError(429, RESOURCE_THROTTLE, service_code=101, code="TOO_MANY_REQUESTS")


def throttled(headers: dict[str, str] | None = None) -> ApiError:
    return ApiError(429, "Too many requests", headers=headers)


def internal_error() -> ApiError:
    return ApiError(500, "Internal Server Error")
