"""A whole run, function by function, with `sam local invoke`: JSON on stdout, objects in the bucket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.place import ROOT
from tests.e2e.sam import Containers
from tests.e2e.world import GraphObjects, Queues

pytestmark = pytest.mark.e2e


def shipped_event(name: str) -> Any:
    return json.loads((ROOT / "events" / name).read_text())


@pytest.fixture(scope="module")
def run(containers: Containers, queues: Queues, bucket: GraphObjects) -> str:
    """The id of a run that went through every function it needs."""
    started = containers.invoke("StartRunFunction", shipped_event("start-run-schedule.json"))
    assert started["lookbackDays"] == 14
    for _ in range(4):
        for queue, function in (
            ("CatalogQueue", "CollectCatalogFunction"),
            ("ActivityQueue", "CollectActivityFunction"),
            ("AssemblyQueue", "AssembleGraphFunction"),
        ):
            event = queues.take(queue)
            if event["Records"]:
                assert containers.invoke(function, event) == {"batchItemFailures": []}
        if f"graph/{started['runId']}/manifest.json" in bucket.keys("graph/"):
            return str(started["runId"])
    pytest.fail(f"the run did not end: {bucket.keys()}")


def test_a_run_leaves_a_snapshot(run: str, bucket: GraphObjects) -> None:
    manifest = bucket.read(f"graph/{run}/manifest.json")
    assert manifest["status"] == "SUCCEEDED"
    assert manifest["counts"]["entities"]["linkedin_learning_user"] == 20
    assert bucket.read("graph/latest.json")["runId"] == run
    assert {file["key"] for file in manifest["files"]} <= set(bucket.keys(f"graph/{run}/"))


def test_the_same_event_again_is_the_same_run(run: str, containers: Containers) -> None:
    again = containers.invoke("StartRunFunction", shipped_event("start-run-schedule.json"))
    assert again["runId"] == run


def test_a_start_event_with_an_unknown_key_is_refused(containers: Containers) -> None:
    event = shipped_event("start-run-unknown-key.json")
    assert containers.refusal("StartRunFunction", event) == "ConfigurationError"


@pytest.mark.parametrize("kind", ["Catalog", "Activity"])
def test_a_bad_message_comes_back_and_a_good_one_does_not(run: str, containers: Containers, kind: str) -> None:
    event = shipped_event(f"collect-{kind.lower()}-good-and-bad.json")
    answer = containers.invoke(f"Collect{kind}Function", event)
    bad = [record["messageId"] for record in event["Records"][1:]]
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == bad


def test_dead_letters_are_kept(run: str, containers: Containers, bucket: GraphObjects) -> None:
    for name in ("record-dead-letters.json", "record-dead-letters-unknown.json"):
        assert containers.invoke("RecordDeadLettersFunction", shipped_event(name)) is None
    assert len(bucket.keys("dead-letters/")) == 2


def test_no_run_is_overdue(run: str, containers: Containers) -> None:
    assert containers.invoke("CloseRunsFunction", shipped_event("close-runs-schedule.json")) == {"closed": []}


def test_a_learner_is_erased(run: str, containers: Containers, bucket: GraphObjects) -> None:
    learner = next(user for user in bucket.users(run) if user.get("email"))
    answer = containers.invoke("EraseLearnerFunction", {"email": learner["email"][0]})
    assert answer["users"] == 1
    assert learner["_key"] not in [user["_key"] for user in bucket.users(run)]
    assert bucket.read(f"graph/{run}/manifest.json")["counts"]["entities"]["linkedin_learning_user"] == 19


def test_an_erasure_that_names_nobody_is_refused(containers: Containers) -> None:
    event = shipped_event("erase-learner-nobody.json")
    assert containers.refusal("EraseLearnerFunction", event) == "ConfigurationError"


def test_overrides_of_a_schedule_make_a_longer_run(run: str, containers: Containers) -> None:
    started = containers.invoke("StartRunFunction", shipped_event("start-run-schedule-with-overrides.json"))
    assert started["lookbackDays"] == 90
    assert started["runId"] != run
