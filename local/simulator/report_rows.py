"""The rows of a report: which learners and contents, in which order, with which sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from zlib import crc32

from local.simulator.account import Account
from local.simulator.aggregation import Engagement, Presence, Total, by_learner, by_pair, total_of
from local.simulator.assumptions import Assumptions
from local.simulator.cache import Cache
from local.simulator.report_query import ReportQuery

T = TypeVar("T")
Values = Engagement | Presence | Total


class Key(NamedTuple):
    """What a row is about: indices of learner and content, -1 where it is not about one.

    ``part`` is 0 for a whole row; 1 and 2 are the two rows over which its metrics are split.
    """

    learner: int
    identity: int
    content: int
    part: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in order."""

    keys: list[Key]
    values: list[Values]


class RowMaker:
    """Computes the rows of one request from the event log."""

    def __init__(self, account: Account, assumptions: Assumptions) -> None:
        self._account = account
        self._assumptions = assumptions
        self._first_engagements: Cache[dict[int, int]] = Cache(1)

    def rows(self, asked: ReportQuery) -> Rows:
        if asked.rows == "ACCOUNT":
            total = total_of(self._presence(asked, asked.start, asked.end))
            items: list[tuple[Key, Values]] = [(Key(-1, 0, -1), total)]
        elif asked.rows == "INDIVIDUAL":
            items = list(self._individuals(asked))
        elif asked.rows == "PAIR":
            items = list(self._pairs(asked))
        else:
            items = list(self._contents(asked))
        if asked.sort is not None:
            metric, qualifier = asked.sort
            items.sort(key=lambda item: _metric(item[1], metric, qualifier), reverse=not asked.ascending)
        elif self._assumptions["row-order"] == "scrambled":
            items.sort(key=lambda item: crc32(repr(tuple(item[0])).encode()))
        return Rows([key for key, _ in items], [values for _, values in items])

    def popularity(self, end: int) -> Counter[int]:
        """Views by content index up to an instant."""
        found: Counter[int] = Counter()
        for series in self._account.log.series.values():
            for event in series.between(0, end):
                found[event.content] += event.views
        return found

    def _presence(self, asked: ReportQuery, start: int, end: int) -> dict[int, Presence]:
        return by_learner(self._account.log.select(asked.asset_types, asked.sources), start, end)

    def _engagement(self, asked: ReportQuery, start: int, end: int) -> dict[int, Engagement]:
        chosen = self._account.log.select(asked.asset_types, asked.sources)
        return by_pair(chosen, start, end, len(self._account.contents))

    def _first_engagement(self) -> dict[int, int]:
        """The instant of each pair's first event ever, by ``learner * contents + content``."""
        stride = len(self._account.contents)
        found: dict[int, int] = {}
        for series in self._account.log.series.values():
            when, learners, contents = series.columns[:3]
            for instant, learner, content in zip(when, learners, contents, strict=True):
                found.setdefault(learner * stride + content, instant)
        return found

    def _individuals(self, asked: ReportQuery) -> Iterator[tuple[Key, Values]]:
        everyone = self._assumptions["inactive-learners"] == "listed"
        found = self._presence(asked, asked.start, asked.end)
        pieces = self._pieces(asked, lambda start, end: self._presence(asked, start, end))
        for learner in self._account.learners:
            if learner.index in pieces:
                for identity, part in pieces[learner.index]:
                    if learner.index in part:
                        yield Key(learner.index, identity, -1), part[learner.index]
            elif learner.index in found or (everyone and learner.joined_at < asked.end):
                key = Key(learner.index, learner.version(asked.end - 1), -1)
                yield key, found.get(learner.index) or Presence()

    def _pairs(self, asked: ReportQuery) -> Iterator[tuple[Key, Values]]:
        stride = len(self._account.contents)
        learners = self._account.learners
        parts = (1, 2) if self._assumptions["split-metrics"] == "on" else (0,)
        found = self._engagement(asked, asked.start, asked.end)
        pieces = self._pieces(asked, lambda start, end: self._engagement(asked, start, end))
        shared = self._assumptions["first-engaged-at"] == "shared"
        first = self._first_engagements.get(self._account.version, self._first_engagement) if shared else {}
        for place in sorted(found):
            who, content = divmod(place, stride)
            if who in pieces:
                rows = [(identity, part[place]) for identity, part in pieces[who] if place in part]
            else:
                rows = [(learners[who].version(asked.end - 1), found[place])]
            for identity, row in rows:
                if shared:
                    row.first = row.first_completed = first[place]
                for part in parts:
                    yield Key(who, identity, content, part), row

    def _pieces(
        self, asked: ReportQuery, compute: Callable[[int, int], dict[int, T]]
    ) -> dict[int, list[tuple[int, dict[int, T]]]]:
        """For learners whose details changed inside the window, the sums under each identity (§10.8)."""
        if self._assumptions["split-learners"] == "off":
            return {}
        pieces = {}
        for learner in self._account.learners:
            edges = [one.since for one in learner.identities[1:] if asked.start < one.since < asked.end]
            if edges:
                pieces[learner.index] = [
                    (learner.version(start), compute(start, end))
                    for start, end in zip([asked.start, *edges], [*edges, asked.end], strict=True)
                ]
        return pieces

    def _contents(self, asked: ReportQuery) -> Iterator[tuple[Key, Values]]:
        stride = len(self._account.contents)
        found: dict[int, Engagement] = {}
        for place, row in self._engagement(asked, asked.start, asked.end).items():
            found.setdefault(place % stride, Engagement()).absorb(row)
        for content in sorted(found):
            yield Key(-1, 0, content), found[content]


def _metric(values: Values, metric: str, qualifier: str) -> int:
    """The number a row is sorted by."""
    if isinstance(values, Engagement):
        numbers = {
            "COMPLETIONS": values.completions,
            "VIEWS": values.viewers if qualifier == "UNIQUE" and values.learners else values.views,
            "SECONDS_VIEWED": values.seconds,
            "MARKED_AS_DONE": values.marked,
            "PROGRESS_PERCENTAGE": values.progress,
            "ENGAGED_LEARNERS": values.learners,
        }
        return numbers.get(metric, 0)
    numbers = {
        "COMPLETIONS": sum(values.completions),
        "VIEWS": sum(values.views),
        "SECONDS_VIEWED": values.video_seconds,
        "DAYS_ACTIVE": values.days_active,
    }
    return numbers.get(metric, 0)
