"""How often a run calls LinkedIn and AWS: a full run, and the incremental one after it over an unchanged catalogue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.account import Size
from benchmarks.measure import LinkedIn, linkedin
from benchmarks.observed_worker import OBSERVED
from benchmarks.results import Line
from benchmarks.whole_runs import run_demo

_SIZE = Size(courses=400, paths=100, videos=500, german=0, learners=2000, engagements=1200, active=1200)


def measure(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield pages read twice, tokens and AWS calls of a full run, and the asset requests of an incremental one."""
    lookback = 30 if quick else 365
    with linkedin(_SIZE, folder) as server:
        said, observed = _run(server, folder, lookback, keep=False)
        yield from _full(said, observed)
        said, observed = _run(server, folder, lookback, keep=True)
        yield from _incremental(said, observed)


def _run(server: LinkedIn, folder: Path, lookback: int, *, keep: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    server.forget()
    notes = folder / "demo" / OBSERVED
    notes.unlink(missing_ok=True)
    run_demo(server, lookback, folder, module="benchmarks.observed_demo", keep=keep)
    return server.statistics(), [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]


def _full(said: dict[str, Any], observed: list[dict[str, Any]]) -> Iterator[Line]:
    requests = sum(said["statuses"].values())
    detail = f"of {requests} requests"
    yield Line("full run: pages read twice", said["repeatedPages"], "pages", target=0, detail=detail)
    invocations = Counter(note["function"] for note in observed if "function" in note)
    collecting = sum(count for name, count in invocations.items() if name.startswith("Collect"))
    detail = f"{collecting} invocations that collect"
    # One credential pair holds both keys here, so one scope.
    yield Line("full run: tokens an invocation", said["tokens"] / collecting, "tokens", target=1, detail=detail)
    peak = max(note["peakMegabytes"] for note in observed if note.get("function", "").startswith("Collect"))
    yield Line("full run: largest worker", peak, "MB", target=256)
    calls = Counter(note["call"] for note in observed if "call" in note)
    detail = ", ".join(f"{name} {count}" for name, count in calls.most_common())
    yield Line("full run: AWS calls a LinkedIn request", sum(calls.values()) / requests, "calls", detail=detail)


def _incremental(said: dict[str, Any], observed: list[dict[str, Any]]) -> Iterator[Line]:
    listings = {name: count for name, count in said["requests"].items() if name.startswith("learningAssets ")}
    most = max(listings.values(), default=0)
    detail = f"{len(listings)} listings"
    yield Line("incremental run: requests a listing of assets", most, "requests", target=1, detail=detail)
    calls = sum("call" in note for note in observed)
    yield Line("incremental run: AWS calls", calls, "calls", detail=f"{sum(said['statuses'].values())} requests")
