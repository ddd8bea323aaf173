"""A shard is read page by page; its rows become parts, its end an outcome, what is left a message (design)."""

from __future__ import annotations

import gzip
import hashlib
import threading
from datetime import timedelta

import msgspec
import pytest

from learning_graph.runs import part_writer
from learning_graph.runs.run_messages import ShardMessage
from learning_graph.store import graph_bucket
from learning_graph.store.run import LastError, ListingCounts, Outcome, Part, Progress
from learning_graph.values.clock import from_milliseconds
from learning_graph.values.errors import ConfigurationError, OutOfTime
from tests.fakes.effects import Killed
from tests.fakes.linkedin import FORBIDDEN, OUTAGE, THROTTLED, Call, FakeListings, Reply
from tests.unit.runs.collecting import (
    COURSE_LISTING,
    COURSES,
    CURATED,
    FIRST,
    LISTING,
    RUN,
    USERS,
    Worker,
    body_of,
    message_of,
    numbered_courses,
    numbered_learners,
    urns,
)


def courses(count: int) -> FakeListings:
    return FakeListings({COURSE_LISTING: numbered_courses(count)})


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
    worker = Worker(COURSES, linkedin=FakeListings())

    assert worker.collect(FIRST) == Outcome(step="courses", shard="en_US", status="SUCCEEDED", pages=1, requests=1)
    assert list(worker.bucket.keys(f"runs/{RUN}/parts/")) == []


def test_the_assembly_is_asked_for_only_when_every_shard_has_ended() -> None:
    worker = Worker(COURSES, CURATED, linkedin=courses(1))

    worker.collect(FIRST)
    assert worker.assembly.bodies == []
    worker.collect(ShardMessage(run=RUN, step="videos", shard="en_US-curated"))
    assert len(worker.assembly.bodies) == 1


def test_a_part_holds_some_25_000_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_writer, "ROWS_A_PART", 1000)
    worker = Worker(COURSES, linkedin=courses(2350))
    outcome = worker.collect_all(COURSES)

    assert [(part.start, part.rows) for part in outcome.parts] == [(0, 1000), (1000, 1000), (2000, 350)]
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(2350)]


def test_a_part_holds_some_8_megabytes_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_writer, "BYTES_A_PART", 100_000)
    worker = Worker(COURSES, linkedin=courses(1000))
    outcome = worker.collect_all(COURSES)

    sizes = [len(gzip.decompress(worker.bucket.objects[part.key])) for part in outcome.parts]
    assert all(100_000 <= size < 200_000 for size in sizes[:-1])
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(1000)]


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
    assert [start for _, start in linkedin.places] == list(range(0, 1300, 100))
    assert (outcome.rows, outcome.pages, outcome.requests) == (1234, 13, 13)
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(1234)]


def test_what_was_handed_on_says_where_to_go_on_and_what_was_read() -> None:
    worker = Worker(COURSES, linkedin=courses(1000), pages_before_late=2)

    assert worker.collect(FIRST) is None
    rest = worker.handed_on()
    assert (rest.run, rest.step, rest.shard, rest.start, rest.reading) == (RUN, "courses", "en_US", 200, 0)
    progress = msgspec.json.decode(worker.bucket.objects[rest.progress or ""], type=Progress)
    assert (progress.outcome.status, progress.outcome.rows, progress.outcome.pages) == ("READING", 200, 2)
    assert progress.counts == ListingCounts(received=200, first_total=1000, total=1000)
    assert worker.outcome(COURSES) is None


def test_the_message_stays_small_however_long_the_shard_is() -> None:
    worker = Worker(COURSES, linkedin=courses(60_000), pages_before_late=550)

    assert worker.collect(FIRST) is None
    (body,) = worker.queue.take_all()
    assert len(body) < 300


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
    worker = Worker(COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): [FORBIDDEN]}))
    outcome = worker.collect(FIRST)

    assert outcome is not None
    assert (outcome.status, outcome.error_kind) == ("FAILED", "AccessDenied")
    assert outcome.error is not None
    assert outcome.error.endswith("Not enough permissions to access: x.FINDER-criteria")
    assert outcome.resolution is not None
    assert "Content" in outcome.resolution
    assert worker.outcome(COURSES) == outcome
    assert len(worker.assembly.bodies) == 1


