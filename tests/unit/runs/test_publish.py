"""`graph/latest.json` moves last and only forwards, and the event bus hears how a run ended (design)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from learning_graph.runs.publish import announce, move_latest
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Difference, Latest, Manifest, Reconciliation
from tests.fakes.bucket import FakeBucket
from tests.fakes.events import FakeEventBus
from tests.snapshot_documents import manifest_of

EARLY, LATE = "20261120T160000Z-ffffffff", "20261121T160000Z-00000000"


def manifest(run_id: str = LATE, **members: Any) -> Manifest:
    counts = {"entities": {"linkedin_learning_user": 2}, "relationships": {}}
    known = {"started_at": 1, "covered_until": 1, "counts": counts, "totals": {"learners": 2}}
    return manifest_of(run_id, **(known | members))


def latest(bucket: FakeBucket) -> str:
    return msgspec.json.decode(bucket.objects[graph_bucket.LATEST], type=Latest).run_id


def test_the_first_snapshot_is_the_latest() -> None:
    bucket = FakeBucket()

    assert move_latest(bucket, manifest())
    assert json.loads(bucket.objects["graph/latest.json"]) == {
        "formatVersion": 1,
        "runId": LATE,
        "status": "SUCCEEDED",
        "manifest": f"graph/{LATE}/manifest.json",
        "startedAt": 1,
    }


@pytest.mark.parametrize("order", [(EARLY, LATE), (LATE, EARLY), (LATE, EARLY, LATE)])
def test_whoever_comes_last_the_later_run_is_the_latest(order: tuple[str, ...]) -> None:
    bucket = FakeBucket()
    moved = [move_latest(bucket, manifest(run)) for run in order]

    assert latest(bucket) == LATE
    assert moved == [run == LATE or number == 0 for number, run in enumerate(order)]


def test_a_run_that_lost_a_race_looks_again() -> None:
    bucket = FakeBucket()
    move_latest(bucket, manifest("20261119T160000Z-00000000"))

    def another_run_is_first(effect: str) -> None:
        bucket.effects.spare()
        assert move_latest(bucket, manifest(LATE))

    bucket.effects.before = another_run_is_first  # while EARLY stands between its reading and its writing
    assert not move_latest(bucket, manifest(EARLY))
    assert latest(bucket) == LATE


def test_two_runs_that_are_first_at_once_end_with_the_later() -> None:
    bucket = FakeBucket()

    def another_run_is_first(effect: str) -> None:
        bucket.effects.spare()
        assert move_latest(bucket, manifest(EARLY))

    bucket.effects.before = another_run_is_first
    assert move_latest(bucket, manifest(LATE))
    assert latest(bucket) == LATE


def test_a_snapshot_is_announced_with_what_a_receiver_needs() -> None:
    bus = FakeEventBus()
    announce(bus, manifest())

    assert bus.sent == [
        (
            "Graph Snapshot Ready",
            {
                "runId": LATE,
                "status": "SUCCEEDED",
                "accountName": "Acme",
                "manifest": f"graph/{LATE}/manifest.json",
                "counts": {"entities": {"linkedin_learning_user": 2}, "relationships": {}},
                "totals": {"learners": 2},
                "rejectedRecords": {},
                "failedSteps": [],
            },
        )
    ]


def test_a_failed_run_is_announced_with_its_reason() -> None:
    bus = FakeEventBus()
    announce(bus, manifest(status="FAILED", reason="no step brought anything"))

    ((detail_type, detail),) = bus.sent
    assert (detail_type, detail["reason"]) == ("Graph Run Failed", "no step brought anything")


@pytest.mark.parametrize(("exceeds", "events"), [(True, 2), (False, 1)])
def test_a_difference_beyond_the_bound_is_an_event_of_its_own(exceeds: bool, events: int) -> None:
    difference = Difference(window_start=1, asset_type="COURSE", metric="views", learners=3, account=9, exceeds=exceeds)
    found = Reconciliation(tolerance_percent=1, windows=1, unavailable=(), totals={}, differences=(difference,) * 30)
    bus = FakeEventBus()
    announce(bus, manifest(reconciliation=found))

    assert len(bus.sent) == events
    if exceeds:
        detail_type, detail = bus.sent[1]
        assert (detail_type, detail["runId"], detail["count"]) == ("Reconciliation Difference", LATE, 30)
        # An event has a size limit: the manifest has them all.
        assert len(detail["differences"]) == 20
