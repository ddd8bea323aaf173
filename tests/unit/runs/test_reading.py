"""What one reading of a listing does with odd records, repeated rows, totals that lie, and LinkedIn's own sums."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from learning_graph.runs.messages import ShardMessage
from learning_graph.store.run import Outcome, Rejected
from learning_graph.values.erasure import erasure_key, identity_hashes
from learning_graph.values.errors import AccessDenied, NotFound, RequestRefused, Unavailable
from tests.fakes.linkedin import FakeLinkedIn
from tests.unit.graph.samples import activity, elements
from tests.unit.runs.collecting import (
    ACCOUNT,
    ACTIVITY,
    COURSE_LISTING,
    COURSES,
    LISTING,
    LOOKUP,
    RUN,
    USERS,
    Worker,
    numbered_courses,
    numbered_learners,
    urns,
)


def read_courses(*records: Any, page_size: int | None = None, total: int | None = None) -> tuple[Worker, Outcome]:
    linkedin = FakeLinkedIn({COURSE_LISTING: records}, page_size=page_size)
    if total is not None:
        linkedin.totals[COURSE_LISTING] = total
    worker = Worker(COURSES, linkedin=linkedin)
    return worker, worker.collect_all(COURSES)


def read_users(linkedin: FakeLinkedIn) -> Outcome:
    return Worker(USERS, linkedin=linkedin).collect_all(USERS)


def test_a_bad_record_is_reported_with_its_place_and_the_rest_of_the_page_is_kept() -> None:
    good = numbered_courses(4)
    records = [good[0], {"type": "COURSE"}, good[1], {**good[2], "urn": 7}, good[3], {"urn": ""}, b"17"]
    worker, outcome = read_courses(*records, page_size=3)

    assert urns(worker.rows(outcome)) == [f"urn:li:lyndaCourse:{number}" for number in (0, 1, 3)]
    assert (outcome.status, outcome.rows, outcome.rejected_count) == ("SUCCEEDED", 3, 4)
    assert outcome.rejected == (
        Rejected(row=1, problem="Object missing required field `urn`"),
        Rejected(row=3, problem="Expected `str`, got `int` - at `$.urn`"),
        Rejected(row=5, problem="the URN is empty"),
        Rejected(row=6, problem="Expected `object`, got `int`"),
    )


def test_of_many_bad_records_all_are_counted_and_a_hundred_described() -> None:
    _, outcome = read_courses(*[{"no": "urn"}] * 250)

    assert (outcome.rejected_count, len(outcome.rejected)) == (250, 100)


def test_bad_records_are_counted_over_all_invocations() -> None:
    linkedin = FakeLinkedIn({COURSE_LISTING: [{"no": "urn"}, *numbered_courses(2)] * 2}, page_size=1)
    linkedin.listings[COURSE_LISTING] = [{"no": "urn"}, *numbered_courses(3), {"no": "urn either"}]
    outcome = Worker(COURSES, linkedin=linkedin, pages_before_late=2).collect_all(COURSES)

    assert outcome.rejected_count == 2
    assert [rejected.row for rejected in outcome.rejected] == [0, 4]


@pytest.mark.parametrize("name", ["assets-course-page", "assets-video-page"])
def test_the_references_samples_are_read_without_a_rejection(name: str) -> None:
    worker, outcome = read_courses(*elements(name))

    assert outcome.rejected_count == 0
    assert [row["key"] for row in worker.rows(outcome) if row["t"] == "asset"] == [r["urn"] for r in elements(name)]


class TestShiftingRows:
    """Rows may shift from page to page, and totals may be wrong (API reference §3.4)."""

    def test_a_listing_that_shows_as_many_as_it_counts_is_read_once(self) -> None:
        worker, outcome = read_courses(*numbered_courses(5), page_size=2)

        assert (worker.invocations, outcome.pages, outcome.notes) == (1, 3, ())

    def test_a_row_that_slipped_over_a_border_is_found_by_reading_again(self) -> None:
        shifted, whole = numbered_courses(5), numbered_courses(5)
        shifted[4] = shifted[3]
        linkedin = FakeLinkedIn({COURSE_LISTING: shifted}, page_size=2)
        worker = Worker(COURSES, linkedin=linkedin)

        assert worker.collect(ShardMessage(run=RUN, step="courses", shard="en_US")) is None
        linkedin.listings[COURSE_LISTING] = whole
        again = worker.handed_on()
        assert (again.start, again.again, again.last_distinct) == (0, 1, 4)
        outcome = worker.collect(again)
        assert outcome is not None
        assert set(urns(worker.rows(outcome))) == {f"urn:li:lyndaCourse:{number}" for number in range(5)}
        assert outcome.notes == ()

    def test_a_total_that_two_readings_do_not_reach_is_taken_for_wrong(self) -> None:
        worker, outcome = read_courses(*numbered_courses(5), total=7)

        assert worker.invocations == 2
        assert outcome.notes == ("LinkedIn counts 7 records and showed 5",)

    @pytest.mark.parametrize("total", [3, None])
    def test_a_total_that_is_too_small_or_not_given_bothers_nobody(self, total: int | None) -> None:
        linkedin = FakeLinkedIn({COURSE_LISTING: numbered_courses(5)}, totals={COURSE_LISTING: total}, page_size=2)
        worker = Worker(COURSES, linkedin=linkedin)

        assert (worker.collect_all(COURSES).rows, worker.invocations) == (5, 1)

    @pytest.mark.parametrize("pages_before_late", [None, 1])
    def test_where_nothing_is_counted_a_record_that_came_twice_shows_that_rows_moved(
        self, pages_before_late: int | None
    ) -> None:
        shifted, whole = numbered_courses(7), numbered_courses(7)
        shifted[2] = shifted[1]
        linkedin = FakeLinkedIn({COURSE_LISTING: shifted}, page_size=2, totals={COURSE_LISTING: None})
        worker = Worker(COURSES, linkedin=linkedin, pages_before_late=pages_before_late)

        message = ShardMessage(run=RUN, step="courses", shard="en_US")
        while message.again == 0:
            assert worker.collect(message) is None
            message = worker.handed_on()
        linkedin.listings[COURSE_LISTING] = whole
        while (outcome := worker.collect(message)) is None:
            message = worker.handed_on()

        assert set(urns(worker.rows(outcome))) == {course["urn"] for course in whole}

    def test_reading_again_has_an_end_even_if_each_reading_shows_another_number(self) -> None:
        linkedin = FakeLinkedIn(totals={COURSE_LISTING: 100})
        worker = Worker(COURSES, linkedin=linkedin)
        message, outcome = ShardMessage(run=RUN, step="courses", shard="en_US"), None
        for shown in (5, 7, 6, 8, 9):
            linkedin.listings[COURSE_LISTING] = numbered_courses(shown)
            outcome = worker.collect(message)
            if outcome is not None:
                break
            message = worker.handed_on()

        assert worker.invocations == 3
        assert outcome is not None
        assert set(urns(worker.rows(outcome))) == {f"urn:li:lyndaCourse:{number}" for number in range(7)}

    def test_rejected_records_count_as_shown(self) -> None:
        worker, outcome = read_courses(*numbered_courses(3), {"no": "urn"})

        assert (worker.invocations, outcome.rejected_count) == (1, 1)

    def test_a_second_reading_does_not_count_again_what_lies_outside_the_model_or_is_rejected(self) -> None:
        _, outcome = read_courses({"urn": "urn:li:x:1", "type": "CHAPTER"}, {"no": "urn"}, total=3)

        assert outcome.unmodelled == {"CHAPTER": {"assets": 1}}
        assert outcome.rejected_count == 1

    def test_a_record_shown_twice_lies_outside_the_model_once(self) -> None:
        chapter = {"urn": "urn:li:x:1", "type": "CHAPTER"}
        _, outcome = read_courses(chapter, chapter, *numbered_courses(1), page_size=1)

        assert outcome.unmodelled == {"CHAPTER": {"assets": 1}}


class TestAccountTotals:
    """The users step asks LinkedIn for its own sums of the window, to compare with (issue 5, "Reconciliation")."""

    def test_they_are_part_of_the_outcome(self) -> None:
        linkedin = FakeLinkedIn({ACCOUNT: elements("reports-account"), LISTING["users"]: numbered_learners(2)})
        outcome = read_users(linkedin)

        assert outcome.account_totals == {
            "COURSE": {"views": 2, "completions": 1},
            "LEARNING_PATH": {"views": 0, "completions": 0},
            "VIDEO": {"views": 9, "completions": 6, "secondsViewed": 317},
        }
        assert (outcome.latest_data_at, outcome.rows, outcome.requests) == (1_700_553_540_000, 2, 2)

    def test_they_are_asked_for_once_however_often_the_shard_is_handed_on(self) -> None:
        linkedin = FakeLinkedIn({ACCOUNT: elements("reports-account"), LISTING["users"]: numbered_learners(9)})
        linkedin.page_size = 2
        outcome = Worker(USERS, linkedin=linkedin, pages_before_late=2).collect_all(USERS)

        assert [name for name, _ in linkedin.calls].count(ACCOUNT) == 1
        assert outcome.account_totals is not None
        assert outcome.rows == 9

    @pytest.mark.parametrize(
        "problem", [Unavailable("502", status=502), RequestRefused(400, "no"), b'{"activities": 7}', b"[]"]
    )
    def test_that_they_are_not_to_be_had_fails_nothing(self, problem: Exception | bytes) -> None:
        linkedin = FakeLinkedIn({LISTING["users"]: numbered_learners(2)})
        if isinstance(problem, bytes):
            linkedin.listings[ACCOUNT] = [problem]
        else:
            linkedin.faults[ACCOUNT, 0] = [problem]
        outcome = read_users(linkedin)

        assert (outcome.status, outcome.rows, outcome.account_totals) == ("SUCCEEDED", 2, None)
        assert len(outcome.notes) == 1

    def test_a_catalogue_or_activity_shard_does_not_ask(self) -> None:
        linkedin = FakeLinkedIn()
        for shard in (COURSES, ACTIVITY):
            Worker(shard, linkedin=linkedin).collect_all(shard)

        assert [name for name, _ in linkedin.calls] == [COURSE_LISTING, LISTING["course-activity"]]


class TestOutsideTheModel:
    def test_it_is_summed_over_pages_and_invocations(self) -> None:
        def learner(number: int) -> dict[str, Any]:
            views = activity("VIEWS", number, assetType="ARTICLE")
            return {"learnerDetails": {"uniqueUserId": f"E{number}"}, "activities": [views]}

        linkedin = FakeLinkedIn({LISTING["users"]: [learner(number) for number in range(5)]}, page_size=1)
        outcome = Worker(USERS, linkedin=linkedin, pages_before_late=2).collect_all(USERS)

        assert outcome.unmodelled == {"ARTICLE": {"views": 0 + 1 + 2 + 3 + 4}}


class TestLookups:
    """Content that activity names and the catalogue lacks is fetched by URN (design, "The graph")."""

    def collected(self, urns_asked: list[str], **answers: Any) -> tuple[Worker, Outcome]:
        worker = Worker(LOOKUP, linkedin=FakeLinkedIn(**answers))
        worker.bucket.write("lookups.json", msgspec.json.encode(urns_asked))
        return worker, worker.collect_all(LOOKUP)

    def test_what_linkedin_knows_becomes_rows_and_the_rest_stays_without(self) -> None:
        known, unknown, refused, forbidden = (f"urn:li:lyndaCourse:{number}" for number in range(4))
        worker, outcome = self.collected(
            [forbidden, unknown, refused, known],
            assets={known: {"urn": known, "type": "COURSE"}},
            faults={
                (unknown, 0): [NotFound("404")],
                (refused, 0): [RequestRefused(400, "no such URN type")],
                (forbidden, 0): [AccessDenied("Content", "403")],
            },
        )

        assert urns(worker.rows(outcome)) == [known]
        assert (outcome.status, outcome.requests, outcome.rejected_count) == ("SUCCEEDED", 4, 0)

    def test_a_lookup_is_handed_on_like_any_other_shard(self) -> None:
        asked = [f"urn:li:lyndaCourse:{number}" for number in range(250)]
        linkedin = FakeLinkedIn(assets={urn: {"urn": urn} for urn in asked})
        worker = Worker(LOOKUP, linkedin=linkedin, pages_before_late=1)
        worker.bucket.write("lookups.json", msgspec.json.encode(asked))
        outcome = worker.collect_all(LOOKUP)

        assert worker.invocations == 3
        assert urns(worker.rows(outcome)) == asked
        assert sorted(urn for urn, _ in linkedin.calls) == sorted(asked)


def test_an_erased_learner_is_in_no_new_part() -> None:
    linkedin = FakeLinkedIn({LISTING["users"]: numbered_learners(3)})
    worker = Worker(USERS, linkedin=linkedin)
    (erased,) = identity_hashes(None, "E1", None)
    worker.bucket.write(erasure_key(erased), b"{}")
    outcome = worker.collect_all(USERS)

    assert [row["uniqueUserId"] for row in worker.rows(outcome)] == ["E0", "E2"]
    assert worker.invocations == 1
