"""LinkedIn as a script: listings by name, faults by page, and a client that reads them without HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.decoding import Decoded, decode_record
from learning_graph.linkedin.paging import Page, read_page
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.linkedin.queries import Query
from learning_graph.linkedin.records import Asset
from learning_graph.values.errors import AccessDenied, DailyQuotaReached, NotFound, RequestRefused
from learning_graph.values.steps import KEY_TYPES, KeyType

Record = Mapping[str, Any] | bytes


def listing_of(query: Query) -> str:
    """Name the listing that a query asks for: `assets/COURSE/en_US`, `curated/en_US`, `classifications/TOPIC/en_US`,
    `account/<start>/<days>`, `learners/<start>/<days>` or `engagements/COURSE/<start>/<days>`; `every-locale` stands
    for a locale that is not named.
    """
    asked = dict(query.parameters)
    if "startedAt" in asked:
        window = f"{asked['startedAt']}/{asked['timeOffset.duration']}"
        if "aggregationCriteria.secondary" in asked:
            return f"engagements/{asked['assetType']}/{window}"
        return f"{'account' if asked['aggregationCriteria.primary'] == 'ACCOUNT' else 'learners'}/{window}"
    if asked["q"] == "localeAndType":
        return f"classifications/{asked['type']}/{asked['sourceLocale.language']}_{asked['sourceLocale.country']}"
    prefix = "assetFilteringCriteria."
    locale = "every-locale"
    if f"{prefix}locales[0].language" in asked:
        locale = f"{asked[prefix + 'locales[0].language']}_{asked[prefix + 'locales[0].country']}"
    if prefix + "isCurated" in asked:
        return f"curated/{locale}"
    return f"assets/{asked[prefix + 'assetTypes[0]']}/{locale}"


@dataclass
class FakeLinkedIn:
    """What LinkedIn holds and how it fails.

    Attributes:
        listings: records by the name of their listing; a listing that is not named is empty.
        assets: records by URN, for lookups.
        faults: errors by (listing or URN, offset), raised one after the other before the page comes.
        totals: `paging.total` by listing, where it is not the number of records.
        page_size: rows of a page at most, whatever is asked for; None for what is asked.
        calls: (listing or URN, offset) of every call, in order.
        queries: the last query of each listing.
        before_call: is given the listing or URN of every call before it is answered.
        shared_pair: whether one credential pair serves both key types.
    """

    listings: dict[str, Sequence[Record]] = field(default_factory=dict)
    assets: dict[str, Record] = field(default_factory=dict)
    faults: dict[tuple[str, int], list[Exception]] = field(default_factory=dict)
    totals: dict[str, int | None] = field(default_factory=dict)
    page_size: int | None = None
    calls: list[tuple[str, int]] = field(default_factory=list)
    queries: dict[str, Query] = field(default_factory=dict)
    shared_pair: bool = True
    before_call: Callable[[str], None] = lambda _name: None

    def client(self, limits: SharedLimits | None = None) -> FakeLinkedInClient:
        """Return a client as one invocation has it."""
        return FakeLinkedInClient(self, limits or SharedLimits())

    def page(self, query: Query, start: int) -> Page:
        """Answer one call."""
        name = listing_of(query)
        self.queries[name] = query
        self._call(name, start)
        rows = self.listings.get(name, ())
        size = min(query.page_size, self.page_size or query.page_size)
        following = start + size if start + size < len(rows) else None
        body = b'{"elements": [%b]}' % b",".join(_encoded(row) for row in rows[start : start + size])
        page = read_page(body, query.record, start=start, page_size=query.page_size)
        return replace(page, next_start=following, total=self.totals.get(name, len(rows)))

    def asset(self, urn: str) -> Decoded:
        """Answer a lookup."""
        self._call(urn, 0)
        if urn not in self.assets:
            raise NotFound(f"LinkedIn answered 404: {urn}")
        return decode_record(_encoded(self.assets[urn]), Asset)

    def _call(self, name: str, start: int) -> None:
        self.calls.append((name, start))
        self.before_call(name)
        if waiting := self.faults.get((name, start)):
            raise waiting.pop(0)


class FakeLinkedInClient(LinkedInClient):
    """What `LinkedInClient` offers, without tokens and HTTP."""

    def __init__(self, linkedin: FakeLinkedIn, limits: SharedLimits) -> None:
        # None of the real client's parts: each public method is its own here.
        self._linkedin = linkedin
        self._known_limits = limits
        self.requests = self.retries = self.throttled = 0
        self.is_closed = False

    @property
    def token_requests(self) -> int:
        return 1 if self.requests else 0

    def for_shard(self, log_fields: Mapping[str, str]) -> FakeLinkedInClient:
        return FakeLinkedInClient(self._linkedin, self._known_limits)

    def authenticate(self, key_type: KeyType) -> None:
        """Mint nothing."""

    def pages(self, query: Query, start: int = 0) -> Iterator[Page]:
        following: int | None = start
        before: Page | None = None
        while following is not None:
            page = self._page_at(query, following)
            yield replace(page, repeats=before is not None and page.overlaps(before))
            before, following = page, page.next_start

    def first_page(self, query: Query) -> Page:
        return self._page_at(query, 0)

    def lookups(self, urns: Sequence[str], start: int = 0) -> Iterator[Page]:
        for offset in range(start, len(urns), 100):
            found = [answer for urn in urns[offset : offset + 100] if (answer := self._asset_at(urn))]
            following = offset + 100 if offset + 100 < len(urns) else None
            yield Page(offset, following, None, [record for answer in found for record in answer.records])

    def close(self) -> None:
        self.is_closed = True

    def _asset_at(self, urn: str) -> Decoded | None:
        self.requests += 1
        try:
            with self._quota_told():
                return self._linkedin.asset(urn)
        except (AccessDenied, NotFound, RequestRefused):
            return None

    def _page_at(self, query: Query, start: int) -> Page:
        self.requests += 1
        with self._quota_told():
            return self._linkedin.page(query, start)

    @contextmanager
    def _quota_told(self) -> Iterator[None]:
        try:
            yield
        except DailyQuotaReached as error:
            sharing = KEY_TYPES if self._linkedin.shared_pair else (error.key_type,)
            self._known_limits.use_up_quota(sharing, error.until)
            raise


def _encoded(record: Record) -> bytes:
    return record if isinstance(record, bytes) else json.dumps(record).encode()
