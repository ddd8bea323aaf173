"""The handler of POST /validate against the simulator and Secrets Manager in moto."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

from functions.validate_credentials.app import handler
from learning_graph.aws import clients
from local.linkedin_side import CREDENTIALS, LinkedIn, secret_of
from local.simulator_control import SimulatorControl
from tests.fakes.moto_in_process import moto_in_process
from tests.unit.validation.calling import Context, event

pytestmark = pytest.mark.integration
CONTENT, REPORT = CREDENTIALS["two"].values()
STORED = secret_of("two")
RESOURCES = ("/v2/learningAssets", "/v2/learningClassifications", "/v2/learningActivityReports")
SIMULATED_TOKEN = re.compile(r"AQ[\w-]{100}")


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
        boto3.client("secretsmanager").create_secret(Name="linkedin", SecretString=STORED)
        yield
        clients._client.cache_clear()


@pytest.fixture
def control(_secrets: None, linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorControl]:
    monkeypatch.setenv("LINKEDIN_API_URL", linkedin.api_url)
    monkeypatch.setenv("LINKEDIN_OAUTH_URL", linkedin.oauth_url)
    control = SimulatorControl(linkedin.api_url)
    control.clear_faults()
    control.forget_requests()
    yield control
    control.clear_faults()


def post(body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = handler(event(None if body is None else json.dumps(body), **more), Context())  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


def test_the_stored_secret_is_checked_pair_by_pair(control: SimulatorControl) -> None:
    status, answer = post()
    assert (status, answer["checked"]) == (200, "secret")
    assert [pair["valid"] for pair in answer["pairs"]] == [True, True]
    assert [request["path"] for request in control.requests()] == ["/oauth/v2/accessToken"] * 2


def test_a_probe_asks_each_endpoint_family_for_one_record_with_each_pair(control: SimulatorControl) -> None:
    status, answer = post({"probe": True})
    assert status == 200
    assert [pair["mayRead"] for pair in answer["pairs"]] == [
        {"Content": True, "Report": False},
        {"Content": False, "Report": True},
    ]
    assert [key["allowed"] for key in answer["keyTypes"]] == [True, True]
    mints = [request for request in control.requests() if request["method"] == "POST"]
    probes = [request for request in control.requests() if request["method"] == "GET"]
    assert len(mints) == 2
    asked = sorted((probe["client"], probe["path"]) for probe in probes)
    assert asked == sorted((client, path) for client in (CONTENT[0], REPORT[0]) for path in RESOURCES)
    assert {probe["query"]["count"] for probe in probes} == {"1"}


def test_pairs_in_the_body_are_checked_and_not_stored(control: SimulatorControl) -> None:
    status, answer = post({"contentClientId": CONTENT[0], "contentClientSecret": "hush"})
    assert (status, answer["pairs"][0]["error"]) == (422, "invalid_client_id")
    stored = boto3.client("secretsmanager").get_secret_value(SecretId="linkedin")["SecretString"]
    assert stored == STORED
    assert "hush" not in json.dumps(answer)


def test_a_missing_secret_is_reported(control: SimulatorControl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKEDIN_SECRET_ARN", "nowhere")
    status, answer = post()
    assert (status, answer["errors"][0]["field"]) == (422, "LINKEDIN_SECRET_ARN")


def test_a_wrong_setting_is_reported_by_its_name(control: SimulatorControl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKEDIN_API_URL", "no url")
    status, answer = post()
    assert (status, answer["errors"][0]["field"]) == (500, "LINKEDIN_API_URL")


@pytest.mark.parametrize("fault", ["html:status=200", "503:", "empty:", "reset:", "reset-body:"])
def test_a_broken_token_host_is_answered_502(control: SimulatorControl, fault: str) -> None:
    control.add_fault(f"{fault},path=accessToken".replace(":,", ":"))
    assert post()[0] == 502


@pytest.mark.parametrize("fault", ["hang:", "drip:seconds=60", "drip-headers:"])
@pytest.mark.parametrize("path", ["accessToken", "learning"])
def test_a_slow_linkedin_is_answered_504_in_time(control: SimulatorControl, fault: str, path: str) -> None:
    control.add_fault(f"{fault},path={path}".replace(":,", ":"))
    began = time.monotonic()
    answer = handler(event(json.dumps({"probe": True})), Context(milliseconds=3000))  # type: ignore[arg-type]
    assert answer["statusCode"] == 504
    assert time.monotonic() - began < 3


def test_neither_secret_nor_token_is_in_the_answer_or_the_log(
    control: SimulatorControl, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="learning_graph")
    answers = [post({"probe": True})]
    control.add_fault("quote-token:path=learning")
    answers.append(post({"probe": True}))
    assert [status for status, _ in answers] == [200, 502]
    said = json.dumps(answers) + "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "credentials checked" in said
    assert "[token]" in said
    for hidden in (CONTENT[1], REPORT[1], quote_plus(CONTENT[1]), quote_plus(REPORT[1])):
        assert hidden not in said
    assert not SIMULATED_TOKEN.search(said)
