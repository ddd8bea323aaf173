"""A snapshot reaches JupiterOne whole, once, and never at the price of what is there; every failure is visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from learning_graph.runs.publishing import Published
from learning_graph.store.manifest import counts_of
from learning_graph.values.clock import to_milliseconds
from local.jupiterone.graph_account import Refused
from tests.fakes.effects import Killed
from tests.unit.runs.publications import (
    ASSIGNED,
    COURSE,
    FIRST,
    SCOPE,
    SECOND,
    THIRD,
    USER,
    Publications,
    assigned,
    course,
    keys_of,
    refuse,
    user,
)

CHANGES = 49  # that publishing a snapshot of forty learners makes


def test_a_snapshot_is_published_once() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.tell(FIRST)
    stack.tell(FIRST)

    assert stack.settle() == ["published", "nothing to publish"]
    assert stack.held() == keys_of(40)
    assert stack.statuses() == ["FINISHED"]
    [(kind, detail)] = stack.bus.sent
    assert kind == "JupiterOne Published"
    assert (detail["runId"], detail["entities"], detail["relationships"]) == (FIRST, 41, 40)
    assert detail["changed"]["entitiesCreated"] == 41


def test_a_newer_snapshot_replaces_what_is_there_and_an_older_one_is_never_published_after_it() -> None:
    stack = published(FIRST, 40)
    stack.people(THIRD, 30)
    stack.people(SECOND, 50)
    stack.tell(THIRD)
    stack.tell(SECOND)

    assert stack.settle() == ["published", "published", "nothing to publish"]
    assert stack.held() == keys_of(30)
    state = stack.state()
    assert state.published is not None
    assert (state.published.run_id, state.current, state.failure) == (THIRD, None, None)
    assert state.published.changed["entitiesDeleted"] == 10


def test_what_a_failed_step_did_not_bring_stays() -> None:
    stack = published(FIRST, 40)
    stack.snapshot(SECOND, {COURSE: [course(0)], USER: [user(1)]}, partial=(ASSIGNED, USER))
    stack.tell(SECOND)

    assert stack.settle()[-1] == "published"
    assert stack.held() == keys_of(40)


def test_a_snapshot_that_an_erasure_rewrote_is_published_again() -> None:
    stack = published(FIRST, 40)
    stack.people(FIRST, 39)
    stack.tell()  # Learner Erased names no run

    assert stack.settle() == ["published", "published"]
    assert stack.held() == keys_of(39)


def test_an_erasure_while_a_snapshot_is_uploaded_begins_another_job() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.tell(FIRST)
    stack.session.took = once(lambda: stack.people(FIRST, 39), after=12)

    assert stack.settle()[-1] == "published"
    assert stack.held() == keys_of(39)
    assert stack.statuses() == ["ABORTED", "FINISHED"]


def test_without_a_snapshot_there_is_nothing_to_publish() -> None:
    stack = Publications()
    stack.tell()
    assert stack.settle() == ["nothing to publish"]


def test_another_scope_gets_the_snapshot_as_well() -> None:
    stack = published(FIRST, 4)
    stack.scope = "another"
    stack.tell(FIRST)
    assert stack.settle() == ["published", "published"]
    assert stack.held() == keys_of(4)


# ── Killed anywhere, and run again ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", range(CHANGES))
def test_a_worker_may_be_killed_before_any_change_it_makes(number: int) -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 40)
    stack.tell(SECOND)
    stack.effects.kill_before(number)
    with pytest.raises(Killed):
        stack.deliver()
    stack.effects.spare()
    assert stack.held() in (keys_of(10), keys_of(40))

    stack.settle()

    assert stack.held() == keys_of(40)
    assert stack.failures() == []
    # One that was started and not written down stays open, and changes nothing.
    assert sorted(stack.statuses()) in (["FINISHED", "FINISHED"], ["AWAITING_UPLOADS", "FINISHED", "FINISHED"])


def test_the_points_at_which_a_worker_is_killed_are_all_there_are() -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 40)
    before = len(stack.effects.done)
    stack.tell(SECOND)
    stack.settle()
    assert len(stack.effects.done) - before == CHANGES


def test_a_newer_snapshot_aborts_the_job_that_a_killed_worker_left() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.people(SECOND, 30)
    stack.tell(FIRST)
    stack.effects.kill_before(9)
    with pytest.raises(Killed):
        stack.deliver()
    stack.effects.spare()
    stack.tell(SECOND)

    assert stack.settle() == ["waits", "waits", "published", "nothing to publish"]
    assert stack.held() == keys_of(30)
    assert stack.statuses() == ["ABORTED", "FINISHED"]


def test_of_two_workers_one_waits() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.tell(FIRST)
    other: list[str] = []
    stack.session.took = once(lambda: other.append(stack.publisher().publish(FIRST)), after=5)

    assert stack.settle() == ["published", "nothing to publish"]
    assert other == ["waits"]
    assert stack.statuses() == ["FINISHED"]


def test_a_worker_that_was_taken_for_dead_changes_nothing_more() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.tell(FIRST)

    def another_takes_over() -> None:
        stack.clock.advance(1000)
        assert stack.publisher().publish(FIRST) == "published"

    stack.session.took = once(another_takes_over, after=5)

    assert stack.settle() == ["LeaseLost", "nothing to publish"]
    assert stack.held() == keys_of(40)
    assert stack.account.jobs[next(iter(stack.account.jobs))].finalize_calls == 1


# ── Longer than one invocation ──────────────────────────────────────────────────────────────────────────────────────


def test_a_large_snapshot_takes_several_invocations_and_one_job() -> None:
    stack = Publications(looks=30)
    stack.people(FIRST, 60)
    stack.tell(FIRST)
    stack.seconds = 200.0
    stack.session.took = lambda: setattr(stack, "left", stack.left - 20)

    endings = stack.settle()

    assert endings[-1] == "published"
    assert set(endings[:-1]) == {"continues"}
    assert len(endings) > 4
    assert stack.held() == keys_of(60)
    assert stack.statuses() == ["FINISHED"]


def test_a_job_that_is_never_finished_fails_after_six_hours() -> None:
    stack = Publications(looks=100_000)
    stack.people(FIRST, 3)
    stack.tell(FIRST)

    assert stack.settle()[-1] == "failed"
    assert "still FINALIZING_ENTITIES after 6 h" in stack.failures()[0]["reason"]


# ── What JupiterOne and the network do ──────────────────────────────────────────────────────────────────────────────


def posts(stack: Publications) -> list[str]:
    return [path for method, path in stack.account.calls if method == "POST"]


@pytest.mark.parametrize("how", ["lose", "drop"])
@pytest.mark.parametrize("number", range(11))
def test_an_answer_may_be_lost_and_a_request_may_not_arrive(number: int, how: str) -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 20)
    stack.tell(SECOND)
    setattr(stack.session, how, nth_post(number))

    stack.settle()

    assert stack.held() == keys_of(20)
    assert stack.failures() == []
    finished = [job for job in stack.account.jobs.values() if job.status == "FINISHED"]
    assert [job.finalize_calls for job in finished] == [1, 1]


def test_a_body_that_is_too_large_is_halved() -> None:
    stack = Publications(largest_body=400)
    stack.people(FIRST, 40)
    stack.tell(FIRST)

    assert stack.settle() == ["published"]
    assert stack.held() == keys_of(40)
    assert max(map(len, (job.entities for job in stack.account.jobs.values()))) == 41


def test_a_record_that_is_too_large_fails_by_its_place_and_names_nobody() -> None:
    stack = Publications(largest_body=400)
    stack.snapshot(FIRST, {COURSE: [course(0)], USER: [{**user(1), "displayName": "Zoë" * 200}]})
    stack.tell(FIRST)

    assert stack.settle() == ["failed"]
    [failure] = stack.failures()
    assert "number 1 of the snapshot's entities" in failure["reason"]
    assert "person" not in failure["reason"]
    assert stack.statuses() == ["ABORTED"]


@pytest.mark.parametrize("header", ["Retry-After", "RateLimit-Reset"])
def test_a_storm_of_429_is_waited_out(header: str) -> None:
    stack = Publications()
    stack.people(FIRST, 20)
    stack.tell(FIRST)
    stack.account.before = refuse(Refused(429, "RATE_LIMITED", "slow down", {header: "40"}), calls=range(2, 40))

    assert stack.settle()[-1] == "published"
    assert stack.held() == keys_of(20)
    assert min(stack.session.waited) >= 40


def test_an_outage_that_does_not_end_fails_visibly_and_changes_nothing() -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 20)
    stack.tell(SECOND)
    stack.account.before = refuse(Refused(503, "", "unavailable"), calls=range(12, 10_000))

    assert stack.settle()[1:] == ["Unavailable"] * 8 + ["failed"]
    assert stack.held() == keys_of(10)
    [failure] = stack.failures()
    assert failure["runId"] == SECOND
    assert "503" in failure["reason"]
    assert failure["resolution"]
    assert stack.state().failure is not None


def test_a_job_that_somebody_else_aborted_is_not_started_again() -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 40)
    stack.tell(SECOND)

    def abort() -> None:
        list(stack.account.jobs.values())[-1].status = "ABORTED"

    stack.session.took = once(abort, after=5)

    assert stack.settle() == ["published", "failed"]
    assert stack.held() == keys_of(10)
    assert "JOB_NOT_AWAITING_UPLOADS" in stack.failures()[0]["reason"]
    assert sum(path.endswith("/finalize") for path in posts(stack)) == 1


def test_finalizing_waits_for_another_job_of_the_scope() -> None:
    stack = Publications()
    stack.people(FIRST, 10)
    stack.tell(FIRST)
    other = stack.account._start({"source": "api", "syncMode": "DIFF", "scope": SCOPE})
    other.status, other.looks = "FINALIZING_ENTITIES", 10

    assert stack.deliver()
    assert stack.endings == ["continues"]
    other.status = "FINISHED"

    assert stack.settle() == ["continues", "published"]
    assert stack.held() == keys_of(10)


def test_what_jupiterone_cannot_apply_is_reported() -> None:
    stack = published(FIRST, 10)
    stack.snapshot(SECOND, {COURSE: [course(0)], ASSIGNED: [assigned(1)]})  # a relationship without its learner
    stack.tell(SECOND)

    assert stack.settle() == ["published", "failed"]
    assert stack.held() == keys_of(10)
    assert "ERROR_BAD_DATA" in stack.failures()[0]["reason"]


def test_objects_that_jupiterone_could_not_store_are_told() -> None:
    stack = Publications()
    stack.people(FIRST, 2)
    stack.tell(FIRST)

    def before(_method: str, _path: str) -> None:
        for job in stack.account.jobs.values():
            job.changes["numEntityUpdateErrors"] = 3

    stack.account.before = before

    assert stack.settle() == ["failed"]
    assert "3 objects" in stack.failures()[0]["reason"]
    published_state = stack.state().published
    assert published_state is not None
    assert published_state.errors == 3


def test_a_refused_token_fails_at_once_with_the_resolution_and_without_the_token() -> None:
    stack = Publications()
    stack.people(FIRST, 2)
    stack.tell(FIRST)
    stack.account.before = refuse(Refused(401, "UNAUTHORIZED", "no: the-secret-token"), calls=range(10_000))

    assert stack.settle() == ["failed"]
    [failure] = stack.failures()
    assert "the-secret-token" not in str(stack.bus.sent)
    assert "accessToken" in failure["resolution"]
    assert failure["failedAt"] == to_milliseconds(stack.clock())


# ── Never finalize what would delete ────────────────────────────────────────────────────────────────────────────────


def test_a_job_that_lost_a_record_is_never_finalized() -> None:
    stack = published(FIRST, 10)
    stack.people(SECOND, 40)
    stack.tell(SECOND)

    def lose_one() -> None:
        job = list(stack.account.jobs.values())[-1]
        if len(job.entities) == 41:
            job.entities.popitem()

    stack.session.took = lose_one

    assert stack.settle() == ["published", "continues", "continues", "failed"]
    assert stack.held() == keys_of(10)
    assert stack.statuses() == ["FINISHED", "ABORTED", "ABORTED", "ABORTED"]
    assert "3 jobs were started" in stack.failures()[0]["reason"]


def test_a_count_that_comes_late_is_waited_for() -> None:
    stack = Publications()
    stack.people(FIRST, 40)
    stack.tell(FIRST)
    looks: list[int] = []

    def late(document: dict[str, Any]) -> dict[str, Any]:
        if document["numRelationshipsUploaded"] < 40 or len(looks) >= 4:
            return document
        looks.append(1)
        return {**document, "numRelationshipsUploaded": 33}

    stack.account.shown = late

    assert stack.settle() == ["published"]
    assert stack.held() == keys_of(40)
    assert len(looks) == 4


def test_files_that_hold_less_than_the_manifest_counts_are_never_finalized() -> None:
    stack = published(FIRST, 10)
    manifest = stack.people(SECOND, 40)
    files = tuple(
        msgspec.structs.replace(file, rows=file.rows + 1) if USER in file.key.split("/") else file
        for file in manifest.files
    )
    stack.snapshot(
        SECOND,
        {COURSE: [course(0)], USER: [user(n) for n in range(40)]},
        files=files,
        counts=counts_of(msgspec.structs.replace(file, format="parquet") for file in files),
    )
    stack.tell(SECOND)

    assert stack.settle()[-1] == "failed"
    assert stack.held() == keys_of(10)
    assert "in its manifest" in stack.failures()[0]["reason"]


def test_a_snapshot_without_entities_is_never_finalized() -> None:
    stack = published(FIRST, 10)
    stack.snapshot(SECOND, {})
    stack.tell(SECOND)

    assert stack.settle() == ["published", "failed"]
    assert stack.held() == keys_of(10)
    assert stack.statuses() == ["FINISHED", "ABORTED"]


def test_a_snapshot_without_json_lines_names_the_parameter() -> None:
    stack = Publications()
    manifest = stack.people(FIRST, 3)
    stack.snapshot(FIRST, {}, counts=manifest.counts)
    stack.tell(FIRST)

    assert stack.settle() == ["failed"]
    assert "ExportFormats" in stack.failures()[0]["reason"]
    assert "jsonl" in stack.failures()[0]["resolution"]


def test_a_damaged_file_is_reported_when_it_stays_so() -> None:
    stack = Publications()
    stack.people(FIRST, 3)
    key = next(key for key in stack.bucket.objects if USER in key)
    stack.bucket.objects[key] += b"x"
    stack.tell(FIRST)

    assert stack.settle() == ["SnapshotChanging"] * 8 + ["failed"]
    assert key in stack.failures()[0]["reason"]


def published(run_id: str, count: int) -> Publications:
    """Return a stack that has published a snapshot."""
    stack = Publications()
    stack.people(run_id, count)
    stack.tell(run_id)
    assert stack.settle() == ["published"]
    state = stack.state().published
    assert isinstance(state, Published)
    stack.bus.sent.clear()
    return stack


def once(action: Callable[[], object], *, after: int) -> Callable[[], None]:
    """Return what does something once, after so many calls."""
    calls = [0]

    def took() -> None:
        calls[0] += 1
        if calls[0] == after:
            action()

    return took


def nth_post(number: int) -> Callable[[str, str], bool]:
    """Return what says so of one POST alone."""
    seen = [0]

    def chosen(method: str, _path: str) -> bool:
        seen[0] += method == "POST"
        return method == "POST" and seen[0] == number + 1

    return chosen
