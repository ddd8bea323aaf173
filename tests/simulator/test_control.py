"""The control plane: the truth, the clock, and an account that changes while it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.conftest import DAY, NOW, Running, criteria_path, report_path

RETIRED_TOO: dict[str, Any] = {"assetRetrievalCriteria__includeRetired": "true"}


def course(running: Running) -> str:
    urn: str = running.walk(criteria_path(assetFilteringCriteria__licensedOnly="true"))[0]["urn"]
    return urn


def test_the_same_seed_makes_the_same_account(start: Callable[..., Running], shared: Running) -> None:
    same, other = start(), start("--seed=2")
    for name in ("event-log", "learners", "content", "classifications"):
        assert same.control(name) == shared.control(name)
    assert other.control("event-log") != shared.control("event-log")
    assert same.get(report_path()).content == shared.get(report_path()).content


def test_a_learner_is_the_same_in_a_larger_account(start: Callable[..., Running], shared: Running) -> None:
    larger = start("--learners=60")
    assert larger.control("learners")[:45] == shared.control("learners")


def test_the_event_log_is_in_order_and_can_be_bounded(shared: Running) -> None:
    log = shared.control("event-log")
    instants = [one["instant"] for one in log]
    assert instants == sorted(instants)
    assert max(instants) > NOW
    window = shared.control(f"event-log?from={NOW - 5 * DAY}&to={NOW}")
    assert window == [one for one in log if NOW - 5 * DAY <= one["instant"] < NOW]
    assert shared.control("event-log?visible=true") == [one for one in log if one["instant"] < 1_795_248_000_000]


def test_health_and_unknown_control_calls(shared: Running) -> None:
    assert shared.control("health")["status"] == "ok"
    assert requests.get(f"{shared.url}/_simulator/nothing", timeout=20).status_code == 404
    assert requests.post(f"{shared.url}/_simulator/health", timeout=20).status_code == 405
    assert requests.post(f"{shared.url}/_simulator/clock", json={"now": "noon"}, timeout=20).status_code == 400


def test_retired_and_renamed_assets_are_in_the_delta(start: Callable[..., Running]) -> None:
    running = start()
    retired, renamed = (row["urn"] for row in running.walk(criteria_path())[:2])
    before = running.control("clock")["now"]
    running.control("clock", {"now": before + 1000})
    running.control(
        "account",
        [{"action": "retire", "urn": retired}, {"action": "rename", "urn": renamed, "title": "Neuer Titel"}],
    )
    delta = running.walk(criteria_path(assetFilteringCriteria__lastModifiedAfter=before, **RETIRED_TOO))
    found = {row["urn"]: row for row in delta}
    assert found.keys() == {retired, renamed}
    assert found[retired]["details"]["availability"] == "RETIRED"
    assert found[retired]["details"]["urls"] == {}
    assert found[renamed]["title"]["value"] == "Neuer Titel"
    assert running.get(f"/v2/learningAssets/{retired}").status_code == 404
    names = {
        row["contentDetails"]["name"]
        for row in running.walk(report_path(primary="CONTENT", assetType="COURSE"))
        if row["contentDetails"]["contentUrn"] == renamed
    }
    assert names <= {"Neuer Titel", "Neuer Titel (en)"}


def test_a_withdrawn_licence_and_a_removal_are_not_in_the_delta(start: Callable[..., Running]) -> None:
    running = start()
    before = running.control("clock")["now"]
    unlicensed, removed = (
        row["urn"] for row in running.walk(criteria_path(assetFilteringCriteria__licensedOnly="true"))[:2]
    )
    running.control(
        "account", [{"action": "licence", "urn": unlicensed, "licensed": False}, {"action": "remove", "urn": removed}]
    )
    assert running.walk(criteria_path(assetFilteringCriteria__lastModifiedAfter=before, **RETIRED_TOO)) == []
    licensed = {row["urn"] for row in running.walk(criteria_path(assetFilteringCriteria__licensedOnly="true"))}
    assert not {unlicensed, removed} & licensed
    assert running.get(f"/v2/learningAssets/{unlicensed}").status_code == 200
    assert running.get(f"/v2/learningAssets/{removed}").status_code == 404


def test_new_assets_learners_and_late_events(start: Callable[..., Running]) -> None:
    running = start()
    urn = "urn:li:lyndaCourse:42"
    running.control("account", {"action": "add-asset", "urn": urn, "type": "COURSE", "title": "Brand New"})
    running.control("account", {"action": "add-learner", "name": "Nova Late", "email": "nova@example.com"})
    nova = running.control("learners")[-1]["profileUrn"]
    event = {
        "instant": NOW - 5 * DAY,
        "profileUrn": nova,
        "contentUrn": urn,
        "seconds": 90,
        "progress": 100,
        "completed": True,
    }
    path = report_path(secondary="CONTENT", assetType="COURSE")
    before = running.walk(path)
    running.control("account", {"action": "events", "events": [event]})
    added = [row for row in running.walk(path) if row not in before]
    assert [row["learnerDetails"]["name"] for row in added] == ["Nova Late"]
    assert [one["engagementValue"] for one in added[0]["activities"]] == [90, 100, 1, 1]


def test_a_learner_renamed_and_given_an_id_stays_one_person(start: Callable[..., Running]) -> None:
    running = start()
    learner = next(one for one in running.control("learners") if len(one["identities"]) == 1)
    urn = learner["profileUrn"]
    change = {"action": "learner", "profileUrn": urn, "name": "Änne Other", "uniqueUserId": "NEW-1"}
    running.control("account", change | {"since": NOW - 10 * DAY})

    def shown(start: int) -> dict[str, Any]:
        rows = running.walk(report_path(start, 7))
        (found,) = [one["learnerDetails"] for one in rows if one["learnerDetails"]["entity"]["profileUrn"] == urn]
        return dict(found)

    assert shown(NOW - 20 * DAY)["name"] == learner["identities"][0]["name"]
    assert (shown(NOW - 8 * DAY)["name"], shown(NOW - 8 * DAY)["uniqueUserId"]) == ("Änne Other", "NEW-1")


def test_changes_that_make_no_sense_are_refused(start: Callable[..., Running]) -> None:
    running = start()
    for change in (
        {"action": "explode"},
        {"action": "retire", "urn": "urn:li:lyndaCourse:0"},
        {"action": "learner", "profileUrn": "nobody"},
        {"urn": course(running)},
    ):
        answer = requests.post(f"{running.url}/_simulator/account", json=change, timeout=20)
        assert answer.status_code == 400, change


@pytest.mark.parametrize(
    "sizes",
    [
        ("--learners=0", "--courses=0", "--videos=0", "--paths=0", "--groups=0", "--others=0"),
        ("--courses=0", "--paths=3", "--history-days=1"),
        ("--courses=3", "--videos=0", "--future-days=0", "--locales=ja_JP,in_ID,it_IT"),
        ("--sessions-per-week=0",),
    ],
)
def test_accounts_of_odd_sizes(start: Callable[..., Running], sizes: tuple[str, ...]) -> None:
    running = start(*sizes)
    for kind in ("COURSE", "VIDEO", "LEARNING_PATH"):
        running.walk(criteria_path(kind))
        running.walk(report_path(secondary="CONTENT", assetType=kind))
    assert len(running.walk(report_path(primary="ACCOUNT"))) == 1


def test_applications_of_ones_own(start: Callable[..., Running]) -> None:
    running = start('--client={"id": "mine", "secret": "s/+=", "keys": ["report"]}')
    assert running.mint().status_code == 400
    minted = running.mint(client_id="mine", client_secret="s/+=").json()["access_token"]
    headers = {"Authorization": f"Bearer {minted}"}
    assert requests.get(running.url + report_path(), headers=headers, timeout=20).status_code == 200
    assert requests.get(running.url + criteria_path(), headers=headers, timeout=20).status_code == 403
