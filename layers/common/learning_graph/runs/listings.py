"""The request and the converter of a shard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import Row
from learning_graph.linkedin import queries
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.paging import Page
from learning_graph.store.run import Plan, Shard
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.steps import AssetType

Source = ReportConverter | CatalogConverter
Convert = Callable[[Any, list[Row]], None]


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


def converter_of(shard: Shard, plan: Plan) -> tuple[Source, Convert]:
    """Return the converter of a shard's records, and its method that appends the rows of one record to a list."""
    if shard.kind in {"learners", "engagements"}:
        report = ReportConverter(plan.started_at, shard.asset_type)
        return report, report.convert_learner if shard.kind == "learners" else report.convert_engagement
    catalog = CatalogConverter(plan.started_at, shard.asset_type)
    match shard.kind:
        case "classifications":
            return catalog, catalog.convert_classification
        case "curated":
            return catalog, catalog.convert_curated
    return catalog, catalog.convert_asset


def pages_of(shard: Shard, plan: Plan, client: LinkedInClient, bucket: Bucket, start: int) -> Iterator[Page]:
    """Yield a shard's pages from an offset on: a listing of LinkedIn's, or URNs looked up one by one."""
    if shard.kind == "lookup":
        stored = bucket.read(shard.lookup_key or "")
        urns: list[str] = msgspec.json.decode(stored.data, type=list[str]) if stored else []
        return client.lookups(urns, start)
    return client.pages(query_of(shard, plan), start)


def _asset_type(shard: Shard) -> AssetType:
    if shard.asset_type is None:
        raise ConfigurationError(shard.label, "the shard names no asset type")
    return shard.asset_type
