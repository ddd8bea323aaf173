"""The content of a run's manifest: steps, reconciliation with LinkedIn's totals, and how far the data reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from learning_graph.model import schema
from learning_graph.store.manifest import (
    Difference,
    Failure,
    Lookback,
    Manifest,
    PartialDatasets,
    Reconciliation,
    RejectedRecords,
    RunStatus,
    StepReport,
)
from learning_graph.store.run import CatalogRead, Outcome, Plan, Shard, Totals
from learning_graph.values.clock import MILLISECONDS_A_DAY
from learning_graph.values.steps import ASSET_TYPE_OF, CATALOG_STEP_OF, CATALOG_STEPS, REPORT_STEPS, STEPS, Step
from learning_graph.values.windows import LONGEST_LOOKBACK_DAYS

# Where LinkedIn does not say how far its data goes, this much before the run is taken as incomplete (API §6.9).
UNSURE = timedelta(days=3)
_REFUSED = {"AccessDenied", "CredentialRefused"}

Outcomes = Mapping[tuple[str, str], Outcome]


@dataclass(frozen=True)
class StepOutcomes:
    """A step's shards with their outcomes."""

    step: Step
    shards: tuple[Shard, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def unsuccessful(self) -> tuple[Outcome, ...]:
        """The outcomes of shards that failed, or that LinkedIn showed in part."""
        return tuple(outcome for outcome in self.outcomes if outcome.status != "SUCCEEDED")

    @property
    def is_complete(self) -> bool:
        """Whether every record could be used: what a rejected one is about cannot be told from what is gone."""
        return not self.unsuccessful and not any(outcome.rejected_count for outcome in self.outcomes)

    @property
    def status(self) -> RunStatus:
        """SUCCEEDED if every shard did, FAILED if all failed, PARTIAL between."""
        if not self.unsuccessful:
            return "SUCCEEDED"
        return "FAILED" if all(outcome.status == "FAILED" for outcome in self.outcomes) else "PARTIAL"


def by_step(shards: tuple[Shard, ...], outcomes: Outcomes) -> dict[Step, StepOutcomes]:
    """Return the steps in their order; every shard has an outcome."""
    return {
        step: StepOutcomes(step, own, tuple(outcomes[shard.step, shard.name] for shard in own))
        for step in STEPS
        if (own := tuple(shard for shard in shards if shard.step == step))
    }


def run_status(steps: Mapping[Step, StepOutcomes]) -> RunStatus:
    """FAILED if no step succeeded, SUCCEEDED if all did, else PARTIAL (design, "Run, step, shard")."""
    statuses = {step.status for step in steps.values()}
    if statuses == {"SUCCEEDED"}:
        return "SUCCEEDED"
    return "FAILED" if statuses == {"FAILED"} else "PARTIAL"


def step_report(plan: Plan, step: StepOutcomes, carried_over: int = 0) -> StepReport:
    """Return what the manifest says of a step."""
    outcomes = step.outcomes
    return StepReport(
        status=step.status,
        mode=plan.modes.get(step.step),
        shards=len(outcomes),
        windows=sum(shard.window_start is not None for shard in step.shards),
        rows=sum(outcome.rows for outcome in outcomes),
        pages=sum(outcome.pages for outcome in outcomes),
        requests=sum(outcome.requests for outcome in outcomes),
        latest_data_at=min((o.latest_data_at for o in outcomes if o.latest_data_at is not None), default=None),
        carried_over=carried_over,
        failures=tuple(
            Failure(
                shard=outcome.shard,
                error=outcome.error or "no reason is known",
                error_kind=outcome.error_kind,
                resolution=outcome.resolution,
            )
            for outcome in step.unsuccessful
        ),
        rejected=tuple(
            RejectedRecords(shard=outcome.shard, count=outcome.rejected_count, first=outcome.rejected)
            for outcome in outcomes
            if outcome.rejected_count
        ),
        notes=tuple(f"{outcome.shard}: {note}" for outcome in outcomes for note in outcome.notes),
    )


def partial_types(steps: Mapping[Step, StepOutcomes]) -> tuple[str, ...]:
    """Return the entity and relationship types that are incomplete because a step failed."""
    types: set[str] = set()
    for step, outcomes in steps.items():
        if not outcomes.unsuccessful:
            continue
        if step in CATALOG_STEPS:
            types |= {schema.CLASSIFICATION, schema.relationship_type(schema.ACCOUNT, "HAS", schema.CLASSIFICATION)}
        if step in REPORT_STEPS:
            types |= {schema.USER, schema.relationship_type(schema.ACCOUNT, "HAS", schema.USER)}
        if step not in ASSET_TYPE_OF:
            continue
        content = schema.CONTENT_TYPE_OF[ASSET_TYPE_OF[step]]
        types |= {content, schema.relationship_type(schema.ACCOUNT, "HAS", content)}
        if step in CATALOG_STEP_OF.values():
            types.add(schema.relationship_type(content, "HAS", schema.CLASSIFICATION))
        else:
            types.add(schema.relationship_type(schema.USER, "ASSIGNED", content))
    return tuple(sorted(types))


def unmodelled_content(outcomes: Outcomes) -> Totals:
    """Return the sums over content that the model does not have, by asset type."""
    total: Totals = {}
    for outcome in outcomes.values():
        for kind, metrics in outcome.unmodelled.items():
            own = total.setdefault(kind, {})
            for metric, value in metrics.items():
                own[metric] = own.get(metric, 0) + value
    return {kind: dict(sorted(metrics.items())) for kind, metrics in sorted(total.items())}


def reconcile(
    steps: Mapping[Step, StepOutcomes],
    learner_totals: Mapping[tuple[int, str], Mapping[str, int]],
    *,
    tolerance_percent: float,
) -> Reconciliation | None:
    """Compare this run's sums over learners with LinkedIn's totals of the account, window by window.

    Only windows that were read completely on both sides count. A difference `exceeds` where it is more than the
    tolerance, in percent of the larger number. None where the run has no windows.
    """
    if "users" not in steps:
        return None
    users = steps["users"]
    unavailable = [
        shard.name
        for shard, outcome in zip(users.shards, users.outcomes, strict=True)
        if outcome.account_totals is None or shard.window_start is None
    ]
    totals: dict[str, dict[str, dict[str, int]]] = {}
    differences: list[Difference] = []
    for window_start, asset_type, metric, account in _account_totals(users, _unread(steps)):
        learners = learner_totals.get((window_start, asset_type), {}).get(metric, 0)
        both = totals.setdefault(asset_type, {}).setdefault(metric, {"learners": 0, "account": 0})
        both["learners"] += learners
        both["account"] += account
        if learners != account:
            exceeds = abs(learners - account) * 100 > tolerance_percent * max(learners, account)
            differences.append(
                Difference(
                    window_start=window_start,
                    asset_type=asset_type,
                    metric=metric,
                    learners=learners,
                    account=account,
                    exceeds=exceeds,
                )
            )
    return Reconciliation(
        tolerance_percent=tolerance_percent,
        windows=len(users.shards) - len(unavailable),
        unavailable=tuple(unavailable),
        totals=totals,
        differences=tuple(differences),
    )


def _unread(steps: Mapping[Step, StepOutcomes]) -> set[tuple[int | None, str | None]]:
    """Return (window start, asset type) of the activity that could not be read."""
    return {
        (shard.window_start, shard.asset_type)
        for step in steps.values()
        for shard, outcome in zip(step.shards, step.outcomes, strict=True)
        if shard.kind == "engagements" and outcome.status != "SUCCEEDED"
    }


def _account_totals(
    users: StepOutcomes, unread: set[tuple[int | None, str | None]]
) -> Iterator[tuple[int, str, str, int]]:
    """Yield (window start, asset type, metric, LinkedIn's own total) of every window that was read."""
    for shard, outcome in zip(users.shards, users.outcomes, strict=True):
        if shard.window_start is None:
            continue
        for asset_type, metrics in sorted((outcome.account_totals or {}).items()):
            if (shard.window_start, asset_type) not in unread:
                for metric, account in sorted(metrics.items()):
                    yield shard.window_start, asset_type, metric, account


def snapshot_manifest(
    plan: Plan,
    steps: Mapping[Step, StepOutcomes],
    outcomes: Outcomes,
    *,
    carried_over: Mapping[Step, int],
    totals: dict[str, int],
    learner_totals: Mapping[tuple[int, str], Mapping[str, int]],
    listed_by_name: Mapping[Step, tuple[str, ...]],
    bases: list[Manifest],
    erasures: str,
    tolerance_percent: float,
) -> Manifest:
    """Return the manifest of a snapshot, without its files and their counts.

    `listed_by_name`: by catalogue step, the locales that a listing without a locale does not return.
    """
    base = bases[0] if bases else None
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
        counts={"entities": {}, "relationships": {}},
        totals=totals,
        partial_datasets=PartialDatasets(types=partial_types(steps)),
        unmodelled_content=unmodelled_content(outcomes),
        reconciliation=reconcile(steps, learner_totals, tolerance_percent=tolerance_percent),
        catalog=_catalog(plan, steps, base, listed_by_name),
        bases=tuple(known.run_id for known in bases),
        merged_runs=tuple(sorted(merged)),
        files=(),
        erasures=erasures,
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
    """Return until when activity is complete: a failed window does not advance it, so that the next run reads it.

    An answer whose data reaches beyond its window's end is complete (API reference §6.8); for an old window LinkedIn
    may say that its data ends with the window.
    """
    reports = [steps[step] for step in REPORT_STEPS if step in steps]
    covered_before = base.covered_until if base and base.covered_until else None
    if any(step.unsuccessful for step in reports):
        return covered_before or plan.lookback_start
    # Nothing before it can be read any more: a gap that reaches beyond it would else be read again by every run.
    farthest = plan.lookback_end - LONGEST_LOOKBACK_DAYS * MILLISECONDS_A_DAY
    if covered_before is not None and max(covered_before, farthest) < plan.lookback_start:
        return covered_before  # the days between were not read: the next run reads them
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


def _catalog(
    plan: Plan,
    steps: Mapping[Step, StepOutcomes],
    base: Manifest | None,
    listed_by_name: Mapping[Step, tuple[str, ...]],
) -> dict[Step, CatalogRead]:
    """Return how far each catalogue step is read; it advances only after every page succeeded (API §4.10)."""
    reads: dict[Step, CatalogRead] = dict(base.catalog) if base else {}
    for step in CATALOG_STEP_OF.values():
        if steps[step].unsuccessful:
            continue
        in_full = plan.modes[step] == "full"
        reads[step] = CatalogRead(
            read_at=plan.started_at,
            full_read_at=plan.started_at if in_full or step not in reads else reads[step].full_read_at,
            locales=plan.locales,
            licensed_only=plan.licensed_only,
            by_locale=listed_by_name.get(step, ()),
        )
    return reads


def snapshot_rows(manifest: Manifest) -> list[dict[str, Any]]:
    """Return the rows of the table `snapshot` (`model.schema.TABLES`), one a step."""
    return [
        {
            "run": manifest.run_id,
            "status": manifest.status,
            "accountName": manifest.account_name,
            "startedAt": manifest.started_at,
            "lookbackStart": manifest.lookback.start,
            "lookbackEnd": manifest.lookback.end,
            "coveredUntil": manifest.covered_until,
            "step": name,
            "stepStatus": step.status,
            "latestDataAt": step.latest_data_at,
            "carriedOver": step.carried_over,
        }
        for name, step in manifest.steps.items()
    ]


def lacks_report_key(manifest: Manifest) -> bool:
    """Return whether LinkedIn refused the Report key in that run: every activity shard failed for that reason."""
    kinds = {
        failure.error_kind
        for step in REPORT_STEPS
        if step in manifest.steps
        for failure in manifest.steps[step].failures
    }
    return (
        bool(kinds)
        and kinds <= _REFUSED
        and all(manifest.steps[step].status == "FAILED" for step in REPORT_STEPS if step in manifest.steps)
    )
