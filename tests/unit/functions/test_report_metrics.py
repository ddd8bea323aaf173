"""report_snapshot counts people by status over all requirements."""

from __future__ import annotations

import importlib.util
import json
from types import SimpleNamespace

import msgspec
import pytest

from local.place import ROOT

CONTEXT = SimpleNamespace(function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn:f", aws_request_id="1")


class Reported(msgspec.Struct):
    """What the handler reads of a report's manifest."""

    statuses: dict[str, dict[str, int]]
    problems: int = 0


def test_people_are_counted_by_status_over_all_requirements(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"SERVICE_NAME": "stack", "METRICS_NAMESPACE": "LearningGraph"}.items():
        monkeypatch.setenv(f"POWERTOOLS_{name}", value)
    monkeypatch.setenv("GRAPH_BUCKET", "x")
    monkeypatch.setenv("ATHENA_DATABASE", "learning_graph")
    spec = importlib.util.spec_from_file_location("app_of_reports", ROOT / "functions" / "report_snapshot" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    # The package's loggers would go on writing to this test's output.
    monkeypatch.setattr("aws_lambda_powertools.logging.utils.copy_config_to_registered_loggers", lambda **_: None)
    spec.loader.exec_module(app)
    reported = Reported({"awareness": {"met": 3, "overdue": 2}, "privacy": {"met": 1}})
    monkeypatch.setattr(app, "snapshot_reporter", lambda _settings: SimpleNamespace(report=lambda *_, **__: reported))

    app.handler({"runId": "20261121T160000Z-dbe33f5a"}, CONTEXT)

    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    metrics = json.loads(line)
    del metrics["_aws"]
    assert metrics == {"service": "stack", "ReportsReady": [1.0], "ComplianceMet": [4.0], "ComplianceOverdue": [2.0]}