def test_a_shard_that_fails_on_a_later_page_names_what_it_had_read() -> None:
    linkedin = courses(300)
    linkedin.faults_at[COURSE_LISTING, 200] = [Reply(400, {"message": "Parameter 'start' is invalid"})]
    outcome = Worker(COURSES, linkedin=linkedin).collect(FIRST)

    assert outcome is not None
    assert (outcome.status, outcome.rows, outcome.pages) == ("FAILED", 200, 2)


@pytest.mark.parametrize(("replies", "kind"), [([OUTAGE], "Unavailable"), ([Reply(401)] * 2, "AuthorizationLost")])
def test_a_passing_failure_before_the_first_page_gives_the_message_back_with_a_note(
    replies: list[Reply], kind: str
) -> None:
    worker = Worker(COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): replies}))

    assert worker.invoke(body_of(FIRST)).failed == ["m0"]
    note = msgspec.json.decode(
        worker.bucket.objects[graph_bucket.last_error_key(RUN, "courses", "en_US")], type=LastError
    )
    assert (note.error_kind, f"LinkedIn answered {replies[0].status}" in note.error) == (kind, True)
    assert (worker.queue.bodies, worker.outcome(COURSES)) == ([body_of(FIRST)], None)


@pytest.mark.parametrize(
    ("reply", "delay"),
    [(THROTTLED, 30), (Reply(429, headers={"Retry-After": "7"}), 7), (Reply(error=OutOfTime("no time left")), 0)],
)
def test_being_throttled_or_out_of_time_uses_up_no_delivery(reply: Reply, delay: float) -> None:
    worker = Worker(COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): [reply]}))

    assert worker.invoke(body_of(FIRST)).failed == []
    (message,) = worker.queue.messages
    assert (message.body, message.sent_delay, message.receives) == (body_of(FIRST), delay, 0)


def test_past_the_deadline_of_its_run_nothing_is_handed_on() -> None:
    worker = Worker(COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): [THROTTLED]}))
    worker.clock.now = from_milliseconds(worker.plan.deadline)

    assert worker.invoke(body_of(FIRST)).failed == []
    assert worker.queue.bodies == []


def test_a_passing_failure_on_a_later_page_goes_on_from_that_page() -> None:
    linkedin = courses(1234)
    linkedin.faults_at[COURSE_LISTING, 500] = [OUTAGE, OUTAGE]
    worker = Worker(COURSES, linkedin=linkedin)

    assert worker.collect(FIRST) is None
    rest = worker.handed_on()
    assert rest.start == 500
    assert worker.invoke(body_of(rest)).failed == ["m0"]
    outcome = worker.collect(rest)
    assert outcome is not None
    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in range(1234)]


