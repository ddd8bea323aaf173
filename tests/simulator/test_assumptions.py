"""Every assumption of the reference can be switched (API reference §13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from local.simulator.assumptions import KNOWN, Assumptions, table
from tests.simulator.conftest import DAY, NOW, Running, criteria_path, report_path

PAIRS = report_path(NOW - 28 * DAY, secondary="CONTENT", assetType="COURSE")
PEOPLE = report_path(NOW - 28 * DAY)


@pytest.fixture(scope="module")
def switched() -> Any:
    running = Running()
    yield running
    running.close()


@pytest.fixture
def assume(switched: Running) -> Any:
    """Sets assumptions for one test."""

    def choose(**values: str) -> Running:
        switched.control("assumptions", {name.replace("_", "-"): value for name, value in values.items()})
        return switched

    yield choose
    switched.control("assumptions", {one.name: one.default for one in KNOWN})
    switched.forget_tokens()


Assume = Callable[..., Running]


def engagement(row: dict[str, Any]) -> list[str]:
    return [one["engagementType"] for one in row["activities"]]


@pytest.mark.parametrize("one", KNOWN, ids=lambda one: one.name)
def test_every_value_of_every_assumption_is_accepted_and_answers(assume: Assume, one: Any) -> None:
    assert one.name in table()
    for value in one.values or ("3",):
        running = assume(**{one.name: value})
        running.forget_tokens()
        for path in (criteria_path(count=10), PEOPLE, PAIRS, report_path(primary="ACCOUNT")):
            assert running.get(path).status_code == 200, (one.name, value, path)


def test_unknown_names_and_values_are_refused() -> None:
    for name, value in (("weather", "fine"), ("gzip", "perhaps"), ("default-count", "ten")):
        with pytest.raises(ValueError, match=name):
            Assumptions({name: value})


def test_oauth(assume: Assume) -> None:
    running = assume(expires_in="string", token_members="extra", unknown_client="401", wrong_secret="invalid_client")
    answer = running.mint().json()
    assert (answer["expires_in"], answer["token_type"]) == ("1800", "Bearer")
    assert running.mint(client_id="nobody").status_code == 401
    assert running.mint(client_secret="no").json()["error"] == "invalid_client"
    assume(old_token="dies")
    running.forget_tokens()
    running.token()
    running.mint()
    assert running.get(criteria_path()).json()["code"] == "REVOKED_ACCESS_TOKEN"


def test_paging(assume: Assume) -> None:
    running = assume(default_count="3", over_max_count="clamp", past_end="error")
    assert running.json("/v2/learningAssets?q=criteria")["paging"]["count"] == 3
    assert running.json(criteria_path(count=500))["paging"]["count"] == 100
    assert running.get(criteria_path(start=9999)).status_code == 400


def test_assets(assume: Assume) -> None:
    truth = [one for one in assume().control("content") if one["inCatalogue"]]
    retired = next(one["urn"] for one in truth if one["retired"])
    path = next(one["urn"] for one in truth if one["type"] == "LEARNING_PATH" and not one["retired"])
    running = assume(retired_get="200", path_get="404", licensed_only_default="true", curated_member="present")
    assert running.get(f"/v2/learningAssets/{retired}").status_code == 200
    assert running.get(f"/v2/learningAssets/{path}").status_code == 404
    active = [one for one in truth if one["type"] == "COURSE" and not one["retired"]]
    assert len(running.walk(criteria_path())) == sum(one["licensed"] for one in active)
    assert "isCuratedForLms" in running.json(criteria_path("VIDEO"))["elements"][0]["details"]
    assume(licensed_only_default="false", locales_default="en_US")
    assert len(running.walk(criteria_path())) == sum(one["locale"] == "en_US" for one in active)
    assume(locales_default="all", locales_accepted="older7")
    indonesian = "&assetFilteringCriteria.locales[0].language=in&assetFilteringCriteria.locales[0].country=ID"
    assert running.get(criteria_path() + indonesian).status_code == 400
    assume(path_contents="deep", path_get="200")
    tree = running.json(f"/v2/learningAssets/{path}")
    assert any(child["asset"]["contents"] for child in tree["contents"])
    assume(include_retired="ignored")
    assert len(running.walk(criteria_path(assetRetrievalCriteria__includeRetired="true"))) == len(active)


def test_classifications(assume: Assume) -> None:
    listing = "/v2/learningClassifications?q=localeAndType&sourceLocale.language=en&sourceLocale.country=US&count=100"
    running = assume(
        bad_classification_type="empty", skill_listing="listed", credential_type="CONTINUING_EDUCATION_UNIT"
    )
    assert running.json(f"{listing}&type=PLANET")["elements"] == []
    assert running.json(f"{listing}&type=SKILL")["elements"]
    rows = running.json(f"{listing}&type=CREDENTIALING_PROGRAM")["elements"]
    assert {row["type"] for row in rows} == {"CONTINUING_EDUCATION_UNIT"}


def test_windows(assume: Assume) -> None:
    running = assume(window_error="400", asset_type_with_content="required", future_window="400")
    assert running.get(report_path(days=15)).status_code == 400
    assert running.get(report_path(primary="CONTENT")).status_code == 400
    assert running.get(report_path(NOW + 60 * DAY)).status_code == 400
    assume(content_individual="400", account_content="400", history_days="10")
    assert running.get(report_path(primary="CONTENT", secondary="INDIVIDUAL", assetType="VIDEO")).status_code == 400
    assert running.get(report_path(primary="ACCOUNT", secondary="CONTENT", assetType="VIDEO")).status_code == 400
    assert running.walk(PAIRS) == []
    assume(latency_days="3", history_days="0")
    assert running.json(report_path())["elements"][0]["latestDataAt"] == 1_795_247_940_000 - 3 * DAY


def test_rows(assume: Assume) -> None:
    running = assume(completions_row="always", views_row="absent", days_active_name="LOGINS")
    names = ["SECONDS_VIEWED", "PROGRESS_PERCENTAGE", "COMPLETIONS"]
    assert all(engagement(row) == names for row in running.walk(PAIRS))
    assert engagement(running.walk(PEOPLE)[0])[0] == "LOGINS"
    assume(completions_row="never", activity_order="reversed", latest_data_at="absent", engaged_at="day")
    rows = running.walk(PAIRS)
    assert all(engagement(row) == names[1::-1] for row in rows)
    assert not any("latestDataAt" in row for row in rows)
    assert all(one["firstEngagedAt"] % DAY == 0 for row in rows for one in row["activities"])


def test_learners(assume: Assume) -> None:
    plain = assume().walk(PEOPLE)
    running = assume(inactive_learners="absent", custom_attributes="string", missing_engaged_at="absent")
    rows = running.walk(PEOPLE)
    assert 0 < len(rows) < len(plain)
    assert {type(value) for row in rows for value in row["learnerDetails"]["customAttributes"].values()} == {str}
    # Only a Pacific day that has closed counts as old here, hence the clock.
    assume(learner_entity="sometimes", inactive_learners="listed")
    running.control("clock", {"now": NOW + 200 * DAY})
    running.forget_tokens()
    bare = [row["learnerDetails"] for row in running.walk(PEOPLE) if not row["learnerDetails"]["entity"]]
    running.control("clock", {"now": NOW})
    assert bare
    anonymous = assume(learner_entity="anonymous").walk(PEOPLE)
    assert any(one["learnerDetails"].keys().isdisjoint({"email", "uniqueUserId"}) for one in anonymous)
    assert all(one.get("uniqueUserId") or one.get("email") for one in bare)


def test_progress_per_window_and_split_rows_keep_the_sums(assume: Assume) -> None:
    def seconds(rows: list[dict[str, Any]]) -> int:
        return sum(
            one["engagementValue"]
            for row in rows
            for one in row["activities"]
            if one["engagementType"] == "SECONDS_VIEWED"
        )

    windows = [report_path(NOW - days * DAY, secondary="CONTENT", assetType="VIDEO") for days in (56, 42, 28, 14)]
    plain = [assume().walk(path) for path in windows]
    running = assume(split_learners="on", progress="per-window")
    split = [running.walk(path) for path in windows]
    assert [seconds(rows) for rows in split] == [seconds(rows) for rows in plain]
    assert sum(map(len, split)) > sum(map(len, plain))


def test_error_bodies(assume: Assume) -> None:
    running = assume(service_error_code="missing")
    assert "serviceErrorCode" not in requests.get(running.url + criteria_path(), timeout=20).json()
    assume(error_bodies="empty")
    assert requests.get(running.url + criteria_path(), timeout=20).content == b""
    assume(error_bodies="html")
    assert "<html>" in requests.get(running.url + criteria_path(), timeout=20).text


def test_each_activity_may_bear_its_own_first_engagement(assume: Assume) -> None:
    rows = assume(first_engaged_at="per-activity").walk(PAIRS)
    assert all(one["firstEngagedAt"] >= NOW - 28 * DAY for row in rows for one in row["activities"])
    assert any(len({one["firstEngagedAt"] for one in row["activities"]}) > 1 for row in rows)


def test_the_metrics_of_a_pair_may_be_split_over_two_elements(assume: Assume) -> None:
    whole = assume().walk(PAIRS)
    split = assume(split_metrics="on").walk(PAIRS)
    assert len(split) == 2 * len(whole)
    for row, first, second in zip(whole, split[::2], split[1::2], strict=True):
        assert sorted(engagement(first) + engagement(second)) == sorted(engagement(row))
        assert {**first, "activities": row["activities"]} == row == {**second, "activities": row["activities"]}


@pytest.mark.parametrize(("kind", "told"), [("missing", None), ("high", 98), ("low", 21)])
def test_totals_may_be_wrong_while_links_lead_to_the_end(assume: Assume, kind: str, told: int | None) -> None:
    running = assume(totals=kind)
    path = criteria_path(count=50)
    assert running.json(path)["paging"].get("total") == told
    assert len(running.walk(path)) == 65


def test_pages_may_be_shorter_than_asked_for(assume: Assume) -> None:
    page = assume(largest_page="7", unknown_members="on").json(criteria_path(count=50))
    assert (len(page["elements"]), page["paging"]["count"], page["servedBy"]) == (7, 7, "lva1")
    assert [link["rel"] for link in page["paging"]["links"]] == ["self", "next"]


def test_rows_may_hold_activities_of_other_kinds_and_rows_without_ids(assume: Assume) -> None:
    plain = assume().walk(PAIRS)
    rows = assume(extra_activities="on", orphan_rows="on").walk(PAIRS)
    assert [row["activities"][:-4] for row in rows[:-2]] == [row["activities"] for row in plain]
    assert engagement(rows[0])[-4:] == ["VIEWS", "SECONDS_VIEWED", "COMPLETIONS", "STREAK_LENGTH"]
    assert "contentUrn" not in rows[-2]["contentDetails"]
    assert "entity" not in rows[-1]["learnerDetails"]


def test_rows_on_videos_may_name_learners_by_other_ids(assume: Assume) -> None:
    videos = report_path(NOW - 28 * DAY, secondary="CONTENT", assetType="VIDEO")
    rows = [row["learnerDetails"] for row in assume(learner_entity="by-kind").walk(videos)]
    assert any("profileUrn" not in one["entity"] for one in rows)
    assert all(one["entity"] or one.get("uniqueUserId") or one.get("email") for one in rows)
    assert any(one.get("email", "").isupper() for one in rows)
    assert all(row["learnerDetails"]["entity"] for row in assume(learner_entity="by-kind").walk(PAIRS))
