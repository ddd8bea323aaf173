"""What several workers bring, and how a run behaves under a server that limits requests a second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.account import Size
from benchmarks.measure import linkedin
from benchmarks.results import Line
from benchmarks.whole_runs import run_demo

# Each shard is one page, so that the shards are even.
_SIZE = Size(courses=100, paths=100, videos=100, german=0, learners=1000, engagements=100, active=100)
_LATENCY_MS = 1000
_OBSERVED = "benchmarks.observed_demo"


def measure(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield time x workers beside one worker's, and the rate under each limit beside the limit."""
    yield from _workers(folder, (1, 4) if quick else (1, 2, 4, 8))
    for limit in (10,) if quick else (3, 10):
        yield from _limited(folder, limit, lookback=90 if quick else 365)


def _workers(folder: Path, counts: tuple[int, ...]) -> Iterator[Line]:
    """One request at a time a worker and a server with latency: the time goes down with the workers, or waits for AWS.

    The time is that from the first request to the last report; two shards an invocation keep the last round short.
    """
    seconds: dict[int, float] = {}
    with linkedin(_SIZE, folder, latency_ms=_LATENCY_MS) as server:
        for count in counts:
            server.forget()
            more = ("--workers", count, "--batch", 2, "--set", "MaxConcurrentRequests=1", "--locales", "en_US")
            run_demo(server, 180, folder, *more, module=_OBSERVED)
            said = server.statistics()
            seconds[count] = said["lastReport"] + _LATENCY_MS / 1000 - (said["answered"][0] - _LATENCY_MS / 1000)
    first = counts[0]
    for count in counts[1:]:
        ratio = seconds[count] * count / seconds[first]
        detail = f"{seconds[count]:.1f} s beside {seconds[first]:.1f} s"
        yield Line(f"{count} workers: time x workers beside one's", ratio, target=1.3, detail=detail)


def _limited(folder: Path, limit: int, lookback: int) -> Iterator[Line]:
    """The rate counts from a third of the time on, when the run has learnt the limit, to the last report."""
    with linkedin(_SIZE, folder, latency_ms=100, requests_a_second=limit) as server:
        server.forget()
        run_demo(server, lookback, folder, module=_OBSERVED)
        said = server.statistics()
    first, last = said["answered"][0], said["lastReport"]
    settled = first + (last - first) / 3
    answers = sum(settled <= at <= last for at in said["answered"])
    refused = said["statuses"].get("429", 0)
    total = sum(said["statuses"].values())
    status = _status(folder / "demo")
    name = f"{limit} requests a second allowed"
    detail = f"{status}; {total} requests in {said['answered'][-1] - first:.0f} s"
    yield Line(f"{name}: rate reached", answers / (last - settled), "a second", 0.9 * limit, False, detail)
    yield Line(f"{name}: share refused (429)", 100 * refused / total, "%", detail=f"{refused} of {total}")


def _status(out: Path) -> str:
    newest = max((out / "graph-bucket" / "graph").glob("*/manifest.json"))
    status: str = json.loads(newest.read_text(encoding="utf-8"))["status"]
    return status
