"""How far a run brought the knowledge of an account: the marks that the next run goes by (ADR 0006; API §4.10)."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest
from learning_graph.runs.reports import by_step
from learning_graph.runs.summary import failed_manifest, snapshot_manifest

from learning_graph.graph.assembly.merge import Merge
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import CatalogRead, Mode, Outcome, Plan, Shard, SnapshotFile, Status
from learning_graph.values.steps import ASSET_TYPES, CATALOG_STEP_OF, STEPS, Step
from tests.unit.runs.collecting import DAY, END, START, plan_of
from tests.unit.runs.test_publish import manifest as some_manifest

SHARDS = (
    Shard(step="classifications", name="c", kind="classifications", locale="en_US"),
    *(
        Shard(step=CATALOG_STEP_OF[kind], name="a", kind="assets", locale="en_US", asset_type=kind)
        for kind in ASSET_TYPES
    ),
    Shard(step="users", name="w1", kind="learners", window_start=START - 14 * DAY, window_days=14),
    Shard(step="users", name="w2", kind="learners", window_start=START, window_days=14),
    Shard(step="course-activity", name="w2", kind="engagements", window_start=START, window_days=14),
)
EARLIER = CatalogRead(read_at=1, full_read_at=1, locales=("en_US",), licensed_only=True)


class Merged:
    """Stands for a merge that is done."""

    def carried_over(self) -> dict[Step, int]:
        return dict.fromkeys(STEPS, 3)

    def totals(self) -> dict[str, int]:
        return {"learners": 2}

    def learner_totals(self) -> dict[tuple[int, str], dict[str, int]]:
        return {}


def summed_up(
    *, failed: tuple[str, ...] = (), latest: dict[str, int] | None = None, base: Manifest | None = None, **plan: Any
) -> Manifest:
    """Return the manifest of a run in which some shards (`step/name`) failed; `latest` is each one's `latestDataAt`."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    for shard in SHARDS:
        status: Status = "FAILED" if shard.label in failed else "SUCCEEDED"
        at = (latest or {}).get(shard.label)
        outcomes[shard.step, shard.name] = Outcome(
            step=shard.step, shard=shard.name, status=status, latest_data_at=at, unmodelled={"BOOK": {"views": 1}}
        )
    the_plan: Plan = msgspec.structs.replace(plan_of(*SHARDS), **plan)
    return snapshot_manifest(
        the_plan,
        by_step(SHARDS, outcomes),
        outcomes,
        cast("Merge", Merged()),
        bases=[base] if base else [],
        files=[
            SnapshotFile(key="graph/r/jsonl/entities/b/part-00001.jsonl.gz", rows=2, bytes=9, sha256="x"),
            SnapshotFile(key="graph/r/jsonl/entities/b/part-00000.jsonl.gz", rows=5, bytes=9, sha256="x"),
            SnapshotFile(key="graph/r/jsonl/relationships/a/part-00000.jsonl.gz", rows=1, bytes=9, sha256="x"),
        ],
        erased=frozenset(),
        tolerance_percent=1,
    )


def test_counts_are_those_of_the_files_and_the_files_are_in_order() -> None:
    manifest = summed_up()

    assert manifest.counts == {"entities": {"b": 7}, "relationships": {"a": 1}}
    assert [file.rows for file in manifest.files] == [5, 2, 1]
    assert (manifest.status, manifest.totals, manifest.unmodelled_content) == (
        "SUCCEEDED",
        {"learners": 2},
        {"BOOK": {"views": len(SHARDS)}},
    )
    assert manifest.steps["courses"].carried_over == 3
    assert (manifest.bases, manifest.merged_runs) == ((), ())


def test_a_snapshot_names_all_runs_that_it_rests_on() -> None:
    base = some_manifest("20261120T160000Z-00000001", merged_runs=("20261119T160000Z-00000002",))
    manifest = summed_up(base=base)

    assert manifest.bases == ("20261120T160000Z-00000001",)
    assert manifest.merged_runs == ("20261119T160000Z-00000002", "20261120T160000Z-00000001")


@pytest.mark.parametrize(
    ("latest", "covered_until"),
    [
        ({"users/w1": END - DAY, "users/w2": END - DAY, "course-activity/w2": END - DAY}, END - DAY),
        # The oldest state of all answers counts,
        ({"users/w2": END - 5 * DAY, "course-activity/w2": END - DAY}, END - 5 * DAY),
        ({"users/w1": START - DAY, "users/w2": END - DAY}, START - DAY),
        # but for those whose data had passed their window's end.
        ({"users/w1": START, "users/w2": END - DAY}, END - DAY),
        # Nothing was said of the last window: data is known as far as any answer went.
        ({"users/w1": START + DAY}, START + DAY),
        # Data of the future covers no more than was asked for.
        ({"users/w2": END + DAY}, END),
        # LinkedIn does not say: the last days are taken as unsure.
        ({}, END - 3 * DAY),
    ],
)
def test_activity_is_known_until_linkedins_data_ended(latest: dict[str, int], covered_until: int) -> None:
    assert summed_up(latest=latest).covered_until == covered_until


@pytest.mark.parametrize("failed", ["users/w1", "course-activity/w2"])
def test_a_window_that_failed_leaves_the_mark_where_it_was(failed: str) -> None:
    latest = {"users/w2": END - DAY}
    base = some_manifest(covered_until=END - 20 * DAY)

    assert summed_up(failed=(failed,), latest=latest, base=base).covered_until == END - 20 * DAY
    assert summed_up(failed=(failed,), latest=latest).covered_until == START


def test_a_full_reading_sets_both_marks_of_the_catalogue() -> None:
    read = CatalogRead(read_at=END, full_read_at=END, locales=("en_US",), licensed_only=True)

    assert summed_up().catalog == {"courses": read, "learning-paths": read, "videos": read}


def test_reading_what_changed_moves_one_mark_and_keeps_the_day_of_the_full_reading() -> None:
    modes: dict[Step, Mode] = dict.fromkeys(("courses", "learning-paths", "videos"), "incremental")
    catalog: dict[Step, CatalogRead] = dict.fromkeys(modes, EARLIER)
    manifest = summed_up(base=some_manifest(catalog=catalog), modes=modes)

    read = CatalogRead(read_at=END, full_read_at=1, locales=("en_US",), licensed_only=True)
    assert manifest.catalog == dict.fromkeys(modes, read)


def test_the_mark_of_a_catalogue_step_that_failed_stays() -> None:
    base = some_manifest(catalog={"courses": EARLIER})
    manifest = summed_up(failed=("courses/a", "videos/a"), base=base)

    assert manifest.catalog["courses"] == EARLIER
    assert manifest.catalog["learning-paths"].read_at == END
    assert "videos" not in manifest.catalog
    assert (manifest.status, "linkedin_learning_course" in manifest.partial_datasets.types) == ("PARTIAL", True)


def test_a_failed_run_says_why_and_moves_no_mark() -> None:
    outcomes = {(s.step, s.name): Outcome(step=s.step, shard=s.name, status="FAILED", error="403") for s in SHARDS}
    manifest = failed_manifest(plan_of(*SHARDS), by_step(SHARDS, outcomes), "no step brought anything")  # type: ignore[arg-type]

    assert (manifest.status, manifest.reason) == ("FAILED", "no step brought anything")
    assert (manifest.files, manifest.catalog, manifest.covered_until) == ((), {}, None)
    assert [step.failures[0].error for step in manifest.steps.values()] == ["403"] * 6
