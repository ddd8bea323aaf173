"""A whole run, function by function, with `sam local invoke`: JSON on stdout, objects in the bucket."""

from __future__ import annotations

import gzip
import json

import pytest

from local.place import ROOT

pytestmark = pytest.mark.e2e


def shipped_event(name: str) -> dict:
    return json.loads((ROOT / "events" / name).read_text())


@pytest.fixture(scope="module")
def bucket(world):
    """The graph bucket as a mapping from key to JSON."""
    s3, name = world.deployment.client("s3"), world.deployment.name_of("GraphBucket")

    class Bucket:
        def keys(self, prefix: str = "") -> list[str]:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", ())]

        def read(self, key: str):
            return json.loads(s3.get_object(Bucket=name, Key=key)["Body"].read())

        def users(self, run: str) -> list[dict]:
            keys = self.keys(f"graph/{run}/jsonl/entities/linkedin_learning_user/")
            bodies = [s3.get_object(Bucket=name, Key=key)["Body"].read() for key in keys]
            return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]

    return Bucket()


@pytest.fixture(scope="module")
def run(containers, queues, bucket):
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
            return started["runId"]
    pytest.fail(f"the run did not end: {bucket.keys()}")


def test_a_run_leaves_a_snapshot(run, bucket):
    manifest = bucket.read(f"graph/{run}/manifest.json")
    assert manifest["status"] == "SUCCEEDED"
    assert manifest["counts"]["entities"]["linkedin_learning_user"] == 20
    assert bucket.read("graph/latest.json")["runId"] == run
    assert {file["key"] for file in manifest["files"]} <= set(bucket.keys(f"graph/{run}/"))


def test_the_same_event_again_is_the_same_run(run, containers):
    again = containers.invoke("StartRunFunction", shipped_event("start-run-schedule.json"))
    assert again["runId"] == run


def test_a_start_event_with_an_unknown_key_is_refused(containers):
    answer = containers.invoke("StartRunFunction", shipped_event("start-run-unknown-key.json"))
    assert answer["errorType"] == "ConfigurationError"


def test_a_bad_message_comes_back_and_a_good_one_does_not(run, containers):
    event = shipped_event("collect-catalog-good-and-bad.json")
    answer = containers.invoke("CollectCatalogFunction", event)
    bad = [record["messageId"] for record in event["Records"][1:]]
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == bad


def test_dead_letters_are_kept(run, containers, bucket):
    answer = containers.invoke("RecordDeadLettersFunction", shipped_event("record-dead-letters.json"))
    assert answer == {"batchItemFailures": []}
    assert bucket.keys("dead-letters/")


def test_no_run_is_overdue(run, containers):
    assert containers.invoke("CloseRunsFunction", shipped_event("close-runs-schedule.json")) == {"closed": []}


def test_a_learner_is_erased(run, containers, bucket):
    learner = next(user for user in bucket.users(run) if user.get("email"))
    answer = containers.invoke("EraseLearnerFunction", {"email": learner["email"]})
    assert answer["users"] == 1
    assert learner["_key"] not in [user["_key"] for user in bucket.users(run)]
    assert bucket.read(f"graph/{run}/manifest.json")["counts"]["entities"]["linkedin_learning_user"] == 19


def test_an_erasure_that_names_nobody_is_refused(containers):
    answer = containers.invoke("EraseLearnerFunction", shipped_event("erase-learner-nobody.json"))
    assert answer["errorType"] == "ConfigurationError"
