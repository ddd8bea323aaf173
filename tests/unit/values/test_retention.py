"""Which snapshots are kept (ADR 0015)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.values.retention import Retention, read_retention

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# Starts of runs within a year and a half, several on some days, none on others.
STARTS = st.sets(st.integers(0, 540 * 24), min_size=1, max_size=60).map(
    lambda hours: {f"{hour:05}": FIRST + timedelta(hours=hour) for hour in hours}
)
RETENTIONS = st.builds(Retention, st.integers(1, 40), st.integers(0, 20))


def last_of(starts: dict[str, datetime], day: date) -> str:
    return max((start, run) for run, start in starts.items() if start.date() == day)[1]


@given(STARTS, RETENTIONS)
def test_the_last_of_each_recent_day_and_month_is_kept_and_nothing_else(
    starts: dict[str, datetime], retention: Retention
) -> None:
    kept = retention.kept(starts)
    days = {start.date() for start in starts.values()}
    for run, start in starts.items():
        later_days = {day for day in days if day > start.date()}
        same_month = [day for day in days if (day.year, day.month) == (start.year, start.month)]
        later_months = {(day.year, day.month) for day in later_days} - {(start.year, start.month)}
        is_last_of_day = run == last_of(starts, start.date())
        daily = is_last_of_day and len(later_days) < retention.daily
        monthly = is_last_of_day and start.date() == max(same_month) and len(later_months) < retention.monthly
        assert (run in kept) == (daily or monthly), run


@given(STARTS, RETENTIONS)
def test_pruning_every_day_leaves_what_pruning_once_leaves(starts: dict[str, datetime], retention: Retention) -> None:
    there: dict[str, datetime] = {}
    for run in sorted(starts):
        there[run] = starts[run]
        there = {kept: starts[kept] for kept in retention.kept(there)}
    assert set(there) == retention.kept(starts)


@given(STARTS, RETENTIONS)
def test_the_newest_is_kept_and_the_number_is_bounded(starts: dict[str, datetime], retention: Retention) -> None:
    kept = retention.kept(starts)
    assert max(starts) in kept
    assert len(kept) <= retention.daily + retention.monthly


def test_days_are_those_of_the_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = {
        "march": datetime(2026, 3, 31, 21, 30, tzinfo=UTC).astimezone(berlin),
        "april": datetime(2026, 3, 31, 22, 30, tzinfo=UTC).astimezone(berlin),
        "newest": datetime(2026, 5, 2, tzinfo=UTC).astimezone(berlin),
    }
    assert Retention(1, 3).kept(late) == {"march", "april", "newest"}
    assert Retention(1, 2).kept(late) == {"april", "newest"}


def test_a_retention_is_read() -> None:
    assert read_retention("all") is None
    assert read_retention("daily:400,monthly:84") == Retention(400, 84)
    assert read_retention("daily:7") == Retention(7, 0)


@pytest.mark.parametrize("text", ["", "none", "daily:0", "monthly:3", "daily:7, monthly:3", "daily:7,monthly:-1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither 'all' nor like"):
        read_retention(text)
