"""The manifest of a snapshot: what happened, what it contains, and which data it is based on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from learning_graph.store.documents import Document, Value
from learning_graph.store.run import CatalogRead, Mode, Rejected, SnapshotFile, Totals
from learning_graph.values.steps import Step

# Incremented when the rule of completedOn changes (docs/data-model.md): dates by another rule are not carried over.
COMPLETION_RULE = 2

RunStatus = Literal["SUCCEEDED", "PARTIAL", "FAILED"]


class Failure(Value, frozen=True, kw_only=True):
    """A shard that failed: why, and what to do."""

    shard: str
    error: str
    error_kind: str | None
    resolution: str | None


class RejectedRecords(Value, frozen=True, kw_only=True):
    """Records of a shard that could not be used."""

    shard: str
    count: int
    first: tuple[Rejected, ...]


class StepReport(Value, frozen=True, kw_only=True):
    """What happened in a step.

    `windows` counts windows of activity, 0 for a catalogue step; `carried_over` counts the step's entities or
    relationships that come from earlier snapshots only.
    """

    status: RunStatus
    mode: Mode | None
    shards: int
    windows: int
    rows: int
    pages: int
    requests: int
    latest_data_at: int | None
    carried_over: int
    failures: tuple[Failure, ...]
    rejected: tuple[RejectedRecords, ...]
    notes: tuple[str, ...]


class Difference(Value, frozen=True, kw_only=True):
    """One metric of one window and asset type: the sum over learners beside LinkedIn's own total for the account."""

    window_start: int
    asset_type: str
    metric: str
    learners: int
    account: int
    exceeds: bool


class Reconciliation(Value, frozen=True, kw_only=True):
    """The run's learner-level sums beside LinkedIn's account totals; `unavailable` are windows without such totals."""

    tolerance_percent: float
    windows: int
    unavailable: tuple[str, ...]
    totals: dict[str, dict[str, dict[str, int]]]
    differences: tuple[Difference, ...]


class Lookback(Value, frozen=True, kw_only=True):
    """The days asked for, and the half-open span that was read, epoch milliseconds."""

    days: int
    start: int
    end: int


class PartialDatasets(Value, frozen=True, kw_only=True):
    """The `_type`s that a failed step did not bring in full, as JupiterOne's synchronization takes them."""

    types: tuple[str, ...]


class Manifest(Document, frozen=True, kw_only=True):
    """`graph/<run>/manifest.json`. Instants are epoch milliseconds.

    `covered_until` is how far LinkedIn's data went; `erasures` is a digest of the erasures that the assembly knew of,
    empty where there were none; `refused_exports` says by format why the snapshot can't be had in it. `totals` are
    `learners`, pairs ever `completed`, and `completions`, `views` and `secondsViewed` within the run's lookback: of
    pairs that have another lookback, because the run did not see them, these are not counted.
    """

    format_version: int = 2
    completion_rule: int = COMPLETION_RULE
    run_id: str
    status: RunStatus
    account_name: str
    account_key_ref: str
    started_at: int
    lookback: Lookback
    covered_until: int | None
    steps: dict[str, StepReport]
    counts: dict[str, dict[str, int]]
    totals: dict[str, int]
    partial_datasets: PartialDatasets
    unmodelled_content: Totals
    reconciliation: Reconciliation | None
    catalog: dict[Step, CatalogRead]
    bases: tuple[str, ...]
    merged_runs: tuple[str, ...]
    files: tuple[SnapshotFile, ...]
    refused_exports: dict[str, str] = msgspec.field(default_factory=dict)
    erasures: str = ""
    reason: str | None = None

    @property
    def rejected_records(self) -> int:
        """How many records of LinkedIn's could not be used."""
        return sum(rejected.count for step in self.steps.values() for rejected in step.rejected)


class Latest(Document, frozen=True, kw_only=True):
    """`graph/latest.json`: the newest complete snapshot."""

    run_id: str
    status: RunStatus
    manifest: str
    started_at: int


def counts_of(files: Iterable[SnapshotFile]) -> dict[str, dict[str, int]]:
    """Return the rows of a snapshot's files by kind (`entities`, `relationships`) and `_type`."""
    counts: dict[str, dict[str, int]] = {"entities": {}, "relationships": {}}
    for file in files:
        if file.format == "parquet" and file.kind in counts:
            counts[file.kind][file.type] = counts[file.kind].get(file.type, 0) + file.rows
    return counts
