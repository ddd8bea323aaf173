"""The validate call as an administrator makes it: over HTTP, answered by a container."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import requests

from local.place import ROOT
from tests.e2e.sam import Containers

pytestmark = pytest.mark.e2e

_START_SECONDS = 300


@pytest.fixture(scope="module")
def url(containers: Containers) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = containers.start_api(port)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/validate"
    finally:
        process.terminate()
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"sam local start-api is not there: exit code {process.poll()}")


def post(url: str, body: object) -> requests.Response:
    return requests.post(url, json=body, timeout=120)


def test_the_stored_pair_is_valid_and_reads_both_key_types(url: str) -> None:
    answer = post(url, {"probe": True})
    assert answer.status_code == 200
    assert [pair["valid"] for pair in answer.json()["pairs"]] == [True]


def test_a_given_pair_that_linkedin_refuses_is_reported_in_its_words_and_not_repeated(url: str) -> None:
    answer = post(url, {"reportClientId": "86demo-report", "reportClientSecret": "wrong"})
    assert answer.status_code == 422
    [pair] = answer.json()["pairs"]
    assert pair["valid"] is False
    assert "invalid" in json.dumps(pair).lower()
    assert "wrong" not in pair.values()


def test_a_body_that_is_not_ours_is_a_problem(url: str) -> None:
    answer = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=120)
    assert answer.status_code == 400


def test_a_wrong_method_is_reported_which_one_is_right(url: str) -> None:
    answer = requests.get(url, timeout=120)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["detail"] == "Send POST to /validate."


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("validate", 200),
        ("validate-probe", 200),
        ("validate-given-pairs", 200),
        ("validate-refused-pair", 422),
        ("validate-not-allowed", 422),
        ("validate-half-pair", 400),
        ("validate-wrong-method", 405),
    ],
)
def test_the_function_answers_the_shipped_events(containers: Containers, name: str, status: int) -> None:
    event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    answer = containers.invoke("ValidateCredentialsFunction", event)
    assert answer["statusCode"] == status
    body = json.loads(answer["body"])
    assert body["valid"] is True if status == HTTPStatus.OK else body["status"] == status
