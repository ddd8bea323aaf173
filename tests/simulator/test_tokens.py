"""OAuth and key types (API reference §2, §7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Running, criteria_path, report_path

CASES: dict[str, dict[str, str | None]] = {
    "unknown client id": {"client_id": "abcdefghijk"},
    "wrong secret": {"client_secret": "guess"},
    "grant_type missing": {"grant_type": None},
    "client_id missing": {"client_id": None},
    "client_secret missing": {"client_secret": None},
}


def test_a_token_answer_has_the_members_of_the_sample(shared: Running, sample: Callable[[str], Any]) -> None:
    answer = shared.mint()
    assert answer.status_code == 200
    assert answer.json().keys() == sample("token-200.json").keys()
    assert answer.json()["expires_in"] == 1800
    assert len(answer.json()["access_token"]) > 255


@pytest.mark.parametrize("case", [*CASES, "app not enabled for 2-legged OAuth"])
def test_refusals_are_those_of_the_sample(shared: Running, sample: Callable[[str], Any], case: str) -> None:
    wanted = next(one for one in sample("token-errors.json") if one["case"] == case)
    changes = CASES.get(case)
    answer = shared.mint("disabled") if changes is None else shared.mint("combined", **changes)
    assert (answer.status_code, answer.json()) == (wanted["http_status"], wanted["body"])


def test_trailing_white_space_in_a_secret_is_a_wrong_secret(shared: Running) -> None:
    assert shared.mint(client_secret="demo+secret/combined= ").status_code == 401


def test_other_grant_types_and_other_bodies_are_refused(shared: Running) -> None:
    assert shared.mint(grant_type="password").json()["error"] == "unsupported_grant_type"
    url = f"{shared.url}/oauth/v2/accessToken"
    assert requests.post(url, json={"grant_type": "client_credentials"}, timeout=20).status_code == 400
    assert requests.get(url, timeout=20).status_code == 405


@pytest.mark.parametrize(
    ("kind", "assets", "reports"), [("combined", 200, 200), ("content", 200, 403), ("report", 403, 200)]
)
def test_key_types_decide_at_the_resource(shared: Running, kind: str, assets: int, reports: int) -> None:
    assert shared.mint(kind).status_code == 200
    assert shared.get(criteria_path(count=1), kind=kind).status_code == assets
    classifications = "/v2/learningClassifications?q=keyword&keyword=data"
    assert shared.get(classifications, kind=kind).status_code == assets
    assert shared.get(report_path(), kind=kind).status_code == reports


def test_error_bodies_are_those_of_the_sample(start: Callable[..., Running], sample: Callable[[str], Any]) -> None:
    running = start()
    wanted = {one["case"]: (one["http_status"], one["body"]) for one in sample("api-errors.json")}
    path = running.url + criteria_path(count=1)

    def seen(answer: requests.Response) -> tuple[int, Any]:
        return answer.status_code, answer.json()

    def with_header(value: str | None) -> tuple[int, Any]:
        headers = {} if value is None else {"Authorization": value}
        return seen(requests.get(path, headers=headers, timeout=20))

    assert with_header(None) == wanted["missing Authorization header"]
    assert with_header("Bearer ") == wanted["missing Authorization header"]
    assert with_header("Bearer nonsense") == wanted["garbled token"]
    assert with_header("Basic abc")[0] == 401
    assert seen(running.get(report_path(), kind="content")) == wanted["Content key calling reports"]
    assert seen(running.get(report_path(days=15))) == wanted["window longer than 14 days"]
    assert seen(running.get("/v2/learningAssets/urn:li:lyndaCourse:1")) == wanted["unknown URN"]
    running.control("tokens", {"refusal": "revoked"})
    assert seen(running.get(criteria_path(count=1))) == wanted["revoked token"]


def test_a_token_expires_on_the_simulators_clock(start: Callable[..., Running], sample: Callable[[str], Any]) -> None:
    running = start("--token-seconds=600")
    assert running.get(criteria_path(count=1)).status_code == 200
    now = running.control("clock")["now"]
    running.control("clock", {"now": now + 601_000})
    expired = running.get(criteria_path(count=1))
    wanted = next(one for one in sample("api-errors.json") if one["case"] == "expired token")
    assert (expired.status_code, expired.json()) == (401, wanted["body"])
    running.forget_tokens()
    assert running.get(criteria_path(count=1)).status_code == 200


def test_no_secret_and_no_token_is_in_the_request_log(start: Callable[..., Running]) -> None:
    running = start()
    running.get(criteria_path(count=1))
    log = running.control("requests")
    assert [entry["client"] for entry in log] == [None, "86demo-combined"]
    assert "secret" not in str(log)
    assert running.token() not in str(log)
