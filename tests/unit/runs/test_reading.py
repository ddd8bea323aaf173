"""What one reading of a listing does with odd records, repeated rows, totals that lie, and LinkedIn's own sums."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest

from learning_graph.runs import part_writer
from learning_graph.store import graph_bucket
from learning_graph.store.run import Outcome, Rejected
from learning_graph.values.erasure import identity_hashes
from tests.fakes.linkedin import FORBIDDEN, OUTAGE, Call, FakeListings, Reply, link
from tests.unit.graph.samples import activity, elements
from tests.unit.runs.collecting import (
    ACCOUNT,
    ACTIVITY,
    COURSE_LISTING,
    COURSES,
    KEY,
    LISTING,
    LOOKUP,
    USERS,
    Worker,
    numbered_courses,
    numbered_learners,
    urns,
)


def read_courses(*records: Any, page_size: int = 1000, total: int | None = None) -> tuple[Worker, Outcome]:
    linkedin = FakeListings({COURSE_LISTING: records}, page_size=page_size)
    if total is not None:
        linkedin.totals[COURSE_LISTING] = total
    worker = Worker(COURSES, linkedin=linkedin)
    return worker, worker.collect_all(COURSES)


class MovingListing(FakeListings):
    """Courses whose rows are others in each reading (the last one stays), two a page, with the totals of its pages."""

    def __init__(self, readings: list[list[int]], *, totals: list[list[int | None]] | None = None) -> None:
        super().__init__(page_size=2)
        self.readings = readings
        self.page_totals = totals
        self.begun = -1

    def resource(self, call: Call) -> Reply:
        self.begun += call.start == 0
        reading = min(self.begun, len(self.readings) - 1)
        self.listings[COURSE_LISTING] = [numbered_courses(9)[number] for number in self.readings[reading]]
        if self.page_totals:
            self.totals[COURSE_LISTING] = self.page_totals[reading][call.start // 2]
        return super().resource(call)


def read_users(linkedin: FakeListings) -> Outcome:
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
        Rejected(row=5, problem="Expected `str` that is not empty - at `$.urn`"),
        Rejected(row=6, problem="Expected `object`, got `int`"),
    )


def test_of_many_bad_records_all_are_counted_and_a_hundred_described() -> None:
    _, outcome = read_courses(*[{"no": "urn"}] * 250)

    assert (outcome.rejected_count, len(outcome.rejected)) == (250, 100)


def test_bad_records_are_counted_over_all_invocations() -> None:
    linkedin = FakeListings({COURSE_LISTING: [{"no": "urn"}, *numbered_courses(2)] * 2}, page_size=1)
    linkedin.listings[COURSE_LISTING] = [{"no": "urn"}, *numbered_courses(3), {"no": "urn either"}]
    outcome = Worker(COURSES, linkedin=linkedin, pages_before_late=2).collect_all(COURSES)

    assert outcome.rejected_count == 2
    assert [rejected.row for rejected in outcome.rejected] == [0, 4]


@pytest.mark.parametrize("name", ["assets-course-page", "assets-video-page"])
def test_the_references_samples_are_read_without_a_rejection(name: str) -> None:
    worker, outcome = read_courses(*elements(name))

    assert outcome.rejected_count == 0
    assert [row["urn"] for row in worker.rows(outcome) if row["t"] == "asset"] == [r["urn"] for r in elements(name)]


class TestShiftingRows:
    """Rows may shift from page to page, and totals may be wrong (API reference §3.4)."""

    def test_a_listing_that_shows_as_many_as_it_counts_is_read_once(self) -> None:
        worker, outcome = read_courses(*numbered_courses(5), page_size=2)

        assert (worker.invocations, outcome.pages, outcome.notes) == (1, 3, ())

    def test_a_row_that_slipped_over_a_border_is_found_by_reading_again(self) -> None:
        """Rows moved one on: the last row of the first page is the first row of the second."""
        linkedin = MovingListing([[0, 1, 1, 2, 3], [0, 1, 2, 3, 4]])
        worker = Worker(COURSES, linkedin=linkedin)
        outcome = worker.collect_all(COURSES)

        assert set(urns(worker.rows(outcome))) == {f"urn:li:lyndaCourse:{number}" for number in range(5)}
        assert (outcome.status, outcome.pages, outcome.notes, worker.invocations) == ("SUCCEEDED", 6, (), 1)
        assert [part.start for part in outcome.parts] == [0, 100_000_000]

    def test_a_total_that_changed_meanwhile_is_a_reason_to_read_again(self) -> None:
        linkedin = MovingListing([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]], totals=[[5, 5, 4], [5, 5, 5]])
        outcome = Worker(COURSES, linkedin=linkedin).collect_all(COURSES)

        assert (outcome.status, outcome.pages) == ("SUCCEEDED", 6)

    def test_a_listing_that_stays_short_is_incomplete_and_its_parts_are_kept(self) -> None:
        worker, outcome = read_courses(*numbered_courses(5), total=7)

        assert (outcome.status, outcome.pages, outcome.error_kind) == ("INCOMPLETE", 2, "ListingIncomplete")
        assert outcome.error == "LinkedIn counts 7 records and showed 5"
        assert outcome.resolution is not None
        assert set(urns(worker.rows(outcome))) == {f"urn:li:lyndaCourse:{number}" for number in range(5)}

    @pytest.mark.parametrize("total", [3, None])
    def test_a_total_that_is_too_small_or_not_given_is_no_reason_to_read_again(self, total: int | None) -> None:
        linkedin = FakeListings({COURSE_LISTING: numbered_courses(5)}, totals={COURSE_LISTING: total}, page_size=2)
        worker = Worker(COURSES, linkedin=linkedin)

        assert (worker.collect_all(COURSES).rows, len(linkedin.calls)) == (5, 3)

    @pytest.mark.parametrize("pages_before_late", [None, 1])
    def test_where_nothing_is_counted_a_repeated_record_shows_that_rows_moved(
        self, pages_before_late: int | None
    ) -> None:
        readings = [[0, 1, 1, 2, 3], [0, 1, 2, 3, 4]]
        linkedin = MovingListing(readings, totals=[[None] * 3] * 2)
        worker = Worker(COURSES, linkedin=linkedin, pages_before_late=pages_before_late)
        outcome = worker.collect_all(COURSES)

        expected = range(5) if pages_before_late is None else range(4)  # the page before is not known any more
        assert set(urns(worker.rows(outcome))) == {f"urn:li:lyndaCourse:{number}" for number in expected}

    def test_reading_again_has_an_end_even_if_each_reading_shows_another_number(self) -> None:
        linkedin = MovingListing([list(range(shown)) for shown in (5, 7, 6, 8)], totals=[[100] * 4] * 4)
        outcome = Worker(COURSES, linkedin=linkedin).collect_all(COURSES)

        assert (outcome.status, outcome.pages) == ("INCOMPLETE", 3 + 4 + 3)

    def test_a_listing_that_moves_in_each_reading_is_used_with_a_note(self) -> None:
        linkedin = MovingListing([[0, 1, 1, 2, 3]], totals=[[5] * 3])
        outcome = Worker(COURSES, linkedin=linkedin).collect_all(COURSES)

        assert (outcome.status, outcome.pages) == ("SUCCEEDED", 6)
        assert outcome.notes == ("rows moved in each of 2 readings; all readings are merged",)

    def test_what_a_reading_rejected_or_found_outside_the_model_is_counted_once(self) -> None:
        records = [{"urn": "urn:li:x:1", "type": "CHAPTER"}, {"no": "urn"}, *numbered_courses(1)]
        _, outcome = read_courses(*records, total=9)

        assert (outcome.pages, outcome.unmodelled, outcome.rejected_count) == (2, {"CHAPTER": {"assets": 1}}, 1)

    def test_numbers_of_a_reading_survive_a_hand_over(self) -> None:
        linkedin = FakeListings({COURSE_LISTING: numbered_courses(5)}, totals={COURSE_LISTING: 6}, page_size=2)
        worker = Worker(COURSES, linkedin=linkedin, pages_before_late=1)
        outcome = worker.collect_all(COURSES)

        assert (outcome.status, outcome.pages, worker.invocations) == ("INCOMPLETE", 6, 6)
        assert outcome.error == "LinkedIn counts 6 records and showed 5"


def test_a_listing_whose_pages_repeat_for_ever_ends() -> None:
    linkedin = FakeListings()
    linkedin.listing = lambda call: {
        "paging": {"links": [link("next", call.start + 1)]},
        "elements": numbered_courses(1),
    }
    outcome = Worker(COURSES, linkedin=linkedin).collect_all(COURSES)

    assert (outcome.status, outcome.pages, outcome.rows) == ("SUCCEEDED", 1, 1)


class TestAccountTotals:
    """The users step asks LinkedIn for its own sums of the window, to compare with (issue 5, "Reconciliation")."""

    def test_they_are_part_of_the_outcome(self) -> None:
        linkedin = FakeListings({ACCOUNT: elements("reports-account"), LISTING["users"]: numbered_learners(2)})
        outcome = read_users(linkedin)

        assert outcome.account_totals == {
            "COURSE": {"views": 2, "completions": 1},
            "LEARNING_PATH": {"views": 0, "completions": 0},
            "VIDEO": {"views": 9, "completions": 6, "secondsViewed": 317},
        }
        assert (outcome.latest_data_at, outcome.rows, outcome.requests) == (1_700_553_540_000, 2, 2)

    def test_they_are_asked_for_once_however_often_the_shard_is_handed_on(self) -> None:
        linkedin = FakeListings({ACCOUNT: elements("reports-account"), LISTING["users"]: numbered_learners(9)})
        linkedin.page_limit = 2
        outcome = Worker(USERS, linkedin=linkedin, pages_before_late=2).collect_all(USERS)

        assert [name for name, _ in linkedin.places].count(ACCOUNT) == 1
        assert outcome.account_totals is not None
        assert outcome.rows == 9

    @pytest.mark.parametrize("problem", [OUTAGE, Reply(400, {"message": "no"}), b'{"activities": 7}', b"[]"])
    def test_the_shard_succeeds_without_them(self, problem: Reply | bytes) -> None:
        linkedin = FakeListings({LISTING["users"]: numbered_learners(2)})
        if isinstance(problem, bytes):
            linkedin.listings[ACCOUNT] = [problem]
        else:
            linkedin.faults_at[ACCOUNT, 0] = [problem]
        outcome = read_users(linkedin)

        assert (outcome.status, outcome.rows, outcome.account_totals) == ("SUCCEEDED", 2, None)
        assert len(outcome.notes) == 1

    def test_a_catalogue_or_activity_shard_does_not_ask(self) -> None:
        linkedin = FakeListings()
        for shard in (COURSES, ACTIVITY):
            Worker(shard, linkedin=linkedin).collect_all(shard)

        assert [name for name, _ in linkedin.places] == [COURSE_LISTING, LISTING["course-activity"]]


class TestOutsideTheModel:
    def test_it_is_summed_over_pages_and_invocations(self) -> None:
        def learner(number: int) -> dict[str, Any]:
            views = activity("VIEWS", number, assetType="ARTICLE")
            return {"learnerDetails": {"uniqueUserId": f"E{number}"}, "activities": [views]}

        linkedin = FakeListings({LISTING["users"]: [learner(number) for number in range(5)]}, page_size=1)
        outcome = Worker(USERS, linkedin=linkedin, pages_before_late=2).collect_all(USERS)

        assert outcome.unmodelled == {"ARTICLE": {"views": 0 + 1 + 2 + 3 + 4}}


class TestLookups:
    """Content that activity names and the catalogue lacks is fetched by URN (design, "The graph")."""

    def collected(self, urns_asked: list[str], **answers: Any) -> tuple[Worker, Outcome]:
        worker = Worker(LOOKUP, linkedin=FakeListings(**answers))
        worker.bucket.write("lookups.json", msgspec.json.encode(urns_asked))
        return worker, worker.collect_all(LOOKUP)

    def test_what_linkedin_knows_becomes_rows_and_the_rest_stays_without(self) -> None:
        known, unknown, refused, forbidden = (f"urn:li:lyndaCourse:{number}" for number in range(4))
        worker, outcome = self.collected(
            [forbidden, unknown, refused, known],
            assets={known: whole(known)},
            faults={
                (unknown, 0): [Reply(404)],
                (refused, 0): [Reply(400, {"message": "no such URN type"})],
                (forbidden, 0): [FORBIDDEN],
            },
        )

        assert urns(worker.rows(outcome)) == [known]
        assert (outcome.status, outcome.requests, outcome.rejected_count) == ("SUCCEEDED", 4, 0)

    def test_a_lookup_is_handed_on_like_any_other_shard(self) -> None:
        asked = [f"urn:li:lyndaCourse:{number}" for number in range(250)]
        linkedin = FakeListings(assets={urn: whole(urn) for urn in asked})
        worker = Worker(LOOKUP, linkedin=linkedin, pages_before_late=1)
        worker.bucket.write("lookups.json", msgspec.json.encode(asked))
        outcome = worker.collect_all(LOOKUP)

        assert worker.invocations == 3
        assert urns(worker.rows(outcome)) == asked
        assert sorted(urn for urn, _ in linkedin.places) == sorted(asked)


def whole(urn: str) -> dict[str, Any]:
    return {"urn": urn, "title": {"value": "A course"}, "type": "COURSE", "details": {}}


def erase(worker: Worker, unique_user_id: str) -> None:
    (erased,) = identity_hashes(KEY, "", unique_user_id, "")
    worker.bucket.write(graph_bucket.erasure_key(erased), b"{}")


def engagement(number: int, course: int) -> dict[str, Any]:
    content = {"contentUrn": f"urn:li:lyndaCourse:{course}"}
    views = activity("VIEWS", 1)
    return {"learnerDetails": {"uniqueUserId": f"E{number}"}, "contentDetails": content, "activities": [views]}


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_an_erased_learner_is_in_no_part(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_writer, "ROWS_A_PART", 10)
    rows = [engagement(number, course) for course in range(6) for number in range(3)]
    linkedin = FakeListings({LISTING["course-activity"]: rows}, page_size=2)
    worker = Worker(ACTIVITY, linkedin=linkedin)
    if when == "before":
        erase(worker, "E1")
    else:
        linkedin.fault = lambda _call: erase(worker, "E1") if len(linkedin.calls) == 7 else None
    outcome = worker.collect_all(ACTIVITY)

    found = worker.rows(outcome)
    assert {row["uniqueUserId"] for row in found if row["t"] == "learner"} == {"E0", "E2"}
    assert len([row for row in found if row["t"] == "engagement"]) == 12
    assert len(outcome.parts) > 1
    assert [part.rows for part in outcome.parts] == [
        len(gzip.decompress(worker.bucket.objects[part.key]).splitlines()) for part in outcome.parts
    ]
