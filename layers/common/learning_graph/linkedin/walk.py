"""The walk over a listing: pages in the order of their offsets, the next ones read ahead, and always an end.

After the first page the distance to its `next` link is taken as the stride, so the offsets up to `total` are known and
read at the same time. Every page's own link is then compared with that guess; where it differs, the link wins.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Final

from learning_graph.linkedin.pages import Page

Fetch = Callable[[int, threading.Event], Page]

SECOND_LOOKS: Final = 2
BLANK_PAGES: Final = 10  # pages without news in a row that are walked over where no total says how far it is
_DRAIN_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


def walk(fetch: Fetch, executor: ThreadPoolExecutor, *, start: int, depth: int) -> Iterator[Page]:
    """Yield the pages from `start` on.

    An error of a page read ahead is raised when that page's turn comes. Closing the generator stops the reading ahead.

    Args:
        fetch: reads the page at an offset; the event is set when nobody wants it any more.
        executor: runs the reading ahead.
        start: first offset.
        depth: pages held or under way at most.
    """
    ahead = _ReadAhead(fetch, executor, depth)
    ending = _Ending()
    try:
        page = ahead.take(start)
        while True:
            page = ending.judge(_looked_at_twice(page, ahead, ending))
            ahead.prepare(page)
            if not ending.repeats:
                yield page
            if page.next_start is None:
                return
            page = ahead.take(page.next_start)
    finally:
        ahead.discard()


def _looked_at_twice(page: Page, ahead: _ReadAhead, ending: _Ending) -> Page:
    """Ask again for a page that contradicts its own total: rows would be lost for ever if that was a passing fault."""
    for _ in range(SECOND_LOOKS):
        if not ending.doubts(page, ahead.stride):
            return page
        page = ahead.again(page.start)
    if ending.doubts(page, ahead.stride):
        _log.warning("a listing holds less than its total says", extra={"start": page.start, "total": page.total})
    return page


@dataclass
class _Ending:
    """Decides whether the walk goes on after a page. Offsets grow, and pages without news run out: so it ends."""

    repeats: bool = False
    _total: int | None = None
    _blanks: int = 0
    _seen: set[int] = field(default_factory=set)

    def doubts(self, page: Page, stride: int) -> bool:
        """Return whether the total promises rows where the page has no new ones, or pages where it has no next link."""
        total = page.total if page.total is not None else self._total
        if total is None:
            return False
        if not self._is_new(page):
            return page.start < total
        return page.next_start is None and page.start + max(stride or page.size, len(page.elements)) < total

    def judge(self, page: Page) -> Page:
        """Return the page with the `next_start` that counts; afterwards `repeats` says it need not be read."""
        first = not self._seen
        news = self._is_new(page)
        self._seen.add(page.fingerprint())
        # Only a page with news may move the total: else a server could promise more for ever.
        if news or first:
            self._total = page.total if page.total is not None else self._total
        self._blanks = 0 if news else self._blanks + 1
        goes_on = news or self._may_follow(page)
        self.repeats = bool(page.elements) and not goes_on
        return page if goes_on else replace(page, next_start=None)

    def _is_new(self, page: Page) -> bool:
        return bool(page.elements) and page.fingerprint() not in self._seen

    def _may_follow(self, page: Page) -> bool:
        return self._blanks < BLANK_PAGES if self._total is None else page.start < self._total


class _ReadAhead:
    """Pages under way, by offset, at equal distances."""

    def __init__(self, fetch: Fetch, executor: ThreadPoolExecutor, depth: int) -> None:
        self._fetch = fetch
        self._executor = executor
        self._depth = max(1, depth)
        self._abandoned = threading.Event()
        self._coming: dict[int, Future[Page]] = {}
        self.stride = 0

    def take(self, offset: int) -> Page:
        """Return the page at an offset, waiting for it if it is under way."""
        future = self._coming.pop(offset, None)
        return self._fetch(offset, self._abandoned) if future is None else future.result()

    def again(self, offset: int) -> Page:
        """Read the page at an offset once more."""
        return self._fetch(offset, self._abandoned)

    def prepare(self, page: Page) -> None:
        """Send for the pages that should follow; forget the ones that should not."""
        if page.next_start is None:
            self.discard()
            return
        stride = page.next_start - page.start
        if stride != self.stride:
            self.discard()
            self._abandoned = threading.Event()
            self.stride = stride
        # The next page exists whatever the total says; those after it only up to the total.
        last = max(page.next_start + 1, page.total or 0)
        for offset in range(page.next_start, last, stride):
            if len(self._coming) >= self._depth:
                return
            if offset not in self._coming:
                self._coming[offset] = self._executor.submit(self._fetch, offset, self._abandoned)

    def discard(self) -> None:
        """Forget every page under way: what has not begun never will, what has is given a moment."""
        self._abandoned.set()
        running = [future for future in self._coming.values() if not future.cancel()]
        self._coming.clear()
        wait(running, timeout=_DRAIN_SECONDS)
