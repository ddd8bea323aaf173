"""A LinkedIn Learning server that costs little itself, for measuring clients (API reference §1 to §7).

    python -m benchmarks.server [--port 0] [--courses 4000] … [--latency-ms 200] [--requests-a-second 10]

Prints `{"apiUrl": …, "oauthUrl": …}` when it listens and ends when its stdin does. `GET /statistics` says what was
asked of it since the last `POST /statistics`, which sets everything to zero.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import sys
import time
from collections import Counter
from urllib.parse import parse_qs, unquote, urlencode

from aiohttp import web

from benchmarks.account import ASSET_PAGE, REPORT_PAGE, Account, Listing, Size

_ASSETS, _CLASSIFICATIONS = "/v2/learningAssets", "/v2/learningClassifications"
_REPORTS = "/v2/learningActivityReports"
_TOKEN_PATH = "/oauth/v2/accessToken"  # noqa: S105 - a path
_TOKEN = "benchmark-token"  # noqa: S105 - nobody else takes it
_MILLISECONDS_A_DAY = 86_400_000
_LONGEST_WINDOW = 14 * _MILLISECONDS_A_DAY
DEFAULT = Size(courses=4000, paths=500, videos=5500, german=0, learners=20_000, engagements=2000, active=2000)

Query = dict[str, str]


class Refused(Exception):
    """An answer other than 200: status and message."""


class Statistics:
    """What was asked: requests by listing, answers by status and by time, and pages that went out twice."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.tokens = self.bytes = self.open = self.most_open = self.repeated = 0
        self._began = time.monotonic()
        self._cpu = time.process_time()
        self._pages: set[tuple[str, int]] = set()
        self._answered: list[float] = []
        self._last_report = 0.0

    def note_page(self, path: str, listing: Listing, start: int, locale: str | None) -> None:
        """Count a request of a listing, and whether its records have gone out before."""
        self.requests[f"{path.rpartition('/')[2]} {listing.name} {locale or 'every locale'}"] += 1
        page = (listing.name, listing.first + start)
        self.repeated += page in self._pages and listing.total > 0
        self._pages.add(page)
        if path == _REPORTS:
            self._last_report = time.monotonic() - self._began

    def note_answer(self, status: int, size: int) -> None:
        self.statuses[status] += 1
        self.bytes += size
        if status == 200:
            self._answered.append(time.monotonic() - self._began)

    def as_json(self) -> dict[str, object]:
        """Return everything; times are seconds from the beginning, `answered` of each 200."""
        return {
            "requests": dict(self.requests),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "tokens": self.tokens,
            "bytes": self.bytes,
            "mostAtOnce": self.most_open,
            "repeatedPages": self.repeated,
            "answered": self._answered,
            "lastReport": self._last_report,
            "cpuSeconds": time.process_time() - self._cpu,
        }


