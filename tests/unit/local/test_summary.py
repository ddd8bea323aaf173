"""The summary tells a person what came, what is missing, why, and what to do."""

from __future__ import annotations

from typing import Any

from local.summary import summary

DAY = 86_400_000


def step(**more: Any) -> dict[str, Any]:
    return {"status": "SUCCEEDED", "shards": 1, "windows": 0, "requests": 10, "failures": [], "rejected": [], **more}


def manifest(**more: Any) -> dict[str, Any]:
    return {
        "runId": "20261121T160000Z-0a1b2c3d",
        "status": "SUCCEEDED",
        "accountName": "Acme",
        "lookback": {"days": 30, "start": 20_000 * DAY, "end": 20_030 * DAY},
        "steps": {"courses": step(), "users": step(windows=3, requests=1500)},
        "counts": {"entities": {"linkedin_learning_user": 1200}, "relationships": {}},
        "totals": {"learners": 1200, "completed": 40, "completions": 34, "views": 56, "secondsViewed": 7890},
        **more,
    }


def test_a_good_run() -> None:
    text = summary(manifest(), seconds=12.34, bucket="build/demo/graph-bucket")
    assert text.startswith("SUCCEEDED  run 20261121T160000Z-0a1b2c3d, account 'Acme'")
    assert "lookback 30 days, 2024-10-04 00:00 UTC to 2024-11-03 00:00 UTC" in text
    assert "1,510 requests in 12.3 s, 3 windows per activity step" in text
    assert "linkedin_learning_user                                      1,200" in text
    assert "completed (learner and content)                                40" in text
    assert "seconds viewed in this lookback                             7,890" in text
    assert text.endswith("build/demo/graph-bucket/graph/20261121T160000Z-0a1b2c3d/manifest.json")


def test_steps_that_failed_for_one_reason_are_told_once_with_the_resolution() -> None:
    failure = {"shard": "x", "error": "403: no", "resolution": "Add the Report key."}
    steps = {"courses": step(), "users": step(failures=[failure]), "video-activity": step(failures=[failure] * 3)}
    text = summary(manifest(status="PARTIAL", steps=steps), seconds=1, bucket="out")
    assert "  failed: users, video-activity (3 shards)\n    403: no\n    → Add the Report key.\n" in text


def test_records_that_could_not_be_used_and_what_was_carried_over_are_told() -> None:
    steps = {"courses": step(rejected=[{"shard": "en_US", "count": 2, "first": []}], carriedOver=5)}
    text = summary(manifest(steps=steps), seconds=1, bucket="out")
    assert "courses: 2 records of LinkedIn's could not be used" in text
    assert "carried over from earlier snapshots: 5" in text
