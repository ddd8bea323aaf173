"""Errors at the edge of a function: this project's own are raised, others only by their type."""

from __future__ import annotations

import logging

import pytest

from learning_graph.values.errors import ConfigurationError, UnexpectedError, redact_unexpected_errors

ADDRESS = "ann@example.com"


def test_an_own_error_is_raised_without_the_error_that_caused_it() -> None:
    @redact_unexpected_errors
    def handler() -> None:
        try:
            int(ADDRESS)
        except ValueError as error:
            raise ConfigurationError("setting", "is no number") from error

    with pytest.raises(ConfigurationError, match="is no number") as raised:
        handler()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_another_error_is_raised_by_its_type_and_logged_with_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, str]] = []
    monkeypatch.setattr(logging.Logger, "error", lambda _self, _message, extra: logged.append(extra))

    @redact_unexpected_errors
    def handler() -> None:
        int(ADDRESS)

    with pytest.raises(UnexpectedError, match="ValueError") as raised:
        handler()
    assert ADDRESS not in str(raised.value)
    [fields] = logged
    assert fields["error"] == "ValueError"
    assert "in handler" in fields["frames"]
    assert ADDRESS not in str(fields)
