"""What does not end by itself is ended: shards the queue gave up, runs past their deadline (a run always ends)."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest

from learning_graph.runs.close_runs import RunCloser
from learning_graph.runs.dead_letters import DeadLetter, record_dead_letter
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import LastError, Outcome
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.events import FakeEventBus
from tests.fakes.queue import FakeQueue
from tests.unit.runs.collecting import ACTIVITY, COURSES, RUN, plan_of

ASK = json.dumps({"run": RUN}, separators=(",", ":"))
DONE = Outcome(step="courses", shard="en_US", status="SUCCEEDED", rows=7)


class Closing:
    """A run of two shards, of which one has ended."""

    def __init__(self) -> None:
        self.bucket, self.queue = FakeBucket(), FakeQueue("assembly.fifo")
        self.bus, self.clock = FakeEventBus(), FakeClock()
        self.bucket.write(graph_bucket.plan_key(RUN), encode(plan_of(COURSES, ACTIVITY)))
        self.bucket.write(graph_bucket.outcome_key(RUN, "courses", "en_US"), encode(DONE))
        self.closer = RunCloser(bucket=self.bucket, assembly_queue=self.queue, bus=self.bus, clock=self.clock)

    def end_the_other(self) -> None:
        outcome = Outcome(step="course-activity", shard="w", status="SUCCEEDED")
        self.bucket.write(graph_bucket.outcome_key(RUN, "course-activity", "w"), encode(outcome))

    def outcome(self) -> Outcome | None:
        stored = self.bucket.objects.get(graph_bucket.outcome_key(RUN, "course-activity", "w"))
        return None if stored is None else msgspec.json.decode(stored, type=Outcome)

    def letter(self, body: str, queue: str = "activity-dead-letters") -> None:
        record_dead_letter(DeadLetter(queue=queue, message_id="m-1", body=body), self.closer)


SHARD_LETTER = json.dumps({"run": RUN, "step": "course-activity", "shard": "w", "start": 4000})


def test_a_shard_the_queue_gave_up_has_failed_with_its_workers_last_word() -> None:
    closing = Closing()
    note = LastError(error="LinkedIn answered 502", error_kind="Unavailable", resolution="Wait.")
    closing.bucket.write(graph_bucket.last_error_key(RUN, "course-activity", "w"), encode(note))
    closing.letter(SHARD_LETTER)

    assert closing.outcome() == Outcome(
        step="course-activity",
        shard="w",
        status="FAILED",
        error="the queue delivered it as often as it may; LinkedIn answered 502",
        error_kind="Unavailable",
        resolution="Wait.",
    )
    assert closing.queue.bodies == [ASK]
    kept = json.loads(closing.bucket.objects["dead-letters/activity-dead-letters/m-1.json"])
    assert kept == {"queue": "activity-dead-letters", "messageId": "m-1", "body": SHARD_LETTER}


def test_a_shard_whose_worker_was_killed_each_time_has_failed_too() -> None:
    closing = Closing()
    closing.letter(SHARD_LETTER)

    outcome = closing.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.error_kind) == ("FAILED", "WorkerLost")
    assert outcome.resolution


def test_an_outcome_that_is_there_stands() -> None:
    closing = Closing()
    closing.letter(json.dumps({"run": RUN, "step": "courses", "shard": "en_US"}))

    assert (
        msgspec.json.decode(closing.bucket.objects[graph_bucket.outcome_key(RUN, "courses", "en_US")], type=Outcome)
        == DONE
    )


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "{}",
        json.dumps({"run": "20200101T000000Z-00000000", "step": "courses", "shard": "en_US"}),
        json.dumps({"run": RUN, "step": "courses", "shard": "nowhere"}),
        json.dumps({"run": "20200101T000000Z-00000000"}),
    ],
)
def test_a_letter_of_no_run_is_kept_and_changes_nothing_else(body: str) -> None:
    closing = Closing()
    before = dict(closing.bucket.objects)
    closing.letter(body)

    kept = closing.bucket.objects.pop("dead-letters/activity-dead-letters/m-1.json")
    assert json.loads(kept)["body"] == body
    assert closing.bucket.objects == before
    assert (closing.queue.bodies, closing.bus.sent) == ([], [])


def test_a_run_whose_assembly_failed_every_time_has_failed_visibly() -> None:
    closing = Closing()
    other = msgspec.structs.replace(DONE, step="course-activity", shard="w")
    closing.bucket.write(graph_bucket.outcome_key(RUN, "course-activity", "w"), encode(other))
    for _ in range(2):
        closing.letter(ASK, "assembly-dead-letters")

    manifest = msgspec.json.decode(closing.bucket.objects[graph_bucket.manifest_key(RUN)], type=Manifest)
    assert (manifest.status, manifest.files) == ("FAILED", ())
    assert [detail_type for detail_type, _ in closing.bus.sent] == ["Graph Run Failed"]
    assert graph_bucket.LATEST not in closing.bucket.objects


def test_an_assembly_given_up_after_its_manifest_was_written_changes_nothing() -> None:
    closing = Closing()
    other = msgspec.structs.replace(DONE, step="course-activity", shard="w")
    closing.bucket.write(graph_bucket.outcome_key(RUN, "course-activity", "w"), encode(other))
    closing.bucket.write(graph_bucket.manifest_key(RUN), b'{"as":"it was"}')
    closing.letter(ASK, "assembly-dead-letters")

    assert closing.bucket.objects[graph_bucket.manifest_key(RUN)] == b'{"as":"it was"}'
    assert closing.bus.sent == []


def test_before_its_deadline_a_run_is_left_alone_and_after_it_the_rest_has_failed() -> None:
    closing = Closing()
    closing.clock.advance(timedelta(days=1).total_seconds() - 1)
    assert list(closing.closer.close_overdue()) == []
    assert (closing.outcome(), closing.queue.bodies) == (None, [])

    closing.clock.advance(1)
    assert closing.closer.close_overdue() == {RUN: 1}
    outcome = closing.outcome()
    assert outcome is not None
    assert outcome.status == "FAILED"
    assert "deadline" in (outcome.error or "")
    assert closing.queue.bodies == [ASK]


def test_a_lost_question_for_the_assembly_is_asked_again_until_the_run_has_ended() -> None:
    closing = Closing()
    closing.letter(SHARD_LETTER)
    closing.queue.take_all()

    assert list(closing.closer.close_overdue()) == []
    assert closing.queue.take_all() == [ASK]
    closing.bucket.write(graph_bucket.manifest_key(RUN), b"{}")
    assert list(closing.closer.close_overdue()) == []
    assert closing.queue.take_all() == [ASK], "somebody may not have been told"
    closing.bucket.write(graph_bucket.ended_key(RUN), b"{}")
    closing.clock.advance(timedelta(days=9).total_seconds())
    assert list(closing.closer.close_overdue()) == []
    assert closing.queue.bodies == []


def test_a_run_whose_snapshot_was_deleted_since_is_not_made_again() -> None:
    closing = Closing()
    closing.bucket.write(graph_bucket.ended_key(RUN), b"{}")
    closing.clock.advance(timedelta(days=9).total_seconds())

    assert list(closing.closer.close_overdue()) == []
    assert closing.queue.bodies == []


def test_a_run_whose_plan_has_expired_stands_in_no_other_s_way() -> None:
    closing = Closing()
    closing.bucket.write("runs/20260101T000000Z-00000000/outcomes/courses/en_US.json", encode(DONE))
    closing.clock.advance(timedelta(days=2).total_seconds())

    assert list(closing.closer.close_overdue()) == [RUN]


def test_an_assembly_given_up_before_all_shards_ended_is_visible_as_failed() -> None:
    closing = Closing()
    closing.letter(ASK, "assembly-dead-letters")

    manifest = msgspec.json.decode(closing.bucket.objects[graph_bucket.manifest_key(RUN)], type=Manifest)
    assert manifest.status == "FAILED"


def test_what_is_no_run_is_passed_over() -> None:
    closing = Closing()
    closing.bucket.write("runs/readme/text.txt", b"hello")
    closing.clock.advance(timedelta(days=2).total_seconds())

    assert list(closing.closer.close_overdue()) == [RUN]


@pytest.mark.parametrize("plan", [b'{"formatVersion": 99}', b"{"])
def test_a_run_whose_plan_cannot_be_read_keeps_no_other_from_being_closed(plan: bytes) -> None:
    closing = Closing()
    old = "20261101T160000Z-00000000"
    closing.bucket.write(graph_bucket.plan_key(old), plan)
    closing.clock.now += timedelta(days=2)

    assert list(closing.closer.close_overdue()) == [RUN]