@pytest.mark.parametrize(("status", "ends"), [(400, "SUCCEEDED"), (404, "FAILED"), (422, "FAILED")])
def test_a_listing_that_linkedin_may_not_offer_may_be_refused(status: int, ends: str) -> None:
    refusal = Reply(status, {"message": "Parameter 'isCurated' is invalid"})
    worker = Worker(CURATED, linkedin=FakeListings(faults={(LISTING["videos"], 0): [refusal]}))
    outcome = worker.collect(ShardMessage(run=RUN, step="videos", shard="en_US-curated"))

    assert outcome is not None
    assert (outcome.status, outcome.rows, outcome.pages) == (ends, 0, 0)
    assert any("isCurated" in text for text in (*outcome.notes, outcome.error or ""))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("hello", "message on catalog"),
        ("{}", "run"),
        (f'{{"run":"{RUN}","step":"courses","shard":"en_US","shards":"all"}}', "shards"),
        ('{"run":"20200101T000000Z-00000000","step":"courses","shard":"en_US"}', "run"),
        (f'{{"run":"{RUN}","step":"courses","shard":"fr_FR"}}', "shard"),
        (f'{{"run":"{RUN}","step":"dances","shard":"en_US"}}', "shard"),
        (f'{{"run":"{RUN}","step":"courses","shard":"en_US","start":4,"progress":"runs/x/progress/y"}}', "progress"),
    ],
)
def test_a_message_that_names_no_shard_is_refused_and_costs_the_others_nothing(
    body: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(COURSES, linkedin=courses(2))
    collected = worker.invoke(body, body_of(FIRST))

    assert collected.failed == ["m0"]
    assert [(outcome.shard, outcome.rows) for outcome in collected.outcomes] == [("en_US", 2)]
    (line,) = [record for record in caplog.records if record.message == "message comes back"]
    assert line.__dict__["reason"].startswith(f"{reason}:")
    (left,) = worker.queue.messages
    assert timedelta(seconds=15) <= left.visible_at - worker.clock() <= timedelta(seconds=30)


class TestBatch:
    """The messages of a batch are read side by side, each for itself."""

    def test_they_share_a_client_and_the_reads_of_the_run(self) -> None:
        linkedin = FakeListings({COURSE_LISTING: numbered_courses(3), LISTING["users"]: numbered_learners(2)})
        worker = Worker(COURSES, CURATED, USERS, linkedin=linkedin)
        messages = [message_of(shard) for shard in (COURSES, CURATED, USERS)]
        worker.bucket.reads.clear()
        collected = worker.invoke(*map(body_of, messages))

        assert {(outcome.step, outcome.status) for outcome in collected.outcomes} == {
            ("courses", "SUCCEEDED"),
            ("videos", "SUCCEEDED"),
            ("users", "SUCCEEDED"),
        }
        assert worker.clients == 1
        assert len(worker.assembly.bodies) == 1
        assert sorted(worker.bucket.reads) == [
            f"runs/{RUN}/limits/Content.json",
            f"runs/{RUN}/limits/Report.json",
            f"runs/{RUN}/plan.json",
            f"runs/{RUN}/second-round/lookups.json",
            f"runs/{RUN}/second-round/other-locales.json",
        ]

    def test_one_that_fails_costs_no_other(self) -> None:
        linkedin = courses(3)
        linkedin.faults_at[LISTING["videos"], 0] = [OUTAGE]
        linkedin.faults_at[LISTING["users"], 0] = [FORBIDDEN]
        worker = Worker(COURSES, CURATED, USERS, linkedin=linkedin)
        collected = worker.invoke(*(body_of(message_of(shard)) for shard in (CURATED, COURSES, USERS)))

        assert collected.failed == ["m0"]
        assert {outcome.step: outcome.status for outcome in collected.outcomes} == {
            "courses": "SUCCEEDED",
            "users": "FAILED",
        }
        assert collected.response == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
        assert worker.assembly.bodies == []

    def test_one_that_hangs_comes_back_and_costs_no_other(self) -> None:
        released = threading.Event()
        linkedin = courses(3)

        def hang(call: Call) -> None:
            if call.place[0] == LISTING["videos"]:
                released.wait(10)

        linkedin.fault = hang
        worker = Worker(COURSES, CURATED, linkedin=linkedin)
        worker.seconds_left = 5.2
        collected = worker.invoke(body_of(message_of(CURATED)), body_of(FIRST))
        released.set()

        assert collected.failed == ["m0"]
        assert [outcome.step for outcome in collected.outcomes] == ["courses"]

    def test_a_secret_that_cannot_be_read_brings_every_message_back(self) -> None:
        worker = Worker(COURSES, CURATED, linkedin=courses(1))
        worker.secret_error = ConfigurationError("LINKEDIN_SECRET_ARN", "there is no readable secret")
        collected = worker.invoke(body_of(message_of(CURATED)), body_of(FIRST))

        assert collected.failed == ["m0", "m1"]
        assert worker.linkedin.calls == []


@pytest.mark.parametrize(
    ("times", "shortest", "longest"), [(1, 15, 30), (2, 30, 60), (3, 60, 120), (5, 240, 480), (50, 450, 900)]
)
def test_a_message_that_failed_comes_back_after_a_wait_that_doubles(times: int, shortest: int, longest: int) -> None:
    worker = Worker(COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): [OUTAGE]}))

    worker.invoke(body_of(FIRST), times=times)
    (message,) = worker.queue.messages
    assert timedelta(seconds=shortest) <= message.visible_at - worker.clock() <= timedelta(seconds=longest)


def test_the_text_of_an_error_that_is_not_ours_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(
        COURSES, linkedin=FakeListings(faults={(COURSE_LISTING, 0): [Reply(error=ValueError("robin@example.com"))]})
    )

    assert worker.invoke(body_of(FIRST)).failed == ["m0"]
    (line,) = [record for record in caplog.records if record.message == "message comes back"]
    assert line.__dict__["error"] == "ValueError"
    assert "reading.py" in line.__dict__["frames"]
    assert "robin" not in str(line.__dict__)
