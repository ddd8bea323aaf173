"""Start/count paging, the same on all three resources (API reference §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from local.simulator.assumptions import Assumptions
from local.simulator.errors import ApiError, bad_parameter
from local.simulator.query import Query

_HOLE_EVERY = 7
_REPEAT_EVERY = 9
_REPEAT_DISTANCE = 4


@dataclass(frozen=True, slots=True)
class Page:
    """What was asked for."""

    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that can be paged: how many, and the encoded rows of given positions.

    ``reach`` is the last position a ranked search lets one walk to (§4.7), None where there is no cap.
    """

    total: int
    rows: Callable[[range | list[int]], list[bytes]]
    reach: int | None = None
    metadata: bytes | None = None


def read_page(query: Query, maximum: int, assumptions: Assumptions) -> Page:
    """``start`` and ``count`` (maximum per resource, §3.3); 400 where they are out of bounds."""
    start = query.integer("start") or 0
    count = query.integer("count", minimum=1)
    if count is None:
        count = min(assumptions.number("default-count"), maximum)
    if count > maximum:
        if assumptions["over-max-count"] == "error":
            raise bad_parameter("count")
        count = maximum
    return Page(start, min(count, assumptions.number("largest-page") or count))


def _stretch(total: int, assumptions: Assumptions) -> tuple[int, Callable[[int], int | None]]:
    """Positions as the caller sees them → positions of rows; None is a row that was filtered out of its page."""
    if assumptions["duplicate-rows"] == "on" and total > _REPEAT_EVERY:
        # Of every ten positions the last repeats a row shown shortly before, often on the page before.
        extra = total // _REPEAT_EVERY

        def repeated(position: int) -> int | None:
            block, place = divmod(position, _REPEAT_EVERY + 1)
            if place == _REPEAT_EVERY:
                place -= _REPEAT_DISTANCE
            return block * _REPEAT_EVERY + place

        return total + extra, repeated
    if assumptions["short-pages"] == "on" and total > 1:
        extra = (total - 1) // (_HOLE_EVERY - 1)

        def holed(position: int) -> int | None:
            block, place = divmod(position, _HOLE_EVERY)
            return None if place == _HOLE_EVERY - 1 else block * (_HOLE_EVERY - 1) + place

        return total + extra, holed
    return total, lambda position: position


def answer(path: str, query: Query, page: Page, listing: Listing, assumptions: Assumptions) -> bytes:
    """The encoded envelope ``{"paging", ["metadata",] "elements"}``."""
    total, position_of = _stretch(listing.total, assumptions)
    end = total
    if listing.reach is not None:
        total = end = min(total, listing.reach)
    if page.start >= max(total, 1):
        if listing.reach is not None and listing.total > listing.reach and assumptions["past-ranked-cap"] == "error":
            raise ApiError(400, f"Parameter 'start' is beyond {listing.reach}")
        if assumptions["past-end"] == "error":
            raise bad_parameter("start")
    seen = range(page.start, min(page.start + page.count, end))
    positions = [place for place in map(position_of, seen) if place is not None]
    rows = listing.rows(positions)
    links = _links(path, query, page, end)
    unknown = b""
    if assumptions["unknown-members"] == "on":
        links.insert(0, {**_link("self", query.href(path, {"start": page.start, "count": page.count})), "id": ""})
        unknown = b'"servedBy":"lva1",'
    paging = {"start": page.start, "count": page.count, "links": links, **_total(total, assumptions)}
    metadata = b"" if listing.metadata is None else b'"metadata":' + listing.metadata + b","
    return b'{"paging":%b,%b%b"elements":[%b]}' % (msgspec.json.encode(paging), unknown, metadata, b",".join(rows))


def _total(total: int, assumptions: Assumptions) -> dict[str, int]:
    shown = {"exact": total, "high": total + 33, "low": total // 3}.get(assumptions["totals"])
    return {} if shown is None else {"total": shown}


def _links(path: str, query: Query, page: Page, end: int) -> list[dict[str, str]]:
    links = []
    if page.start > 0:
        links.append(_link("prev", query.href(path, {"start": max(page.start - page.count, 0), "count": page.count})))
    if page.start + page.count < end:
        links.append(_link("next", query.href(path, {"start": page.start + page.count, "count": page.count})))
    return links


def _link(rel: str, href: str) -> dict[str, str]:
    return {"type": "application/json", "rel": rel, "href": href}
