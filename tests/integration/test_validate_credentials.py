"""The handler of POST /validate against a token host on a real socket and Secrets Manager in moto."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

from functions.validate_credentials.app import handler
from learning_graph.aws import clients
from tests.fakes.moto_in_process import moto_in_process
from tests.integration import linkedin_stub as wire
from tests.integration.linkedin_stub import Stub, running_stub
from tests.unit.validation.calling import Context, event

pytestmark = pytest.mark.integration
CONTENT = ("86content", "content+secret/=")
REPORT = ("86report", "report+secret/=")
STORED = {
    "contentClientId": CONTENT[0],
    "contentClientSecret": CONTENT[1],
    "reportClientId": REPORT[0],
    "reportClientSecret": REPORT[1],
}


@pytest.fixture(scope="module")
def _secrets() -> Iterator[None]:
    with moto_in_process(), pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "LINKEDIN_SECRET_ARN": "linkedin",
        }.items():
            environment.setenv(name, value)
        clients._client.cache_clear()
        boto3.client("secretsmanager").create_secret(Name="linkedin", SecretString=json.dumps(STORED))
        yield
        clients._client.cache_clear()


@pytest.fixture
def stub(_secrets: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with running_stub() as stub:
        stub.pairs = {CONTENT: {"Content"}, REPORT: {"Report"}}
        monkeypatch.setenv("LINKEDIN_API_URL", stub.url)
        monkeypatch.setenv("LINKEDIN_OAUTH_URL", stub.oauth_url)
        yield stub


def post(body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = handler(event(None if body is None else json.dumps(body), **more), Context())  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


def test_the_stored_secret_is_checked_pair_by_pair(stub: Stub) -> None:
    status, answer = post()
    assert (status, answer["checked"]) == (200, "secret")
    assert [pair["valid"] for pair in answer["pairs"]] == [True, True]
    assert sorted(mint["client_id"] for mint in stub.mints) == ["86content", "86report"]
    assert stub.calls == []


def test_a_probe_asks_each_endpoint_family_for_one_record_with_each_pair(stub: Stub) -> None:
    status, answer = post({"probe": True})
    assert status == 200
    assert [pair["mayRead"] for pair in answer["pairs"]] == [
        {"Content": True, "Report": False},
        {"Content": False, "Report": True},
    ]
    assert [key["allowed"] for key in answer["keyTypes"]] == [True, True]
    assert len(stub.mints) == 2
    assert sorted(call.split("?")[0] for call in stub.calls) == sorted(
        ["/v2/learningAssets", "/v2/learningClassifications", "/v2/learningActivityReports"] * 2
    )
    assert all("count=1" in call.split("?")[1].split("&") for call in stub.calls)


def test_pairs_in_the_body_are_checked_and_not_stored(stub: Stub) -> None:
    status, answer = post({"contentClientId": "86other", "contentClientSecret": "hush"})
    assert (status, answer["pairs"][0]["error"]) == (422, "invalid_client_id")
    stored = boto3.client("secretsmanager").get_secret_value(SecretId="linkedin")["SecretString"]
    assert json.loads(stored) == STORED
    assert "hush" not in json.dumps(answer)


def test_a_missing_secret_is_told(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKEDIN_SECRET_ARN", "nowhere")
    status, answer = post()
    assert (status, answer["errors"][0]["field"]) == (422, "LINKEDIN_SECRET_ARN")


def test_a_wrong_setting_is_told_by_its_name(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKEDIN_API_URL", "no url")
    status, answer = post()
    assert (status, answer["errors"][0]["field"]) == (500, "LINKEDIN_API_URL")


@pytest.mark.parametrize(
    ("misbehave", "status"),
    [
        (wire.status(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}), 502),
        (wire.status(503, b""), 502),
        (wire.status(200, b""), 502),
        (wire.hang_up, 502),
        (wire.cut_short, 502),
    ],
    ids=["html", "503", "empty", "hang-up", "cut-short"],
)
def test_a_broken_token_host_is_answered_502(stub: Stub, misbehave: wire.Wire, status: int) -> None:
    stub.token_wire = misbehave
    assert post()[0] == status


def header_drip(handler: wire.Handler) -> None:
    """One header after another, for ever, each in good time: no time-out of the socket ever strikes."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.released.is_set():
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.3)


@pytest.mark.parametrize("misbehave", [wire.silent, wire.drip, header_drip], ids=["silent", "body-drip", "header-drip"])
@pytest.mark.parametrize("at", ["token", "probe"])
def test_a_slow_linkedin_is_answered_504_in_time(stub: Stub, misbehave: wire.Wire, at: str) -> None:
    if at == "token":
        stub.token_wire = misbehave
    else:
        stub.api_wire = misbehave
    began = time.monotonic()
    answer = handler(event(json.dumps({"probe": True})), Context(milliseconds=4000))  # type: ignore[arg-type]
    assert answer["statusCode"] == 504
    assert time.monotonic() - began < 4


def test_neither_secret_nor_token_is_in_the_answer_or_the_log(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="learning_graph")
    answers = [post({"probe": True})]
    stub.api_wire = lambda handler: handler.answer(400, {"message": f"no: {handler.headers['Authorization']}"})
    answers.append(post({"probe": True}))
    assert [status for status, _ in answers] == [200, 502]
    told = json.dumps(answers) + "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "credentials checked" in told
    for hidden in (CONTENT[1], REPORT[1], quote_plus(CONTENT[1]), quote_plus(REPORT[1]), *stub.tokens):
        assert hidden not in told
