"""What the manifest says of the steps, and LinkedIn's totals beside our own (design; issue 5, "Reconciliation")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from learning_graph.runs.run_report import (
    by_step,
    partial_types,
    reconcile,
    run_status,
    step_report,
    unmodelled_content,
)
from learning_graph.store.manifest import Difference, Failure, RejectedRecords, StepReport
from learning_graph.store.run import Outcome, Rejected, Shard, Status
from learning_graph.values.steps import Step
from tests.unit.runs.collecting import DAY, END, START, plan_of

COURSES = [Shard(step="courses", name=name, kind="assets", asset_type="COURSE") for name in ("de_DE", "en_US")]
WINDOWS = [(END - 28 * DAY, 14), (START, 14)]
USERS = [
    Shard(step="users", name=f"w{number}", kind="learners", window_start=start, window_days=days)
    for number, (start, days) in enumerate(WINDOWS)
]


def activity(step: Step = "course-activity", asset_type: Any = "COURSE", window: int = 1) -> Shard:
    start, days = WINDOWS[window]
    return Shard(
        step=step, name=f"w{window}", kind="engagements", asset_type=asset_type, window_start=start, window_days=days
    )


def ended(shard: Shard, status: Status = "SUCCEEDED", **members: Any) -> tuple[Shard, Outcome]:
    if status == "FAILED":
        members = {"error": "403", "error_kind": "AccessDenied", "resolution": "Add the Report key."} | members
    return shard, Outcome(step=shard.step, shard=shard.name, status=status, **members)


def steps_of(*pairs: tuple[Shard, Outcome]) -> Any:
    outcomes: dict[tuple[str, str], Outcome] = {(shard.step, shard.name): outcome for shard, outcome in pairs}
    return by_step(tuple(shard for shard, _ in pairs), outcomes)


@pytest.mark.parametrize(
    ("courses", "users", "step_statuses", "status"),
    [
        (["SUCCEEDED", "SUCCEEDED"], ["SUCCEEDED", "SUCCEEDED"], ("SUCCEEDED", "SUCCEEDED"), "SUCCEEDED"),
        (["SUCCEEDED", "SUCCEEDED"], ["FAILED", "FAILED"], ("SUCCEEDED", "FAILED"), "PARTIAL"),
        (["SUCCEEDED", "FAILED"], ["SUCCEEDED", "SUCCEEDED"], ("PARTIAL", "SUCCEEDED"), "PARTIAL"),
        (["FAILED", "SUCCEEDED"], ["FAILED", "FAILED"], ("PARTIAL", "FAILED"), "PARTIAL"),
        (["FAILED", "FAILED"], ["FAILED", "FAILED"], ("FAILED", "FAILED"), "FAILED"),
    ],
)
def test_a_run_is_as_good_as_its_steps(
    courses: list[Status], users: list[Status], step_statuses: tuple[str, str], status: str
) -> None:
    pairs = [ended(*one) for one in (*zip(COURSES, courses, strict=True), *zip(USERS, users, strict=True))]
    steps = steps_of(*pairs)

    assert (steps["courses"].status, steps["users"].status) == step_statuses
    assert run_status(steps) == status


def test_a_step_report_adds_up_its_shards_and_names_what_failed() -> None:
    bad = Rejected(row=7, problem="the URN is empty")
    odd: dict[str, Any] = {"rejected_count": 4, "rejected": (bad,), "notes": ("n",)}
    steps = steps_of(
        ended(USERS[0], rows=10, pages=2, requests=3, latest_data_at=500, **odd),
        ended(USERS[1], "FAILED", rows=5, pages=1, requests=2, latest_data_at=400),
    )

    assert step_report(plan_of(*USERS), steps["users"], 12) == StepReport(
        status="PARTIAL",
        mode=None,
        shards=2,
        windows=2,
        rows=15,
        pages=3,
        requests=5,
        latest_data_at=400,
        carried_over=12,
        failures=(Failure(shard="w1", error="403", error_kind="AccessDenied", resolution="Add the Report key."),),
        rejected=(RejectedRecords(shard="w0", count=4, first=(bad,)),),
        notes=("w0: n",),
    )


def test_a_catalogue_step_has_a_mode_and_no_windows() -> None:
    report = step_report(plan_of(*COURSES), steps_of(*map(ended, COURSES))["courses"])

    assert (report.mode, report.windows, report.shards, report.latest_data_at) == ("full", 0, 2, None)


@pytest.mark.parametrize(
    ("failed", "types"),
    [
        (
            Shard(step="classifications", name="x", kind="classifications"),
            {"linkedin_learning_classification", "linkedin_learning_account_has_classification"},
        ),
        (
            Shard(step="learning-paths", name="x", kind="assets", asset_type="LEARNING_PATH"),
            {
                "linkedin_learning_learning_path",
                "linkedin_learning_account_has_learning_path",
                "linkedin_learning_learning_path_has_classification",
                # Tags of assets bring classifications too.
                "linkedin_learning_classification",
                "linkedin_learning_account_has_classification",
            },
        ),
        (USERS[0], {"linkedin_learning_user", "linkedin_learning_account_has_user"}),
        (
            activity("video-activity", "VIDEO"),
            {
                "linkedin_learning_user_assigned_video",
                # Activity brings users, and content the catalogue lacks.
                "linkedin_learning_user",
                "linkedin_learning_account_has_user",
                "linkedin_learning_video",
                "linkedin_learning_account_has_video",
            },
        ),
    ],
)
def test_a_failed_step_names_the_types_it_did_not_bring_in_full(failed: Shard, types: set[str]) -> None:
    whole = [shard for shard in (*COURSES, *USERS, activity()) if shard.step != failed.step]
    steps = steps_of(*map(ended, whole), ended(failed, "FAILED"))

    assert partial_types(steps) == tuple(sorted(types))


def test_where_nothing_failed_no_type_is_partial() -> None:
    assert partial_types(steps_of(*map(ended, (*COURSES, *USERS)))) == ()


def test_what_lies_outside_the_model_is_summed_over_shards() -> None:
    pairs = [
        ended(USERS[0], unmodelled={"ARTICLE": {"views": 2}, "AUDIO": {"views": 1}}),
        ended(USERS[1], unmodelled={"ARTICLE": {"views": 3, "completions": 1}}),
        ended(COURSES[0]),
    ]

    assert unmodelled_content({(s.step, s.name): o for s, o in pairs}) == {
        "ARTICLE": {"completions": 1, "views": 5},
        "AUDIO": {"views": 1},
    }


Sums = Mapping[tuple[int, str], Mapping[str, int]]


def course_sums(views: int, window: int = 1) -> Sums:
    return {(WINDOWS[window][0], "COURSE"): {"views": views, "completions": 1, "secondsViewed": 60}}


def test_equal_sums_are_no_difference() -> None:
    steps = steps_of(ended(USERS[1], account_totals={"COURSE": {"views": 10, "completions": 1}}), ended(activity()))
    reconciliation = reconcile(steps, course_sums(10), tolerance_percent=1)

    assert reconciliation is not None
    assert (reconciliation.windows, reconciliation.unavailable, reconciliation.differences) == (1, (), ())
    assert reconciliation.totals == {
        "COURSE": {"views": {"learners": 10, "account": 10}, "completions": {"learners": 1, "account": 1}}
    }


@pytest.mark.parametrize(
    ("learners", "account", "exceeds"),
    [(99, 100, False), (100, 99, False), (98, 100, True), (100, 98, True), (0, 1, True), (1, 0, True)],
)
def test_a_difference_beyond_the_tolerance_of_the_larger_number_exceeds_it(
    learners: int, account: int, exceeds: bool
) -> None:
    steps = steps_of(ended(USERS[1], account_totals={"COURSE": {"views": account}}), ended(activity()))
    reconciliation = reconcile(steps, course_sums(learners), tolerance_percent=1)

    assert reconciliation is not None
    assert reconciliation.differences == (
        Difference(
            window_start=START, asset_type="COURSE", metric="views", learners=learners, account=account, exceeds=exceeds
        ),
    )


def test_sums_of_windows_are_compared_one_by_one_and_shown_together() -> None:
    steps = steps_of(
        ended(USERS[0], account_totals={"COURSE": {"views": 10}}),
        ended(USERS[1], account_totals={"COURSE": {"views": 20}}),
        ended(activity(window=0)),
        ended(activity(window=1)),
    )
    reconciliation = reconcile(steps, {**course_sums(20, 0), **course_sums(10, 1)}, tolerance_percent=1)

    assert reconciliation is not None
    # Each window is wrong although the sums over both agree.
    assert [difference.window_start for difference in reconciliation.differences] == [END - 28 * DAY, START]
    assert reconciliation.totals == {"COURSE": {"views": {"learners": 30, "account": 30}}}


def test_a_window_that_was_not_read_completely_is_not_compared() -> None:
    steps = steps_of(
        ended(USERS[0]),
        ended(USERS[1], account_totals={"COURSE": {"views": 20}, "VIDEO": {"views": 5}}),
        ended(activity(), "FAILED"),
        ended(activity("video-activity", "VIDEO")),
    )
    reconciliation = reconcile(steps, {(START, "VIDEO"): {"views": 5}}, tolerance_percent=1)

    assert reconciliation is not None
    assert reconciliation.totals == {"VIDEO": {"views": {"learners": 5, "account": 5}}}
    assert (reconciliation.windows, reconciliation.unavailable) == (1, ("w0",))


def test_a_type_without_any_learner_is_compared_as_zero() -> None:
    steps = steps_of(ended(USERS[1], account_totals={"VIDEO": {"views": 3}}))
    reconciliation = reconcile(steps, {}, tolerance_percent=1)

    assert reconciliation is not None
    assert [(d.learners, d.account, d.exceeds) for d in reconciliation.differences] == [(0, 3, True)]


def test_a_run_without_windows_has_nothing_to_reconcile() -> None:
    assert reconcile(steps_of(*map(ended, COURSES)), {}, tolerance_percent=1) is None
