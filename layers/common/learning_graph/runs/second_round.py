"""The second round of a run: what only the first round's rows show to be missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.asset_shards import by_locale, curated_shard
from learning_graph.runs.documents import read_value
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Lookups, Shard
from learning_graph.values.locales import KNOWN_LOCALES
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType

URNS_A_SHARD = 2000


def second_round(
    bucket: Bucket,
    run_id: str,
    *,
    one_locale_types: Iterable[AssetType],
    missing: Mapping[AssetType, Sequence[str]],
) -> tuple[Shard, ...]:
    """Write down the shards of the second round, once a run, and return them (those of the first time).

    Decided once: an assembly that is repeated must not find another.

    Args:
        bucket: the graph bucket.
        run_id: the run.
        one_locale_types: types whose listing of every locale showed one at most: each locale is listed by name.
        missing: URNs by asset type, to be looked up one by one.
    """
    known = read_value(bucket, graph_bucket.lookups_key(run_id), Lookups)
    if known is not None:
        return known.shards
    shards = (*_by_locale(one_locale_types), *_lookups(bucket, run_id, missing))
    if not bucket.write_if_absent(graph_bucket.lookups_key(run_id), encode(Lookups(shards=shards))):
        return second_round(bucket, run_id, one_locale_types=one_locale_types, missing=missing)
    return shards


def _by_locale(asset_types: Iterable[AssetType]) -> Iterator[Shard]:
    for asset_type in asset_types:
        yield from (shard for shard in by_locale(asset_type, None) if shard.locale)
        if asset_type == "VIDEO":
            yield from map(curated_shard, KNOWN_LOCALES)


def _lookups(bucket: Bucket, run_id: str, missing: Mapping[AssetType, Sequence[str]]) -> Iterator[Shard]:
    for asset_type, urns in missing.items():
        step = CATALOG_STEP_OF[asset_type]
        for number, offset in enumerate(range(0, len(urns), URNS_A_SHARD)):
            key = graph_bucket.lookup_list_key(run_id, step, number)
            bucket.write(key, msgspec.json.encode(urns[offset : offset + URNS_A_SHARD]))
            name = f"lookup-{number:05d}"
            yield Shard(step=step, name=name, kind="lookup", asset_type=asset_type, lookup_key=key)
