"""Measures what a daily run uses: `python -m benchmarks.cost_measured`, into `benchmarks/measured-runs.json`.

Three accounts differ in learners and in assets. Of each, a first run reads 90 days; then a daily run reads 14 days and
what changed of the catalogue, over that snapshot; then a weekly run reads 14 days and the whole catalogue. The
functions' processor time is what counts: it is the same on Lambda, whatever the memory.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.account import Size
from benchmarks.measure import LinkedIn, linkedin
from benchmarks.observed_worker import OBSERVED
from benchmarks.product import bytes_of
from benchmarks.whole_runs import run_demo

MEASURED = Path(__file__).parent / "measured-runs.json"
ROWS_A_LEARNER = 1.6  # of learner and content, in 14 days
_FIRST_LOOKBACK = 90  # days that the snapshot below a measured run knows
ACTIVE = 0.4  # of the learners, in 14 days
_FEW_LEARNERS, _MANY_LEARNERS, _FEW_ASSETS, _MANY_ASSETS = 1000, 50_000, 2000, 52_000
ACCOUNTS = ((_FEW_LEARNERS, _FEW_ASSETS), (_MANY_LEARNERS, _FEW_ASSETS), (_FEW_LEARNERS, _MANY_ASSETS))


def main() -> None:
    """Measure, and write what was found; one account after another: two processors of one core slow each other."""
    runs = [run for account in ACCOUNTS for run in _account(*account)]
    MEASURED.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")


def _account(learners: int, assets: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="cost-") as name:
        return _runs(Path(name), learners, assets)


def _runs(folder: Path, learners: int, assets: int) -> list[dict[str, Any]]:
    size = Size(
        courses=assets // 10,
        paths=100,
        videos=assets - assets // 10 - 100,
        german=0,
        learners=learners,
        engagements=round(learners * ROWS_A_LEARNER / 3),
        active=round(learners * ACTIVE),
    )
    with linkedin(size, folder) as server:
        run_demo(server, _FIRST_LOOKBACK, folder)
        account = {"learners": learners, "assets": assets}
        daily = _run(server, folder, "--mode", "incremental")
        weekly = _run(server, folder, "--mode", "full")
    found = [{**account, "mode": "daily", **daily}, {**account, "mode": "weekly", **weekly}]
    print(json.dumps(found), flush=True)
    return found


def _run(server: LinkedIn, folder: Path, *more: str) -> dict[str, Any]:
    out = folder / "demo"
    (out / OBSERVED).unlink(missing_ok=True)
    server.forget()
    logs, runs = bytes_of(out / "logs"), bytes_of(out / "graph-bucket" / "runs")
    run_demo(server, 14, folder, *more, module="benchmarks.observed_demo", keep=True)
    newest = max(path for path in (out / "graph-bucket" / "graph").iterdir() if path.is_dir())
    said = server.statistics()
    return {
        "linkedInRequests": sum(said["statuses"].values()),
        "snapshotBytes": bytes_of(newest),
        "runBytes": bytes_of(out / "graph-bucket" / "runs") - runs,
        "logBytes": max(0, bytes_of(out / "logs") - logs),
        **_observed(out / OBSERVED),
    }


def _observed(path: Path) -> dict[str, Any]:
    calls: Counter[str] = Counter()
    functions: dict[str, Counter[str]] = defaultdict(Counter)
    for line in path.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        if "call" in note:
            calls[note["call"]] += 1
            continue
        used = functions[note["function"]]
        used["invocations"] += 1
        used["coldStarts"] += note["isFirst"]
        used["cpuSeconds"] += note["cpu"]
        used["memory"] = note["memory"]
        used["peakMegabytes"] = max(used["peakMegabytes"], round(note["peakMegabytes"]))
    # The local run looks for overdue runs all the time; on AWS that is one call in 15 minutes, which `cost` adds.
    functions.pop("CloseRunsFunction", None)
    return {"calls": dict(calls), "functions": {name: dict(used) for name, used in functions.items()}}


if __name__ == "__main__":
    main()
