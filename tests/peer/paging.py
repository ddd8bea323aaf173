"""The peer's pages: short ones, rows that come twice, and totals of three kinds; `next` is the only guide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

Json = dict[str, Any]
TotalHabit = Literal["exact", "missing", "high", "low"]

HIDDEN_EVERY = 17


class BadPage(Exception):
    """A start or count that no page has."""


@dataclass(frozen=True)
class PageHabit:
    """How one resource makes its pages: the page size asked for is clamped to `size`."""

    size: int
    default: int
    total: TotalHabit


def slots_of(items: Sequence[Json], size: int) -> list[Json | None]:
    """The listing as offsets count it: now and then a row nobody may see, and each full page begins with the row
    that ended the one before."""
    slots: list[Json | None] = []
    for number, item in enumerate(items):
        if slots and len(slots) % size == 0:
            slots.append(slots[-1])
        if number % HIDDEN_EVERY == HIDDEN_EVERY - 1:
            slots.append(None)
        slots.append(item)
    return slots


def page(items: Sequence[Json], path: str, query: dict[str, str], habit: PageHabit) -> Json:
    """One page of a listing, as `start` and `count` of the query ask for it. Raises `BadPage`."""
    start, count = _natural(query, "start", 0), _natural(query, "count", habit.default)
    if count == 0:
        raise BadPage("count")
    count = min(count, habit.size)
    slots = slots_of(items, habit.size)
    shown = [slot for slot in slots[start : start + count] if slot is not None]
    links = [_link("self", path, query, start, count)]
    if start + count < len(slots):
        links.append(_link("next", path, query, start + count, count))
    if start > 0:
        links.append(_link("prev", path, query, max(0, start - count), count))
    paging: Json = {"links": links, "count": count, "start": start}
    total = {"exact": len(slots), "high": len(slots) + 33, "low": max(1, len(slots) // 3)}.get(habit.total)
    if total is not None:
        paging["total"] = total
    return {"elements": shown, "paging": paging, "servedBy": "peer"}


def _natural(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise BadPage(name)
    return int(text)


def _link(rel: str, path: str, query: dict[str, str], start: int, count: int) -> Json:
    """Parameters as they were sent, percent-encoded; relative to the host."""
    told = query | {"start": str(start), "count": str(count)}
    return {"rel": rel, "href": f"{path}?{urlencode(told, quote_via=quote)}", "type": "application/json", "id": None}
