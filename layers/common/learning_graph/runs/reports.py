"""What the manifest says of the steps: status, failures, sums; and LinkedIn's totals beside our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from learning_graph.model import schema
from learning_graph.store.manifest import Difference, Failure, Reconciliation, RejectedRecords, RunStatus, StepReport
from learning_graph.store.run import Outcome, Plan, Shard, Totals
from learning_graph.values.steps import ASSET_TYPE_OF, CATALOG_STEP_OF, CATALOG_STEPS, REPORT_STEPS, STEPS, Step

Outcomes = Mapping[tuple[str, str], Outcome]


@dataclass(frozen=True)
class StepOutcomes:
    """A step's shards with their outcomes."""

    step: Step
    shards: tuple[Shard, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == "FAILED")

    @property
    def status(self) -> RunStatus:
        """SUCCEEDED if every shard did, FAILED if none did, PARTIAL between."""
        if not self.failed:
            return "SUCCEEDED"
        return "FAILED" if len(self.failed) == len(self.outcomes) else "PARTIAL"


def by_step(shards: tuple[Shard, ...], outcomes: Outcomes) -> dict[Step, StepOutcomes]:
    """Return the steps in their order; every shard has an outcome."""
    return {
        step: StepOutcomes(step, own, tuple(outcomes[shard.step, shard.name] for shard in own))
        for step in STEPS
        if (own := tuple(shard for shard in shards if shard.step == step))
    }


def run_status(steps: Mapping[Step, StepOutcomes]) -> RunStatus:
    """FAILED if no step brought anything, SUCCEEDED if all brought everything (design, "Run, step, shard")."""
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
            for outcome in step.failed
        ),
        rejected=tuple(
            RejectedRecords(shard=outcome.shard, count=outcome.rejected_count, first=outcome.rejected)
            for outcome in outcomes
            if outcome.rejected_count
        ),
        notes=tuple(f"{outcome.shard}: {note}" for outcome in outcomes for note in outcome.notes),
    )


def partial_types(steps: Mapping[Step, StepOutcomes]) -> tuple[str, ...]:
    """Return the entity and relationship types that steps with failures did not bring in full."""
    types: set[str] = set()
    for step, outcomes in steps.items():
        if not outcomes.failed:
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
    """Return the sums of what lies outside the model, by asset type."""
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
    """Set this run's sums over learners beside LinkedIn's totals of the account, window by window.

    Only windows count whose rows were read completely on both sides. A difference `exceeds` where it is more than the
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
        if shard.kind == "engagements" and outcome.status == "FAILED"
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
