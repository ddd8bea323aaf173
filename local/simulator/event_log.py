"""The one log all report numbers come from: who engaged with what, when, for how long, how far.

Kept in columns per (asset type, content source), each sorted by time, so that a window is two bisections.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from local.simulator.clock import pacific_day, pacific_midnight


class Event(NamedTuple):
    """One engagement: instant in epoch milliseconds, indices of learner and content.

    ``seconds`` were watched, ``progress`` (0-100) was reached afterwards, ``gain`` of it by this event;
    ``views``, ``completed`` and ``marked`` are 0 or 1.
    """

    instant: int
    learner: int
    content: int
    views: int
    seconds: int
    progress: int
    gain: int
    completed: int
    marked: int


_TYPECODES = "qllblbbbb"


class Series:
    """The events of one asset type and source; ``day`` is the Pacific day of each as an ordinal."""

    __slots__ = ("columns", "day", "when")

    def __init__(self, events: list[Event]) -> None:
        events.sort()
        columns = zip(*events, strict=True) if events else ((),) * len(_TYPECODES)
        self.columns = tuple(array(code, column) for code, column in zip(_TYPECODES, columns, strict=True))
        self.when = self.columns[0]
        self.day = array("l", _days(self.when))

    def __len__(self) -> int:
        return len(self.when)

    def insert(self, event: Event) -> None:
        """Add at its place in time."""
        place = bisect_right(self.when, event.instant)
        for column, value in zip(self.columns, event, strict=True):
            column.insert(place, value)
        self.day.insert(place, pacific_day(event.instant).toordinal())

    def bounds(self, start: int, end: int) -> tuple[int, int]:
        """Positions of the events in [start, end)."""
        low = bisect_left(self.when, start)
        return low, bisect_left(self.when, end, lo=low)

    def between(self, start: int, end: int) -> Iterator[Event]:
        low, high = self.bounds(start, end)
        return map(Event._make, zip(*(column[low:high] for column in self.columns), strict=True))


def _days(instants: Iterable[int]) -> Iterator[int]:
    """Pacific day ordinals of ascending instants."""
    ordinal, end = 0, -1
    for instant in instants:
        if instant >= end:
            ordinal = pacific_day(instant).toordinal()
            end = pacific_midnight(date.fromordinal(ordinal) + timedelta(days=1))
        yield ordinal


class EventLog:
    """All events; ``version`` grows with every change so that what was computed can be kept until then."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str], Series] = {}
        self.version = 0
        self._pending: dict[tuple[str, str], list[Event]] = defaultdict(list)

    def __len__(self) -> int:
        return sum(map(len, self.series.values()))

    def append(self, kind: str, source: str, event: Event) -> None:
        """Add an event in any order; ``settle`` must follow before anything is read."""
        self._pending[kind, source].append(event)

    def settle(self) -> None:
        """Sort what was appended; called once, after the account was generated."""
        self.series = {key: Series(self._pending.pop(key)) for key in sorted(self._pending)}

    def insert(self, kind: str, source: str, event: Event) -> None:
        """Add an event to the settled log, be it late or new."""
        self.series.setdefault((kind, source), Series([])).insert(event)
        self.version += 1

    def select(self, kinds: Iterable[str], sources: Iterable[str]) -> list[tuple[str, Series]]:
        """The series of some asset types and sources, each with its asset type."""
        wanted = set(sources)
        return [
            (kind, series)
            for kind in kinds
            for source in sorted(wanted)
            if (series := self.series.get((kind, source))) is not None
        ]

    def in_order(self, start: int, end: int) -> Iterator[Event]:
        """All events of [start, end) by time."""
        return heapq.merge(*(self.series[key].between(start, end) for key in sorted(self.series)))
