"""Fills in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from learning_graph.runs.reports import (
    Outcomes,
    StepOutcomes,
    partial_types,
    reconcile,
    run_status,
    step_report,
    unmodelled_content,
)
from learning_graph.store.manifest import Lookback, Manifest, PartialDatasets, counts_of
from learning_graph.store.run import CatalogRead, Plan, SnapshotFile
from learning_graph.values.erasure import digest_of
from learning_graph.values.steps import CATALOG_STEP_OF, REPORT_STEPS, Step

if TYPE_CHECKING:  # only the assembling function has DuckDB
    from learning_graph.graph.assembly.merge import Merge

# Where LinkedIn does not say how far its data goes, this much before the reading is taken as unsure (API §6.9).
UNSURE = timedelta(days=3)


def snapshot_manifest(
    plan: Plan,
    steps: Mapping[Step, StepOutcomes],
    outcomes: Outcomes,
    merge: Merge,
    *,
    bases: list[Manifest],
    files: list[SnapshotFile],
    erased: frozenset[str],
    tolerance_percent: float,
) -> Manifest:
    """Return the manifest of a snapshot whose files are written."""
    base = bases[0] if bases else None
    carried_over = merge.carried_over()
    merged = {run for known in bases for run in (known.run_id, *known.merged_runs)}
    return Manifest(
        run_id=plan.run_id,
        status=run_status(steps),
        account_name=plan.account_name,
        account_key_ref=plan.account_key_ref,
        started_at=plan.started_at,
        lookback=_lookback(plan),
        covered_until=_covered_until(plan, steps, base),
        steps={step: step_report(plan, own, carried_over[step]) for step, own in steps.items()},
        counts=counts_of(files),
        totals=merge.totals(),
        partial_datasets=PartialDatasets(types=partial_types(steps)),
        unmodelled_content=unmodelled_content(outcomes),
        reconciliation=reconcile(steps, merge.learner_totals(), tolerance_percent=tolerance_percent),
        catalog=_catalog(plan, steps, base),
        bases=tuple(known.run_id for known in bases),
        merged_runs=tuple(sorted(merged)),
        files=tuple(sorted(files, key=lambda file: file.key)),
        erasures=digest_of(erased),
    )


def failed_manifest(plan: Plan, steps: Mapping[Step, StepOutcomes], reason: str) -> Manifest:
    """Return the manifest of a run without a snapshot."""
    return Manifest(
        run_id=plan.run_id,
        status="FAILED",
        account_name=plan.account_name,
        account_key_ref=plan.account_key_ref,
        started_at=plan.started_at,
        lookback=_lookback(plan),
        covered_until=None,
        steps={step: step_report(plan, own) for step, own in steps.items()},
        counts={"entities": {}, "relationships": {}},
        totals={},
        partial_datasets=PartialDatasets(types=partial_types(steps)),
        unmodelled_content={},
        reconciliation=None,
        catalog={},
        bases=(),
        merged_runs=(),
        files=(),
        reason=reason,
    )


def _lookback(plan: Plan) -> Lookback:
    return Lookback(days=plan.lookback_days, start=plan.lookback_start, end=plan.lookback_end)


def _covered_until(plan: Plan, steps: Mapping[Step, StepOutcomes], base: Manifest | None) -> int | None:
    """Return until when activity is known: a failed window leaves the mark where it was, for the next run to read.

    An answer whose data had passed its window's end is complete and holds nothing back (API reference §6.8): LinkedIn
    may well say of an old window that its data ends with it.
    """
    reports = [steps[step] for step in REPORT_STEPS if step in steps]
    if any(step.failed for step in reports):
        return base.covered_until if base and base.covered_until else plan.lookback_start
    known = {
        (outcome.latest_data_at, shard.window_end or plan.lookback_end)
        for step in reports
        for shard, outcome in zip(step.shards, step.outcomes, strict=True)
        if outcome.latest_data_at is not None
    }
    unsure = plan.lookback_end - UNSURE // timedelta(milliseconds=1)
    newest = max((data_until for data_until, _ in known), default=unsure)
    unfinished = (data_until for data_until, window_end in known if data_until < window_end)
    return min(min(unfinished, default=newest), plan.lookback_end)


def _catalog(plan: Plan, steps: Mapping[Step, StepOutcomes], base: Manifest | None) -> dict[Step, CatalogRead]:
    """Return how far each catalogue step is read; the mark moves only after every page succeeded (API §4.10)."""
    reads: dict[Step, CatalogRead] = dict(base.catalog) if base else {}
    for step in CATALOG_STEP_OF.values():
        if steps[step].failed:
            continue
        in_full = plan.modes[step] == "full"
        reads[step] = CatalogRead(
            read_at=plan.started_at,
            full_read_at=plan.started_at if in_full or step not in reads else reads[step].full_read_at,
            locales=plan.locales,
            licensed_only=plan.licensed_only,
            by_locale=plan.all_locales and any(s.kind == "assets" and s.locale for s in steps[step].shards),
        )
    return reads
