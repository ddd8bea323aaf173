"""The run's own objects in the graph bucket, as values."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.store.run import Lookups, Outcome, Plan, Shard
from learning_graph.values.errors import ConfigurationError

T = TypeVar("T")


def read_value(bucket: Bucket, key: str, kind: type[T]) -> T | None:
    """Return the value at a key, None where there is none."""
    found = bucket.read(key)
    return None if found is None else msgspec.json.decode(found.data, type=kind)


def read_plan(bucket: Bucket, run_id: str) -> Plan:
    """Return the plan of a run.

    Raises:
        ConfigurationError: there is no such run.
    """
    plan = read_value(bucket, graph_bucket.plan_key(run_id), Plan)
    if plan is None:
        raise ConfigurationError(
            "run", f"there is no run {run_id} in {bucket.name}", resolution="Name a run of this bucket."
        )
    return plan


def all_shards(bucket: Bucket, plan: Plan) -> tuple[Shard, ...]:
    """Return the plan's shards and those of the second round, where there is one."""
    lookups = read_value(bucket, graph_bucket.lookups_key(plan.run_id), Lookups)
    return plan.shards + (lookups.shards if lookups else ())


def find_shard(bucket: Bucket, plan: Plan, step: str, name: str) -> Shard:
    """Return a shard of either round of a run.

    Raises:
        ConfigurationError: the run has no such shard.
    """
    shard = plan.shard(step, name)
    if shard is None:
        shard = next((s for s in all_shards(bucket, plan) if (s.step, s.name) == (step, name)), None)
    if shard is None:
        raise ConfigurationError(
            "shard", f"run {plan.run_id} has no shard {step}/{name}", resolution="Send shards of the plan only."
        )
    return shard


def read_outcomes(bucket: Bucket, run_id: str) -> dict[tuple[str, str], Outcome]:
    """Return every outcome of a run by step and shard name."""
    found = bucket.read_all(list(bucket.keys(graph_bucket.outcomes_prefix(run_id))))
    outcomes = [msgspec.json.decode(stored.data, type=Outcome) for stored in found if stored is not None]
    return {(outcome.step, outcome.shard): outcome for outcome in outcomes}


def unfinished(bucket: Bucket, run_id: str, shards: tuple[Shard, ...]) -> list[Shard]:
    """Return the shards that have no outcome yet."""
    done = set(bucket.keys(graph_bucket.outcomes_prefix(run_id)))
    return [shard for shard in shards if graph_bucket.outcome_key(run_id, shard.step, shard.name) not in done]


def read_manifest(bucket: Bucket, run_id: str) -> Manifest | None:
    """Return a run's manifest, None where it has not ended."""
    return read_value(bucket, graph_bucket.manifest_key(run_id), Manifest)


def newest_manifest(bucket: Bucket) -> Manifest | None:
    """Return the manifest of the newest complete snapshot, None before the first."""
    latest = read_value(bucket, graph_bucket.LATEST, Latest)
    return read_manifest(bucket, latest.run_id) if latest else None
