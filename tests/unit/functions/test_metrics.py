"""What handlers count as metrics, from what their use case answered."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from learning_graph.runs.erase_learner import Erased
from local.place import ROOT

CONTEXT = SimpleNamespace(function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn:f", aws_request_id="1")
ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "stack",
    "POWERTOOLS_METRICS_NAMESPACE": "LearningGraph",
    "GRAPH_BUCKET": "x",
    "ATHENA_DATABASE": "learning_graph",
    "PSEUDONYM_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a",
}


class Reported(msgspec.Struct):
    """What the handler reads of a report's manifest."""

    statuses: dict[str, dict[str, int]]
    problems: int = 0


@pytest.fixture
def handler_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Load the handler of a function."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # The package's loggers would go on writing to this test's output.
    monkeypatch.setattr("aws_lambda_powertools.logging.utils.copy_config_to_registered_loggers", lambda **_: None)

    def load(function: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"app_of_{function}", ROOT / "functions" / function / "app.py")
        assert spec is not None
        assert spec.loader is not None
        app = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(app)
        return app

    return load


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Return the metrics that were written."""

    def written() -> dict[str, Any]:
        [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
        found: dict[str, Any] = json.loads(line)
        del found["_aws"]
        return found

    return written


def test_people_are_counted_by_status_over_all_requirements(
    handler_of: Callable[[str], ModuleType], metrics: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = handler_of("report_snapshot")
    reported = Reported({"awareness": {"met": 3, "overdue": 2}, "privacy": {"met": 1}})
    monkeypatch.setattr(app, "snapshot_reporter", lambda _settings: SimpleNamespace(report=lambda *_, **__: reported))

    app.handler({"runId": "20261121T160000Z-dbe33f5a"}, CONTEXT)

    assert metrics() == {"service": "stack", "ReportsReady": [1.0], "ComplianceMet": [4.0], "ComplianceOverdue": [2.0]}


@pytest.mark.parametrize(("erased", "counted"), [(Erased(users=1), 1.0), (Erased(ambiguous=True), 0.0)])
def test_who_could_not_be_told_from_others_is_not_counted_as_erased(
    handler_of: Callable[[str], ModuleType],
    metrics: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    erased: Erased,
    counted: float,
) -> None:
    app = handler_of("erase_learner")
    monkeypatch.setattr(app, "learner_eraser", lambda _settings: SimpleNamespace(erase=lambda _request: erased))

    assert app.handler({"email": "robin@example.com"}, CONTEXT)["ambiguous"] is erased.ambiguous
    assert metrics() == {"service": "stack", "LearnersErased": [counted]}
