"""A drill of the alarms on the project's own metrics: the fault that each stands for writes what it watches."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from learning_graph.org_sync import queue_handlers
from learning_graph.org_sync.state import EndedDrop
from learning_graph.runs import collect
from learning_graph.runs.publish import Ended
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import RunStatus
from local.place import ROOT
from local.template import Template, read_template
from tests.fakes.bucket import FakeBucket
from tests.unit.runs.collecting import COURSES
from tests.unit.runs.test_publish import manifest

logger = logging.getLogger
STACK = "stack"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Written = list[tuple[str, frozenset[str], float]]


@pytest.fixture(scope="module")
def template() -> Template:
    return read_template({"JupiterOneScope": "linkedin-learning"})


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Take back what loading a handler does to the loggers: they would write to this test's closed output."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("learning_graph")]
    before = {name: (logger(name).handlers[:], logger(name).level, logger(name).propagate) for name in names}
    yield
    for name in logging.root.manager.loggerDict:
        if name.startswith("learning_graph"):
            handlers, level, propagate = before.get(name, ([], logging.NOTSET, True))
            found = logger(name)
            found.handlers[:], found.propagate = handlers, propagate
            found.setLevel(level)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", STACK)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "LearningGraph")
    for name in ("GRAPH_BUCKET", "ASSEMBLY_QUEUE_URL", "CATALOG_QUEUE_URL", "ACTIVITY_QUEUE_URL"):
        monkeypatch.setenv(name, "x")
    for name in ("PSEUDONYM_SECRET_ARN", "JUPITERONE_SECRET_ARN", "JUPITERONE_SCOPE", "JUPITERONE_QUEUE_URL"):
        monkeypatch.setenv(name, "x")


def app_of(function: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"app_of_{function}", ROOT / "functions" / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return app


class NoQueue:
    def __init__(self, _url: str) -> None:
        pass

    def hide(self, _handle: str, _seconds: float) -> None:
        pass


CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:f",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 60_000,
)


def queue_event(body: dict[str, Any]) -> dict[str, Any]:
    arn = "arn:aws:sqs:eu-west-1:1:queue"
    attributes = {"ApproximateReceiveCount": "1"}
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(body), "attributes": attributes}
    return {"Records": [{**record, "eventSource": "aws:sqs", "eventSourceARN": arn}]}


def bucket_of_runs(statuses: dict[str, RunStatus], covered_until: datetime) -> FakeBucket:
    bucket = FakeBucket()
    for run, status in statuses.items():
        bucket.write(graph_bucket.ended_key(run), encode(Ended(status=status)))
    newest = manifest(max(statuses), covered_until=round(covered_until.timestamp() * 1000))
    bucket.write(graph_bucket.manifest_key(newest.run_id), encode(newest))
    bucket.write(graph_bucket.LATEST, json.dumps(LATEST | {"runId": newest.run_id}).encode())
    return bucket


LATEST = {"formatVersion": 1, "runId": "", "status": "PARTIAL", "manifest": "", "startedAt": 0}


def close_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: dict[str, RunStatus] = {
        "20261118T060000Z-00000000": "SUCCEEDED",
        "20261119T060000Z-00000000": "PARTIAL",
        "20261120T060000Z-00000000": "PARTIAL",
    }
    bucket = bucket_of_runs(statuses, datetime(2026, 11, 16, 12, tzinfo=UTC))
    app = app_of("close_runs")
    closer = SimpleNamespace(bucket=bucket, clock=lambda: NOW, close_overdue=list)
    monkeypatch.setattr(app, "run_closer", lambda _settings: closer)
    app.handler({}, CONTEXT)


def fail_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of("assemble_graph")
    failed = manifest(status="FAILED")
    monkeypatch.setattr(app, "Queue", NoQueue)
    monkeypatch.setattr(app, "assembler", lambda *_: SimpleNamespace(assemble=lambda _run: failed))
    app.handler(queue_event({"run": failed.run_id}), CONTEXT)


def throttle(_monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    collect.add_metrics(metrics, [], collect.Collected(throttled=[COURSES]))
    metrics.flush_metrics()


def end_a_drop(outcome: Any) -> Callable[[pytest.MonkeyPatch], None]:
    def end(_monkeypatch: pytest.MonkeyPatch) -> None:
        metrics = Metrics()
        queue_handlers.add_metrics(metrics, [EndedDrop(outcome, "people.csv")])
        metrics.flush_metrics()

    return end


def fail_a_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of("publish_to_jupiterone")
    monkeypatch.setattr(app, "Queue", NoQueue)
    publisher = SimpleNamespace(publish=lambda _run, *, last_delivery: "failed")
    monkeypatch.setattr(app, "publisher", lambda *_, **__: publisher)
    app.handler(queue_event({"detail": {"runId": "20261121T160000Z-dbe33f5a"}}), CONTEXT)


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "NoSuccessfulRunAlarm": close_runs,
    "DataStaleAlarm": close_runs,
    "PartialTwiceAlarm": close_runs,
    "RunFailedAlarm": fail_a_run,
    "ThrottledAlarm": throttle,
    "OrgSyncHeldAlarm": end_a_drop("held"),
    "OrgSyncFailedAlarm": end_a_drop("failed"),
    "JupiterOnePublicationFailedAlarm": fail_a_publication,
}


def written(output: str) -> Written:
    """Return name, dimensions (`name=value`) and value of every metric in EMF lines."""
    found: Written = []
    for line in output.splitlines():
        if not line.startswith('{"_aws"'):
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "LearningGraph"
            for names in directive["Dimensions"]:
                dimensions = frozenset(f"{name}={document[name]}" for name in names)
                for metric in directive["Metrics"]:
                    value = document[metric["Name"]]
                    found.append((metric["Name"], dimensions, sum(value) if isinstance(value, list) else value))
    return found


def test_every_alarm_on_a_metric_of_ours_is_drilled(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    assert sorted(FAULTS) == sorted(name for name, found in alarms.items() if found["Namespace"] == "LearningGraph")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_passes_the_threshold_of_its_alarm(
    template: Template, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alarm = template.of_type("AWS::CloudWatch::Alarm")[name]
    threshold = alarm["Threshold"]
    if isinstance(threshold, dict):
        threshold = template.body["Parameters"][threshold["Ref"]]["Default"]
    dimensions = frozenset(
        f"{one['Name']}={STACK if one['Value'] == {'Ref': 'AWS::StackName'} else one['Value']}"
        for one in alarm["Dimensions"]
    )

    FAULTS[name](monkeypatch)

    values = [
        value
        for metric in written(capsys.readouterr().out)
        if metric[:2] == (alarm["MetricName"], dimensions)
        for value in metric[2:]
    ]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert sum(values) > float(threshold)
