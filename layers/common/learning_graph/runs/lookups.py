"""The second round of a run: content that activity names and the catalogue lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.store import encode, read_value
from learning_graph.values import keys
from learning_graph.values.plan import Lookups, Shard
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType

URNS_A_SHARD = 2000


def ask_for_missing(bucket: Bucket, run_id: str, missing: Mapping[AssetType, Sequence[str]]) -> tuple[Shard, ...]:
    """Write down the shards that look the missing URNs up, once a run, and return them (those of the first time).

    The list is decided once: an assembly that is repeated must not find another.
    """
    known = read_value(bucket, keys.lookups_key(run_id), Lookups)
    if known is not None:
        return known.shards
    shards: list[Shard] = []
    for asset_type, urns in missing.items():
        step = CATALOG_STEP_OF[asset_type]
        for number, offset in enumerate(range(0, len(urns), URNS_A_SHARD)):
            key = keys.lookup_list_key(run_id, step, number)
            bucket.write(key, msgspec.json.encode(urns[offset : offset + URNS_A_SHARD]))
            shards.append(
                Shard(step=step, name=f"lookup-{number:05d}", kind="lookup", asset_type=asset_type, lookup_key=key)
            )
    if not bucket.write_if_absent(keys.lookups_key(run_id), encode(Lookups(shards=tuple(shards)))):
        return ask_for_missing(bucket, run_id, missing)
    return tuple(shards)
