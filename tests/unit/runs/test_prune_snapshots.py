"""Old snapshots are deleted; nothing half-deleted looks like a snapshot, wherever the worker is killed (ADR 0015)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from learning_graph.aws.data_catalog import DataCatalog
from learning_graph.runs.prune_snapshots import SnapshotPruner
from learning_graph.runs.publish import Ended, move_latest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import RunStatus
from learning_graph.values.retention import Retention
from tests.fakes.bucket import FakeBucket
from tests.fakes.effects import Effects, Killed
from tests.unit.runs.test_publish import manifest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FILES = ("parquet/entities/linkedin_learning_user/part-00000.parquet", "reports/compliance.csv", "page.html")


def run_of(days_ago: int, hour: int = 6) -> str:
    return f"{NOW - timedelta(days=days_ago):%Y%m%d}T{hour:02}0000Z-00000000"


class FakeCatalog(DataCatalog):
    """The partitions of one table."""

    def __init__(self, effects: Effects) -> None:
        super().__init__("learning_graph")
        self.effects = effects
        self.partitions: set[str] = set()

    def delete_partitions(self, values: Sequence[str]) -> None:
        for value in values:
            self.effects.happen(f"delete partition {value}")
            self.partitions.discard(value)


class Account:
    """A bucket with a snapshot a day, each merged into the next, and its partitions."""

    def __init__(self, days: Sequence[int] = range(40)) -> None:
        self.effects = Effects()
        self.bucket = FakeBucket(effects=self.effects)
        self.catalog = FakeCatalog(self.effects)
        for days_ago in sorted(days, reverse=True):
            self.add(run_of(days_ago))
        self.effects.done.clear()

    def add(self, run: str, status: RunStatus = "SUCCEEDED", **members: Any) -> None:
        earlier = tuple(sorted(self.snapshots()))
        made = manifest(run, status=status, **{"merged_runs": earlier, **members})
        for name in (*FILES, "reports/manifest.json"):
            self.bucket.write(f"graph/{run}/{name}", b"Robin")
        self.bucket.write(graph_bucket.manifest_key(run), encode(made))
        self.bucket.write(graph_bucket.ended_key(run), encode(Ended(status=status)))
        self.catalog.partitions.add(run)
        if status != "FAILED":
            move_latest(self.bucket, made)

    def prune(self, retention: Retention | None = Retention(5, 2)) -> list[str]:  # noqa: B008 - frozen
        return SnapshotPruner(self.bucket, self.catalog, retention, ZoneInfo("UTC"), lambda: NOW).prune()

    def snapshots(self) -> set[str]:
        """Return the runs that the next assembly, an erasure or a copy takes for snapshots."""
        return {key.split("/")[1] for key in self.bucket.objects if key.endswith("0/manifest.json")}

    def keys(self, run: str) -> set[str]:
        prefix = graph_bucket.snapshot_prefix(run)
        return {key.removeprefix(prefix) for key in self.bucket.objects if key.startswith(prefix)}

    def ended(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.bucket.objects[graph_bucket.ended_key(run)])
        return found


# Of 40 days until 21 November: the last two weeks, and the last day of October.
KEPT = {*map(run_of, range(14)), run_of(21)}


def test_recent_daily_and_monthly_snapshots_are_whole_and_of_others_their_end_alone_is_left() -> None:
    account = Account()
    before = {run: account.keys(run) for run in KEPT}
    pruned = account.prune()
    assert account.snapshots() == account.catalog.partitions == KEPT
    assert {run: account.keys(run) for run in KEPT} == before
    assert pruned == sorted({*map(run_of, range(40))} - KEPT)
    assert {frozenset(account.keys(run)) for run in pruned} == {frozenset({"ended.json"})}
    now = round(NOW.timestamp() * 1000)
    assert [account.ended(run) for run in pruned] == [{"formatVersion": 1, "status": "SUCCEEDED", "prunedAt": now}] * 25


def test_a_second_pruning_changes_nothing() -> None:
    account = Account()
    account.prune()
    objects = dict(account.bucket.objects)
    account.effects.done.clear()
    assert account.prune() == []
    assert (account.bucket.objects, account.effects.done) == (objects, [])


def test_wherever_it_is_killed_no_half_snapshot_is_left_and_the_next_pruning_finishes() -> None:
    undisturbed = Account(days=range(12, 18))
    undisturbed.add(run_of(0))
    whole = undisturbed.keys(run_of(0))
    started = dict(undisturbed.bucket.objects), set(undisturbed.catalog.partitions)
    undisturbed.effects.done.clear()
    undisturbed.prune(Retention(1, 0))
    assert undisturbed.snapshots() == {run_of(day) for day in (0, 12, 13)}
    for number in range(len(undisturbed.effects.done)):
        account = Account(days=())
        account.bucket.objects, account.catalog.partitions = dict(started[0]), set(started[1])
        account.effects.kill_before(number)
        with pytest.raises(Killed):
            account.prune(Retention(1, 0))
        account.effects.spare()
        for run in account.snapshots():
            assert account.keys(run) == whole
            assert run in account.catalog.partitions
        # That nothing is to be pruned any more does not stop what was begun.
        begun = {run for run in map(run_of, range(40)) if account.keys(run) and run not in account.snapshots()}
        account.prune(None)
        assert all(account.keys(run) == {"ended.json"} for run in begun)
        assert not begun & account.catalog.partitions
        account.prune(Retention(1, 0))
        assert account.bucket.objects == undisturbed.bucket.objects
        assert account.catalog.partitions == undisturbed.catalog.partitions


def test_all_keeps_everything() -> None:
    account = Account()
    assert account.prune(None) == []
    assert account.effects.done == []


def test_nothing_is_pruned_before_the_newest_snapshot_has_its_reports() -> None:
    account = Account()
    account.bucket.delete(f"graph/{run_of(0)}/reports/manifest.json")
    assert account.prune() == []
    assert len(account.snapshots()) == 40


def test_nothing_is_pruned_while_the_newest_snapshot_is_missing() -> None:
    account = Account()
    account.bucket.delete(graph_bucket.manifest_key(run_of(0)))
    assert account.prune() == []


def test_what_the_newest_snapshot_does_not_hold_stays() -> None:
    account = Account(days=())
    account.add(run_of(30))
    account.add(run_of(20), merged_runs=())
    assert account.prune(Retention(1, 0)) == []
    account.add(run_of(0), merged_runs=(run_of(30),))
    assert account.prune(Retention(1, 0)) == [run_of(30)]
    assert account.snapshots() == {run_of(20), run_of(0)}


def test_a_snapshot_that_was_not_announced_yet_stays() -> None:
    account = Account(days=(30, 0))
    account.bucket.delete(graph_bucket.ended_key(run_of(30)))
    assert account.prune(Retention(1, 0)) == []


def test_of_several_snapshots_of_a_day_the_last_one_stays() -> None:
    account = Account(days=())
    for hour in (1, 9, 23):
        account.add(run_of(20, hour))
    account.add(run_of(0))
    assert account.prune(Retention(2, 0)) == [run_of(20, 1), run_of(20, 9)]


def test_what_an_assembly_left_that_failed_goes_and_why_it_failed_stays() -> None:
    account = Account(days=())
    account.add(run_of(20), status="FAILED")
    account.add(run_of(3), status="FAILED")
    account.add(run_of(0))
    account.prune(None)
    assert account.keys(run_of(20)) == {"manifest.json", "ended.json"}
    assert account.keys(run_of(3)) > {"manifest.json", "ended.json"}


def test_what_somebody_else_deleted_by_half_or_is_not_ended_is_not_touched() -> None:
    account = Account(days=(30, 20, 0))
    account.bucket.delete(graph_bucket.manifest_key(run_of(30)))
    for name in ("manifest.json", "ended.json"):
        account.bucket.delete(f"graph/{run_of(20)}/{name}")
    before = dict(account.bucket.objects)
    account.prune()
    assert account.bucket.objects == before
