"""Sums over the event log: by learner and content, by content, by learner, by account."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.simulator.clock import pacific_day
from local.simulator.event_log import Series
from local.simulator.model import ACTIVITY_TYPES

NEVER = 1 << 62


@dataclass(slots=True)
class Engagement:
    """Sums of one row; times are epoch milliseconds, ``first`` is NEVER where nothing happened."""

    seconds: int = 0
    views: int = 0
    completions: int = 0
    progress: int = 0
    gain: int = 0
    marked: int = 0
    first: int = NEVER
    last: int = 0
    first_completed: int = NEVER
    last_completed: int = 0
    learners: int = 0
    viewers: int = 0

    def absorb(self, other: Engagement) -> None:
        """Add a learner's engagement to that of a content item."""
        self.seconds += other.seconds
        self.views += other.views
        self.completions += other.completions
        self.marked += other.marked
        self.progress = max(self.progress, other.progress)
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.first_completed = min(self.first_completed, other.first_completed)
        self.last_completed = max(self.last_completed, other.last_completed)
        self.learners += 1
        self.viewers += other.views > 0


def by_pair(chosen: list[tuple[str, Series]], start: int, end: int, stride: int) -> dict[int, Engagement]:
    """Engagement by ``learner * stride + content`` over [start, end)."""
    found: dict[int, Engagement] = {}
    for _, series in chosen:
        low, high = series.bounds(start, end)
        columns = [column[low:high] for column in series.columns]
        for when, learner, content, views, seconds, progress, gain, completed, marked in zip(*columns, strict=True):
            key = learner * stride + content
            row = found.get(key)
            if row is None:
                row = found[key] = Engagement(first=when)
            row.last = when  # events of a series come in order of time
            row.seconds += seconds
            row.views += views
            row.gain += gain
            if progress > row.progress:  # noqa: PLR1730 - max() costs more than all the rest
                row.progress = progress
            if completed:
                row.completions += 1
                row.first_completed = min(row.first_completed, when)
                row.last_completed = when
            row.marked += marked
    return found


@dataclass(slots=True)
class Presence:
    """What a learner (or the account) did over all content: counts by asset type, and Pacific days as a bit set."""

    views: list[int] = field(default_factory=lambda: [0] * len(ACTIVITY_TYPES))
    completions: list[int] = field(default_factory=lambda: [0] * len(ACTIVITY_TYPES))
    video_seconds: int = 0
    days: int = 0
    first: int = NEVER
    last: int = 0

    @property
    def days_active(self) -> int:
        return self.days.bit_count()


def by_learner(chosen: list[tuple[str, Series]], start: int, end: int) -> dict[int, Presence]:
    """Presence by learner over [start, end)."""
    found: dict[int, Presence] = {}
    base = pacific_day(start).toordinal()
    for kind, series in chosen:
        place = ACTIVITY_TYPES.index(kind)
        low, high = series.bounds(start, end)
        when, learner, _, views, seconds, _, _, completed, _ = series.columns
        for position in range(low, high):
            who = learner[position]
            row = found.get(who)
            if row is None:
                row = found[who] = Presence()
            row.views[place] += views[position]
            row.completions[place] += completed[position]
            if kind == "VIDEO":
                row.video_seconds += seconds[position]
            row.days |= 1 << (series.day[position] - base)
            row.first = min(row.first, when[position])
            row.last = max(row.last, when[position])
    return found


@dataclass(slots=True)
class Total:
    """The account: sums of its learners, learner-days, and learners who viewed anything."""

    views: list[int]
    completions: list[int]
    video_seconds: int
    days_active: int
    viewers: int
    first: int
    last: int


def total_of(learners: dict[int, Presence]) -> Total:
    rows = list(learners.values())
    places = range(len(ACTIVITY_TYPES))
    return Total(
        [sum(row.views[place] for row in rows) for place in places],
        [sum(row.completions[place] for row in rows) for place in places],
        sum(row.video_seconds for row in rows),
        sum(row.days_active for row in rows),
        sum(any(row.views) for row in rows),
        min((row.first for row in rows), default=NEVER),
        max((row.last for row in rows), default=0),
    )
