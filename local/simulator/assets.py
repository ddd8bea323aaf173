"""``learningAssets``: GET by URN and the finders ``localeAndType`` and ``criteria`` (API reference §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zlib import crc32

import msgspec

from local.simulator import paging
from local.simulator.account import Account
from local.simulator.asset_encoding import AssetEncoder
from local.simulator.assumptions import Assumptions
from local.simulator.cache import Cache
from local.simulator.errors import bad_parameter, not_found
from local.simulator.model import ASSET_TYPES, LEVELS, LOCALES, OLDER_LOCALES, Asset, Locale
from local.simulator.projection import parse_projection, project_encoded
from local.simulator.query import Query

PATH = "/v2/learningAssets"
MAXIMUM = 100
RANKED_CAP = 1000
FINDERS = ("criteria", "localeAndType")
_FILTER = "assetFilteringCriteria."
_SORTS = ("RELEVANCE", "POPULARITY", "RECENCY")


@dataclass(frozen=True, slots=True)
class _Search:
    """What a finder found: the rows in order and, for ranked searches, the facets."""

    assets: list[Asset]
    metadata: bytes
    ranked: str | None
    known: frozenset[str]


class AssetResource:
    """Answers the three calls; ``views`` gives the view count of an asset for POPULARITY."""

    def __init__(self, account: Account, assumptions: Assumptions, views: Callable[[Asset], int]) -> None:
        self._account = account
        self._assumptions = assumptions
        self._views = views
        self._encoder = AssetEncoder(assumptions)
        self._searches: Cache[_Search] = Cache(64)

    def get(self, urn: str, query: Query) -> bytes:
        """The bare asset object (§4.2)."""
        target = read_locale(query, "targetLocale", self._assumptions)
        retired = query.flag("includeRetired") or self._assumptions["retired-get"] == "200"
        depth = _depth(query, "expandDepth")
        asset = self._account.assets.get(urn)
        if asset is None or asset.removed or (asset.retired and not retired):
            raise not_found()
        if asset.type == "LEARNING_PATH" and self._assumptions["path-get"] == "404":
            raise not_found()
        return self._rows([asset], depth, target, query)[0]

    def find(self, query: Query) -> bytes:
        """A page of one of the two finders."""
        page = paging.read_page(query, MAXIMUM, self._assumptions)
        key = (query_key(query), self._account.version, self._assumptions.version)
        if query.required("q") == "localeAndType":
            search_of, depth_name = self._locale_and_type, "expandDepth"
        else:
            search_of, depth_name = self._criteria, "assetRetrievalCriteria.expandDepth"
        depth = _depth(query, depth_name)
        search = self._searches.get(key, lambda: search_of(query))
        query.known.update(search.known)
        found = search.assets
        reach = None
        if search.ranked and (search.ranked == "RELEVANCE" or self._assumptions["ranked-cap"] == "all"):
            reach = RANKED_CAP
        listing = paging.Listing(
            len(found),
            lambda places: self._rows([found[place] for place in places], depth, None, query),
            reach,
            search.metadata,
        )
        return paging.answer(PATH, query, page, listing, self._assumptions)

    def _rows(self, assets: list[Asset], depth: int, target: Locale | None, query: Query) -> list[bytes]:
        rows = [self._encoder.asset(asset, depth, target) for asset in assets]
        fields = query.text("fields")
        return rows if fields is None else project_encoded(rows, parse_projection(fields))

    def _locale_and_type(self, query: Query) -> _Search:
        """All assets of one source language and type, chapters too (§4.3)."""
        required = self._assumptions["locale-and-type"] == "required"
        kind = query.choice("assetType", (*ASSET_TYPES, "CHAPTER"))
        source = read_locale(query, "sourceLocale", self._assumptions)
        retired = query.flag("includeRetired") or False
        if required and kind is None:
            raise bad_parameter("assetType")
        if required and source is None:
            raise bad_parameter("sourceLocale")
        if kind == "LEARNING_PATH" and self._assumptions["path-listing"] == "refused":
            raise bad_parameter("assetType")
        found = [
            asset
            for asset in self._account.assets.values()
            if not asset.removed
            and (retired or not asset.retired)
            and (kind is None or asset.type == kind)
            and (source is None or asset.locale == source)
        ]
        return _Search(self._ordered(found), self._facets(query, found, None), None, frozenset(query.known))

    def _criteria(self, query: Query) -> _Search:
        """Filters combine with AND, the values of one array with OR (§4.4)."""
        keyword = query.text(_FILTER + "keyword")
        sort = query.choice("assetPresentationCriteria.sortBy", _SORTS)
        kinds = query.choices(_FILTER + "assetTypes", ASSET_TYPES)
        tests = self._tests(query, keyword)
        base = [
            asset
            for asset in self._account.assets.values()
            if asset.type in ASSET_TYPES and not asset.removed and all(test(asset) for test in tests)
        ]
        found = [asset for asset in base if not kinds or self._matches(kinds, {asset.type})]
        ranked = sort or ("RELEVANCE" if keyword else None)
        facets = self._facets(query, found, ranked, base)
        return _Search(self._ranked(found, ranked, keyword), facets, ranked, frozenset(query.known))

    def _tests(self, query: Query, keyword: str | None) -> list[Callable[[Asset], bool]]:
        tests: list[Callable[[Asset], bool]] = []
        retired = query.flag("assetRetrievalCriteria.includeRetired") or False
        if not retired or self._assumptions["include-retired"] == "ignored":
            tests.append(lambda asset: not asset.retired)
        licensed = query.flag(_FILTER + "licensedOnly")
        if licensed is None:
            licensed = self._assumptions["licensed-only-default"] == "true"
        if licensed:
            tests.append(lambda asset: asset.licensed)
        after = query.integer(_FILTER + "lastModifiedAfter")
        if after is not None:
            edge = after + (self._assumptions["last-modified"] == "after")
            tests.append(lambda asset: asset.modified_at >= edge)
        curated = query.flag(_FILTER + "isCurated")
        if curated is not None:
            tests.append(lambda asset: asset.curated == curated)
        levels = query.choices(_FILTER + "difficultyLevels", LEVELS)
        if levels:
            tests.append(lambda asset: asset.level is not None and self._matches(levels, {asset.level}))
        urns = query.array(_FILTER + "classifications")
        if urns:
            tests.append(lambda asset: self._matches(urns, {tag.urn for tag in asset.tags}))
        locales = self._locales(query)
        if locales:
            tests.append(lambda asset: self._in_locales(asset, locales))
        if keyword:
            word = keyword.casefold()
            tests.append(lambda asset: word in asset.title.casefold() or word in (asset.summary or "").casefold())
        return tests

    def _locales(self, query: Query) -> list[tuple[str, str | None]]:
        known = _known_locales(self._assumptions)
        wanted: list[tuple[str, str | None]] = []
        for record in query.records(_FILTER + "locales", ("language", "country")):
            language, country = record.get("language"), record.get("country")
            if not any(language == each.language and country in {None, each.country} for each in known):
                raise bad_parameter(_FILTER + "locales")
            wanted.append((language or "", country))
        if not wanted and self._assumptions["locales-default"] == "en_US":
            return [("en", "US")]
        return wanted

    def _in_locales(self, asset: Asset, wanted: list[tuple[str, str | None]]) -> bool:
        have = [asset.locale] if self._assumptions["locale-filter"] == "source" else asset.locales
        return any(
            each.language == language and country in {None, each.country}
            for each in have
            for language, country in wanted
        )

    def _matches(self, wanted: list[str], have: set[str]) -> bool:
        if self._assumptions["array-filters"] == "and":
            return have.issuperset(wanted)
        return not have.isdisjoint(wanted)

    def _ranked(self, found: list[Asset], ranked: str | None, keyword: str | None) -> list[Asset]:
        if ranked == "POPULARITY":
            return sorted(found, key=self._views, reverse=True)
        if ranked == "RECENCY":
            return sorted(found, key=lambda asset: asset.published_at, reverse=True)
        if ranked == "RELEVANCE":
            word = (keyword or "").casefold()
            return sorted(
                found, key=lambda asset: (asset.title.casefold().find(word) % 1000, crc32(asset.urn.encode()))
            )
        return self._ordered(found)

    def _ordered(self, found: list[Asset]) -> list[Asset]:
        if self._assumptions["row-order"] == "scrambled":
            return sorted(found, key=lambda asset: crc32(asset.urn.encode()))
        return found

    def _facets(
        self, query: Query, found: Iterable[Asset], ranked: str | None, base: Iterable[Asset] | None = None
    ) -> bytes:
        """Type facets ignore the type filter, level facets follow it (§4.6)."""
        wanted = self._assumptions["facets"]
        if wanted == "never" or (wanted == "ranked" and not ranked) or query.values.get("q") != "criteria":
            return b"{}"
        kinds = Counter(asset.type for asset in base or ())
        levels = Counter(asset.level for asset in found if asset.level)
        return msgspec.json.encode(
            {
                "assetTypeFacetMetadata": [
                    {"count": kinds[kind], "assetType": kind} for kind in ("VIDEO", "COURSE", "LEARNING_PATH", "EVENT")
                ],
                "difficultyLevelFacetMetadata": [
                    {"count": count, "difficultyLevel": level} for level, count in levels.most_common()
                ],
            }
        )


def query_key(query: Query) -> tuple[tuple[str, str], ...]:
    """What a search depends on: all parameters but those of paging and projection."""
    return tuple(sorted(item for item in query.values.items() if item[0] not in {"start", "count", "fields"}))


def read_locale(query: Query, name: str, assumptions: Assumptions) -> Locale | None:
    """``name.language`` and ``name.country``; 400 for half a locale or one that is not accepted (§4.9)."""
    language, country = query.text(f"{name}.language"), query.text(f"{name}.country")
    if language is None and country is None:
        return None
    locale = Locale(language or "", country or "")
    if locale not in _known_locales(assumptions):
        raise bad_parameter(name)
    return locale


def _known_locales(assumptions: Assumptions) -> tuple[Locale, ...]:
    return OLDER_LOCALES if assumptions["locales-accepted"] == "older7" else LOCALES


def _depth(query: Query, name: str) -> int:
    depth = query.integer(name)
    return 1 if depth is None else depth
