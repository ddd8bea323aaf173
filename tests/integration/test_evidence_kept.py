"""Later runs: what changed is corrected, what was known is kept, and nothing is counted twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.event_source_mappings import Json
from tests.integration.support import MARKS, NOW, Lab

pytestmark = MARKS
COURSE = "linkedin_learning_course"
USER = "linkedin_learning_user"
ENGAGED = "linkedin_learning_user_assigned_course"
DAY = 86_400_000
NOW_MS = round(NOW.timestamp() * 1000)
TOMORROW = NOW + timedelta(days=1)


def full_instead(lab: Lab, number: int, before: dict[str, bytes], **overrides: Any) -> dict[str, bytes]:
    """The snapshot that a full reading would have made of the same start, over the same earlier snapshots."""
    after = lab.cloud.objects()
    lab.cloud.reset(before)
    snapshot = lab.snapshot(lab.run(number, mode="full", **overrides)["runId"])
    lab.cloud.reset(after)
    return snapshot


def afresh(lab: Lab, number: int, **overrides: Any) -> dict[str, Json]:
    """The course engagements that a first run would see now."""
    after = lab.cloud.objects()
    lab.cloud.reset()
    edges = lab.records(lab.run(number, **overrides)["runId"], ENGAGED)
    lab.cloud.reset(after)
    return edges


def courses(lab: Lab) -> list[Json]:
    return [
        item
        for item in lab.linkedin.lines("content")
        if item["type"] == "COURSE" and item["inCatalogue"] and item["licensed"]
    ]


def engaged_courses(lab: Lab, run_id: str) -> set[str]:
    return {edge["_toEntityKey"] for edge in lab.records(run_id, ENGAGED).values()}


def test_a_changed_only_reading_makes_the_same_graph_as_a_full_one(own_lab) -> None:
    lab = own_lab()
    first = lab.run(lookbackDays=14)
    assert {step["mode"] for name, step in first["steps"].items() if name in ("courses", "videos")} == {"full"}
    retired, renamed, *_ = [item["urn"] for item in courses(lab) if not item["retired"]]
    lab.set_time(TOMORROW)
    lab.linkedin.change_account(
        {"action": "retire", "urn": retired},
        {"action": "rename", "urn": renamed, "title": "Another title"},
        {"action": "add-asset", "urn": "urn:li:lyndaCourse:999001", "type": "COURSE", "title": "New course"},
    )
    before = lab.cloud.objects()
    second = lab.run(lookbackDays=14)
    assert second["steps"]["courses"]["mode"] == "incremental"
    found = lab.records(second["runId"], COURSE)
    assert found[retired]["availability"] == "RETIRED"
    assert found[renamed]["name"] == "Another title"
    assert "urn:li:lyndaCourse:999001" in found
    assert lab.snapshot(second["runId"]) == full_instead(lab, 0, before, lookbackDays=14)


def test_what_left_the_catalogue_goes_with_the_next_full_reading_but_keeps_its_learners(own_lab) -> None:
    lab = own_lab()
    first = lab.run(lookbackDays=90)
    engaged = engaged_courses(lab, first["runId"])
    available = [item["urn"] for item in courses(lab)]
    completed = {e["_toEntityKey"] for e in lab.records(first["runId"], ENGAGED).values() if e["completed"]}
    gone = next(urn for urn in available if urn in completed)
    withdrawn = next(urn for urn in available if urn in engaged - {gone})
    unused = "urn:li:lyndaCourse:999002"
    lab.linkedin.change_account({"action": "add-asset", "urn": unused, "type": "COURSE", "title": "Unused course"})
    lab.set_time(TOMORROW)
    assert unused in lab.records(lab.run(lookbackDays=90)["runId"], COURSE)
    lab.linkedin.change_account(
        {"action": "remove", "urn": gone},
        {"action": "licence", "urn": withdrawn, "licensed": False},
        {"action": "licence", "urn": unused, "licensed": False},
    )
    lab.set_time(NOW + timedelta(days=2))
    assert unused in lab.records(lab.run(lookbackDays=14)["runId"], COURSE)
    lab.set_time(NOW + timedelta(days=9))
    third = lab.run(lookbackDays=14)
    assert third["steps"]["courses"]["mode"] == "full"
    found = lab.records(third["runId"], COURSE)
    assert unused not in found
    assert {gone, withdrawn} <= set(found)
    known = {key: edge for key, edge in lab.records(first["runId"], ENGAGED).items() if edge["_toEntityKey"] == gone}
    kept = lab.records(third["runId"], ENGAGED)
    for key, edge in known.items():
        assert kept[key]["completed"] >= edge["completed"]
        assert kept[key]["completedOn"] == edge["completedOn"]
    assert found[gone]["name"] == lab.records(first["runId"], COURSE)[gone]["name"]


def test_a_later_snapshot_says_what_a_first_run_would_and_forgets_nobody(own_lab) -> None:
    lab = own_lab()
    first = lab.records(lab.run(lookbackDays=30)["runId"], ENGAGED)
    lab.set_time(NOW + timedelta(days=8))
    late = next(edge for edge in first.values() if edge["lastEngagedOn"] > NOW_MS - 7 * DAY)
    lab.linkedin.change_account(
        {
            "action": "events",
            "events": [
                {
                    "instant": NOW_MS - 3 * DAY,
                    "profileUrn": late["_fromEntityKey"],
                    "contentUrn": late["_toEntityKey"],
                    "seconds": 777,
                    "views": 1,
                }
            ],
        }
    )
    later = lab.records(lab.run(lookbackDays=30)["runId"], ENGAGED)
    fresh = afresh(lab, 0, lookbackDays=30)
    assert later[late["_key"]]["secondsViewed"] == fresh[late["_key"]]["secondsViewed"]
    assert set(later) == set(first) | set(fresh)
    assert set(first) - set(fresh), "nothing fell out of the lookback: the test shows nothing"
    for key, edge in later.items():
        base = dict(fresh.get(key, first.get(key, {})))
        known = [found[key] for found in (first, fresh) if key in found]
        base["completed"] = any(found["completed"] for found in known)
        base["completedOn"] = min((f["completedOn"] for f in known if f["completedOn"] is not None), default=None)
        assert edge == base


def test_days_that_no_run_saw_are_read_again_however_long_the_pause(own_lab) -> None:
    lab = own_lab()
    first = lab.run(lookbackDays=14)
    lab.linkedin.forget_requests()
    lab.set_time(NOW + timedelta(days=28))
    second = lab.run(lookbackDays=14)
    windows = {int(call["query"]["startedAt"]) for call in lab.calls("/v2/learningActivityReports")}
    assert min(windows) <= first["coveredUntil"] < NOW_MS
    assert second["lookback"]["days"] == 14
    seen = set(lab.records(first["runId"], ENGAGED)) | set(afresh(lab, 1, lookbackDays=30))
    assert set(lab.records(second["runId"], ENGAGED)) >= seen


def test_a_failed_step_leaves_what_was_known_of_it(own_lab) -> None:
    lab = own_lab()
    first = lab.run(lookbackDays=14)
    lab.set_time(TOMORROW)
    lab.linkedin.add_fault("500:assetType=COURSE,primary=INDIVIDUAL")
    lab.linkedin.add_fault("403:path=learningClassifications")
    second = lab.run(lookbackDays=14)
    assert second["status"] == "PARTIAL"
    assert lab.records(second["runId"], ENGAGED) == lab.records(first["runId"], ENGAGED)
    classification = "linkedin_learning_classification"
    assert set(lab.records(second["runId"], classification)) >= set(lab.records(first["runId"], classification))
    assert {ENGAGED, classification} <= set(second["partialDatasets"]["types"])
    assert second["coveredUntil"] == first["coveredUntil"]
    # What failed is read again by the next run, and then nothing shows that it ever failed.
    lab.linkedin.clear_faults()
    lab.set_time(NOW + timedelta(days=2))
    third = lab.run(lookbackDays=14)
    fresh = afresh(lab, 2, lookbackDays=30)
    kept = lab.records(third["runId"], ENGAGED)
    assert third["status"] == "SUCCEEDED"
    assert {key for key, edge in fresh.items() if edge["lastEngagedOn"] >= third["lookback"]["start"]} <= set(kept)


def test_a_failed_window_leaves_no_smaller_numbers(own_lab) -> None:
    lab = own_lab()
    first = lab.records(lab.run(lookbackDays=30)["runId"], ENGAGED)
    oldest = NOW_MS + DAY - 30 * DAY
    lab.set_time(TOMORROW)
    lab.linkedin.add_fault(f"500:assetType=COURSE,primary=INDIVIDUAL,startedAt={oldest}")
    second = lab.run(lookbackDays=30)
    assert second["status"] == "PARTIAL"
    found = lab.records(second["runId"], ENGAGED)
    for key, edge in first.items():
        for name in ("views", "secondsViewed", "completions"):
            assert found[key][name] >= edge[name]
        assert found[key]["completed"] >= edge["completed"]


def test_a_learner_stays_one_person_when_linkedin_names_them_otherwise(own_lab) -> None:
    lab = own_lab("--learners=40", "--sessions-per-week=1")
    first = lab.run(lookbackDays=90)
    people = [p for p in lab.linkedin.lines("learners") if p["identities"][-1]["email"]]
    without = next(p for p in people if not p["identities"][-1]["uniqueUserId"])
    other = next(p for p in people if p is not without)
    lab.set_time(NOW + timedelta(hours=1))
    lab.linkedin.change_account(
        {"action": "learner", "profileUrn": without["profileUrn"], "uniqueUserId": "E-new", "name": "Married Name"},
        {"action": "learner", "profileUrn": other["profileUrn"], "email": "moved@example.org"},
    )
    lab.set_time(NOW + timedelta(days=15))
    second = lab.run(lookbackDays=14)
    assert second["counts"]["entities"][USER] == first["counts"]["entities"][USER]
    users = lab.records(second["runId"], USER)
    renamed = users[without["profileUrn"]]
    assert (renamed["uniqueUserId"], renamed["name"]) == ("E-new", "Married Name")
    assert users[other["profileUrn"]]["email"] == ["moved@example.org"]
    edges = lab.records(second["runId"], ENGAGED)
    assert set(lab.records(first["runId"], ENGAGED)) <= set(edges)
    assert {edge["_fromEntityKey"] for edge in edges.values()} <= set(users)


def test_rows_without_a_profile_belong_to_the_person_who_has_one(own_lab) -> None:
    lab = own_lab()
    expected = lab.run(lookbackDays=30)
    whole = lab.snapshot(expected["runId"])
    lab.cloud.reset()
    lab.linkedin.assume(learner_entity="sometimes")
    lab.set_time(NOW)
    again = lab.run(lookbackDays=30)
    assert lab.snapshot(again["runId"]) == whole
