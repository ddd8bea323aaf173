"""A shard is read page by page; its rows become parts, its end an outcome, what is left a message (design)."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from learning_graph.runs.messages import ShardMessage
from learning_graph.store import graph_bucket
from learning_graph.store.run import LastError, Outcome, Part
from learning_graph.values.errors import (
    AccessDenied,
    ConfigurationError,
    RequestRefused,
    Throttled,
    Unavailable,
)
from tests.fakes.effects import Killed
from tests.fakes.linkedin import FakeLinkedIn
from tests.unit.runs.collecting import (
    ACTIVITY,
    COURSE_LISTING,
    COURSES,
    CURATED,
    FIRST,
    LISTING,
    RUN,
    Worker,
    numbered_courses,
    urns,
)


def courses(count: int) -> FakeLinkedIn:
    return FakeLinkedIn({COURSE_LISTING: numbered_courses(count)})


def test_a_shard_read_to_its_end_is_a_part_an_outcome_and_a_look_whether_all_are_done() -> None:
    worker = Worker(COURSES, linkedin=courses(2))
    outcome = worker.collect(FIRST)

    key = f"runs/{RUN}/parts/courses/en_US/000000000.jsonl.gz"
    assert outcome == Outcome(
        step="courses",
        shard="en_US",
        status="SUCCEEDED",
        rows=2,
        parts=(Part(key=key, start=0, rows=2, sha256=hashlib.sha256(worker.bucket.objects[key]).hexdigest()),),
        pages=1,
        requests=1,
    )
    assert worker.outcome(COURSES) == outcome
    assert urns(worker.rows(outcome)) == ["urn:li:lyndaCourse:0", "urn:li:lyndaCourse:1"]
    assert worker.assembly.bodies == [f'{{"run":"{RUN}"}}']
    assert worker.queue.bodies == []


def test_an_empty_listing_is_a_success_without_parts() -> None:
    worker = Worker(COURSES, linkedin=FakeLinkedIn())

    assert worker.collect(FIRST) == Outcome(step="courses", shard="en_US", status="SUCCEEDED", pages=1, requests=1)
    assert list(worker.bucket.keys(f"runs/{RUN}/parts/")) == []


def test_the_assembly_is_asked_for_only_when_every_shard_has_ended() -> None:
    worker = Worker(COURSES, CURATED, linkedin=courses(1))

    worker.collect(FIRST)
    assert worker.assembly.bodies == []
    worker.collect(ShardMessage(run=RUN, step="videos", shard="en_US-curated"))
    assert len(worker.assembly.bodies) == 1


def test_rows_are_written_about_a_thousand_at_a_time() -> None:
    worker = Worker(COURSES, linkedin=courses(2350))
    outcome = worker.collect_all(COURSES)

    assert [(part.start, part.rows) for part in outcome.parts] == [(0, 1000), (1000, 1000), (2000, 350)]
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(2350)]


def test_a_message_of_a_shard_that_has_ended_calls_nobody_and_looks_again_whether_all_are_done() -> None:
    linkedin = courses(1)
    worker = Worker(COURSES, linkedin=linkedin)
    worker.collect(FIRST)
    objects = dict(worker.bucket.objects)

    assert worker.collect(FIRST) is None
    assert len(linkedin.calls) == 1
    assert worker.bucket.objects == objects
    assert len(worker.assembly.bodies) == 2


def test_when_time_runs_short_the_rest_goes_on_as_a_message_and_nothing_is_read_twice() -> None:
    linkedin = courses(1234)
    worker = Worker(COURSES, linkedin=linkedin, pages_before_late=3)
    outcome = worker.collect_all(COURSES)

    assert worker.invocations == 5
    assert [start for _, start in linkedin.calls] == list(range(0, 1300, 100))
    assert (outcome.rows, outcome.pages, outcome.requests) == (1234, 13, 13)
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(1234)]


def test_what_was_handed_on_says_where_to_go_on_and_what_was_read() -> None:
    worker = Worker(COURSES, linkedin=courses(1000), pages_before_late=2)

    assert worker.collect(FIRST) is None
    rest = worker.handed_on()
    assert (rest.run, rest.step, rest.shard, rest.start, rest.distinct) == (RUN, "courses", "en_US", 200, 200)
    so_far = msgspec.json.decode(worker.bucket.objects[rest.progress or ""], type=Outcome)
    assert (so_far.status, so_far.rows, so_far.pages) == ("READING", 200, 2)
    assert worker.outcome(COURSES) is None


def test_the_message_stays_small_however_long_the_shard_is() -> None:
    worker = Worker(COURSES, linkedin=courses(60_000), pages_before_late=550)

    assert worker.collect(FIRST) is None
    (body,) = worker.queue.take_all()
    assert len(body) < 32_768


def test_however_often_a_shard_is_handed_on_its_rows_are_the_same() -> None:
    undisturbed = Worker(COURSES, linkedin=courses(730))
    rows = undisturbed.rows(undisturbed.collect_all(COURSES))

    for pages in (1, 2, 7):
        worker = Worker(COURSES, linkedin=courses(730), pages_before_late=pages)
        assert worker.rows(worker.collect_all(COURSES)) == rows


def test_a_repeat_of_the_work_writes_the_same_objects() -> None:
    once, twice = (Worker(COURSES, linkedin=courses(1500)) for _ in range(2))
    outcome = once.collect(FIRST)
    twice.collect(FIRST)
    twice.bucket.delete(graph_bucket.outcome_key(RUN, "courses", "en_US"))

    assert twice.collect(FIRST) == outcome
    assert twice.bucket.objects == once.bucket.objects


@pytest.mark.parametrize("number", range(5))
def test_a_worker_killed_before_any_of_its_changes_leaves_the_same_once_the_message_comes_back(number: int) -> None:
    undisturbed = Worker(COURSES, linkedin=courses(1500))
    undisturbed.collect(FIRST)

    worker = Worker(COURSES, linkedin=courses(1500))
    worker.assembly.effects = worker.bucket.effects
    worker.bucket.effects.kill_before(number)
    try:
        worker.collect(FIRST)
    except Killed:
        worker.bucket.effects.spare()
        worker.collect(FIRST)

    assert worker.bucket.objects == undisturbed.bucket.objects
    assert worker.assembly.bodies[-1] == undisturbed.assembly.bodies[-1]


def test_a_missing_key_type_fails_the_shard_at_once_and_says_which() -> None:
    refusal = AccessDenied("Content", "Not enough permissions to access: learningAssets")
    worker = Worker(COURSES, linkedin=FakeLinkedIn(faults={(COURSE_LISTING, 0): [refusal]}))
    outcome = worker.collect(FIRST)

    assert outcome is not None
    assert (outcome.status, outcome.error_kind) == ("FAILED", "AccessDenied")
    assert outcome.error == "Not enough permissions to access: learningAssets"
    assert outcome.resolution is not None
    assert "Content" in outcome.resolution
    assert worker.outcome(COURSES) == outcome
    assert len(worker.assembly.bodies) == 1


def test_a_shard_that_fails_on_a_later_page_names_what_it_had_read() -> None:
    linkedin = courses(300)
    linkedin.faults[COURSE_LISTING, 200] = [RequestRefused(400, "Parameter 'start' is invalid")]
    outcome = Worker(COURSES, linkedin=linkedin).collect(FIRST)

    assert outcome is not None
    assert (outcome.status, outcome.rows, outcome.pages) == ("FAILED", 200, 2)


@pytest.mark.parametrize("error", [Unavailable("502", status=502), Throttled("429"), Unavailable("read time-out")])
def test_a_passing_failure_before_the_first_page_gives_the_message_back_with_a_note(error: Exception) -> None:
    worker = Worker(COURSES, linkedin=FakeLinkedIn(faults={(COURSE_LISTING, 0): [error]}))

    with pytest.raises(type(error)):
        worker.collect(FIRST)
    note = msgspec.json.decode(
        worker.bucket.objects[graph_bucket.last_error_key(RUN, "courses", "en_US")], type=LastError
    )
    assert (note.error, note.error_kind) == (str(error), type(error).__name__)
    assert (worker.queue.bodies, worker.outcome(COURSES)) == ([], None)


def test_a_passing_failure_on_a_later_page_goes_on_from_that_page() -> None:
    linkedin = courses(1234)
    linkedin.faults[COURSE_LISTING, 500] = [Unavailable("502", status=502), Unavailable("502", status=502)]
    worker = Worker(COURSES, linkedin=linkedin)

    assert worker.collect(FIRST) is None
    rest = worker.handed_on()
    assert rest.start == 500
    with pytest.raises(Unavailable):
        worker.collect(rest)
    outcome = worker.collect(rest)
    assert outcome is not None
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(1234)]


@pytest.mark.parametrize(("status", "ends"), [(400, "SUCCEEDED"), (404, "FAILED"), (422, "FAILED")])
def test_a_listing_that_linkedin_may_not_offer_may_be_refused(status: int, ends: str) -> None:
    refusal = RequestRefused(status, "Parameter 'isCurated' is invalid")
    worker = Worker(CURATED, linkedin=FakeLinkedIn(faults={(LISTING["videos"], 0): [refusal]}))
    outcome = worker.collect(ShardMessage(run=RUN, step="videos", shard="en_US-curated"))

    assert outcome is not None
    assert (outcome.status, outcome.rows, outcome.pages) == (ends, 0, 0)
    assert any("isCurated" in text for text in (*outcome.notes, outcome.error or ""))


@pytest.mark.parametrize(
    ("run", "step", "shard", "field"),
    [
        ("20200101T000000Z-00000000", "courses", "en_US", "run"),
        (RUN, "courses", "fr_FR", "shard"),
        (RUN, "dances", "en_US", "shard"),
    ],
)
def test_a_message_of_no_run_or_shard_of_ours_is_refused(run: str, step: str, shard: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Worker(COURSES, linkedin=FakeLinkedIn()).collect(ShardMessage(run=run, step=step, shard=shard))

    assert refusal.value.field == field


def test_a_message_whose_progress_is_gone_is_refused_and_reads_nothing() -> None:
    worker = Worker(ACTIVITY, linkedin=FakeLinkedIn())
    lost = graph_bucket.progress_key(RUN, "course-activity", "w", 0, 4000)

    with pytest.raises(ConfigurationError, match="progress"):
        worker.collect(ShardMessage(run=RUN, step="course-activity", shard="w", start=4000, progress=lost))
    assert worker.linkedin.calls == []
