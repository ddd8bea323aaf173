"""The lookback of a run, cut into windows that one activity report may cover (API reference §6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from learning_graph.values.clock import MILLISECONDS_A_DAY

Lookback = Literal[14, 30, 90, 180, 365]  # days (seed, "Advanced — Activity Lookback Days")
LONGEST_WINDOW_DAYS = 14
LONGEST_LOOKBACK_DAYS = 365


@dataclass(frozen=True)
class Window:
    """A half-open span [start, end): `start` in epoch milliseconds, `days` whole days, at most 14."""

    start: int
    days: int

    @property
    def end(self) -> int:
        """The first instant after the window, epoch milliseconds."""
        return self.start + self.days * MILLISECONDS_A_DAY


def windows_of(end: int, days: int) -> tuple[Window, ...]:
    """Cut the `days` days before `end` (epoch milliseconds) into consecutive windows of at most 14 days, oldest first.

    14 → 1, 30 → 3, 90 → 7, 180 → 13, 365 → 27 windows (seed, "Advanced — Activity Lookback Days").
    """
    start = end - days * MILLISECONDS_A_DAY
    return tuple(
        Window(start + done * MILLISECONDS_A_DAY, min(LONGEST_WINDOW_DAYS, days - done))
        for done in range(0, days, LONGEST_WINDOW_DAYS)
    )


def days_to_read(lookback_days: int, end: int, covered_until: int | None) -> int:
    """Return how many days before `end` a run reads: the lookback, or more where earlier runs left a gap.

    Days that no earlier run saw completely (`covered_until`, epoch milliseconds: the data LinkedIn had at the time) are
    read again, so that a pause longer than the lookback loses nothing (API reference §6.8; ADR 0006).
    """
    if covered_until is None or covered_until >= end:
        return lookback_days
    gap = -(-(end - covered_until) // MILLISECONDS_A_DAY)
    return max(lookback_days, min(gap, LONGEST_LOOKBACK_DAYS))
