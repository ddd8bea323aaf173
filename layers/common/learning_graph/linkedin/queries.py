"""The requests this project makes of LinkedIn's three resources: the only place that knows parameter names.

LinkedIn silently ignores a misspelt name (API reference §3.4), so names are written only here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from learning_graph.linkedin.records import (
    Asset,
    AssetUrn,
    EngagementReportRow,
    LearnerReportRow,
    ListedClassification,
    ReportRow,
)
from learning_graph.values.steps import AssetType, KeyType

ASSETS: Final = "/v2/learningAssets"
CLASSIFICATIONS: Final = "/v2/learningClassifications"
REPORTS: Final = "/v2/learningActivityReports"
CATALOG_PAGE: Final = 100  # API reference §3.3
REPORT_PAGE: Final = 1000

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Query:
    """A finder call without its place in the listing: `start` and `count` are added by the client.

    `record` is the type of the listing's elements (see `records`).
    """

    key_type: KeyType
    path: str
    parameters: Parameters
    page_size: int
    record: Any


def assets(
    asset_type: AssetType,
    *,
    locale: str | None,
    licensed_only: bool,
    last_modified_after: int | None = None,
    fields: str | None = None,
) -> Query:
    """List the assets of one type, unranked (a ranked search ends at 1000, API reference §4.7), retired ones too.

    Args:
        asset_type: one type a listing.
        locale: `en_US`; None for every locale the account is licensed for.
        licensed_only: leave out what the account's learners cannot open.
        last_modified_after: epoch milliseconds; only what was released, modified or retired after it.
        fields: projection such as `urn,title`; None for whole assets.
    """
    return _assets(asset_type, locale, licensed_only, last_modified_after=last_modified_after, fields=fields)


def curated_videos(locale: str | None, *, licensed_only: bool = True) -> Query:
    """List the URNs of the videos an administrator curated for learning management systems (API reference §4.4)."""
    return _assets("VIDEO", locale, licensed_only, curated=True, fields="urn")


def asset(urn: str) -> tuple[str, Parameters]:
    """Return path and parameters of one asset by URN, retired or not (API reference §4.2); `urn` is percent-encoded."""
    return _urn_path(ASSETS, urn), (("includeRetired", "true"), ("expandDepth", "1"))


def classifications(classification_type: str, locale: str) -> Query:
    """List the classifications of one type, `LIBRARY`, `SUBJECT` or `TOPIC` (API reference §5.1)."""
    language, country = _split(locale)
    parameters = (
        ("q", "localeAndType"),
        ("type", classification_type),
        ("sourceLocale.language", language),
        ("sourceLocale.country", country),
    )
    return Query("Content", CLASSIFICATIONS, parameters, CATALOG_PAGE, ListedClassification)


def learners(window_start_ms: int, days: int) -> Query:
    """One row per learner."""
    return _report(LearnerReportRow, window_start_ms, days, ("aggregationCriteria.primary", "INDIVIDUAL"))


def engagements(asset_type: AssetType, window_start_ms: int, days: int) -> Query:
    """One row per learner and content of one type; the type is always sent (API reference §6.5)."""
    return _report(
        EngagementReportRow,
        window_start_ms,
        days,
        ("aggregationCriteria.primary", "INDIVIDUAL"),
        ("aggregationCriteria.secondary", "CONTENT"),
        ("assetType", asset_type),
    )


def account_totals(window_start_ms: int, days: int) -> Query:
    """One row: LinkedIn's own totals of the account."""
    return _report(ReportRow, window_start_ms, days, ("aggregationCriteria.primary", "ACCOUNT"))


def _assets(
    asset_type: AssetType,
    locale: str | None,
    licensed_only: bool,
    *,
    last_modified_after: int | None = None,
    curated: bool = False,
    fields: str | None = None,
) -> Query:
    parameters = [("q", "criteria"), ("assetFilteringCriteria.assetTypes[0]", asset_type)]
    if locale is not None:
        language, country = _split(locale)
        parameters.append(("assetFilteringCriteria.locales[0].language", language))
        parameters.append(("assetFilteringCriteria.locales[0].country", country))
    if last_modified_after is not None:
        parameters.append(("assetFilteringCriteria.lastModifiedAfter", str(last_modified_after)))
    if curated:
        parameters.append(("assetFilteringCriteria.isCurated", "true"))
    parameters.append(("assetFilteringCriteria.licensedOnly", str(licensed_only).lower()))
    parameters.append(("assetRetrievalCriteria.includeRetired", "true"))
    parameters.append(("assetRetrievalCriteria.expandDepth", "1"))
    if fields is not None:
        parameters.append(("fields", fields))
    return Query("Content", ASSETS, tuple(parameters), CATALOG_PAGE, Asset if fields is None else AssetUrn)


def _report(record: Any, window_start_ms: int, days: int, *aggregation: tuple[str, str]) -> Query:
    parameters = (
        ("q", "criteria"),
        ("startedAt", str(window_start_ms)),
        ("timeOffset.unit", "DAY"),
        ("timeOffset.duration", str(days)),
        *aggregation,
        ("contentSource", "ALL_SOURCES"),
        ("locale.language", "en"),
    )
    return Query("Report", REPORTS, parameters, REPORT_PAGE, record)


def _split(locale: str) -> tuple[str, str]:
    language, _, country = locale.partition("_")
    return language, country


def _urn_path(resource: str, urn: str) -> str:
    # URNs of chapters and videos hold brackets and commas; colons are sent as they are (API reference §4.2).
    return f"{resource}/{quote(urn, safe=':')}"
