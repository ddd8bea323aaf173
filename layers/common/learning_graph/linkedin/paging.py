"""Pages of a listing and the walk over them (API reference §3): every page in order, the next ones read ahead.

LinkedIn's envelope is not trusted: links may be missing or lead nowhere, totals may be wrong, and a page may for a
moment be empty or show the rows of another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from learning_graph.linkedin.decoding import decode_page

_LONGEST_NUMBER: Final = 18  # digits
ASKED_AGAIN: Final = 2  # times at most that a doubtful page is requested again
_MOST_PAGES_WITHOUT_NEWS: Final = 10  # in a row that are read past where LinkedIn gives no total
_DRAIN_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Records as LinkedIn sent them.

    Attributes:
        start: offset that was asked for.
        next_start: offset of the page after it, None at the end.
        total: LinkedIn's number of matches, None where it does not say; it may be wrong.
        records: those that can be used.
        rejected: offset in the listing and what is wrong, for each record that cannot be used.
        repaired: how many of `records` lost a member that could not be read.
        size: records that were asked for.
        repeats: whether it begins or ends with a record of the page before it: rows have moved meanwhile.
    """

    start: int
    next_start: int | None
    total: int | None
    records: list[Any]
    rejected: tuple[tuple[int, str], ...] = ()
    repaired: int = 0
    size: int = 0
    repeats: bool = False

    @property
    def received(self) -> int:
        """How many records LinkedIn sent."""
        return len(self.records) + len(self.rejected)

    def is_like(self, other: Page) -> bool:
        """Return whether another answer to the same call is equal."""
        return (self.records, self.rejected, self.next_start) == (other.records, other.rejected, other.next_start)

    def overlaps(self, other: Page) -> bool:
        """Return whether the first or the last record is one of another page."""
        ends = self.records[:1] + self.records[-1:]
        return any(record in other.records for record in ends)


def read_page(body: bytes, record: Any, *, start: int, page_size: int) -> Page:
    """Decode one answer.

    Args:
        body: what LinkedIn sent.
        record: the type of its elements.
        start: offset that was asked for.
        page_size: `count` that was asked for.

    Raises:
        Unavailable: the body is empty, not JSON, or has no list of elements.
    """
    decoded = decode_page(body, record)
    paging = decoded.paging if isinstance(decoded.paging, dict) else {}
    total = _count(paging.get("total"))
    received = len(decoded.records) + len(decoded.rejected)
    return Page(
        start=start,
        next_start=_next_start(paging.get("links"), start, received, total, page_size),
        total=total,
        records=decoded.records,
        rejected=tuple((start + place, problem) for place, problem in decoded.rejected),
        repaired=decoded.repaired,
        size=page_size,
    )


def _next_start(links: Any, start: int, received: int, total: int | None, page_size: int) -> int | None:
    following = start + (received or page_size)
    if isinstance(links, list):
        # A middle page names `prev` first (API reference §3.2), so the place in the list says nothing.
        link = next((link for link in links if isinstance(link, dict) and link.get("rel") == "next"), None)
        if link is None:
            # Without a link a page is the last one, unless it is full and the total says that there is more.
            return following if received >= page_size and total is not None and following < total else None
        offset = _start_in(link.get("href"))
        if offset is not None and offset > start:
            return offset
    # No links, or an unusable one: continue after the last row received, so that none is skipped.
    goes_on = received >= page_size if total is None else following < total
    return following if goes_on else None


def _start_in(href: Any) -> int | None:
    """Read `start` from a link; the link itself is never followed, since it may point to another host."""
    if not isinstance(href, str):
        return None
    try:
        values = parse_qs(urlsplit(href).query).get("start", [])
    except ValueError:
        return None
    return _count(values[-1]) if values else None


