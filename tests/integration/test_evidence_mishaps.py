"""Whatever happens to a run, its graph is the undisturbed one, or the run says what is missing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.integration.support import MARKS, Lab, Reference

pytestmark = MARKS
ACTIVITY = "learning-graph-ActivityQueue"


def failed_steps(manifest: dict[str, Any]) -> set[str]:
    return {name for name, step in manifest["steps"].items() if step["status"] != "SUCCEEDED"}


def assert_undisturbed(lab: Lab, run_id: str, reference: Reference) -> None:
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.snapshot(run_id) == reference.snapshot


@pytest.mark.parametrize(
    "faults",
    [
        ["500:times=3", "502:path=learningActivityReports,times=3", "html:every=4,times=4", "reset:every=3,times=5"],
        [
            "truncated:every=3,times=5",
            "empty:every=4,times=4",
            "reset-body:every=5,times=3",
            "drip:seconds=0.2,times=2",
        ],
        ["429:every=3,times=5,retryAfter=1", "429:every=5,times=2", "slow:seconds=0.1,every=2,times=6"],
        ["401:path=/v2/learning,after=2,times=1"],
        ["expire:path=/v2/learning,after=3,times=1"],
        ["revoke:path=/v2/learning,after=3,times=1"],
        ["500:path=accessToken,times=2", "429:path=accessToken,times=1", "html:path=accessToken,times=1"],
    ],
    ids=lambda faults: faults[0].split(":")[0] + (" token" if "accessToken" in faults[0] else ""),
)
def test_what_passes_leaves_no_trace(lab: Lab, reference: Reference, faults: list[str]) -> None:
    for fault in faults:
        lab.linkedin.add_fault(fault)
    run_id = lab.start(1, lookbackDays=14)
    lab.pump()
    assert sum(fault["fired"] for fault in lab.linkedin.faults()) >= 1
    assert_undisturbed(lab, run_id, reference)


def test_every_message_twice_changes_nothing_and_asks_linkedin_nothing_more(lab: Lab, reference: Reference) -> None:
    run_id = lab.start(2, lookbackDays=14)
    twice = lab.mappings.deliver

    def deliver(*given) -> bool:
        twice(*given)
        return twice(*given)

    lab.mappings.deliver = deliver  # type: ignore[method-assign, assignment]
    lab.pump()
    assert_undisturbed(lab, run_id, reference)
    assert len(lab.calls()) == reference.calls
    told = [kind for kind, detail in lab.events() if detail["runId"] == run_id]
    assert set(told) == {"Graph Snapshot Ready"}


def test_two_runs_at_once_end_both_and_latest_names_the_later(lab: Lab, reference: Reference) -> None:
    runs = [lab.start(number, lookbackDays=14) for number in (3, 4)]
    lab.pump()
    for run_id in runs:
        assert_undisturbed(lab, run_id, reference)
    assert lab.latest() == max(runs)


def test_a_worker_without_time_hands_the_rest_on(lab: Lab, reference: Reference) -> None:
    lab.seconds = 45.5
    run_id = lab.start(5, lookbackDays=14)
    lab.pump()
    assert_undisturbed(lab, run_id, reference)


def test_a_worker_that_linkedin_leaves_hanging_can_still_say_so_before_lambda_kills_it(lab: Lab) -> None:
    lab.linkedin.add_fault("hang:path=learningActivityReports")
    run_id = lab.start(14, lookbackDays=14)
    lab.seconds = 17
    activity = next(trigger for trigger in lab.mappings.triggers if trigger.queue_name == ACTIVITY)
    batch = lab.mappings.receive(activity)
    assert batch is not None
    began = time.monotonic()
    assert lab.deliver(batch) is True, "the rest of the shard is a new message, which uses up no delivery"
    assert time.monotonic() - began < lab.seconds - 5
    notes = lab.cloud.objects(f"runs/{run_id}/last-errors/").values()
    assert {json.loads(note)["errorKind"] for note in notes} == {"OutOfTime"}


def test_messages_that_are_not_ours_are_kept_and_stop_nobody(lab: Lab, reference: Reference) -> None:
    foreign = [
        ("ActivityQueue", "not JSON"),
        ("ActivityQueue", '{"foo": 1}'),
        ("CatalogQueue", '{"run": "20260101T000000Z-00000000", "step": "courses", "shard": "en_US"}'),
        ("CatalogQueue", '["a", "list"]'),
        ("AssemblyQueue", '{"run": "../../etc"}'),
        ("AssemblyQueue", '{"run": "20260101T000000Z-00000000"}'),
    ]
    for queue, body in foreign:
        lab.cloud.send(queue, body)
    run_id = lab.start(6, lookbackDays=14)
    lab.pump()
    assert_undisturbed(lab, run_id, reference)
    letters = [json.loads(data) for data in lab.cloud.objects("dead-letters/").values()]
    kept = {(letter["queue"].removeprefix("learning-graph-").split("Dead")[0], letter["body"]) for letter in letters}
    assert kept == {(queue.removesuffix("Queue"), body) for queue, body in foreign}


def test_a_window_that_always_fails_is_named_and_the_rest_is_whole(lab: Lab, reference: Reference) -> None:
    lab.linkedin.add_fault("500:assetType=VIDEO,primary=INDIVIDUAL")
    run_id = lab.start(8, lookbackDays=14)
    lab.pump()
    manifest = lab.manifest(run_id)
    assert manifest["status"] == "PARTIAL"
    assert failed_steps(manifest) == {"video-activity"}
    [failure] = manifest["steps"]["video-activity"]["failures"]
    assert failure["errorKind"] == "Unavailable"
    assert "500" in failure["error"]
    assert "linkedin_learning_user_assigned_video" in manifest["partialDatasets"]["types"]
    found = lab.snapshot(run_id)
    untouched = {name: data for name, data in reference.snapshot.items() if "video" not in name}
    assert untouched.items() <= found.items()
    assert any(json.loads(data)["body"] for data in lab.cloud.objects("dead-letters/").values())
