"""What a request for activity reports asks for, checked (API reference §6.1-§6.5)."""

from __future__ import annotations

from dataclasses import dataclass

from local.simulator.assumptions import Assumptions
from local.simulator.clock import DAY, WEEK, pacific_day_start, utc_day_start
from local.simulator.errors import ApiError, bad_parameter, internal_error
from local.simulator.model import ACTIVITY_TYPES, SOURCES
from local.simulator.query import Query

_ENTITIES = ("ACCOUNT", "INDIVIDUAL", "CONTENT")
_TYPES = (*ACTIVITY_TYPES, "CHAPTER", "ASSESSMENT")
METRICS = (
    "COMPLETIONS",
    "VIEWS",
    "SECONDS_VIEWED",
    "MARKED_AS_DONE",
    "DAYS_ACTIVE",
    "PROGRESS_PERCENTAGE",
    "ENGAGED_LEARNERS",
)
_LEGAL = {
    ("ACCOUNT", None): "ACCOUNT",
    ("INDIVIDUAL", None): "INDIVIDUAL",
    ("CONTENT", None): "CONTENT",
    ("INDIVIDUAL", "CONTENT"): "PAIR",
    ("CONTENT", "INDIVIDUAL"): "PAIR",
    ("ACCOUNT", "CONTENT"): "ACCOUNT_CONTENT",
}
MAXIMUM_DAYS = 14
MAXIMUM_WEEKS = 2


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """``rows`` is ACCOUNT, INDIVIDUAL, CONTENT, PAIR (learner x content) or ACCOUNT_CONTENT.

    The window is [start, end) in epoch milliseconds; ``asset_type`` None means all types.
    """

    rows: str
    start: int
    end: int
    asset_type: str | None
    sources: tuple[str, ...]
    language: str
    sort: tuple[str, str] | None
    ascending: bool

    @property
    def asset_types(self) -> tuple[str, ...]:
        return ACTIVITY_TYPES if self.asset_type is None else (self.asset_type,)


def read_report_query(query: Query, assumptions: Assumptions, now: int, *, strict: bool) -> ReportQuery:
    """Refuses with 400, or with 500 for a window that is too long (§6.4)."""
    rows = _rows(query, assumptions)
    asset_type = query.choice("assetType", _TYPES)
    if "CONTENT" in rows or rows == "PAIR":
        needed = strict or assumptions["asset-type-with-content"] == "required"
        if asset_type is None and needed:
            raise bad_parameter("assetType")
    start, end = _window(query, assumptions, now)
    source = query.choice("contentSource", (*SOURCES, "ALL_SOURCES")) or assumptions["content-source-default"]
    sort = query.choice("sortBy.engagementMetricType", METRICS)
    qualifier = query.choice("sortBy.engagementMetricQualifier", ("TOTAL", "UNIQUE"))
    if qualifier is not None and sort is None:
        raise bad_parameter("sortBy.engagementMetricQualifier")
    order = query.choice("sortOrder", ("ASCENDING", "DESCENDING")) or assumptions["sort-order-default"]
    return ReportQuery(
        rows,
        start,
        end,
        asset_type,
        SOURCES if source == "ALL_SOURCES" else (source,),
        query.text("locale.language") or "en",
        (sort, qualifier or "TOTAL") if sort else None,
        order == "ASCENDING",
    )


def _rows(query: Query, assumptions: Assumptions) -> str:
    primary = query.required("aggregationCriteria.primary")
    secondary = query.text("aggregationCriteria.secondary")
    if primary not in _ENTITIES:
        raise bad_parameter("aggregationCriteria.primary")
    rows = _LEGAL.get((primary, secondary))
    if rows is None:
        raise bad_parameter("aggregationCriteria.secondary")
    refused = {("CONTENT", "INDIVIDUAL"): "content-individual", ("ACCOUNT", "CONTENT"): "account-content"}
    switch = refused.get((primary, secondary or ""))
    if switch is not None and assumptions[switch] == "400":
        raise bad_parameter("aggregationCriteria.secondary")
    return rows


def _window(query: Query, assumptions: Assumptions, now: int) -> tuple[int, int]:
    query.required("startedAt")
    start = query.integer("startedAt") or 0
    unit = query.required("timeOffset.unit")
    query.required("timeOffset.duration")
    duration = query.integer("timeOffset.duration", minimum=1) or 1
    if unit not in {"DAY", "WEEK"}:
        raise bad_parameter("timeOffset.unit")
    if duration > (MAXIMUM_DAYS if unit == "DAY" else MAXIMUM_WEEKS):
        if assumptions["window-error"] == "500":
            raise internal_error()
        raise ApiError(400, "Parameter 'timeOffset' is invalid")
    if start > now and assumptions["future-window"] == "400":
        raise bad_parameter("startedAt")
    end = start + duration * (DAY if unit == "DAY" else WEEK)
    edges = assumptions["window-edges"]
    if edges == "utc-day":
        return utc_day_start(start), utc_day_start(end)
    if edges == "pacific-day":
        return pacific_day_start(start), pacific_day_start(end)
    return start, end
