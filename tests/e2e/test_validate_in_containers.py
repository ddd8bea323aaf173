"""The validate call as an administrator makes it: over HTTP, answered by a container."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
import requests

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


def test_a_given_pair_that_linkedin_refuses_is_told_in_its_words_and_not_repeated(url: str) -> None:
    answer = post(url, {"reportClientId": "86demo-report", "reportClientSecret": "wrong"})
    assert answer.status_code == 422
    [pair] = answer.json()["pairs"]
    assert pair["valid"] is False
    assert "invalid" in json.dumps(pair).lower()
    assert "wrong" not in pair.values()


def test_a_body_that_is_not_ours_is_a_problem(url: str) -> None:
    answer = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=120)
    assert answer.status_code == 400


def test_the_function_answers_the_same_without_the_api(containers: Containers) -> None:
    event = {
        "resource": "/validate",
        "path": "/validate",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "httpMethod": "POST",
            "path": "/v1/validate",
            "protocol": "HTTP/1.1",
            "requestId": "1",
            "requestTimeEpoch": 1795276800000,
            "resourceId": "r",
            "resourcePath": "/validate",
            "stage": "v1",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": "{}",
        "isBase64Encoded": False,
    }
    answer = containers.invoke("ValidateCredentialsFunction", event)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["checked"] == "secret"
