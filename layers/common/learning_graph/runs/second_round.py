"""The second round of a run: shards for what the first round shows to be missing (ADR 0006)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.asset_shards import curated_shard, shards_by_locale
from learning_graph.runs.run_documents import read_document
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import SecondRound, Shard
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType

URNS_A_SHARD = 2000


def other_locales(bucket: Bucket, run_id: str, unseen: Mapping[AssetType, Sequence[str]]) -> tuple[Shard, ...]:
    """Return a listing by name for each of these locales, as they were stored first.

    Args:
        bucket: the graph bucket.
        run_id: the run.
        unseen: by asset type whose listing of every locale showed one at most, the other known locales.
    """
    return _stored_once(bucket, graph_bucket.other_locales_key(run_id), lambda: _listings(unseen)) if unseen else ()


def lookups(bucket: Bucket, run_id: str, missing: Mapping[AssetType, Sequence[str]]) -> tuple[Shard, ...]:
    """Return shards that look up URNs one by one, as they were stored first.

    Args:
        bucket: the graph bucket.
        run_id: the run.
        missing: the URNs by asset type.
    """
    return _stored_once(bucket, graph_bucket.lookups_key(run_id), lambda: _lookups(bucket, run_id, missing))


def _stored_once(bucket: Bucket, key: str, decide: Callable[[], Iterable[Shard]]) -> tuple[Shard, ...]:
    """Return the shards stored under a key; what is stored there first holds for every assembly of the run."""
    while (known := read_document(bucket, key, SecondRound)) is None:
        shards = tuple(decide())
        if bucket.write_if_absent(key, encode(SecondRound(shards=shards))):
            return shards
    return known.shards


def _listings(unseen: Mapping[AssetType, Sequence[str]]) -> Iterator[Shard]:
    for asset_type, locales in unseen.items():
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
