"""Reads the documents of a run from the graph bucket."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from learning_graph.aws.bucket import Bucket
from learning_graph.store import graph_bucket
from learning_graph.store.documents import Document, decode
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.store.run import Outcome, Plan, SecondRound, Shard
from learning_graph.values.errors import ConfigurationError

D = TypeVar("D", bound=Document)


def read_document(bucket: Bucket, key: str, kind: type[D]) -> D | None:
    """Return the document at a key, None where there is none.

    Raises:
        UnknownFormat: it was written by a release with another format.
    """
    found = bucket.read(key)
    return None if found is None else decode(found.data, kind, key)


def read_plan(bucket: Bucket, run_id: str) -> Plan:
    """Return the plan of a run.

    Raises:
        ConfigurationError: there is no such run.
    """
    plan = read_document(bucket, graph_bucket.plan_key(run_id), Plan)
    if plan is None:
        raise ConfigurationError(
            "run", f"there is no run {run_id} in {bucket.name}", resolution="Name a run of this bucket."
        )
    return plan


def all_shards(bucket: Bucket, plan: Plan) -> tuple[Shard, ...]:
    """Return the plan's shards and those of the second round, as far as it has been decided."""
    keys = (graph_bucket.other_locales_key(plan.run_id), graph_bucket.lookups_key(plan.run_id))
    later = [read_document(bucket, key, SecondRound) for key in keys]
    return plan.shards + tuple(shard for round_ in later if round_ for shard in round_.shards)


def find_shard(bucket: Bucket, plan: Plan, step: str, name: str) -> Shard:
    """Return a shard of either round of a run.

    Raises:
        ConfigurationError: the run has no such shard.
    """
    shard = plan.shard(step, name)
    if shard is None:
        shard = next((s for s in all_shards(bucket, plan) if (s.step, s.name) == (step, name)), None)
    if shard is None:
        raise no_such_shard(plan)
    return shard


def no_such_shard(plan: Plan) -> ConfigurationError:
    """Return the error of a message that names no shard of its run."""
    return ConfigurationError(
        "shard", f"run {plan.run_id} has no such shard", resolution="Send shards of the plan only."
    )


def outcome_keys(bucket: Bucket, run_id: str) -> set[str]:
    """Return the keys of the outcomes that a run has so far."""
    return set(bucket.keys(graph_bucket.outcomes_prefix(run_id)))


def read_outcomes(bucket: Bucket, run_id: str) -> dict[tuple[str, str], Outcome]:
    """Return every outcome of a run by step and shard name."""
    listed = list(bucket.keys(graph_bucket.outcomes_prefix(run_id)))
    outcomes = [
        decode(stored.data, Outcome, key)
        for key, stored in zip(listed, bucket.read_all(listed), strict=True)
        if stored is not None
    ]
    return {(outcome.step, outcome.shard): outcome for outcome in outcomes}


def unfinished(
    bucket: Bucket, run_id: str, shards: tuple[Shard, ...], *, ended: Collection[str] | None = None
) -> list[Shard]:
    """Return the shards that have no outcome yet; `ended` are the outcomes' keys where they were listed before."""
    done = outcome_keys(bucket, run_id) if ended is None else ended
    return [shard for shard in shards if graph_bucket.outcome_key(run_id, shard.step, shard.name) not in done]


def read_manifest(bucket: Bucket, run_id: str) -> Manifest | None:
    """Return a run's manifest, None where it has not ended."""
    return read_document(bucket, graph_bucket.manifest_key(run_id), Manifest)


def newest_manifest(bucket: Bucket) -> Manifest | None:
    """Return the manifest of the newest complete snapshot, None before the first."""
    latest = read_document(bucket, graph_bucket.LATEST, Latest)
    return read_manifest(bucket, latest.run_id) if latest else None
