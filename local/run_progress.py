"""Shows the progress of a run, from its objects in the graph bucket."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_NAME_WIDTH = 24


@dataclass
class StepProgress:
    """One step: its shards, those that ended, those of them that failed, and the rows read."""

    shards: int = 0
    ended: int = 0
    failed: int = 0
    rows: int = 0


class RunWatcher:
    """Reads plan, second round and outcomes of a run, each object once."""

    def __init__(self, s3: Any, bucket: str, run_id: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._run_id = run_id
        self._seen: set[str] = set()
        self.steps: dict[str, StepProgress] = {}
        self.manifest: dict[str, Any] | None = None

    def look(self) -> bool:
        """Read what is new; true when the run has its manifest."""
        self._look_at_steps()
        return self.look_for_end()

    def look_for_end(self) -> bool:
        """Read the manifest, not what the steps say; true when there is one."""
        if self._new_keys(f"graph/{self._run_id}/manifest.json"):
            self.manifest = self._read(f"graph/{self._run_id}/manifest.json")
        return self.manifest is not None

    def _look_at_steps(self) -> None:
        for planned in ("plan.json", "second-round/"):
            for key in self._new_keys(f"runs/{self._run_id}/{planned}"):
                for shard in self._read(key)["shards"]:
                    self.steps.setdefault(shard["step"], StepProgress()).shards += 1
        for key in self._new_keys(f"runs/{self._run_id}/outcomes/"):
            outcome = self._read(key)
            step = self.steps.setdefault(outcome["step"], StepProgress())
            step.ended += 1
            step.failed += outcome["status"] == "FAILED"
            step.rows += outcome.get("rows", 0)

    def _new_keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ()) if found["Key"] not in self._seen]
        self._seen.update(keys)
        return keys

    def _read(self, key: str) -> Any:
        return json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())


class ProgressDisplay:
    """Bars on a terminal; elsewhere a plain line when a step begins to end and when it has ended."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._printed: dict[str, int] = {}
        if not quiet and sys.stdout.isatty():
            self._bars = Progress(
                TextColumn(f"{{task.description:<{_NAME_WIDTH}}}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rows]:>11,} rows {task.fields[failed]}"),
                TimeElapsedColumn(),
                console=Console(),
            )

    def say(self, text: str) -> None:
        """Print one line."""
        if self._bars:
            self._bars.console.print(text, highlight=False)
        elif not self._quiet:
            print(text, flush=True)

    def show(self, steps: dict[str, StepProgress]) -> None:
        """Show how far each step is."""
        for name, step in steps.items():
            if self._bars:
                self._show_bar(name, step)
            elif not self._quiet and step.ended == step.shards != self._printed.get(name):
                self._printed[name] = step.shards
                failed = f", {step.failed} FAILED" if step.failed else ""
                print(
                    f"  {name:<{_NAME_WIDTH}}{step.ended:>4}/{step.shards} shards {step.rows:>11,} rows{failed}",
                    flush=True,
                )

    def _show_bar(self, name: str, step: StepProgress) -> None:
        if self._bars is None:
            return
        failed = f"[red]{step.failed} failed" if step.failed else ""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=step.shards, rows=0, failed="")
        self._bars.update(self._tasks[name], total=step.shards, completed=step.ended, rows=step.rows, failed=failed)

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()
