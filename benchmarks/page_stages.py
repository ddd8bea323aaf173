"""One page of each kind, stage by stage: decode, convert, write; processor time of one core, the best of several."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from benchmarks.account import LAST_CHANGE, Account, Listing, Size
from benchmarks.measure import processor_seconds
from benchmarks.product import stages
from benchmarks.results import Line
from learning_graph.aws.execution_environment import prepare_for_many_rows

_SIZE = Size(courses=1000, paths=100, videos=100, german=0, learners=20_000, engagements=20_000, active=100)
_PAGES = 20
_DAY = 86_400_000  # milliseconds


def measure() -> Iterator[Line]:
    """Yield records a second of each stage and of all, and what `orjson.loads` alone reaches."""
    prepare_for_many_rows()  # as the functions that collect
    start = LAST_CHANGE + 200 * _DAY
    account = Account(_SIZE, now=start + 14 * _DAY)
    yield from _kind("activity", account.engagements("COURSE", start), page_size=1000, target=200_000, bound=227_000)
    yield from _kind("assets", account.assets("COURSE"), page_size=100, target=60_000, bound=74_000)


def _kind(kind: str, listing: Listing, *, page_size: int, target: float, bound: float) -> Iterator[Line]:
    bodies = [
        b'{"paging":{},"elements":['
        + listing.elements(number % (listing.total // page_size) * page_size, page_size)
        + b"]}"
        for number in range(_PAGES)
    ]
    records = _PAGES * page_size
    decode, convert, write = stages(kind, LAST_CHANGE + 400 * _DAY)
    decoded = [decode(body) for body in bodies]
    converted = [convert(page) for page in decoded]

    def all_stages() -> None:
        for body in bodies:
            write(convert(decode(body)))

    def in_turn(stage: object, pages: list[object]) -> float:
        return processor_seconds(lambda: [stage(page) for page in pages])  # type: ignore[operator]

    seconds = {
        "decode": in_turn(decode, list(bodies)),
        "convert": in_turn(convert, list(decoded)),
        "write": in_turn(write, list(converted)),
    }
    for name, spent in seconds.items():
        yield Line(f"{kind}: {name}", records / spent / 1000, "k/s", detail=f"{spent / records * 1e6:.2f} µs a record")
    whole = processor_seconds(all_stages)
    parsed = in_turn(orjson.loads, list(bodies))
    detail = f"{len(bodies[0]) / page_size:.0f} bytes a record"
    yield Line(f"{kind}: all three", records / whole / 1000, "k/s", target / 1000, at_most=False, detail=detail)
    # The bound on a machine whose orjson.loads makes 227,000 rows or 74,000 assets a second: it holds on any.
    detail = f"orjson.loads alone {records / parsed / 1000:.0f} k/s"
    yield Line(f"{kind}: all three beside orjson.loads", whole / parsed, target=bound / target, detail=detail)
