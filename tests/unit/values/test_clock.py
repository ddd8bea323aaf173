"""Instants are epoch milliseconds; a daily quota begins again at 00:00 UTC (API reference §7.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.values.clock import from_milliseconds, next_utc_midnight, to_milliseconds

EAST = timezone(timedelta(hours=9))


def test_milliseconds_are_those_of_utc_whatever_the_zone() -> None:
    assert to_milliseconds(datetime(2026, 11, 21, 16, tzinfo=UTC)) == 1_795_276_800_000
    assert to_milliseconds(datetime(2026, 11, 22, 1, tzinfo=EAST)) == 1_795_276_800_000
    assert from_milliseconds(1_795_276_800_000) == datetime(2026, 11, 21, 16, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=4_000_000_000_000))
def test_milliseconds_survive_the_way_there_and_back(milliseconds: int) -> None:
    assert to_milliseconds(from_milliseconds(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 11, 21, 16, 5, 7, 9, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)),
        (datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2026, 11, 22, 3, tzinfo=EAST), datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_the_next_midnight_is_utcs(now: datetime, midnight: datetime) -> None:
    assert next_utc_midnight(now) == midnight
