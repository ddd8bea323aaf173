"""The commands for a deployed stack, against moto: they find it by its outputs, and leave no copy behind."""

from __future__ import annotations

import json
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from learning_graph.reports.snapshot import Snapshot
from learning_graph.runs.run_messages import read_start_request
from local import evidence, query, run
from local.aws_server import AwsServer
from local.demo_reports import demo_configuration
from local.in_process_aws import InProcessAws
from local.linkedin_side import LinkedIn
from tests.integration.support import MARKS, NOW, Lab, lab_of

pytestmark = MARKS
STACK = "learning"


class Lambda:
    """Lambda's invocations, which moto would run in containers: notes the event, answers or fails as told."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.error: str | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.server = AwsServer(self._serve)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _serve(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        event = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.events.append((environ["PATH_INFO"].split("/")[3], json.loads(event)))
        failed = [] if self.error is None else [("X-Amz-Function-Error", "Unhandled")]
        body = json.dumps(self.answer if self.error is None else {"errorMessage": self.error}).encode()
        start_response("200 OK", [("Content-Length", str(len(body))), *failed])
        return [body]


@pytest.fixture(scope="module")
def functions() -> Iterator[Lambda]:
    made = Lambda()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def deployed(
    cloud: InProcessAws, linkedin: LinkedIn, functions: Lambda, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Lab, str]]:
    """A run that was reported on, and a CloudFormation stack whose outputs name its bucket."""
    lab = lab_of(cloud, linkedin)
    made = str(lab.run(lookbackDays=14)["runId"])
    folder = lab.save(tmp_path_factory.mktemp("copy")) / "graph-bucket"
    for key, text in demo_configuration(Snapshot.open(folder, made), folder).items():
        cloud.s3.put_object(Bucket=cloud.graph_bucket, Key=key, Body=text.encode())
    lab.invoke("ReportSnapshotFunction", {"runId": made})
    # A run that failed later has no snapshot.
    failed = {"formatVersion": 2, "status": "FAILED"}
    key = "graph/20270101T000000Z-00000000/manifest.json"
    cloud.s3.put_object(Bucket=cloud.graph_bucket, Key=key, Body=json.dumps(failed).encode())
    outputs = {"GraphBucketName": cloud.graph_bucket, "StartRunFunctionName": "start"}
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.setup_default_session()
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{functions.server.server_port}")
        patched.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield lab, made
        assert list(Path(tempfile.gettempdir()).iterdir()) == []
    boto3.client("cloudformation").delete_stack(StackName=STACK)


def test_a_run_is_started_and_followed_to_its_end(
    deployed: tuple[Lab, str], functions: Lambda, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is over already; its last objects are held back for the first look."""
    lab, made = deployed
    held = {**lab.cloud.objects(f"runs/{made}/outcomes/users/"), **lab.cloud.objects(f"graph/{made}/ended.json")}
    for key in held:
        lab.cloud.s3.delete_object(Bucket=lab.cloud.graph_bucket, Key=key)

    def go_on(_seconds: float) -> None:
        for key, data in held.items():
            lab.cloud.s3.put_object(Bucket=lab.cloud.graph_bucket, Key=key, Body=data)

    monkeypatch.setattr("local.run.time.sleep", go_on)
    functions.answer = {"runId": made, "shards": 15}
    assert run.main(["--stack", STACK, "--lookback", "90", "--mode", "full"]) == 0
    [(function, event)] = functions.events
    request = read_start_request(event, NOW)
    assert (function, request.lookback_days, request.mode) == ("start", 90, "full")
    assert request.id, "the call may be repeated: the same id is the same run"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Run {made}: 15 shards"
    [users] = [number for number, line in enumerate(lines) if line.strip().startswith("users")]
    assert users == max(n for n, line in enumerate(lines) if " shards " in line), "it ended last"
    assert any(line.startswith(f"SUCCEEDED  run {made}") for line in lines)
    assert lines[-1] == f"  s3://{lab.cloud.graph_bucket}/graph/{made}/manifest.json"
    assert run.main(["--stack", STACK, "--follow", made]) == 0


def test_a_start_that_is_refused_says_why(
    deployed: tuple[Lab, str], functions: Lambda, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployed
    functions.error = "LINKEDIN_SECRET_ARN: holds no credential pair"
    assert run.main(["--stack", STACK]) == 2
    functions.error = None
    assert "holds no credential pair" in capsys.readouterr().err


def test_the_newest_snapshot_is_asked(deployed: tuple[Lab, str], capsys: pytest.CaptureFixture[str]) -> None:
    lab, made = deployed
    learners = len(lab.records(made, "linkedin_learning_user"))
    assert query.main(["--stack", STACK, "--format", "json", "select count(*) as n from linkedin_learning_user"]) == 0
    assert json.loads(capsys.readouterr().out) == {"n": learners}
    assert query.main(["--stack", STACK, "--format", "csv", "overdue_and_expiring"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 1


def test_a_question_about_several_snapshots_is_not_answered_from_one(
    deployed: tuple[Lab, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployed
    content = ["--param", "content=urn:li:lyndaCourse:1", "--param", "day=2026-11-21"]
    assert query.main(["--stack", STACK, "completed_by", *content]) == 2
    assert "several" in capsys.readouterr().err


def test_an_evidence_package_is_made(
    deployed: tuple[Lab, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, made = deployed
    package = tmp_path / "evidence.zip"
    assert evidence.main(["security-awareness", "--stack", STACK, "--out", str(package)]) == 0
    assert f"snapshot {made}" in capsys.readouterr().out
    with zipfile.ZipFile(package) as archive:
        assert json.loads(archive.read("extraction.json"))["snapshot"] == made
        assert "source/requirements.yaml" in archive.namelist() or "source/requirement.json" in archive.namelist()


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("command", "arguments"),
    [(run, []), (query, ["overdue_and_expiring"]), (evidence, ["security-awareness", "--out", "evidence.zip"])],
    ids=["run", "query", "evidence"],
)
def test_a_stack_that_is_not_there_is_named(
    command: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([*arguments, "--stack", "nothing"]) == 2
    printed = capsys.readouterr().err
    assert "nothing" in printed
    assert "AWS_REGION" in printed
