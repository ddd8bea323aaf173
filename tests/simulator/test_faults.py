"""Faults: every kind does what it says, at its place, as often as it should (API reference §7, §11)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.conftest import DAY, NOW, Running, criteria_path, report_path

COURSES = criteria_path(count=10)


def statuses(running: Running, path: str = COURSES, times: int = 3) -> list[int]:
    return [running.get(path).status_code for _ in range(times)]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 502, 503, 504])
def test_a_status_a_given_number_of_times(start: Callable[..., Running], status: int) -> None:
    running = start("--fault", f"{status}:path=learningAssets,times=2")
    assert statuses(running) == [status, status, 200]
    assert running.get("/v2/learningClassifications?q=keyword&keyword=data").status_code == 200
    (shown,) = running.control("faults")
    assert (shown["matched"], shown["fired"]) == (3, 2)
    assert [entry.get("faults") for entry in running.control("requests")][1:4] == [[str(status)], [str(status)], None]


def test_401_once_and_tokens_that_die_in_the_middle(start: Callable[..., Running]) -> None:
    running = start("--fault", "401:times=1,path=learningAssets")
    assert statuses(running) == [401, 200, 200]
    running.control("faults", "401:times=1,code=revoked")
    assert running.get(COURSES).json()["code"] == "REVOKED_ACCESS_TOKEN"
    assert running.get(COURSES).status_code == 200
    running.control("faults", method="DELETE")
    for kind, code in (("expire", "EXPIRED_ACCESS_TOKEN"), ("revoke", "REVOKED_ACCESS_TOKEN")):
        running.control("faults", f"{kind}:start=20,times=1")
        assert running.get(COURSES).status_code == 200
        refused = running.get(criteria_path(count=10, start=20))
        assert (refused.status_code, refused.json()["code"]) == (401, code)
        assert statuses(running) == [401, 401, 401]
        running.forget_tokens()
        assert statuses(running) == [200, 200, 200]


def test_throttles(start: Callable[..., Running]) -> None:
    running = start()
    running.token()
    running.control("faults", "429:retryAfter=7,times=1")
    throttled = running.get(COURSES)
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "7")
    assert " DAY " not in throttled.text
    running.control("faults", "429:times=1")
    assert "Retry-After" not in running.get(COURSES).headers


def test_a_daily_quota_lasts_until_midnight_utc(start: Callable[..., Running], sample: Callable[[str], Any]) -> None:
    running = start("--fault", "429-day:path=learningAssets,times=1", "--token-seconds=200000")
    wanted = next(one for one in sample("api-errors.json") if one["http_status"] == 429)
    assert running.get(COURSES).json() == wanted["body"]
    assert statuses(running) == [429, 429, 429]
    assert running.get(report_path()).status_code == 200
    assert running.get(COURSES, kind="content").status_code == 200
    running.control("clock", {"now": "2026-11-21T23:59:00Z"})
    assert running.get(COURSES).status_code == 429
    running.control("clock", {"now": "2026-11-22T00:00:01Z"})
    assert running.get(COURSES).status_code == 200


def test_quotas_count_per_client_and_resource(start: Callable[..., Running]) -> None:
    running = start("--daily-quota", "2")
    assert statuses(running) == [200, 200, 429]
    assert running.get(report_path()).status_code == 200
    assert statuses(running, report_path(), 2) == [200, 429]
    assert running.get(COURSES, kind="content").status_code == 200


def test_bodies_that_are_not_what_they_should_be(start: Callable[..., Running]) -> None:
    running = start()
    running.token()
    running.control("faults", ["html:times=1", "empty:times=1,after=1", "truncated:times=1,after=2,bytes=100"])
    page = running.get(COURSES)
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    empty = running.get(COURSES)
    assert (empty.status_code, empty.content) == (200, b"")
    broken = running.get(COURSES)
    assert (broken.status_code, len(broken.content)) == (200, 100)
    with pytest.raises(requests.JSONDecodeError):
        broken.json()
    assert running.get(COURSES).json()["elements"]


@pytest.mark.parametrize("kind", ["reset", "reset-body", "hang:seconds=0.3"])
def test_connections_that_break(start: Callable[..., Running], kind: str) -> None:
    running = start()
    running.token()
    name, _, rest = kind.partition(":")
    running.control("faults", f"{name}:times=1,{rest}")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        running.get(COURSES)
    assert running.get(COURSES).status_code == 200


def test_slow_and_hanging_answers(start: Callable[..., Running]) -> None:
    running = start()
    running.token()
    for kind in ("slow:seconds=0.4,times=1", "drip:seconds=0.4,times=1"):
        running.control("faults", kind)
        begin = time.monotonic()
        assert running.get(COURSES).json()["elements"]
        assert time.monotonic() - begin > 0.3
    running.control("faults", "hang:times=1")
    with pytest.raises(requests.Timeout):
        running.get(COURSES, timeout=0.3)
    assert running.get(COURSES).status_code == 200


def test_a_window_that_fails_for_ever(start: Callable[..., Running]) -> None:
    inside = NOW - 20 * DAY
    running = start("--fault", f"500:path=learningActivityReports,window={inside},assetType=COURSE")
    bad = report_path(NOW - 28 * DAY, secondary="CONTENT", assetType="COURSE")
    good = report_path(NOW - 14 * DAY, secondary="CONTENT", assetType="COURSE")
    other = report_path(NOW - 28 * DAY, secondary="CONTENT", assetType="VIDEO")
    assert statuses(running, bad) == [500, 500, 500]
    assert statuses(running, good) == statuses(running, other) == [200, 200, 200]


@pytest.mark.parametrize(
    ("selector", "hit", "missed"),
    [
        ("q=localeAndType", "/v2/learningAssets?q=localeAndType&assetType=COURSE&sourceLocale.language=en", COURSES),
        ("start=10", criteria_path(count=10, start=10), COURSES),
        ("startFrom=10", criteria_path(count=10, start=30), COURSES),
        ("assetType=VIDEO", criteria_path("VIDEO"), COURSES),
        ("primary=ACCOUNT", report_path(primary="ACCOUNT"), report_path()),
        ("secondary=CONTENT", report_path(secondary="CONTENT"), report_path()),
        ("locale=de_DE", COURSES + "&assetFilteringCriteria.locales[0].language=de", COURSES),
        ("client=86demo-content", "", COURSES),
        ("urn=lyndaCourse:7", "/v2/learningAssets/urn:li:lyndaCourse:7", COURSES),
        ("method=POST", "", COURSES),
        ("param.contentSource=ORGANIZATION", report_path(contentSource="ORGANIZATION"), report_path()),
        (f"startedAt={NOW}", report_path(NOW), report_path(NOW - DAY)),
    ],
)
def test_selection(start: Callable[..., Running], selector: str, hit: str, missed: str) -> None:
    running = start()
    running.token()
    running.control("faults", f"503:{selector}")
    assert running.get(missed).status_code != 503
    if hit:
        assert running.get(hit).status_code == 503


def test_rows_inserted_while_paging_are_seen_twice_and_none_is_lost(start: Callable[..., Running]) -> None:
    running = start()
    plain = [row["urn"] for row in running.walk(COURSES)]
    running.control("faults", "shift:by=3")
    shifted = [row["urn"] for row in running.walk(COURSES)]
    assert len(shifted) == len(plain) + 3
    assert set(shifted) == set(plain)
    assert running.json(criteria_path(count=10, start=10))["paging"]["total"] == len(plain) + 3


def test_pages_that_mislead(start: Callable[..., Running]) -> None:
    running = start()
    second = criteria_path(count=10, start=10)
    first_rows, total = running.json(COURSES)["elements"], running.json(COURSES)["paging"]["total"]
    running.control("faults", "total:by=-5,start=10")
    assert running.json(second)["paging"]["total"] == total - 5
    running.control("faults", method="DELETE")
    running.control("faults", "repeat-page")
    assert running.json(second)["elements"] == first_rows
    running.control("faults", method="DELETE")
    running.control("faults", ["empty-page", "loop-link"])
    page = running.json(second)
    assert page["elements"] == []
    assert page["paging"]["links"][1]["href"].endswith("&q=criteria&start=10")
    running.control("faults", method="DELETE")
    running.control("faults", "no-links")
    assert running.json(second)["paging"]["links"] == []


def test_broken_records_leave_the_rest_of_the_page(start: Callable[..., Running]) -> None:
    running = start()
    plain = running.json(COURSES)["elements"]
    for how, wanted in (("no-urn", None), ("wrong-type", 17)):
        running.control("faults", {"kind": "bad-record", "at": 2, "how": how, "times": 1})
        rows = running.json(COURSES)["elements"]
        assert rows[2].get("urn") == wanted
        assert rows[:2] + rows[3:] == plain[:2] + plain[3:]
    running.control("faults", {"kind": "bad-record", "how": "null"})
    assert running.json(COURSES)["elements"][0] is None


def test_chance_depends_on_the_seed_and_not_on_the_order(start: Callable[..., Running]) -> None:
    running = start()
    running.token()
    paths = [criteria_path(count=1, start=place) for place in range(40)]

    def outcome(seed: int, order: list[str]) -> dict[str, int]:
        running.control("faults", method="DELETE")
        running.control("faults", f"500:chance=0.4,seed={seed}")
        return {path: running.get(path).status_code for path in order}

    one = outcome(1, paths)
    assert outcome(1, paths[::-1]) == one
    assert outcome(2, paths) != one
    assert 5 < list(one.values()).count(500) < 35


def test_chaos_strikes_in_several_ways_and_passes(start: Callable[..., Running]) -> None:
    running = start("--fault", "chaos:chance=0.5,seed=3,path=learningAssets,seconds=0.01")
    kinds: set[str] = set()
    for place in range(40):
        try:
            running.get(criteria_path(count=1, start=place))
        except requests.RequestException:
            continue
    for entry in running.control("requests"):
        kinds |= set(entry.get("faults", ()))
    assert len(kinds) > 4


@pytest.mark.parametrize("wrong", ["tsunami", "500:colour=red", "500:times", {"kind": "500", "wher": "here"}])
def test_faults_that_do_not_exist_are_refused_with_the_reason(start: Callable[..., Running], wrong: Any) -> None:
    answer = requests.post(f"{start().url}/_simulator/faults", json=wrong, timeout=20)
    assert answer.status_code == 400
    assert "fault" in answer.json()["message"] or "selector" in answer.json()["message"]


PEOPLE_AND_COURSES = report_path(secondary="CONTENT", assetType="COURSE", count=10)
ODD = {
    "lone-surrogate": b"\\ud83d",
    "control-character": b"\x01",
    "invalid-utf8": b"\xff",
    "instant-zero": b'"lastEngagedAt":0,',
    "instant-negative": b'"lastEngagedAt":-1,',
    "instant-future": b'"lastEngagedAt":4102444800000000,',
    "instant-exponent": b'"lastEngagedAt":1.7e12,',
    "instant-float": b'"lastEngagedAt":1700000000000.0,',
    "null-in-lists": b'"activities":[null,',
    "number-as-id": b'"uniqueUserId":1',
    "values-as-text": b'"engagementValue":"',
    "locale-without-language": b'"locale":{"country":"US"}',
}


@pytest.mark.parametrize("how", ODD)
def test_an_odd_record_of_a_report(start: Callable[..., Running], how: str) -> None:
    running = start("--fault", f"odd-record:how={how},path=Reports,times=1")
    body = running.get(PEOPLE_AND_COURSES).content
    assert body.count(ODD[how]) >= 5
    assert ODD[how] not in running.get(PEOPLE_AND_COURSES).content


def test_odd_records_of_the_catalogue(start: Callable[..., Running]) -> None:
    running = start("--fault", "odd-record:how=time-without-unit", "--fault", "odd-record:how=contributor-without-name")
    page = running.json(COURSES)["elements"]
    assert all(one["details"]["timeToComplete"] == {"duration": 600} for one in page)
    assert all("value" not in one["details"]["contributors"][0]["name"] for one in page)
    running.control("faults", method="DELETE")
    running.control("faults", "odd-record:how=invalid-utf8,at=3")
    assert running.get(COURSES).content.count(b"\xff") == 1
    with pytest.raises(AssertionError, match="how is one of"):
        running.control("faults", "odd-record:how=green")


def test_a_listing_that_ends_before_its_total(start: Callable[..., Running]) -> None:
    running = start("--fault", "short-page:rows=4")
    page = running.json(COURSES)
    assert (len(page["elements"]), page["paging"]["links"], page["paging"]["total"]) == (4, [], 65)
    running.control("faults", method="DELETE")
    running.control("faults", "short-page:times=1")
    assert len(running.json(COURSES)["elements"]) == 10
    assert running.json(COURSES)["paging"]["links"]


def test_a_lookup_that_answers_with_nothing_but_paging(start: Callable[..., Running]) -> None:
    running = start("--fault", "paging-only:urn=lyndaCourse,times=1")
    urn = running.json(COURSES)["elements"][0]["urn"]
    assert running.json(f"/v2/learningAssets/{urn}") == {"paging": {}}
    assert running.json(f"/v2/learningAssets/{urn}")["urn"] == urn


def test_a_limit_of_requests_a_second_counts_what_it_refuses(start: Callable[..., Running]) -> None:
    running = start("--rate-limit", "5")
    answers = [running.get(COURSES) for _ in range(12)]
    refused = [one for one in answers if one.status_code == 429]
    assert 0 < len(refused) < 12
    assert all("Retry-After" not in one.headers for one in refused)
    counts = running.control("rate")
    assert (counts["requests"], counts["throttled"]) == (13, len(refused))
    running.control("rate", {"perSecond": 0})
    assert statuses(running) == [200, 200, 200]


def test_latency_can_be_set_while_it_runs(start: Callable[..., Running]) -> None:
    running = start()
    running.token()
    running.control("latency", {"ms": 150})
    begin = time.monotonic()
    running.get(COURSES)
    assert time.monotonic() - begin >= 0.15


def test_two_profiles_may_share_an_address(start: Callable[..., Running]) -> None:
    people = start("--shared-emails", "2").control("learners")
    shown = [one["identities"][-1]["email"] for one in people]
    assert shown[0] == shown[1] != shown[2]
    assert (shown[2], len({one["profileUrn"] for one in people})) == (shown[3], len(people))
