"""What must be true after a schedule: the graph of an undisturbed run, or of one with the permanent fault alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.chaos.fault_schedule import FaultSchedule
from local.verify import Verification, open_snapshot

# What of a manifest must be the same however the data came; how often LinkedIn was asked and showed a row is not.
_FACTS = ("status", "counts", "totals", "coveredUntil", "partialDatasets", "unmodelledContent", "lookback", "catalog")
_SHOWN = 8


@dataclass(frozen=True)
class Result:
    """A run's files by their place in the snapshot, and what its manifest says."""

    files: dict[str, bytes]
    manifest: dict[str, Any]

    @property
    def failed_steps(self) -> set[str]:
        return {name for name, step in self.manifest["steps"].items() if step["status"] != "SUCCEEDED"}

    @property
    def facts(self) -> dict[str, Any]:
        steps = self.manifest["steps"].items()
        failed = {name: sorted(failure["shard"] for failure in step["failures"]) for name, step in steps}
        return {**{name: self.manifest[name] for name in _FACTS}, "failed shards": failed}


def result_of(objects: Mapping[str, bytes], run_id: str) -> Result:
    """Return what a run left in the bucket."""
    prefix = f"graph/{run_id}/"
    files = {key.removeprefix(prefix): data for key, data in objects.items() if key.startswith(prefix)}
    manifest = json.loads(files.pop("manifest.json"))
    return Result(files, manifest)


def problems_after(
    schedule: FaultSchedule,
    runs: Iterable[str],
    objects: Mapping[str, bytes],
    *,
    reference: Result,
    latest: list[str],
    out: Path,
) -> list[str]:
    """Return what is wrong after a schedule, nothing if all is well.

    Args:
        schedule: what happened.
        runs: that were started.
        objects: of the graph bucket at the end.
        reference: what an undisturbed run with the same permanent fault makes of the same earlier snapshot.
        latest: the runs that `latest.json` named, in order.
        out: a folder to verify the snapshots in.
    """
    problems: list[str] = []
    for run_id in runs:
        found = result_of(objects, run_id)
        problems += [f"{run_id}: {problem}" for problem in _differences(schedule, found, reference)]
        problems += [f"{run_id}: verify: {problem}" for problem in _verified(run_id, objects, out)]
    if latest != sorted(latest):
        problems.append(f"latest.json went backwards: {latest}")
    ended = [run_id for run_id in runs if result_of(objects, run_id).manifest["status"] != "FAILED"]
    if ended and (not latest or latest[-1] != max(ended)):
        problems.append(f"latest.json names {latest[-1:]}, not {max(ended)}")
    return problems


def _differences(schedule: FaultSchedule, found: Result, reference: Result) -> list[str]:
    problems = []
    if found.failed_steps != set(schedule.failing):
        problems.append(
            f"failed steps {sorted(found.failed_steps)}, wanted {sorted(schedule.failing)}: {_errors(found)}"
        )
    problems.extend(
        f"{name} is not what an undisturbed run makes"
        for name in sorted(reference.files.keys() | found.files.keys())
        if reference.files.get(name) != found.files.get(name)
    )
    for name, value in reference.facts.items():
        if found.facts[name] != value:
            problems.append(f"{name} of the manifest: {found.facts[name]}, wanted {value}")
    return problems[:_SHOWN]


def _errors(found: Result) -> list[str]:
    failures = [failure for step in found.manifest["steps"].values() for failure in step["failures"]]
    return [f"{failure['shard']}: {failure['error']}" for failure in failures][:3]


def _verified(run_id: str, objects: Mapping[str, bytes], out: Path) -> list[str]:
    folder = out / "verify"
    shutil.rmtree(folder, ignore_errors=True)
    for key, data in objects.items():
        if key.startswith(f"graph/{run_id}/"):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return Verification(open_snapshot(folder, run_id)).run()[:_SHOWN]
