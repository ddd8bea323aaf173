"""Robin's engagement with one course, window by window and run by run."""

from __future__ import annotations

from typing import Any

from tests.unit.graph.merging import COURSE, DAY, END, ROBIN, START, Rows, Snapshot, engaged, merged

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


def completion(on: int | None, count: int = 1) -> dict[str, Any]:
    return {"completions": count, "completed_on": on}


def full_progress(on: int) -> dict[str, Any]:
    return {"progress_percentage": 100, "full_progress_on": on}
