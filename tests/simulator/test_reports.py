"""Activity reports: shapes, orders, and numbers that follow from the event log (API reference §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import DAY, NOW, Running, report_path

TYPES = ["ARTICLE", "AUDIO", "BOOK", "LEARNING_COLLECTION", "COURSE", "DOCUMENT", "EVENT", "LEARNING_PATH", "VIDEO"]
PAIRS = [(metric, kind) for kind in TYPES for metric in ("VIEWS", "COMPLETIONS")]
START = NOW - 42 * DAY


def metric(row: dict[str, Any], name: str, kind: str | None = None, qualifier: str | None = None) -> Any:
    """The one activity of a name."""
    (found,) = [
        one
        for one in row["activities"]
        if one["engagementType"] == name
        and (kind is None or one.get("assetType") == kind)
        and (qualifier is None or one["engagementMetricQualifier"] == qualifier)
    ]
    return found


def events(running: Running, start: int, end: int, source: str = "LINKEDIN_LEARNING") -> list[dict[str, Any]]:
    log = running.control(f"event-log?visible=true&from={start}&to={end}")
    return [one for one in log if one["contentSource"] == source]


def pairs(
    running: Running, kind: str, start: int, days: int = 14, **more: Any
) -> dict[tuple[str, str], dict[str, Any]]:
    rows = running.walk(report_path(start, days, secondary="CONTENT", assetType=kind, **more))
    found = {(row["learnerDetails"]["entity"]["profileUrn"], row["contentDetails"]["contentUrn"]): row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("kind", ["COURSE", "VIDEO", "LEARNING_PATH", "AUDIO"])
def test_learner_by_content_numbers_are_those_of_the_log(shared: Running, kind: str) -> None:
    by_pair = defaultdict(list)
    first: dict[tuple[str, str], int] = {}
    for one in events(shared, 0, START + 14 * DAY):
        pair = one["profileUrn"], one["contentUrn"]
        first.setdefault(pair, one["instant"])
        if one["assetType"] == kind and one["instant"] >= START:
            by_pair[pair].append(one)
    rows = pairs(shared, kind, START)
    assert rows.keys() == by_pair.keys()
    assert rows
    for key, row in rows.items():
        mine = by_pair[key]
        assert metric(row, "SECONDS_VIEWED")["engagementValue"] == sum(one["seconds"] for one in mine)
        assert metric(row, "PROGRESS_PERCENTAGE")["engagementValue"] == max(one["progress"] for one in mine)
        assert metric(row, "VIEWS")["engagementValue"] == sum(one["views"] for one in mine)
        assert {one["firstEngagedAt"] for one in row["activities"]} == {first[key]}
        assert metric(row, "SECONDS_VIEWED")["lastEngagedAt"] == max(one["instant"] for one in mine)
        done = [one["instant"] for one in mine if one["completed"]]
        if done:
            completion = metric(row, "COMPLETIONS")
            assert (completion["engagementValue"], completion["lastEngagedAt"]) == (len(done), max(done))
        else:
            assert all(one["engagementType"] != "COMPLETIONS" for one in row["activities"])


def test_windows_add_up(shared: Running) -> None:
    def sums(windows: list[tuple[int, int]]) -> dict[tuple[str, str], tuple[int, int]]:
        found: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for start, days in windows:
            for key, row in pairs(shared, "VIDEO", start, days).items():
                seconds, views = found[key]
                more = metric(row, "SECONDS_VIEWED")["engagementValue"], metric(row, "VIEWS")["engagementValue"]
                found[key] = (seconds + more[0], views + more[1])
        return found

    assert sums([(START, 14), (START + 14 * DAY, 14)]) == sums([(START + place * DAY, 1) for place in range(28)])


def test_account_has_21_rows_in_the_order_of_the_sample(shared: Running, sample: Callable[[str], Any]) -> None:
    wanted = sample("reports-account.json")["elements"][0]
    (row,) = shared.json(report_path(primary="ACCOUNT"))["elements"]
    assert row["learnerDetails"] == wanted["learnerDetails"]

    def names(one: dict[str, Any]) -> list[tuple[str, str | None, str]]:
        return [(a["engagementType"], a.get("assetType"), a["engagementMetricQualifier"]) for a in one["activities"]]

    assert names(row) == names(wanted)
    assert len({(one["firstEngagedAt"], one["lastEngagedAt"]) for one in row["activities"]}) == 1
    assert row["activities"][0]["firstEngagedAt"] % DAY == 0


def test_account_totals_are_the_sums_of_the_learners(shared: Running) -> None:
    (account,) = shared.json(report_path(START, primary="ACCOUNT"))["elements"]
    people = shared.walk(report_path(START))
    for name, kind in [*PAIRS, ("SECONDS_VIEWED", "VIDEO")]:
        total = metric(account, name, kind, "TOTAL")["engagementValue"]
        assert total == sum(metric(row, name, kind, "TOTAL")["engagementValue"] for row in people)
    videos = pairs(shared, "VIDEO", START).values()
    seconds = sum(metric(row, "SECONDS_VIEWED")["engagementValue"] for row in videos)
    assert metric(account, "SECONDS_VIEWED", "VIDEO")["engagementValue"] == seconds
    viewers = sum(
        any(one["engagementType"] == "VIEWS" and one["engagementValue"] for one in row["activities"]) for row in people
    )
    assert metric(account, "VIEWS", None, "UNIQUE")["engagementValue"] == viewers


def test_individuals_have_20_rows_zeros_too(shared: Running, sample: Callable[[str], Any]) -> None:
    wanted = sample("reports-individual.json")["elements"][0]
    rows = shared.walk(report_path())
    names = [(one["engagementType"], one.get("assetType")) for one in wanted["activities"]]
    for row in rows:
        assert [(one["engagementType"], one.get("assetType")) for one in row["activities"]] == names
        assert row["learnerDetails"].keys() <= wanted["learnerDetails"].keys()
    idle = [row for row in rows if not metric(row, "DAYS_ACTIVE")["engagementValue"]]
    assert 0 < len(idle) < len(rows)
    times = [one.get("firstEngagedAt", "missing") for row in idle for one in row["activities"]]
    assert {None, "missing"} == set(times)


def test_every_learner_who_had_joined_is_listed_once(shared: Running) -> None:
    joined = {one["profileUrn"] for one in shared.control("learners") if one["joinedAt"] < START + 14 * DAY}
    rows = [row["learnerDetails"]["entity"]["profileUrn"] for row in shared.walk(report_path(START))]
    assert set(rows) == joined
    assert len(rows) == len(joined)


@pytest.mark.parametrize(("secondary", "account"), [(None, False), ("CONTENT", True)])
def test_content_rows(shared: Running, sample: Callable[[str], Any], secondary: str | None, account: bool) -> None:
    wanted = sample("reports-content.json")["elements"][0]
    more: dict[str, Any] = {"secondary": secondary} if secondary else {}
    rows = shared.walk(report_path(START, primary="ACCOUNT" if account else "CONTENT", assetType="COURSE", **more))
    assert ("learnerDetails" in rows[0]) == account
    viewers = defaultdict(set)
    for one in events(shared, START, START + 14 * DAY):
        if one["assetType"] == "COURSE" and one["views"]:
            viewers[one["contentUrn"]].add(one["profileUrn"])
    for row in rows:
        assert [(one["engagementType"], one["engagementMetricQualifier"]) for one in row["activities"]] == [
            (one["engagementType"], one["engagementMetricQualifier"]) for one in wanted["activities"]
        ]
        urn = row["contentDetails"]["contentUrn"]
        assert metric(row, "VIEWS", None, "UNIQUE")["engagementValue"] == len(viewers[urn])


def test_the_two_orders_of_learner_and_content_are_the_same(shared: Running) -> None:
    one = report_path(START, secondary="CONTENT", assetType="COURSE")
    other = report_path(START, primary="CONTENT", secondary="INDIVIDUAL", assetType="COURSE")
    assert shared.walk(one) == shared.walk(other)


def test_sources(shared: Running) -> None:
    def urns(**more: Any) -> set[str]:
        return {urn for _, urn in pairs(shared, "COURSE", START, **more)}

    linkedin, everything = urns(), urns(contentSource="ALL_SOURCES")
    own, third = urns(contentSource="ORGANIZATION"), urns(contentSource="THIRD_PARTY")
    assert own
    assert third
    assert everything == linkedin | own | third
    assert all(urn.startswith("urn:li:lyndaCourse:") for urn in linkedin)
    assert not any(urn.startswith("urn:li:lynda") for urn in own)
    every_type = {
        one["assetType"]
        for row in shared.walk(report_path(START, secondary="CONTENT", contentSource="ALL_SOURCES"))
        for one in row["activities"]
    }
    assert {"ARTICLE", "AUDIO", "DOCUMENT", "BOOK", "COURSE", "VIDEO"} <= every_type


def test_activity_on_content_that_has_left_the_catalogue(shared: Running) -> None:
    gone = {one["urn"] for one in shared.control("content") if one.get("removed") and one["type"] == "COURSE"}
    seen = {urn for start in range(NOW - 56 * DAY, NOW, 14 * DAY) for _, urn in pairs(shared, "COURSE", start)}
    assert gone & seen


def test_data_ends_with_the_last_closed_pacific_day(start: Callable[..., Running]) -> None:
    running = start()
    cut_off = 1_795_248_000_000  # 2026-11-21T08:00Z, midnight in Los Angeles
    rows = running.walk(report_path(NOW - 13 * DAY, secondary="CONTENT", assetType="VIDEO"))
    assert {row["latestDataAt"] for row in rows} == {cut_off - 60_000}
    assert max(metric(row, "SECONDS_VIEWED")["lastEngagedAt"] for row in rows) < cut_off
    later = running.control("event-log?from=1795248000000")
    assert later
    running.control("clock", {"now": NOW + 3 * DAY})
    running.forget_tokens()
    rows = running.walk(report_path(NOW, 1, secondary="CONTENT", assetType="VIDEO"))
    assert {row["latestDataAt"] for row in rows} == {cut_off + 3 * DAY - 60_000}


def test_sorting(shared: Running) -> None:
    sort: dict[str, Any] = {"sortBy.engagementMetricType": "SECONDS_VIEWED"}
    rows = shared.walk(report_path(START, primary="CONTENT", assetType="VIDEO", count=50, **sort))
    seconds = [metric(row, "SECONDS_VIEWED")["engagementValue"] for row in rows]
    assert seconds == sorted(seconds, reverse=True)
    rows = shared.walk(report_path(START, primary="CONTENT", assetType="VIDEO", sortOrder="ASCENDING", **sort))
    assert [metric(row, "SECONDS_VIEWED")["engagementValue"] for row in rows] == sorted(seconds)


def test_windows_that_are_not_allowed(shared: Running) -> None:
    assert shared.get(report_path(days=14)).status_code == 200
    for days in (15, 365):
        assert shared.get(report_path(days=days)).status_code == 500
    week = report_path().replace("unit=DAY", "unit=WEEK").replace("duration=14", "duration={}")
    assert shared.get(week.format(2)).status_code == 200
    assert shared.get(week.format(3)).status_code == 500
    assert shared.json(week.format(2))["elements"] == shared.json(report_path())["elements"]


def test_before_and_after_all_data_there_is_nothing(shared: Running) -> None:
    for start in (0, NOW - 3000 * DAY, NOW + DAY):
        page = shared.json(report_path(start, secondary="CONTENT", assetType="COURSE"))
        assert (page["elements"], page["paging"]["total"]) == ([], 0)


@pytest.mark.parametrize(
    "path",
    [
        report_path(primary="GROUP"),
        report_path(secondary="INDIVIDUAL"),
        report_path(primary="CONTENT", secondary="ACCOUNT"),
        report_path(assetType="SONG"),
        report_path(contentSource="EXTERNAL"),
        report_path(days=0),
        report_path().replace("unit=DAY", "unit=MONTH"),
        report_path().replace("startedAt=", "startAt="),
        report_path().replace("timeOffset.duration=14", ""),
        report_path().replace("aggregationCriteria.primary=INDIVIDUAL", ""),
        report_path(sortBy__engagementMetricQualifier="TOTAL"),
        report_path(sortOrder="UP"),
    ],
)
def test_bad_parameters_are_refused(shared: Running, path: str) -> None:
    assert shared.get(path).status_code == 400


def test_learners_come_in_all_kinds(shared: Running) -> None:
    seen = defaultdict(list)
    for start in range(NOW - 56 * DAY, NOW, 7 * DAY):
        for row in shared.walk(report_path(start, 7)):
            seen[row["learnerDetails"]["entity"]["profileUrn"]].append(row["learnerDetails"])
    newest = [rows[-1] for rows in seen.values()]
    assert {one.get("email", "missing") for one in newest} >= {"missing", ""}
    assert {"uniqueUserId" in one for one in newest} == {True, False}
    assert any("email" not in one and "uniqueUserId" not in one for one in newest)
    assert any(one["enterpriseGroups"] == [] for one in newest)
    assert any(isinstance(value, list) for one in newest for value in one["customAttributes"].values())
    assert any(not one["name"].isascii() for one in newest)
    assert any(len({one["name"] for one in rows}) > 1 for rows in seen.values())
    assert any({"uniqueUserId" in one for one in rows} == {True, False} for rows in seen.values())
