"""What earlier snapshots knew of engagement is kept (design, "Completions are evidence and are never forgotten")."""

from __future__ import annotations

from tests.unit.graph.merging import (
    COURSE,
    DAY,
    END,
    KIM,
    OTHER_COURSE,
    ROBIN,
    START,
    Rows,
    engaged,
    learner,
    merged,
)
from tests.unit.graph.one_course import NOTHING, a_run_later, completion, course_of, in_one_run


def test_a_pair_not_seen_again_keeps_its_last_values() -> None:
    before = in_one_run({"views": 2, "progress_percentage": 40, "first_engaged_on": 100, "last_engaged_on": 200})
    after = a_run_later(before)

    assert course_of(after) == course_of(before)
    assert {step: count for step, count in after.carried_over.items() if count} == {
        "courses": 1,
        "course-activity": 1,
        "users": 1,
    }
    assert before.totals["views"] == 2
    assert after.totals == {"learners": 1, "completed": 0, "completions": 0, "views": 0, "secondsViewed": 0}
    assert after.dangling == []


def test_a_pair_seen_again_has_the_values_of_now_and_the_lookback_they_cover() -> None:
    before = in_one_run({"views": 9, "seconds_viewed": 900, "progress_percentage": 40, "first_engaged_on": 100})
    after = a_run_later(before, {"views": 2, "seconds_viewed": 20, "progress_percentage": 60, "first_engaged_on": 500})

    assert course_of(after) == NOTHING | {
        "views": 2,
        "secondsViewed": 20,
        "progressPercentage": 60,
        "firstEngagedOn": 500,
        "lookbackStart": START + DAY,
        "lookbackEnd": END + DAY,
    }
    assert after.carried_over["course-activity"] == 0


def test_a_completion_is_never_forgotten_and_the_earliest_known_stands() -> None:
    first = in_one_run({"completions": 1, "completed_on": 500})
    only_viewed = a_run_later(first, {"views": 1, "progress_percentage": 20})
    again_later = a_run_later(only_viewed, {"completions": 1, "completed_on": 900})
    heard_of_earlier = a_run_later(again_later, {"completions": 1, "completed_on": 100})

    history = [course_of(snapshot) for snapshot in (only_viewed, again_later, heard_of_earlier)]
    assert [course["completed"] for course in history] == [True, True, True]
    assert [course["completedOn"] for course in history] == [500, 500, 100]


def test_late_data_corrects_without_doubling() -> None:
    before = in_one_run({"views": 2, "seconds_viewed": 60})
    after = a_run_later(before, {"views": 3, "seconds_viewed": 90})

    assert (course_of(after)["views"], course_of(after)["secondsViewed"]) == (3, 90)
    assert after.totals["views"] == 3


def test_where_a_window_failed_the_greater_of_known_and_new_stands() -> None:
    before = in_one_run(
        {"views": 9, "seconds_viewed": 10, "completions": 2, "completed_on": 300,
         "progress_percentage": 90, "first_engaged_on": 100, "last_engaged_on": 400}
    )  # fmt: skip
    row = {"views": 4, "seconds_viewed": 70, "progress_percentage": 20, "first_engaged_on": 200, "last_engaged_on": 800}
    after = a_run_later(before, row, incomplete_types=frozenset({"COURSE"}))

    assert course_of(after) == {
        "completed": True,
        "completedOn": 300,
        "completions": 2,
        "views": 9,
        "secondsViewed": 70,
        "progressPercentage": 90,
        "firstEngagedOn": 100,
        "lastEngagedOn": 800,
        "lookbackStart": START + DAY,
        "lookbackEnd": END + DAY,
    }


def test_a_failed_type_leaves_the_others_with_the_values_of_now() -> None:
    before = in_one_run({"views": 9})
    after = a_run_later(before, {"views": 4}, incomplete_types=frozenset({"VIDEO"}))

    assert course_of(after)["views"] == 4


def test_of_two_earlier_snapshots_the_newer_says_the_values_and_any_completion_counts() -> None:
    older = in_one_run({"completions": 1, "completed_on": 500, "views": 1})
    newer = in_one_run({"views": 7}, lookback=(START + DAY, END + DAY))

    after = merged(bases=[newer, older])
    course = course_of(after)
    assert (course["views"], course["completed"], course["completedOn"]) == (7, True, 500)
    assert course["lookbackEnd"] == END + DAY


def test_a_snapshot_that_a_later_one_overtook_still_adds_what_it_knew() -> None:
    overtaken = merged(Rows([engaged(OTHER_COURSE, **completion(50))], "COURSE", (14, 14)))
    newest = in_one_run({"views": 7})

    after = merged(bases=[newest, overtaken])
    other = after.assigned(ROBIN, OTHER_COURSE)
    assert other is not None
    assert (other["completed"], other["completedOn"], course_of(after)["views"]) == (True, 50, 7)
    assert (after.repeated, after.dangling) == ([], [])


def test_evidence_past_the_retention_limit_is_forgotten_with_learner_and_content() -> None:
    old = engaged(OTHER_COURSE, profile_urn=KIM, completions=1, completed_on=100, last_engaged_on=100)
    recent = engaged(COURSE, last_engaged_on=900)
    before = merged(Rows([old, recent], "COURSE", (14, 14)))
    after = merged(bases=[before], keep_since=500)

    assert [key for key, edge in after.relationships.items() if edge["_class"] == "ASSIGNED"] == [
        f"{ROBIN}|assigned|{COURSE}"
    ]
    assert list(after.users) == [ROBIN]
    assert OTHER_COURSE not in after.entities
    assert (after.repeated, after.dangling) == ([], [])


def test_what_a_run_sees_itself_is_never_too_old_to_keep() -> None:
    snapshot = merged(
        Rows([engaged(last_engaged_on=100)], "COURSE", (14, 14)), Rows([learner(KIM)], window=(14, 14)), keep_since=500
    )

    assert sorted(snapshot.users) == [ROBIN, KIM]
    assert course_of(snapshot)["lastEngagedOn"] == 100


def test_evidence_without_any_date_is_kept_as_long_as_its_lookback_says() -> None:
    before = merged(Rows([engaged()], "COURSE", (14, 14)))

    assert merged(bases=[before], keep_since=END).assigned(ROBIN, COURSE) is not None
    assert merged(bases=[before], keep_since=END + 1).assigned(ROBIN, COURSE) is None
