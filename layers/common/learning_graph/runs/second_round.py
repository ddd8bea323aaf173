"""The second round of a run: what only the first round's rows show to be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.reports import StepOutcomes
from learning_graph.runs.store import encode, read_value
from learning_graph.values import keys
from learning_graph.values.plan import Lookups, Shard
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType, Step

URNS_A_SHARD = 2000


def second_round(
    bucket: Bucket,
    run_id: str,
    steps: Mapping[Step, StepOutcomes],
    missing: Mapping[AssetType, Sequence[str]],
) -> tuple[Shard, ...]:
    """Write down the shards of the second round, once a run, and return them (those of the first time).

    They look up the missing URNs; and where LinkedIn refuses a locale by name, they list the type without a locale,
    which may bring that locale's assets all the same. Decided once: an assembly that is repeated must not find another.
    """
    known = read_value(bucket, keys.lookups_key(run_id), Lookups)
    if known is not None:
        return known.shards
    shards = (*_unnamed_locales(steps), *_lookups(bucket, run_id, missing))
    if not bucket.write_if_absent(keys.lookups_key(run_id), encode(Lookups(shards=shards))):
        return second_round(bucket, run_id, steps, missing)
    return shards


def _unnamed_locales(steps: Mapping[Step, StepOutcomes]) -> Iterator[Shard]:
    for asset_type, step in CATALOG_STEP_OF.items():
        refused = [
            shard
            for shard, outcome in zip(steps[step].shards, steps[step].outcomes, strict=True)
            if shard.kind == "assets" and outcome.refused
        ]
        if refused:
            since = refused[0].modified_after
            yield Shard(step=step, name="any-locale", kind="assets", asset_type=asset_type, modified_after=since)


def _lookups(bucket: Bucket, run_id: str, missing: Mapping[AssetType, Sequence[str]]) -> Iterator[Shard]:
    for asset_type, urns in missing.items():
        step = CATALOG_STEP_OF[asset_type]
        for number, offset in enumerate(range(0, len(urns), URNS_A_SHARD)):
            key = keys.lookup_list_key(run_id, step, number)
            bucket.write(key, msgspec.json.encode(urns[offset : offset + URNS_A_SHARD]))
            name = f"lookup-{number:05d}"
            yield Shard(step=step, name=name, kind="lookup", asset_type=asset_type, lookup_key=key)
