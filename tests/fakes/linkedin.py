"""LinkedIn in this process: a `requests` adapter under the real client, so that unit tests open no socket.

`FakeLinkedIn` answers from a script, with tokens, listings and faults; `tests.fakes.simulated_linkedin` puts the
simulator behind the same adapter.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.values.clock import Clock

API = "https://api.linkedin.test"
OAUTH = "https://www.linkedin.test/oauth/v2/accessToken"
COMBINED = CredentialPair("86combined", "se+cr/et=")
CONTENT = CredentialPair("86content", "content-secret")
REPORT = CredentialPair("86report", "report-secret")
KEYS_OF = {COMBINED: {"Content", "Report"}, CONTENT: {"Content"}, REPORT: {"Report"}}
START = datetime(2026, 11, 21, 16, tzinfo=UTC)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass(frozen=True)
class Call:
    """A request as it would go over the wire; `target` is its path and query as sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    timeout: tuple[float, float]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def start(self) -> int:
        return int(self.query.get("start", "-1"))

    @property
    def place(self) -> tuple[str, int]:
        """The listing (see `listing_of`) and the offset, or the URN that is looked up and 0."""
        if "q" in self.query:
            return listing_of(self.query), self.start
        return unquote(self.path.rpartition("/")[2]), 0


def listing_of(query: Mapping[str, str]) -> str:
    """Name the listing that a query asks for: `assets/COURSE/en_US`, `curated/en_US`, `classifications/TOPIC/en_US`,
    `account/<start>/<days>`, `learners/<start>/<days>` or `engagements/COURSE/<start>/<days>`; `every-locale` stands
    for a locale that is not named.
    """
    if "startedAt" in query:
        window = f"{query['startedAt']}/{query['timeOffset.duration']}"
        if "aggregationCriteria.secondary" in query:
            return f"engagements/{query['assetType']}/{window}"
        return f"{'account' if query['aggregationCriteria.primary'] == 'ACCOUNT' else 'learners'}/{window}"
    if query["q"] == "localeAndType":
        return f"classifications/{query['type']}/{query['sourceLocale.language']}_{query['sourceLocale.country']}"
    prefix = "assetFilteringCriteria."
    locale = "every-locale"
    if f"{prefix}locales[0].language" in query:
        locale = f"{query[prefix + 'locales[0].language']}_{query[prefix + 'locales[0].country']}"
    if prefix + "isCurated" in query:
        return f"curated/{locale}"
    return f"assets/{query[prefix + 'assetTypes[0]']}/{locale}"


