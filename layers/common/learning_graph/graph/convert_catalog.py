"""Converts assets and classifications to rows of a part, with the columns of the model (API reference §4.5, §5.2)."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from learning_graph.graph.rows import CatalogRow, Row
from learning_graph.graph.text import cut, link, plain_uri
from learning_graph.linkedin.records import LARGEST, Asset, AssetUrn, Classification, Details
from learning_graph.store.run import Totals
from learning_graph.values.locales import KNOWN_LOCALES
from learning_graph.values.steps import ASSET_TYPES, AssetType

TAGGED_RANK = 100  # a classification's own listing names it better than a tag does
# A catalogue may announce future releases, but an instant later than this after the run's start is ignored.
LATEST_RELEASE = timedelta(days=3650) // timedelta(milliseconds=1)
_SECONDS_IN = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}
_RETIRED = "RETIRED"
_RANK_OF_LOCALE = {locale: rank for rank, locale in enumerate(KNOWN_LOCALES)}


class CatalogConverter:
    """Converts the records of one listing of the catalogue.

    Args:
        started_at: start of the run, epoch milliseconds.
        asset_type: of a listing of assets, for records that do not say their type.

    Attributes:
        locales: of the titles of assets.
        unmodelled: assets of types outside the model, counted by type.
    """

    def __init__(self, started_at: int, asset_type: AssetType | None = None) -> None:
        self._latest_instant = started_at + LATEST_RELEASE
        self._asset_type = asset_type
        self._classified: dict[str, Classification] = {}
        self.locales: set[str] = set()
        self.unmodelled: Totals = defaultdict(lambda: defaultdict(int))

    def begin_part(self) -> None:
        """Begin a part: it has each classification once, however many assets are tagged with it."""
        self._classified.clear()

    def convert_asset(self, asset: Asset, rows: list[Row]) -> None:
        """Append an asset, and those of its classifications that the part does not have yet."""
        asset_type = asset.type or self._asset_type
        if asset_type not in ASSET_TYPES:
            self.unmodelled[str(asset_type)]["assets"] += 1
            return
        details = asset.details or Details()
        assigned: dict[str, None] = {}
        for tag in details.classifications or ():
            classification = tag.associated_classification
            if classification is not None and classification.urn.strip():
                assigned[classification.urn] = None
                self._classification(classification, rows)
            for ancestor in tag.path or ():
                if ancestor.urn.strip():
                    self._classification(ancestor, rows)
        rows.append(self._asset(asset, asset_type, details, list(assigned)))

    def convert_classification(self, classification: Classification, rows: list[Row]) -> None:
        """Append a classification of the classifications' own listing."""
        rows.append(_classification_row(classification, 0))

    def convert_curated(self, asset: AssetUrn, rows: list[Row]) -> None:
        """Append a video of the curated listing, of which only the URN is read."""
        rows.append({"t": "curated", "urn": asset.urn})

    def _classification(self, classification: Classification, rows: list[Row]) -> None:
        if self._classified.get(classification.urn) != classification:
            self._classified[classification.urn] = classification
            rows.append(_classification_row(classification, TAGGED_RANK))

    def _asset(self, asset: Asset, asset_type: str, details: Details, classifications: list[str]) -> CatalogRow:
        title, urls = asset.title, details.urls
        name = cut(title.value if title and title.value else asset.urn)
        web_launch = link(urls.web_launch) if urls else None
        published, updated = self._instant(details.published_at), self._instant(details.last_updated_at)
        retired = self._instant(details.retired_at)
        contributors = details.contributors
        locale = str(title.locale) if title and title.locale else None
        if locale is not None:
            self.locales.add(locale)
        return {
            "t": "asset",
            "classifications": classifications,
            "assetType": asset_type,
            "availability": details.availability,
            "availableLanguages": _languages(details),
            "contributorNames": None
            if contributors is None
            else list(dict.fromkeys(cut(c.name.value) for c in contributors if c.name and c.name.value)),
            "contributorUrns": None
            if contributors is None
            else list(dict.fromkeys(c.urn for c in contributors if c.urn)),
            "createdOn": published,
            "description": cut(details.description.value) if details.description else None,
            "displayName": name,
            "durationSeconds": _seconds(details),
            "isCuratedForLms": details.is_curated_for_lms,
            "isRetired": _is_retired(details, retired),
            "lastUpdatedOn": updated,
            "level": details.level,
            "name": name,
            "primaryImageUrl": link(details.images.primary) if details.images else None,
            "publishedOn": published,
            "retiredOn": retired,
            "shortDescription": cut(details.short_description.value) if details.short_description else None,
            "ssoLaunchUrl": link(urls.sso_launch) if urls else None,
            "titleLocale": locale,
            "updatedOn": updated,
            "urn": asset.urn,
            "webLaunchUrl": web_launch,
            "webLink": plain_uri(web_launch),
        }

    def _instant(self, instant: int | None) -> int | None:
        return instant if instant is not None and 0 < instant <= self._latest_instant else None


def _classification_row(classification: Classification, rank: int) -> CatalogRow:
    name, owner = classification.name, classification.owner
    locale = str(name.locale) if name and name.locale else None
    shown = cut(name.value if name and name.value else classification.urn)
    return {
        "t": "classification",
        "rank": rank + _RANK_OF_LOCALE.get(locale or "", len(KNOWN_LOCALES)),
        "classificationType": classification.type,
        "displayName": shown,
        "id": classification.urn,
        "locale": locale,
        "name": shown,
        "ownerName": cut(owner.name.value) if owner and owner.name else None,
        "ownerUrn": owner.urn if owner else None,
        "urn": classification.urn,
    }


def _is_retired(details: Details, retired_on: int | None) -> bool | None:
    if retired_on is not None:
        return True
    return details.availability == _RETIRED if details.availability else None


def _seconds(details: Details) -> int | float | None:
    time = details.time_to_complete
    factor = _SECONDS_IN.get(time.unit or "") if time else None
    seconds = time.duration * factor if time and factor and time.duration is not None else None
    return seconds if seconds is None or abs(seconds) <= LARGEST else None


def _languages(details: Details) -> list[str] | None:
    if details.available_locales is None:
        return None
    return list(dict.fromkeys(locale.language for locale in details.available_locales if locale.language))
