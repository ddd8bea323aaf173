"""One page of a listing: LinkedIn's envelope, read with as little trust as it deserves (API reference §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from learning_graph.values.errors import Unavailable


@dataclass(frozen=True)
class Page:
    """Rows as LinkedIn sent them.

    Attributes:
        start: offset that was asked for.
        next_start: offset of the page after it, None at the end.
        total: LinkedIn's number of matches, None where it does not say; it may be wrong.
        elements: one undecoded JSON value a row.
        size: rows that were asked for.
    """

    start: int
    next_start: int | None
    total: int | None
    elements: list[msgspec.Raw]
    size: int = 0

    def fingerprint(self) -> int:
        """Return a number that equal contents share, within one process."""
        return hash(b"".join(self.elements))


class _Envelope(msgspec.Struct):
    elements: list[msgspec.Raw]
    paging: Any = None


_LONGEST_NUMBER: Final = 18  # digits
_decoder = msgspec.json.Decoder(_Envelope)


def read_page(body: bytes, *, start: int, page_size: int) -> Page:
    """Decode one answer.

    Args:
        body: what LinkedIn sent.
        start: offset that was asked for.
        page_size: `count` that was asked for.

    Raises:
        Unavailable: the body is empty, not JSON, or has no list of elements.
    """
    try:
        envelope = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # The decoder's message names a place and a type, never a value.
        raise Unavailable(f"LinkedIn answered 200 with a body that is no page: {error}", status=200) from None
    paging = envelope.paging if isinstance(envelope.paging, dict) else {}
    total = _count(paging.get("total"))
    rows = len(envelope.elements)
    next_start = _next_start(paging.get("links"), start, rows, total, page_size)
    return Page(start, next_start, total, envelope.elements, page_size)


def _next_start(links: Any, start: int, rows: int, total: int | None, page_size: int) -> int | None:
    if isinstance(links, list):
        # A middle page names `prev` first (API reference §3.2), so the place in the list says nothing.
        link = next((link for link in links if isinstance(link, dict) and link.get("rel") == "next"), None)
        if link is None:
            return None
        told = _start_in(link.get("href"))
        if told is not None and told > start:
            return told
    # No links at all, or one that leads nowhere: on from the last row that came, so that none is skipped.
    following = start + (rows or page_size)
    goes_on = rows >= page_size if total is None else following < total
    return following if goes_on else None


def _start_in(href: Any) -> int | None:
    """Read `start` from a link; the link itself is never followed, it might lead to another host."""
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
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def read_object(body: bytes) -> bytes:
    """Return a body that is one JSON object, unchanged.

    Raises:
        Unavailable: it is empty, not JSON or not an object.
    """
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"LinkedIn answered 200 with a body that is no object: {error}", status=200) from None
    return body
