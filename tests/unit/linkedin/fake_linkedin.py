"""LinkedIn behind a `requests` adapter: no socket, but tokens, key types, listings and faults that hold state."""

from __future__ import annotations

import gzip
import io
import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits

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
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    timeout: tuple[float, float]

    @property
    def start(self) -> int:
        return int(self.query.get("start", "-1"))


@dataclass(frozen=True)
class Reply:
    """What goes over the wire; `body` as JSON unless it is bytes, an exception is raised instead of answering."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None


Fault = Callable[[Call], Reply | None]


class FakeLinkedIn(BaseAdapter):
    def __init__(self, rows: list[Any] | None = None, *, page_limit: int = 1000) -> None:
        super().__init__()
        self.rows = rows if rows is not None else []
        self.page_limit = page_limit
        self.pairs = dict(KEYS_OF)
        self.token_reply: dict[str, Any] = {"expires_in": 1800}
        self.calls: list[Call] = []
        self.mints: list[Call] = []
        self.token_faults: list[Reply] = []
        self.faults: list[Reply] = []
        self.fault: Fault = lambda call: None
        self.listing: Callable[[Call], Any] = self.page_of
        self.valid_tokens: dict[str, set[str]] = {}
        self._lock = threading.Lock()

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
        url = urlsplit(request.url)
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        call = Call(
            request.method or "",
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            dict(request.headers),
            body,
            timeout,
        )
        reply = self._token(call) if request.url.startswith(OAUTH) else self._resource(call)
        if reply.error is not None:
            raise reply.error
        return _response(request, reply)

    def close(self) -> None:
        pass

    def _token(self, call: Call) -> Reply:
        with self._lock:
            self.mints.append(call)
            if self.token_faults:
                return self.token_faults.pop(0)
            form = dict(parse_qsl(call.body))
            pair = CredentialPair(form["client_id"], form["client_secret"])
            if pair not in self.pairs:
                said = {"error": "invalid_client_id", "error_description": "Client authentication failed"}
                return Reply(401, said)
            token = f"token-{len(self.mints)}"
            self.valid_tokens[token] = self.pairs[pair]
            return Reply(200, {"access_token": token, **self.token_reply})

    def _resource(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            if self.faults:
                return self.faults.pop(0)
        if (reply := self.fault(call)) is not None:
            return reply
        keys = self.valid_tokens.get(call.headers.get("Authorization", "").removeprefix("Bearer "))
        if keys is None:
            return Reply(401, {"status": 401, "serviceErrorCode": 65600, "message": "Invalid access token"})
        if ("Report" if "Reports" in call.path else "Content") not in keys:
            return Reply(403, {"status": 403, "message": "Not enough permissions to access: x.FINDER-criteria"})
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


def page(rows: list[Any], start: int, count: int, total: Any, links: Any) -> dict[str, Any]:
    return {"paging": {"start": start, "count": count, "total": total, "links": links}, "elements": rows}


def link(rel: str, start: int) -> dict[str, Any]:
    return {"type": "application/json", "rel": rel, "href": f"/v2/x?count=9&q=criteria&start={start}&type=z"}


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
    fake: FakeLinkedIn,
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
