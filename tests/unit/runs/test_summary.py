"""How far a run brought the knowledge of an account: the marks that the next run goes by (ADR 0006; API §4.10)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from learning_graph.runs.run_report import by_step, failed_manifest, lacks_report_key, snapshot_manifest
from learning_graph.store.manifest import Manifest, counts_of
from learning_graph.store.run import CatalogRead, FileKind, Mode, Outcome, Plan, Shard, SnapshotFile, Status
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


def summed_up(
    *,
    failed: tuple[str, ...] = (),
    incomplete: tuple[str, ...] = (),
    latest: dict[str, int] | None = None,
    base: Manifest | None = None,
    **plan: Any,
) -> Manifest:
    """Return the manifest of a run in which some shards (`step/name`) failed; `latest` is each one's `latestDataAt`."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    for shard in SHARDS:
        status: Status = "FAILED" if shard.label in failed else "SUCCEEDED"
        if shard.label in incomplete:
            status = "INCOMPLETE"
        at = (latest or {}).get(shard.label)
        outcomes[shard.step, shard.name] = Outcome(
            step=shard.step, shard=shard.name, status=status, latest_data_at=at, unmodelled={"BOOK": {"views": 1}}
        )
    the_plan: Plan = msgspec.structs.replace(plan_of(*SHARDS), **plan)
    return snapshot_manifest(
        the_plan,
        by_step(SHARDS, outcomes),
        outcomes,
        carried_over=dict.fromkeys(STEPS, 3),
        totals={"learners": 2},
        learner_totals={},
        listed_by_name={},
        bases=[base] if base else [],
        erasures="",
        tolerance_percent=1,
    )


def test_counts_are_those_of_the_parquet_files() -> None:
    def file(kind: FileKind, record_type: str, file_format: str, rows: int) -> SnapshotFile:
        return SnapshotFile(key="k", kind=kind, type=record_type, format=file_format, rows=rows, bytes=9, sha256="x")

    files = [
        file("entities", "b", "parquet", 7),
        file("entities", "b", "jsonl", 5),
        file("entities", "b", "jsonl", 2),
        file("relationships", "a", "parquet", 1),
        file("tables", "snapshot", "parquet", 8),
    ]
    assert counts_of(files) == {"entities": {"b": 7}, "relationships": {"a": 1}}


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


def test_days_that_an_earlier_run_left_unread_stay_unread_where_this_one_begins_after_them() -> None:
    base = some_manifest(covered_until=START - 40 * DAY)

    assert summed_up(latest={"users/w2": END}, base=base).covered_until == START - 40 * DAY


def test_a_gap_of_which_no_run_can_read_more_holds_nothing_back() -> None:
    base = some_manifest(covered_until=END - 400 * DAY)
    farthest = summed_up(latest={"users/w2": END}, base=base, lookback_start=END - 365 * DAY)

    assert farthest.covered_until == END
    assert summed_up(latest={"users/w2": END}, base=base, lookback_start=END - 364 * DAY).covered_until == (
        base.covered_until
    )


def test_a_run_whose_activity_was_refused_throughout_lacks_the_report_key() -> None:
    refused: dict[tuple[str, str], Outcome] = {
        (s.step, s.name): Outcome(step=s.step, shard=s.name, status="FAILED", error="403", error_kind="AccessDenied")
        for s in SHARDS
    }
    manifest = failed_manifest(plan_of(*SHARDS), by_step(SHARDS, refused), "no step brought anything")

    assert lacks_report_key(manifest)
    assert not lacks_report_key(summed_up())
    assert not lacks_report_key(summed_up(failed=("users/w1",)))


def test_a_listing_that_linkedin_showed_in_part_makes_its_step_partial_and_moves_no_mark() -> None:
    manifest = summed_up(incomplete=("courses/a",))

    assert (manifest.status, manifest.steps["courses"].status) == ("PARTIAL", "PARTIAL")
    assert "courses" not in manifest.catalog
    assert "linkedin_learning_course" in manifest.partial_datasets.types
