"""What the API reference only assumes, each statement switchable to another plausible answer (§13).

``--assume NAME=VALUE`` sets one; the first value of each is what the simulator does by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.simulator.org_sync.result_forms import NAMES as RESULT_FORMS


@dataclass(frozen=True, slots=True)
class Assumption:
    """One statement: its values (the first is the default; none means any whole number) and where it stands."""

    name: str
    section: str
    meaning: str
    values: tuple[str, ...] = ()
    number: int = 0

    @property
    def default(self) -> str:
        return self.values[0] if self.values else str(self.number)


def _choice(name: str, section: str, values: str, meaning: str) -> Assumption:
    return Assumption(name, section, meaning, tuple(values.split("|")))


def _number(name: str, section: str, default: int, meaning: str) -> Assumption:
    return Assumption(name, section, meaning, (), default)


KNOWN: tuple[Assumption, ...] = (
    _choice("expires-in", "2.3", "number|string", "how the token answer writes its life time"),
    _choice("unknown-client", "2.4", "400|401", "status for a client id nobody registered"),
    _choice("wrong-secret", "2.4", "invalid_client_id|invalid_client", "error code for a wrong secret"),
    _choice("old-token", "2.3", "survives|dies", "what a new token does to the client's earlier ones"),
    _choice("token-members", "2.2", "plain|extra", "further members in the token answer"),
    _number("default-count", "3.3", 10, "page size when count is left out"),
    _choice("over-max-count", "3.3", "error|clamp", "count above the maximum"),
    _number("largest-page", "3.3", 0, "pages are no longer than this whatever count says; 0: as long as count"),
    _choice("totals", "3.2", "exact|missing|high|low", "paging.total"),
    _choice("unknown-members", "1", "off|on", "members and links that no text names"),
    _choice("past-end", "3.3", "empty|error", "start at or beyond the total"),
    _choice("short-pages", "3.2", "off|on", "pages with fewer rows than count in the middle of a listing"),
    _choice("duplicate-rows", "3.4", "off|on", "rows that appear again on the next page"),
    _choice("row-order", "6.9", "plain|scrambled", "order of rows where none was asked for"),
    _choice("gzip", "1", "off|on", "compressed answers to those who accept them"),
    _choice("licensed-only-default", "4.4", "false|true", "licensedOnly when left out"),
    _choice("locales-default", "4.4", "all|en_US", "criteria locales when left out"),
    _choice("locales-accepted", "4.9", "long|older7", "which locales are known; others are refused"),
    _choice("locale-filter", "4.4", "source|available", "which locale of an asset the criteria locales compare"),
    _choice("array-filters", "4.4", "or|and", "how several values of one array combine"),
    _choice("include-retired", "4.4", "honoured|ignored", "includeRetired of the criteria finder"),
    _choice("retired-get", "4.2", "404|200", "GET of a retired asset without includeRetired"),
    _choice("path-get", "4.2", "200|404", "GET of a learning path by URN"),
    _choice("path-contents", "4.5", "flat|deep", "whether courses inside a path list their chapters"),
    _choice("path-listing", "4.3", "accepted|refused", "assetType=LEARNING_PATH in localeAndType"),
    _choice("locale-and-type", "4.3", "required|optional", "assetType and sourceLocale of localeAndType"),
    _choice("curated-member", "4.5", "absent|present", "member details.isCuratedForLms"),
    _choice("last-modified", "4.10", "after|from", "lastModifiedAfter: strictly after, or from that instant on"),
    _choice("ranked-cap", "4.7", "all|relevance", "which ranked searches are capped at 1000"),
    _choice("past-ranked-cap", "4.7", "empty|error", "start beyond the cap"),
    _choice("facets", "4.6", "ranked|always|never", "when metadata holds facet counts"),
    _choice("bad-classification-type", "5.1", "400|empty", "a type that cannot be listed"),
    _choice("skill-listing", "5.1", "refused|listed", "type=SKILL and credentials in localeAndType"),
    _choice("credential-type", "5.2", "CREDENTIALING_PROGRAM|CONTINUING_EDUCATION_UNIT", "type of certification tags"),
    _choice("window-error", "6.4", "500|400", "status of a window longer than 14 days"),
    _choice("window-edges", "6.4", "instant|utc-day|pacific-day", "what the window's edges are rounded to"),
    _number("history-days", "6.4", 0, "how far back reports go; 0 is without end"),
    _choice("future-window", "6.4", "empty|400", "a window that begins in the future"),
    _choice("asset-type-with-content", "6.5", "optional|required", "assetType when aggregating by CONTENT"),
    _choice("content-individual", "6.5", "legal|400", "CONTENT + INDIVIDUAL"),
    _choice("account-content", "6.5", "legal|400", "ACCOUNT + CONTENT"),
    _choice(
        "content-source-default",
        "6.2",
        "LINKEDIN_LEARNING|ALL_SOURCES|ORGANIZATION",
        "contentSource when left out",
    ),
    _choice("sort-order-default", "6.2", "DESCENDING|ASCENDING", "sortOrder when left out"),
    _choice("days-active-qualifier", "6.6", "TOTAL|UNIQUE", "qualifier of DAYS_ACTIVE on INDIVIDUAL rows"),
    _choice("days-active-name", "6.3", "DAYS_ACTIVE|LOGINS", "name of the days-active metric"),
    _choice("completions-row", "6.6", "nonzero|always|never", "COMPLETIONS on INDIVIDUAL + CONTENT"),
    _choice("views-row", "6.6", "present|absent", "VIEWS on INDIVIDUAL + CONTENT"),
    _choice("activity-order", "6.6", "observed|reversed", "order of the activities inside a record"),
    _choice("progress", "6.9", "cumulative|per-window", "PROGRESS_PERCENTAGE"),
    _choice("custom-attributes", "6.6", "array|string", "value type of customAttributes"),
    _choice("engaged-at", "6.6", "instant|day", "first/lastEngagedAt of rows by content"),
    _choice(
        "first-engaged-at",
        "6.6",
        "shared|per-activity",
        "all activities of a learner's row on a content bear their first engagement ever, or each its own",
    ),
    _choice("extra-activities", "6.6", "off|on", "activities of other qualifiers, asset types and unknown metrics"),
    _choice("orphan-rows", "6.6", "off|on", "a last row without content, and one without any id of a learner"),
    _choice("split-metrics", "6.6", "off|on", "two elements for a learner and a content, each with other metrics"),
    _choice("missing-engaged-at", "6.6", "mixed|null|absent", "first/lastEngagedAt of rows without any event"),
    _choice("latest-data-at", "6.6", "present|absent", "member latestDataAt"),
    _number("latency-days", "6.8", 0, "closed Pacific days that are still missing"),
    _choice("inactive-learners", "6.6", "listed|absent", "INDIVIDUAL rows of learners without any event"),
    _choice(
        "learner-entity",
        "6.6",
        "always|sometimes|anonymous|by-kind",
        "some learners' older rows lack profileUrn; some rows lack any id; rows on videos lack profileUrn, their"
        " e-mail is in capitals",
    ),
    _choice("split-learners", "10", "off|on", "two rows where a learner's details changed inside the window"),
    _choice("service-error-code", "7.1", "present|missing", "member serviceErrorCode"),
    _choice("error-bodies", "7.1", "json|empty|html", "what stands in the body of an error"),
    _choice("job-id", "8.4", "number|string", "type of Id in the job document"),
    _choice("job-id-name", "8.4", "Id|id", "spelling of Id in the job document"),
    _choice(
        "result-media", "8.4", "done|early|never", "whether resultMedia is there from the end on, before it, or never"
    ),
    _choice("media-blank", "8.2", "off|on", "a blank after urn:li:media: in answers"),
    _choice("job-stats", "8.4", "counted|odd", "statistics that add up, or LinkedIn's own odd sample"),
    _choice("job-messages", "8.4", "strings|objects", "items of the job's messages"),
    _choice("result-type", "8.5", "text/csv|application/octet-stream", "content type of the result"),
    _choice("result-form", "9.4", "|".join(RESULT_FORMS), "form of the result file"),
)

_BY_NAME: Mapping[str, Assumption] = {entry.name: entry for entry in KNOWN}


class Assumptions:
    """The chosen value of every assumption; settable one by one while the simulator runs."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._values = {entry.name: entry.default for entry in KNOWN}
        self.version = 0
        for name, value in (chosen or {}).items():
            self.set(name, value)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def number(self, name: str) -> int:
        return int(self._values[name])

    def set(self, name: str, value: str) -> None:
        """Choose a value.

        Raises:
            ValueError: no such assumption, or no such value; the text names what there is.
        """
        entry = _BY_NAME.get(name)
        if entry is None:
            raise ValueError(f"unknown assumption {name!r}; --list-assumptions prints them")
        if entry.values and value not in entry.values:
            raise ValueError(f"{name} is one of {', '.join(entry.values)}; not {value!r}")
        if not entry.values and not value.isdigit():
            raise ValueError(f"{name} is a whole number; not {value!r}")
        self._values[name] = value
        self.version += 1

    def as_dict(self) -> dict[str, str]:
        return dict(self._values)


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """``["name=value", …]`` as a mapping.

    Raises:
        ValueError: a text without ``=``.
    """
    chosen: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"expected NAME=VALUE, not {text!r}")
        chosen[name.strip()] = value.strip()
    return chosen


def table() -> str:
    """All assumptions as lines for a terminal: name, values (default first), section, meaning."""
    lines = []
    for entry in KNOWN:
        values = "|".join(entry.values) if entry.values else f"<number, default {entry.number}>"
        lines.append(f"{entry.name}={values}  (§{entry.section}) {entry.meaning}")
    return "\n".join(lines)
