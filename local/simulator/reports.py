"""``learningActivityReports``: the finder ``criteria`` (API reference §6), all numbers from the event log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from local.simulator import paging
from local.simulator.account import Account
from local.simulator.aggregation import Engagement, Presence
from local.simulator.assumptions import Assumptions
from local.simulator.cache import Cache
from local.simulator.clock import DAY, Clock, pacific_day_start
from local.simulator.model import Asset
from local.simulator.query import Query
from local.simulator.report_encoding import ACCOUNT_DETAILS, ReportEncoder
from local.simulator.report_query import ReportQuery, read_report_query
from local.simulator.report_rows import Key, RowMaker, Rows, Values

PATH = "/v2/learningActivityReports"
MAXIMUM = 1000
FINDERS = ("criteria",)
_KEPT_ROWS = 3_000_000
_OLD = 90 * DAY
_ORPHANS = (
    b'{"learnerDetails":{"name":"Robin"},"contentDetails":{"name":"No URN"},"activities":[]}',
    b'{"learnerDetails":{"name":"No Id"},"contentDetails":{"contentUrn":"urn:li:lyndaCourse:1"},"activities":[]}',
)


class ReportResource:
    """Answers the finder; rows are kept until the account, the assumptions or the Pacific day change."""

    def __init__(self, account: Account, assumptions: Assumptions, clock: Clock) -> None:
        self._account = account
        self._assumptions = assumptions
        self._clock = clock
        self._maker = RowMaker(account, assumptions)
        self._encoder = ReportEncoder(assumptions)
        self._kept: Cache[Rows] = Cache(_KEPT_ROWS, lambda rows: len(rows.keys) + 100)
        self._popularity: Cache[Counter[int]] = Cache(1)

    def cut_off(self) -> int:
        """Data reaches up to this instant: the begin of the current Pacific day, or of an earlier one (§6.8)."""
        return pacific_day_start(self._clock.now(), self._assumptions.number("latency-days"))

    def find(self, query: Query, *, strict: bool = False) -> bytes:
        """A page of rows."""
        page = paging.read_page(query, MAXIMUM, self._assumptions)
        now, cut_off = self._clock.now(), self.cut_off()
        asked = read_report_query(query, self._assumptions, now, strict=strict)
        depth = self._assumptions.number("history-days")
        begin = max(asked.start, now - depth * DAY) if depth else asked.start
        asked = replace(asked, start=begin, end=max(begin, min(asked.end, cut_off)))
        stamp = (self._account.version, self._assumptions.version)
        self._encoder.renew(stamp)
        rows = self._kept.get((replace(asked, language=""), stamp), lambda: self._maker.rows(asked))
        encode = self._record_encoder(asked, cut_off)
        count = len(rows.keys)
        orphans = _ORPHANS if asked.rows == "PAIR" and self._assumptions["orphan-rows"] == "on" else ()

        def records(places: Iterable[int]) -> list[bytes]:
            return [
                encode(rows.keys[place], rows.values[place]) if place < count else orphans[place - count]
                for place in places
            ]

        listing = paging.Listing(count + len(orphans), records)
        return paging.answer(PATH, query, page, listing, self._assumptions)

    def views_of(self, asset: Asset) -> int:
        """All views of an asset up to the cut-off, for POPULARITY."""
        content = self._account.content_by_urn.get(asset.urn)
        end = self.cut_off()
        views = self._popularity.get((self._account.log.version, end), lambda: self._maker.popularity(end))
        return views[content.index] if content is not None else 0

    def _record_encoder(self, asked: ReportQuery, cut_off: int) -> Callable[[Key, Values], bytes]:
        encoder, contents, learners = self._encoder, self._account.contents, self._account.learners
        # The data of a closed Pacific day reaches to its last minute: 23:59:00 (§6.8).
        latest = cut_off - 60_000
        shown = self._assumptions["learner-entity"]
        old = (shown == "sometimes" and asked.end < self._clock.now() - _OLD) or (
            shown == "by-kind" and asked.asset_type == "VIDEO"
        )

        def encode(key: Key, values: Values) -> bytes:
            learner = content = None
            activities = b""
            if key.learner >= 0:
                learner = encoder.learner(learners[key.learner], key.identity, old=old)
            elif asked.rows in {"ACCOUNT", "ACCOUNT_CONTENT"}:
                learner = ACCOUNT_DETAILS
            if isinstance(values, Engagement):
                what = contents[key.content]
                content = encoder.content(what, asked.language)
                if asked.rows == "PAIR" and learner is not None:
                    return encoder.pair(latest, learner, content, what.type, values, part=key.part)
                activities = encoder.content_rows(what.type, values)
            elif isinstance(values, Presence):
                activities = encoder.individual(values, asked.asset_types)
            else:
                activities = encoder.account(values, asked.asset_types)
            return encoder.record(latest, learner, content, activities)

        return encode
