"""report_snapshot counts people by status over all requirements."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from tests.unit.functions.test_alarmed_metrics import CONTEXT, STACK, app_of, environment, loggers, written

__all__ = ["environment", "loggers"]


class Reported(msgspec.Struct):
    """What the handler reads of a report's manifest."""

    statuses: dict[str, dict[str, int]]
    problems: int = 0


def test_people_are_counted_by_status_over_all_requirements(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = app_of("report_snapshot")
    monkeypatch.setenv("ATHENA_DATABASE", "learning_graph")
    reported = Reported({"awareness": {"met": 3, "overdue": 2}, "privacy": {"met": 1}})
    monkeypatch.setattr(app, "snapshot_reporter", lambda _settings: SimpleNamespace(report=lambda *_, **__: reported))

    app.handler({"runId": "20261121T160000Z-dbe33f5a"}, CONTEXT)

    stack = frozenset({f"service={STACK}"})
    assert sorted(written(capsys.readouterr().out)) == [
        ("ComplianceMet", stack, 4.0),
        ("ComplianceOverdue", stack, 2.0),
        ("ReportsReady", stack, 1.0),
    ]
