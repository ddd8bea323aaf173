"""The lookback, cut into windows that one report may cover (seed, "Advanced"; API reference §6.4)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.values.windows import Window, days_to_read, windows_of

DAY = 86_400_000
END = 1_795_276_800_000  # 2026-11-21T16:00:00Z


@pytest.mark.parametrize(("days", "count"), [(14, 1), (30, 3), (90, 7), (180, 13), (365, 27)])
def test_a_lookback_has_the_number_of_windows_the_seed_names(days: int, count: int) -> None:
    assert len(windows_of(END, days)) == count


def test_thirty_days_are_two_whole_windows_and_a_short_last_one() -> None:
    windows = windows_of(END, 30)

    assert windows == (Window(END - 30 * DAY, 14), Window(END - 16 * DAY, 14), Window(END - 2 * DAY, 2))
    assert [window.end for window in windows] == [END - 16 * DAY, END - 2 * DAY, END]


@given(end=st.integers(min_value=400 * DAY, max_value=4 * END), days=st.integers(min_value=1, max_value=400))
def test_windows_cover_the_lookback_without_gap_or_overlap(end: int, days: int) -> None:
    windows = windows_of(end, days)

    assert windows[0].start == end - days * DAY
    assert windows[-1].end == end
    assert all(before.end == after.start for before, after in pairwise(windows))
    assert all(1 <= window.days <= 14 for window in windows)


@pytest.mark.parametrize(
    ("covered_days_ago", "lookback", "read"),
    [
        (None, 14, 14),  # the first run
        (0, 14, 14),
        (-1, 14, 14),  # LinkedIn's data may be ahead of a clock that is behind
        (3, 14, 14),  # the usual: data of the last days was still coming
        (14, 14, 14),
        (20, 14, 20),  # a pause longer than the lookback is read as well
        (20, 90, 90),
        (365, 14, 365),
        (500, 14, 365),  # LinkedIn's longest lookback of the seed
        (500, 365, 365),
    ],
)
def test_a_pause_longer_than_the_lookback_is_read_too(covered_days_ago: int | None, lookback: int, read: int) -> None:
    covered_until = None if covered_days_ago is None else END - covered_days_ago * DAY

    assert days_to_read(lookback, END, covered_until) == read


def test_a_gap_of_part_of_a_day_is_read_as_a_whole_day() -> None:
    assert days_to_read(14, END, END - 20 * DAY - 1) == 21
    assert days_to_read(14, END, END - 20 * DAY + 1) == 20


@given(
    lookback=st.sampled_from([14, 30, 90, 180, 365]),
    gap=st.integers(min_value=-10 * DAY, max_value=364 * DAY),
)
def test_what_is_read_begins_where_earlier_runs_ended_or_before(lookback: int, gap: int) -> None:
    days = days_to_read(lookback, END, END - gap)

    assert days >= lookback
    assert windows_of(END, days)[0].start <= END - gap
