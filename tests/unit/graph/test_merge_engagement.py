"""Engagement over the windows of one run adds up (design, "The graph")."""

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
    Rows,
    engaged,
    merged,
)
from tests.unit.graph.one_course import NOTHING, THIS, completion, course_of, full_progress, in_one_run


def test_windows_become_one_relationship_with_sums_and_extremes() -> None:
    def window(views: int, seconds: int, progress: float, first: int | None, last: int) -> dict[str, Any]:
        return {
            "views": views,
            "seconds_viewed": seconds,
            "progress_percentage": progress,
            "first_engaged_on": first,
            "last_engaged_on": last,
        }

    snapshot = in_one_run(window(2, 60, 30, 100, 200), window(1, 40, 80, 300, 400), window(5, 10, 55.5, None, 350))

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
        ([completion(900), completion(300, 2)], 300, 3),
        # A window's full progress counts where that window has no completion of its own.
        ([full_progress(100), completion(900)], 100, 1),
        ([completion(900) | full_progress(100)], 900, 1),
        ([full_progress(700), full_progress(500)], 500, 0),
        # Completed once, then only looked at.
        ([completion(900), {}], 900, 1),
        # Completed, and LinkedIn does not say when.
        ([completion(None), {}], None, 1),
    ],
)
def test_a_completion_in_any_window_is_a_completion_and_the_earliest_counts(
    windows: list[dict[str, Any]], completed_on: int | None, completions: int
) -> None:
    course = course_of(in_one_run(*windows))

    assert (course["completed"], course["completedOn"], course["completions"]) == (True, completed_on, completions)


def test_a_row_that_two_pages_show_counts_once() -> None:
    row = engaged(views=2, seconds_viewed=60, completions=1)

    course = course_of(merged(Rows([row, row], "COURSE", (14, 14)), Rows([row], "COURSE", (14, 14))))
    assert (course["views"], course["secondsViewed"], course["completions"]) == (2, 60, 1)


def test_of_a_row_that_grew_while_pages_were_read_the_fuller_one_counts() -> None:
    shorter, longer = engaged(views=2, seconds_viewed=60), engaged(views=3, seconds_viewed=90)

    for rows in ([shorter, longer], [longer, shorter]):
        course = course_of(merged(Rows(rows, "COURSE", (14, 14))))
        assert (course["views"], course["secondsViewed"]) == (3, 90)


def test_of_a_row_that_was_corrected_while_pages_were_read_the_completion_stays() -> None:
    completed, corrected = engaged(views=2, seconds_viewed=60, **completion(900)), engaged(views=3, seconds_viewed=90)

    course = course_of(merged(Rows([completed, corrected], "COURSE", (14, 14))))
    assert (course["completed"], course["completedOn"], course["completions"]) == (True, 900, 1)


def test_of_a_row_that_two_pages_show_differently_no_evidence_is_lost() -> None:
    dated = engaged(views=5, seconds_viewed=50, first_engaged_on=100, last_engaged_on=200, **completion(150))
    fuller = engaged(
        views=6, seconds_viewed=60, progress_percentage=100, last_engaged_on=190, **completion(None, count=2)
    )

    course = course_of(merged(Rows([dated, fuller], "COURSE", (14, 14))))
    assert course == NOTHING | THIS | {
        "completed": True,
        "completedOn": 150,
        "completions": 2,
        "views": 6,
        "progressPercentage": 100,
        "firstEngagedOn": 100,
        "lastEngagedOn": 200,
        "secondsViewed": 60,
    }


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

    edges = snapshot.of_type("linkedin_learning_user_assigned_course")
    views = {(edge["_fromEntityKey"], edge["_toEntityKey"]): edge["views"] for edge in edges}
    assert views == {(ROBIN, COURSE): 1, (KIM, COURSE): 2, (ROBIN, OTHER_COURSE): 4}


def test_the_three_kinds_of_content_have_relationships_of_their_own() -> None:
    snapshot = merged(
        Rows([engaged("urn:li:lyndaCourse:1")], "COURSE", (14, 14)),
        Rows([engaged("urn:li:lyndaLearningPath:1")], "LEARNING_PATH", (14, 14)),
        Rows([engaged("urn:li:lyndaVideo:(urn:li:lyndaCourse:1,1)")], "VIDEO", (14, 14)),
    )

    edges = [edge for edge in snapshot.relationships.values() if edge["_class"] == "ASSIGNED"]
    types = {edge["_toEntityKey"]: edge["_type"] for edge in edges}
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
