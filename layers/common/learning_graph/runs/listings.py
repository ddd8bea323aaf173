"""Which request and which converter belong to a shard."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.convert import (
    Converter,
    Tally,
    asset_converter,
    classification_converter,
    curated_converter,
    engagement_converter,
    learner_converter,
)
from learning_graph.graph.entities import account_tags
from learning_graph.linkedin import queries
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.pages import Page
from learning_graph.store.run import Plan, Shard
from learning_graph.values.errors import AccessDenied, ConfigurationError, NotFound, RequestRefused
from learning_graph.values.steps import AssetType

_LOOKUP_PAGE = 100
LOOKUPS_AT_ONCE = 16  # the client's own limit is what bounds the calls


def query_of(shard: Shard, plan: Plan) -> queries.Query:
    """Return LinkedIn's request for a shard that is a listing."""
    match shard:
        case Shard(kind="classifications", classification_type=str(kind), locale=str(locale)):
            return queries.classifications(kind, locale)
        case Shard(kind="assets"):
            return queries.assets(
                _asset_type(shard),
                locale=shard.locale,
                licensed_only=plan.licensed_only,
                last_modified_after=shard.modified_after,
            )
        case Shard(kind="curated"):
            return queries.curated_videos(shard.locale, licensed_only=plan.licensed_only)
        case Shard(kind="learners", window_start=int(start), window_days=int(days)):
            return queries.learners(start, days)
        case Shard(kind="engagements", window_start=int(start), window_days=int(days)):
            return queries.engagements(_asset_type(shard), start, days)
    raise ConfigurationError(shard.label, f"a shard of kind {shard.kind} is no listing")


def converter_of(shard: Shard, plan: Plan, tally: Tally) -> Converter:
    """Return what makes rows of a shard's records."""
    tags = account_tags(plan.account_name, tag_account_name=plan.tag_account_name)
    match shard.kind:
        case "classifications":
            return classification_converter(tags)
        case "curated":
            return curated_converter()
        case "learners":
            return learner_converter(tally)
        case "engagements":
            return engagement_converter(_asset_type(shard), tally)
        case "assets" | "lookup":
            return asset_converter(_asset_type(shard), tags)


def pages_of(shard: Shard, plan: Plan, client: LinkedInClient, bucket: Bucket, start: int) -> Iterator[Page]:
    """Yield a shard's pages from an offset on: a listing of LinkedIn's, or URNs looked up one by one."""
    if shard.kind == "lookup":
        return _lookups(shard, client, bucket, start)
    return client.pages(query_of(shard, plan), start)


def _lookups(shard: Shard, client: LinkedInClient, bucket: Bucket, start: int) -> Iterator[Page]:
    """Look up URNs; what LinkedIn does not know, or will not show by URN, stays without a record.

    A 403 here is about the one asset: lookups follow only on a listing that the Content key could read.
    """

    def look_up(urn: str) -> bytes | None:
        try:
            return client.asset(urn)
        except (AccessDenied, NotFound, RequestRefused):
            return None

    stored = bucket.read(shard.lookup_key or "")
    urns: list[str] = msgspec.json.decode(stored.data, type=list[str]) if stored else []
    with ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
        for offset in range(start, len(urns), _LOOKUP_PAGE):
            following = offset + _LOOKUP_PAGE
            records = pool.map(look_up, urns[offset:following])
            yield Page(
                start=offset,
                next_start=following if following < len(urns) else None,
                total=None,
                elements=[msgspec.Raw(record) for record in records if record is not None],
            )


def _asset_type(shard: Shard) -> AssetType:
    if shard.asset_type is None:
        raise ConfigurationError(shard.label, "the shard names no asset type")
    return shard.asset_type