@dataclass(frozen=True)
class Reply:
    """What goes over the wire; `body` as JSON unless it is bytes, an exception is raised instead of answering."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None


OUTAGE = Reply(502, b"<html>Bad gateway</html>")
THROTTLED = Reply(429, {"message": "Too many requests"})
DAILY_QUOTA = Reply(429, {"message": "throttle APPLICATION DAY limit is reached."})
FORBIDDEN = Reply(403, {"message": "Not enough permissions to access: x.FINDER-criteria"})


class InProcessLinkedIn(BaseAdapter):
    """An adapter that keeps every call and hands it to `token` or `resource`.

    Attributes:
        calls: calls of resources, in order.
        mints: calls of the token host.
        faults: replies of the next calls of resources, whatever they are.
        faults_at: replies by place, given one after the other before the place itself is answered.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.mints: list[Call] = []
        self.faults: list[Reply] = []
        self.faults_at: dict[tuple[str, int], list[Reply]] = {}
        self._lock = threading.Lock()

    @property
    def places(self) -> list[tuple[str, int]]:
        """Listing or URN, and offset, of every call so far."""
        return [call.place for call in self.calls]

    def token(self, call: Call) -> Reply:
        """Answer the token host's call."""
        raise NotImplementedError

    def resource(self, call: Call) -> Reply:
        """Answer a call of a resource."""
        raise NotImplementedError

    def send(  # noqa: PLR0917 - the signature is that of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        assert request.url is not None
        target = request.url.split("/", 3)[3]
        call = Call(request.method or "", f"/{target}", dict(request.headers), _bytes_of(request.body), timeout)
        reply = self._minted(call) if request.url.startswith(OAUTH) else self._answered(call)
        if reply.error is not None:
            raise reply.error
        return _response(request, reply)

    def close(self) -> None:
        pass

    def _minted(self, call: Call) -> Reply:
        with self._lock:
            self.mints.append(call)
            return self.token(call)

    def _answered(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            if self.faults:
                return self.faults.pop(0)
            if self.faults_at and (waiting := self.faults_at.get(call.place)):
                return waiting.pop(0)
        return self.resource(call)


class FakeLinkedIn(InProcessLinkedIn):
    """LinkedIn as a script.

    Attributes:
        rows: of every listing; `listing` answers with a page of them.
        page_limit: rows of a page at most, whatever is asked for.
        pairs: the credential pairs and the key types that each may use.
        token_faults: replies of the token host's next calls.
        fault: is asked for a reply to each call before the token is looked at.
        listing: answers a call that no fault struck.
    """

    def __init__(self, rows: list[Any] | None = None, *, page_limit: int = 1000) -> None:
        super().__init__()
        self.rows = rows if rows is not None else []
        self.page_limit = page_limit
        self.pairs = dict(KEYS_OF)
        self.token_reply: dict[str, Any] = {"expires_in": 1800}
        self.token_faults: list[Reply] = []
        self.fault: Callable[[Call], Reply | None] = lambda call: None
        self.listing: Callable[[Call], Any] = self.page_of
        self.valid_tokens: dict[str, set[str]] = {}

    def token(self, call: Call) -> Reply:
        if self.token_faults:
            return self.token_faults.pop(0)
        form = dict(parse_qsl(call.body.decode()))
        pair = CredentialPair(form["client_id"], form["client_secret"])
        if pair not in self.pairs:
            said = {"error": "invalid_client_id", "error_description": "Client authentication failed"}
            return Reply(401, said)
        token = f"token-{len(self.mints)}"
        self.valid_tokens[token] = self.pairs[pair]
        return Reply(200, {"access_token": token, **self.token_reply})

    def resource(self, call: Call) -> Reply:
        if (reply := self.fault(call)) is not None:
            return reply
        keys = self.valid_tokens.get(call.headers.get("Authorization", "").removeprefix("Bearer "))
        if keys is None:
            return Reply(401, {"status": 401, "serviceErrorCode": 65600, "message": "Invalid access token"})
        if ("Report" if "Reports" in call.path else "Content") not in keys:
            return FORBIDDEN
        answer = self.listing(call)
        return answer if isinstance(answer, Reply) else Reply(200, answer)

    def page_of(self, call: Call) -> Any:
        start, count = call.start, min(int(call.query["count"]), self.page_limit)
        links = []
        if start > 0:
            links.append(link("prev", max(0, start - count)))
        if start + count < len(self.rows):
            links.append(link("next", start + count))
        return page(self.rows[start : start + count], start, int(call.query["count"]), len(self.rows), links)


class FakeListings(FakeLinkedIn):
    """LinkedIn as listings by name (see `listing_of`) and assets by URN; what is not named is empty or unknown.

    A record that is bytes goes over the wire as it is. `totals` are those of listings whose total is not their length.
    """

    def __init__(
        self,
        listings: Mapping[str, Sequence[Any]] | None = None,
        *,
        assets: Mapping[str, Any] | None = None,
        faults: Mapping[tuple[str, int], Sequence[Reply]] | None = None,
        totals: Mapping[str, int | None] | None = None,
        page_size: int = 1000,
    ) -> None:
        super().__init__(page_limit=page_size)
        self.listings = dict(listings or {})
        self.assets = dict(assets or {})
        self.totals = dict(totals or {})
        self.faults_at = {place: list(replies) for place, replies in (faults or {}).items()}
        self.listing = self._at_place

    def _at_place(self, call: Call) -> Any:
        name, start = call.place
        if "q" not in call.query:
            found = self.assets.get(name)
            return Reply(404, {"message": "Resource not found"}) if found is None else found
        rows = self.listings.get(name, ())
        size = min(int(call.query["count"]), self.page_limit)
        links = [link("next", start + size)] if start + size < len(rows) else []
        envelope = page([], start, size, self.totals.get(name, len(rows)), links)
        encoded = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows[start : start + size]]
        return Reply(200, json.dumps(envelope).encode()[:-2] + b",".join(encoded) + b"]}")


def page(rows: list[Any], start: int, count: int, total: Any, links: Any) -> dict[str, Any]:
    return {"paging": {"start": start, "count": count, "total": total, "links": links}, "elements": rows}


def link(rel: str, start: int) -> dict[str, Any]:
    return {"type": "application/json", "rel": rel, "href": f"/v2/x?count=9&q=criteria&start={start}&type=z"}


def _bytes_of(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if body is None or isinstance(body, bytes):
        return body or b""
    return b"".join(iter(lambda: body.read(1 << 16), b""))


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = dict(reply.headers)
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.compress(body)
    response = requests.Response()
    response.status_code = reply.status
    response.headers.update(headers)
    response.raw = urllib3.HTTPResponse(
        body=io.BytesIO(body), headers=headers, status=reply.status, preload_content=False
    )
    response.request = request
    response.url = request.url or ""
    return response


def make_client(
    fake: InProcessLinkedIn,
    *,
    content: CredentialPair | None = COMBINED,
    report: CredentialPair | None = None,
    at_once: int = 4,
    clock: FakeTime | None = None,
    time_left: Callable[[], float] = lambda: math.inf,
    attempts: int = 4,
    api_url: str = API,
    limits: SharedLimits | None = None,
) -> LinkedInClient:
    clock = clock or FakeTime()
    client = LinkedInClient(
        api_url=api_url,
        oauth_url=OAUTH,
        credentials=Credentials(content, report),
        max_concurrent_requests=at_once,
        time_left=time_left,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        attempts=attempts,
        limits=limits,
    )
    client.http.session.mount("https://", fake)
    return client


def make_sequential_client(
    fake: InProcessLinkedIn, credentials: Credentials, *, now: Clock, limits: SharedLimits
) -> LinkedInClient:
    """Return a client that makes a call only when its answer is needed, and no call twice.

    So calls come in the order of the listings' offsets, and an error reaches whoever reads at its first occurrence.
    """
    client = LinkedInClient(
        api_url=API,
        oauth_url=OAUTH,
        credentials=credentials,
        max_concurrent_requests=1,
        now=now,
        sleep=lambda _seconds: None,
        attempts=1,
        wait_when_throttled=False,
        limits=limits,
    )
    client.http.session.mount("https://", fake)
    client._executor.shutdown()
    client._executor = _OnDemand()  # type: ignore[assignment]
    return client


class _OnDemand(Executor):
    """Runs what was submitted in the thread that asks for its result."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return _Pending(partial(fn, *args, **kwargs))


class _Pending(Future[Any]):
    def __init__(self, action: Callable[[], Any]) -> None:
        super().__init__()
        self._action = action

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self.set_result(self._action())
        return super().result(timeout)
