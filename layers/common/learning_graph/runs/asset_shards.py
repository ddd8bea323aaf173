"""The shards that list assets: of one type, for one locale or for all that LinkedIn has (ADR 0006)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from learning_graph.store.run import Shard
from learning_graph.values.steps import CATALOG_STEP_OF, AssetType

_EVERY = "every-locale"


def asset_shard(
    asset_type: AssetType, locale: str | None, modified_after: int | None, *, optional: bool = False
) -> Shard:
    """Return the listing of a type, of one locale or, without one, of every locale."""
    return Shard(
        step=CATALOG_STEP_OF[asset_type],
        name=locale or _EVERY,
        kind="assets",
        locale=locale,
        asset_type=asset_type,
        modified_after=modified_after,
        optional=optional,
    )


def shards_by_locale(
    asset_type: AssetType, locales: Iterable[str], modified_after: int | None = None
) -> Iterator[Shard]:
    """Return one listing for each of the locales; LinkedIn may not offer each of them."""
    for locale in locales:
        yield asset_shard(asset_type, locale, modified_after, optional=True)


def curated_shard(locale: str | None) -> Shard:
    """Return the listing of curated videos; a server that does not know the filter may refuse it."""
    return Shard(step="videos", name=f"{locale or _EVERY}-curated", kind="curated", locale=locale, optional=True)
