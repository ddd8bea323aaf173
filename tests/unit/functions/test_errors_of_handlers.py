"""What another library says in an error may quote a learner's data: no handler raises it or logs it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

import duckdb
import pytest

from learning_graph.values.errors import UnexpectedError
from local.place import ROOT

ADDRESS = "ann@example.com"
CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:f",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 60_000,
)
ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "stack",
    "POWERTOOLS_METRICS_NAMESPACE": "LearningGraph",
    "SNAPSHOTS_KEPT": "all",
    **dict.fromkeys(
        (
            "GRAPH_BUCKET",
            "ATHENA_DATABASE",
            "JUPITERONE_SCOPE",
            "JUPITERONE_SECRET_ARN",
            "JUPITERONE_QUEUE_URL",
            "LINKEDIN_SECRET_ARN",
            "PSEUDONYM_SECRET_ARN",
            "CATALOG_QUEUE_URL",
            "ACTIVITY_QUEUE_URL",
            "ASSEMBLY_QUEUE_URL",
            "ORG_SYNC_BUCKET",
            "ORG_SYNC_SECRET_ARN",
            "ORG_SYNC_TRACKING_QUEUE_URL",
            "ORG_SYNC_UPLOAD_QUEUE_URL",
        ),
        "x",
    ),
}
EVENT: dict[str, Any] = {
    "runId": "20261121T160000Z-dbe33f5a",
    "Records": [
        {
            "messageId": "m",
            "receiptHandle": "r",
            "body": "{}",
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:q",
        }
    ],
}


def fail(*_: object, **__: object) -> NoReturn:
    raise duckdb.ConversionException(f"Conversion Error: Could not convert string '{ADDRESS}' to INT32")


@pytest.fixture
def handler_module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of a function whose use case fails."""
    folder: Path = request.param
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # The package's loggers would go on writing to this test's output.
    copied = "aws_lambda_powertools.logging.utils.copy_config_to_registered_loggers"
    monkeypatch.setattr(copied, lambda *_, **__: None)
    spec = importlib.util.spec_from_file_location(f"failing_{folder.name}", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == "learning_graph.wiring":
            monkeypatch.setattr(module, name, fail)
    if hasattr(module, "app"):
        monkeypatch.setattr(module.app, "resolve", fail)
    return module


@pytest.mark.parametrize("handler_module", sorted(ROOT.glob("functions/*")), ids=lambda path: path.name, indirect=True)
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_no_handler_tells_the_text_of_another_librarys_error(
    handler_module: ModuleType, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    try:
        told = json.dumps(handler_module.handler(EVENT, CONTEXT))
    except UnexpectedError as error:
        told = str(error)
    # Either way the work is repeated: the message is delivered again, or the invocation has failed.
    assert '"itemIdentifier": "m"' in told or "ConversionException" in told
    assert ADDRESS not in told + capsys.readouterr().out + caplog.text