class Server:
    """Answers what the product asks of LinkedIn; `limit` is the number of requests it allows in a second, 0 for any."""

    def __init__(self, account: Account, *, latency: float, limit: int) -> None:
        self._account, self._latency, self._limit = account, latency, limit
        self._second, self._in_second = 0, 0
        self.statistics = Statistics()

    async def handle(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/statistics":
            if request.method == "POST":
                self.statistics = Statistics()
            return web.json_response(self.statistics.as_json())
        if request.path == _TOKEN_PATH:
            await request.read()
            self.statistics.tokens += 1
            return web.json_response({"access_token": _TOKEN, "expires_in": 1800})
        return await self._listing(request)

    async def _listing(self, request: web.BaseRequest) -> web.Response:
        statistics = self.statistics
        statistics.open += 1
        statistics.most_open = max(statistics.most_open, statistics.open)
        try:
            status, body = self._answer(request)
            if self._latency:
                await asyncio.sleep(self._latency)
        finally:
            statistics.open -= 1
        statistics.note_answer(status, len(body))
        return web.Response(status=status, body=body, content_type="application/json")

    def _answer(self, request: web.BaseRequest) -> tuple[int, bytes]:
        try:
            self._check_token(request)
            self._throttle()
            query = {name: values[-1] for name, values in parse_qs(request.rel_url.raw_query_string).items()}
            return 200, self.page(request.path, query)
        except Refused as refusal:
            status, message = refusal.args
            return status, json.dumps({"status": status, "message": message}).encode()

    def _check_token(self, request: web.BaseRequest) -> None:
        if request.headers.get("Authorization") != f"Bearer {_TOKEN}":
            raise Refused(401, "Invalid access token")

    def _throttle(self) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self._limit and self._in_second > self._limit:
            raise Refused(429, "Too many requests")

    def page(self, path: str, query: Query) -> bytes:
        """Return the body of an answer.

        Raises:
            Refused: the status is another than 200.
        """
        if path.startswith(_ASSETS + "/"):
            self.statistics.requests["asset"] += 1
            found = self._account.asset(unquote(path[len(_ASSETS) + 1 :]))
            if found is None:
                raise Refused(404, "Not found")
            return found
        largest = REPORT_PAGE if path == _REPORTS else ASSET_PAGE
        start, count = _place(query)
        if count > largest:
            raise Refused(400, f"Parameter 'count' is invalid: at most {largest}")
        if query.get("aggregationCriteria.primary") == "ACCOUNT":
            self.statistics.requests["learningActivityReports ACCOUNT"] += 1
            return _page(path, query, total=1, elements=self._account.totals(int(query["startedAt"])))
        listing = self._find(path, query)
        self.statistics.note_page(path, listing, start, _locale(query))
        return _page(path, query, total=listing.total, elements=listing.elements(start, count))

    def _find(self, path: str, query: Query) -> Listing:
        if path == _ASSETS:
            return self._find_assets(query)
        if path == _CLASSIFICATIONS:
            locale = f"{query.get('sourceLocale.language')}_{query.get('sourceLocale.country')}"
            listing = self._account.classifications(query.get("type", ""), locale)
            if listing is None:
                raise Refused(400, "Parameter 'type' is invalid")
            return listing
        if path == _REPORTS:
            return self._find_report(query)
        raise Refused(404, "Not found")

    def _find_assets(self, query: Query) -> Listing:
        criteria, locale = "assetFilteringCriteria.", _locale(query)
        if query.get(f"{criteria}isCurated") == "true":
            return self._account.curated(locale)
        kind = query.get(f"{criteria}assetTypes[0]", "")
        after = int(query.get(f"{criteria}lastModifiedAfter", "0"))
        return self._account.assets(kind, locale=locale, changed_after=after, urns_only=query.get("fields") == "urn")

    def _find_report(self, query: Query) -> Listing:
        start = int(query["startedAt"])
        if int(query["timeOffset.duration"]) * _MILLISECONDS_A_DAY > _LONGEST_WINDOW:
            raise Refused(500, "Internal Server Error")
        if "aggregationCriteria.secondary" not in query:
            return self._account.learners(start)
        return self._account.engagements(query["assetType"], start)


def _page(path: str, query: Query, *, total: int, elements: bytes) -> bytes:
    start, count = _place(query)
    links = []
    for rel, offset in (("prev", start - count), ("next", start + count)):
        if 0 <= offset < total:
            parameters = sorted({**query, "start": str(offset), "count": str(count)}.items())
            href = f"{path}?{urlencode(parameters, safe='[]:,()')}"
            links.append({"type": "application/json", "rel": rel, "href": href})
    paging = json.dumps({"start": start, "count": count, "links": links, "total": total}).encode()
    metadata = b'"metadata":{},' if path == _ASSETS else b""
    return b'{"paging":' + paging + b"," + metadata + b'"elements":[' + elements + b"]}"


def _locale(query: Query) -> str | None:
    locale = "assetFilteringCriteria.locales[0]."
    language = query.get(f"{locale}language")
    return language and f"{language}_{query.get(f'{locale}country')}"


def _place(query: Query) -> tuple[int, int]:
    return int(query.get("start", "0")), int(query.get("count", "10"))


async def serve(server: Server, port: int) -> None:
    """Listen until stdin ends."""
    runner = web.ServerRunner(web.Server(server.handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, port = runner.addresses[0][:2]
    base = f"http://{host}:{port}"
    print(json.dumps({"apiUrl": base, "oauthUrl": base + _TOKEN_PATH}), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--requests-a-second", type=int, default=0)
    for field in dataclasses.fields(Size):
        parser.add_argument(f"--{field.name}", type=int, default=getattr(DEFAULT, field.name))
    options = parser.parse_args()
    size = Size(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Size)})
    server = Server(
        Account(size, now=round(time.time() * 1000)), latency=options.latency_ms / 1000, limit=options.requests_a_second
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(server, options.port))


if __name__ == "__main__":
    main()
