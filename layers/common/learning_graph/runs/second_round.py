"""The second round of a run: shards for what the first round's rows show to be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.asset_shards import curated_shard, shards_by_locale
from learning_graph.runs.run_documents import read_document
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Lookups, Shard
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType

URNS_A_SHARD = 2000


def second_round(
    bucket: Bucket,
    run_id: str,
    *,
    unseen_locales: Mapping[AssetType, Sequence[str]],
    missing: Mapping[AssetType, Sequence[str]],
) -> tuple[Shard, ...]:
    """Store the shards of the second round, once a run, and return the stored ones.

    They are decided once, so that a repeated assembly has the same.

    Args:
        bucket: the graph bucket.
        run_id: the run.
        unseen_locales: by asset type whose listing of every locale showed one at most, the other known locales: each
            is listed by name.
        missing: URNs by asset type, to be looked up one by one.
    """
    known = read_document(bucket, graph_bucket.lookups_key(run_id), Lookups)
    if known is not None:
        return known.shards
    shards = (*_other_locales(unseen_locales), *_lookups(bucket, run_id, missing))
    if not bucket.write_if_absent(graph_bucket.lookups_key(run_id), encode(Lookups(shards=shards))):
        return second_round(bucket, run_id, unseen_locales=unseen_locales, missing=missing)
    return shards


def _other_locales(unseen_locales: Mapping[AssetType, Sequence[str]]) -> Iterator[Shard]:
    for asset_type, locales in unseen_locales.items():
        yield from shards_by_locale(asset_type, locales)
        if asset_type == "VIDEO":
            yield from map(curated_shard, locales)


def _lookups(bucket: Bucket, run_id: str, missing: Mapping[AssetType, Sequence[str]]) -> Iterator[Shard]:
    for asset_type, urns in missing.items():
        step = CATALOG_STEP_OF[asset_type]
        for number, offset in enumerate(range(0, len(urns), URNS_A_SHARD)):
            key = graph_bucket.lookup_list_key(run_id, step, number)
            bucket.write(key, msgspec.json.encode(urns[offset : offset + URNS_A_SHARD]))
            name = f"lookup-{number:05d}"
            yield Shard(step=step, name=name, kind="lookup", asset_type=asset_type, lookup_key=key)