def _count(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


Fetch = Callable[[int, threading.Event], Page]


def walk(
    fetch: Fetch,
    executor: Executor,
    *,
    start: int,
    depth: Callable[[], int],
    log_fields: Mapping[str, str] | None = None,
) -> Iterator[Page]:
    """Yield the pages from `start` on.

    After the first page the distance to the next one is taken as the stride, so the offsets up to the total are known
    and read at the same time. Every page's own link is then compared with that guess; where it differs, the link wins.
    An error of a page read ahead is raised when that page's turn comes. Closing the generator stops the reading ahead.

    Args:
        fetch: reads the page at an offset; the event is set when the page is no longer needed.
        executor: runs every call of `fetch`.
        start: first offset.
        depth: returns how many pages may be held or under way.
        log_fields: what log lines say of the listing.
    """
    ahead = _ReadAhead(fetch, executor, depth)
    progress = _Progress()
    try:
        page = ahead.take(start)
        while True:
            page = progress.accept(_asked_again(page, ahead, progress, log_fields or {}))
            ahead.prepare(page)
            if not progress.is_repetition:
                yield page
            if page.next_start is None:
                return
            page = ahead.take(page.next_start)
    finally:
        ahead.discard()


def _asked_again(page: Page, ahead: _ReadAhead, progress: _Progress, log_fields: Mapping[str, str]) -> Page:
    """Ask again for a page that contradicts the listing or has records that cannot be used.

    The fault may pass, and accepting the page would lose records. Two equal answers are accepted.
    """
    for _ in range(ASKED_AGAIN):
        if not progress.contradicts(page, ahead.stride):
            return page
        again = ahead.take(page.start)
        if again.is_like(page):
            break
        page = max(again, page, key=lambda answer: (len(answer.records), answer.next_start is not None))
    if progress.contradicts(page, ahead.stride):
        details = {**log_fields, "start": page.start, "total": page.total, "rejected": len(page.rejected)}
        _log.warning("a page contradicts its listing, or has records that cannot be used", extra=details)
    return page


class _Progress:
    """Decides whether a walk continues after a page. It ends: offsets grow, pages without new records are limited."""

    def __init__(self) -> None:
        self.is_repetition = False
        self._total: int | None = None
        self._pages_without_news = 0
        self._before: Page | None = None
        self._seen: set[int] = set()

    def contradicts(self, page: Page, stride: int) -> bool:
        """Return whether a page should be requested again."""
        if page.rejected:
            return True
        total = page.total if page.total is not None else self._total
        if total is None:
            return False
        if not self._is_new(page):
            return page.start < total
        return page.next_start is None and page.start + max(stride or page.size, page.received) < total

    def accept(self, page: Page) -> Page:
        """Return the page with the `next_start` that counts; afterwards `is_repetition` says it need not be used."""
        before, news = self._before, self._is_new(page)
        # Only a page with new records may change the total: otherwise a server could promise more for ever.
        if news or before is None:
            self._total = page.total if page.total is not None else self._total
        self._pages_without_news = 0 if news else self._pages_without_news + 1
        self._seen.add(_fingerprint(page))
        self._before = page
        goes_on = news or self._may_follow(page)
        self.is_repetition = before is not None and bool(page.records) and page.records == before.records
        repeats = before is not None and not self.is_repetition and page.overlaps(before)
        return replace(page, repeats=repeats, next_start=page.next_start if goes_on else None)

    def _is_new(self, page: Page) -> bool:
        return bool(page.received) and _fingerprint(page) not in self._seen

    def _may_follow(self, page: Page) -> bool:
        return self._pages_without_news < _MOST_PAGES_WITHOUT_NEWS if self._total is None else page.start < self._total


def _fingerprint(page: Page) -> int:
    """Return a number that is equal for pages that begin and end with equal records."""
    if not page.records:
        return hash((page.start, page.received))
    return hash((msgspec.json.encode((page.records[0], page.records[-1])), page.received))


class _ReadAhead:
    """Pages under way, by offset, at equal distances."""

    def __init__(self, fetch: Fetch, executor: Executor, depth: Callable[[], int]) -> None:
        self._fetch = fetch
        self._executor = executor
        self._depth = depth
        self._abandoned = threading.Event()
        self._coming: dict[int, Future[Page]] = {}
        self.stride = 0

    def take(self, offset: int) -> Page:
        """Return the page at an offset, waiting for it."""
        future = self._coming.pop(offset, None)
        return (future or self._submit(offset)).result()

    def prepare(self, page: Page) -> None:
        """Request the pages that should follow; cancel those that should not."""
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
        depth = self._depth()
        for offset in range(page.next_start, last, stride):
            if len(self._coming) >= depth:
                return
            if offset not in self._coming:
                self._coming[offset] = self._submit(offset)

    def discard(self) -> None:
        """Cancel all requested pages; calls already in progress are given a moment to end."""
        self._abandoned.set()
        running = [future for future in self._coming.values() if not future.cancel()]
        self._coming.clear()
        wait(running, timeout=_DRAIN_SECONDS)

    def _submit(self, offset: int) -> Future[Page]:
        return self._executor.submit(self._fetch, offset, self._abandoned)
