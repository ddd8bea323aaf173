"""Engagement over a run's windows adds up; what earlier snapshots knew is kept (design, "The graph"; ADR 0005)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.graph.merging import (
    COURSE,
    DAY,
    END,
    KIM,
    OTHER_COURSE,
    ROBIN,
    START,
    Rows,
    Snapshot,
    engaged,
    learner,
    merged,
)

THIS = {"lookbackStart": START, "lookbackEnd": END}
NOTHING = {
    "completed": False,
    "completedOn": None,
    "completions": 0,
    "views": 0,
    "secondsViewed": 0,
    "progressPercentage": None,
    "firstEngagedOn": None,
    "lastEngagedOn": None,
}


def course_of(snapshot: Snapshot) -> dict[str, Any]:
    found = snapshot.assigned(ROBIN, COURSE)
    assert found is not None
    return found


def in_one_run(*rows: dict[str, Any], **rules: Any) -> Snapshot:
    """Merge one row a window, the oldest first."""
    count = len(rows)
    parts = [
        Rows([engaged(**({"views": 0, "seconds_viewed": 0} | row))], "COURSE", (14 * (count - n), 14))
        for n, row in enumerate(rows)
    ]
    return merged(*parts, **rules)


def a_run_later(base: Snapshot, *rows: dict[str, Any], **rules: Any) -> Snapshot:
    """Merge a run of the next day over an earlier one."""
    return in_one_run(*rows, bases=[base], lookback=(START + DAY, END + DAY), **rules)


def test_windows_become_one_relationship_with_sums_and_extremes() -> None:
    snapshot = in_one_run(
        {"views": 2, "seconds_viewed": 60, "progress_percentage": 30, "first_engaged_on": 100, "last_engaged_on": 200},
        {"views": 1, "seconds_viewed": 40, "progress_percentage": 80, "first_engaged_on": 300, "last_engaged_on": 400},
        {
            "views": 5,
            "seconds_viewed": 10,
            "progress_percentage": 55.5,
            "first_engaged_on": None,
            "last_engaged_on": 350,
        },
    )

    assert snapshot.of_type("linkedin_learning_user_assigned_course") == [
        {
            "_key": f"{ROBIN}|assigned|{COURSE}",
            "_type": "linkedin_learning_user_assigned_course",
            "_class": "ASSIGNED",
            "_fromEntityKey": ROBIN,
            "_toEntityKey": COURSE,
            "displayName": "ASSIGNED",
            "completed": False,
            "completedOn": None,
            "completions": 0,
            "views": 8,
            "secondsViewed": 110,
            "progressPercentage": 80,
            "firstEngagedOn": 100,
            "lastEngagedOn": 400,
            **THIS,
        }
    ]
    assert snapshot.totals == {"learners": 1, "completed": 0, "completions": 0, "views": 8, "secondsViewed": 110}


def test_a_row_of_zeros_is_an_engagement_of_nothing() -> None:
    assert course_of(in_one_run({})) == NOTHING | THIS


@pytest.mark.parametrize(
    ("windows", "completed_on", "completions"),
    [
        # The earliest completion of several.
        ([{"completed": True, "completions": 1, "completed_on": 900}, {"completed": True, "completions": 2, "completed_on": 300}], 300, 3),
        # A completion's own time counts before full progress, even if that is earlier.
        ([{"completed": True, "full_progress_on": 100}, {"completed": True, "completions": 1, "completed_on": 900}], 900, 1),
        # Full progress alone: the earliest row that shows it.
        ([{"completed": True, "full_progress_on": 700}, {"completed": True, "full_progress_on": 500}], 500, 0),
        # Completed once, then only looked at.
        ([{"completed": True, "completions": 1, "completed_on": 900}, {}], 900, 1),
        # Completed, and LinkedIn does not say when.
        ([{"completed": True, "completions": 1}, {}], None, 1),
    ],
)  # fmt: skip
def test_a_completion_in_any_window_is_a_completion_and_the_earliest_counts(
    windows: list[dict[str, Any]], completed_on: int | None, completions: int
) -> None:
    course = course_of(in_one_run(*windows))

    assert (course["completed"], course["completedOn"], course["completions"]) == (True, completed_on, completions)


def test_a_row_that_two_pages_show_counts_once() -> None:
    row = engaged(views=2, seconds_viewed=60, completions=1, completed=True)

    course = course_of(merged(Rows([row, row], "COURSE", (14, 14)), Rows([row], "COURSE", (14, 14))))
    assert (course["views"], course["secondsViewed"], course["completions"]) == (2, 60, 1)


def test_of_a_row_that_grew_while_pages_were_read_the_fuller_one_counts() -> None:
    shorter, longer = engaged(views=2, seconds_viewed=60), engaged(views=3, seconds_viewed=90)

    for rows in ([shorter, longer], [longer, shorter]):
        course = course_of(merged(Rows(rows, "COURSE", (14, 14))))
        assert (course["views"], course["secondsViewed"]) == (3, 90)


def test_one_learner_under_two_names_in_one_window_is_added_up() -> None:
    snapshot = merged(
        Rows(
            [
                engaged(unique_user_id="E1001", views=2),
                engaged(profile_urn=None, unique_user_id="E1001", views=3),
            ],
            "COURSE",
            (14, 14),
        )
    )

    assert course_of(snapshot)["views"] == 5
    assert snapshot.repeated == []


def test_learners_and_contents_are_kept_apart() -> None:
    snapshot = merged(
        Rows([engaged(COURSE, views=1), engaged(COURSE, profile_urn=KIM, views=2)], "COURSE", (14, 14)),
        Rows([engaged(OTHER_COURSE, views=4)], "COURSE", (28, 14)),
    )

    views = {(e["_fromEntityKey"], e["_toEntityKey"]): e["views"] for e in snapshot.of_type("linkedin_learning_user_assigned_course")}  # fmt: skip
    assert views == {(ROBIN, COURSE): 1, (KIM, COURSE): 2, (ROBIN, OTHER_COURSE): 4}


def test_the_three_kinds_of_content_have_relationships_of_their_own() -> None:
    snapshot = merged(
        Rows([engaged("urn:li:lyndaCourse:1")], "COURSE", (14, 14)),
        Rows([engaged("urn:li:lyndaLearningPath:1")], "LEARNING_PATH", (14, 14)),
        Rows([engaged("urn:li:lyndaVideo:(urn:li:lyndaCourse:1,1)")], "VIDEO", (14, 14)),
    )

    ends = {key: edge["_toEntityKey"] for key, edge in snapshot.relationships.items() if edge["_class"] == "ASSIGNED"}
    types = {
        edge["_toEntityKey"]: edge["_type"] for edge in snapshot.relationships.values() if edge["_class"] == "ASSIGNED"
    }
    assert len(ends) == 3
    assert types == {
        "urn:li:lyndaCourse:1": "linkedin_learning_user_assigned_course",
        "urn:li:lyndaLearningPath:1": "linkedin_learning_user_assigned_learning_path",
        "urn:li:lyndaVideo:(urn:li:lyndaCourse:1,1)": "linkedin_learning_user_assigned_video",
    }
    assert snapshot.dangling == []


def test_sums_over_learners_are_told_by_window_and_type() -> None:
    snapshot = merged(
        Rows([engaged(views=1), engaged(profile_urn=KIM, views=2, completions=1)], "COURSE", (28, 14)),
        Rows([engaged(views=4, seconds_viewed=7), engaged(views=4, seconds_viewed=7)], "COURSE", (14, 14)),
        Rows([engaged("urn:li:v", views=8)], "VIDEO", (14, 14)),
    )

    assert snapshot.learner_totals == {
        (END - 28 * DAY, "COURSE"): {"views": 3, "completions": 1, "secondsViewed": 120},
        (END - 14 * DAY, "COURSE"): {"views": 4, "completions": 0, "secondsViewed": 7},
        (END - 14 * DAY, "VIDEO"): {"views": 8, "completions": 0, "secondsViewed": 60},
    }


def test_a_pair_not_seen_again_keeps_its_last_values() -> None:
    before = in_one_run({"views": 2, "progress_percentage": 40, "first_engaged_on": 100, "last_engaged_on": 200})
    after = a_run_later(before)

    assert course_of(after) == course_of(before)
    assert after.carried_over == {"assigned": 1, "content": 1, "users": 1}
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
    assert after.carried_over["assigned"] == 0


def test_a_completion_is_never_forgotten_and_the_earliest_known_stands() -> None:
    first = in_one_run({"completed": True, "completions": 1, "completed_on": 500})
    only_viewed = a_run_later(first, {"views": 1, "progress_percentage": 20})
    again_later = a_run_later(only_viewed, {"completed": True, "completions": 1, "completed_on": 900})
    heard_of_earlier = a_run_later(again_later, {"completed": True, "completions": 1, "completed_on": 100})

    history = [course_of(snapshot) for snapshot in (only_viewed, again_later, heard_of_earlier)]
    assert [(course["completed"], course["completedOn"]) for course in history] == [
        (True, 500),
        (True, 500),
        (True, 100),
    ]


def test_late_data_corrects_without_doubling() -> None:
    before = in_one_run({"views": 2, "seconds_viewed": 60})
    after = a_run_later(before, {"views": 3, "seconds_viewed": 90})

    assert (course_of(after)["views"], course_of(after)["secondsViewed"]) == (3, 90)
    assert after.totals["views"] == 3


def test_where_a_window_failed_the_greater_of_known_and_new_stands() -> None:
    before = in_one_run(
        {"views": 9, "seconds_viewed": 10, "completions": 2, "completed": True, "completed_on": 300,
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
    older = in_one_run({"completed": True, "completions": 1, "completed_on": 500, "views": 1})
    newer = in_one_run({"views": 7}, lookback=(START + DAY, END + DAY))

    after = merged(bases=[newer, older])
    course = course_of(after)
    assert (course["views"], course["completed"], course["completedOn"]) == (7, True, 500)
    assert course["lookbackEnd"] == END + DAY


def test_a_snapshot_that_a_later_one_overtook_still_adds_what_it_knew() -> None:
    overtaken = merged(
        Rows([engaged(OTHER_COURSE, completed=True, completions=1, completed_on=50)], "COURSE", (14, 14))
    )
    newest = in_one_run({"views": 7})

    after = merged(bases=[newest, overtaken])
    other = after.assigned(ROBIN, OTHER_COURSE)
    assert other is not None
    assert (other["completed"], other["completedOn"], course_of(after)["views"]) == (True, 50, 7)
    assert (after.repeated, after.dangling) == ([], [])


def test_evidence_past_the_retention_limit_is_forgotten_with_learner_and_content() -> None:
    old = engaged(OTHER_COURSE, profile_urn=KIM, completed=True, completions=1, completed_on=100, last_engaged_on=100)
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
