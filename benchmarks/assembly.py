"""The assembly beside a bare DuckDB merge of the same parts, over a snapshot of the same size; each in a process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.account import Size
from benchmarks.measure import run
from benchmarks.results import Line

# The settings of the function: memory, disk, time-out.
_MEGABYTES, _SCRATCH_MEGABYTES, _SECONDS = 3008, 4096, 900
_STARTED = ("2026-11-20T16:00:00+00:00", "2026-11-21T16:00:00+00:00")
_LISTINGS = 81  # windows and asset types of a year


def measure(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield time beside the bare merge's, peak memory and scratch for each number of activity rows."""
    for rows in (100_000,) if quick else (1_000_000, 10_000_000):
        place = folder / str(rows)
        place.mkdir()
        yield from _size(place, rows)


def _size(folder: Path, rows: int) -> Iterator[Line]:
    learners = max(1000, rows // 50_000 * 1000)
    size = Size(1000, 1000, 1000, german=0, learners=learners, engagements=-(-rows // _LISTINGS), active=1000)
    options = {"size": vars(size), "started": _STARTED}
    (folder / "options.json").write_text(json.dumps(options), encoding="utf-8")
    log = folder / "log"
    run("benchmarks.product", "collect", folder, log=log)
    first, second = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    run("benchmarks.product", "assemble", folder, first, log=log)
    ours = run("benchmarks.product", "assemble", folder, second, log=log)
    run("benchmarks.bare_merge", folder, first, log=log)
    bare = run("benchmarks.bare_merge", folder, second, first, log=log)
    scratch = json.loads((folder / "scratch.json").read_text(encoding="utf-8")) / 1e6
    name = f"assembly of {rows:,} rows"
    detail = f"{ours.wall:.1f} s beside {bare.wall:.1f} s"
    yield Line(f"{name}: wall", ours.wall / bare.wall, target=1.6, detail=detail)
    yield Line(f"{name}: CPU", ours.cpu / bare.cpu, detail=f"{ours.cpu:.1f} s beside {bare.cpu:.1f} s")
    yield Line(f"{name}: time", ours.wall, "s", target=_SECONDS)
    detail = f"the bare merge {bare.peak_megabytes:.0f} MB"
    yield Line(f"{name}: peak memory", ours.peak_megabytes, "MB", target=_MEGABYTES, detail=detail)
    yield Line(f"{name}: scratch", scratch, "MB", target=_SCRATCH_MEGABYTES)
