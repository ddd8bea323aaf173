"""Whole runs beside the hand-written script: same server, same pages, everything counted.

Of the product that is the local demo as it is: workers, assembly, local AWS, start and end of every process. It reads
what the script does not read (the classifications of every locale, LinkedIn's own totals, curated videos, a second
round), and makes a graph.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.account import Size
from benchmarks.measure import LinkedIn, Usage, linkedin, run
from benchmarks.results import Line

SECRET = {"contentClientId": "benchmark", "contentClientSecret": "benchmark"}


@dataclass(frozen=True)
class Case:
    """An account, the server's latency, and the ratios to reach."""

    name: str
    size: Size
    latency_ms: int
    lookback: int
    wall: float | None
    cpu: float | None

    def tenth(self) -> Case:
        """Return the same with a tenth of the rows and assets: without targets, for starting takes most of its time."""
        size = self.size
        smaller = dataclasses.replace(
            size,
            courses=_hundreds(size.courses),
            paths=_hundreds(size.paths),
            videos=_hundreds(size.videos),
            learners=max(1000, size.learners // 10_000 * 1000),
            engagements=size.engagements // 10,
            active=size.active // 10,
        )
        return dataclasses.replace(self, name=f"{self.name}, a tenth", size=smaller, wall=None, cpu=None)


CASES = (
    Case(
        "10 k assets, 162 k rows, 200 ms",
        Size(courses=4000, paths=500, videos=5500, german=0, learners=10_000, engagements=2000, active=1000),
        latency_ms=200, lookback=365, wall=2, cpu=5,
    ),
    Case(
        "1,000,026 rows, no latency",
        Size(courses=1000, paths=1000, videos=1000, german=0, learners=20_000, engagements=12_346, active=1000),
        latency_ms=0, lookback=365, wall=2, cpu=2,
    ),
    Case(
        "256 k assets, 200 ms",
        Size(courses=9700, paths=600, videos=245_700, german=0, learners=1000, engagements=0, active=0),
        latency_ms=200, lookback=14, wall=1.3, cpu=2.5,
    ),
)  # fmt: skip


def measure(folder: Path, *, quick: bool, rounds: int) -> Iterator[Line]:
    """Yield wall and processor ratios of each case; the medians of `rounds` runs that take turns."""
    for case in CASES:
        size = case.tenth() if quick else case
        script, product = _measure_case(size, folder, rounds)
        seconds = f"{product.wall:.1f} s beside {script.wall:.1f} s"
        yield Line(f"{size.name}: wall", product.wall / script.wall, target=size.wall, detail=seconds)
        seconds = f"{product.cpu:.1f} s beside {script.cpu:.1f} s; largest process {product.peak_megabytes:.0f} MB"
        yield Line(f"{size.name}: CPU", product.cpu / script.cpu, target=size.cpu, detail=seconds)


def _measure_case(case: Case, folder: Path, rounds: int) -> tuple[Usage, Usage]:
    script, product = [], []
    with linkedin(case.size, folder, latency_ms=case.latency_ms) as server:
        for _ in range(rounds):
            script.append(run_script(server, case.lookback, folder))
            product.append(run_demo(server, case.lookback, folder))
    return Usage.median(script), Usage.median(product)


def run_script(server: LinkedIn, lookback: int, folder: Path) -> Usage:
    landed = folder / "landed"
    shutil.rmtree(landed, ignore_errors=True)
    arguments = (server.api_url, server.oauth_url, landed, "--lookback", lookback)
    return run("benchmarks.script", *arguments, log=folder / "script.log")


def run_demo(
    server: LinkedIn, lookback: int, folder: Path, *more: object, module: str = "local", keep: bool = False
) -> Usage:
    """Collect from the server with the demo; its results lie in `demo` below the folder afterwards."""
    secret = folder / "secret.json"
    secret.write_text(json.dumps(SECRET), encoding="utf-8")
    out = folder / "demo"
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
    arguments = ["demo"] if module == "local" else []
    arguments += ["--linkedin-api-url", server.api_url, "--linkedin-oauth-url", server.oauth_url]
    arguments += ["--secret", str(secret), "--lookback", str(lookback), "--out", str(out), "--quiet"]
    return run(module, *arguments, *(["--keep"] if keep else []), *more, log=folder / "demo.log")


def _hundreds(number: int) -> int:
    return max(100, number // 1000 * 100)
