"""One pooled HTTP session with time-outs and a deadline; network failures are raised as this project's errors.

Nothing here knows which LinkedIn resource is called; org sync uses it for its own hosts and token as well.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from learning_graph.values.errors import OutOfTime, Unavailable

VERSION: Final = "0.1.0"
TIMEOUTS: Final = (5.0, 240.0)  # connect, read; one plug-in in production waits 240 s (API reference §7.3)
_CHUNK_BYTES: Final = 1 << 20

Parameters = Sequence[tuple[str, str]]


class NoAnswer(Unavailable):
    """The host did not answer within the time-out."""


@dataclass(frozen=True)
class Answer:
    """A complete answer: status, headers (names in any case), body after gzip."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class OpenAnswer:
    """An answer whose body has not been read; `chunks` may be read once, within the `with` that opened it."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Bearer(AuthBase):
    """Sends a token; as the request's `auth` it also prevents a `.netrc` from replacing the header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _NoAuthorization(AuthBase):
    """Sends no credentials in a header, whatever a `.netrc` says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class HttpSession:
    """A pool of connections shared by threads. Redirects are never followed: a token could be sent to another host.

    Args:
        pool_size: connections kept per host; as many threads may call at once.
        time_left: seconds until the invocation must be done; no call lasts longer.
        timeouts: (connect, read) in seconds; a body may take no longer than the read time-out as a whole.
    """

    def __init__(
        self,
        *,
        pool_size: int,
        time_left: Callable[[], float] = lambda: math.inf,
        timeouts: tuple[float, float] = TIMEOUTS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = requests.Session()
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers.update(
            {
                "User-Agent": f"learning-graph/{VERSION}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=pool_size, max_retries=0))
        self._time_left = time_left
        self._timeouts = timeouts
        self._monotonic = monotonic

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        parameters: Parameters = (),
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call and read the whole answer.

        Args:
            method: HTTP method.
            url: without query.
            auth: `Bearer(token)`; None sends no credentials.
            parameters: query.
            data: body: form pairs, bytes, a file or an iterator of bytes.
            headers: in addition to the session's.

        Raises:
            Unavailable: no connection, reset, broken transfer; NoAnswer: time-out.
            OutOfTime: the invocation has no time for it.
        """
        with self.exchange(method, url, auth=auth, parameters=parameters, data=data, headers=headers) as answer:
            return Answer(answer.status, answer.headers, b"".join(answer.chunks))

    @contextmanager
    def exchange(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        parameters: Parameters = (),
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[OpenAnswer]:
        """Like `send`, but without reading the body, for downloads that do not fit in memory."""
        left = self._time_left()
        if left <= 0:
            raise OutOfTime(f"no time left to call {_host(url)}")
        connect, read = min(self._timeouts[0], left), min(self._timeouts[1], left)
        limit = _Limit(_host(url), read, read < self._timeouts[1], self._time_left)
        with limit.errors_translated():
            response = self.session.request(
                method,
                url,
                params=list(parameters),
                data=data,
                headers=headers,
                auth=auth or _NoAuthorization(),
                timeout=(connect, read),
                allow_redirects=False,
                stream=True,
            )
        with response:
            yield OpenAnswer(response.status_code, response.headers, self._chunks(response.raw, limit))

    def _chunks(self, raw: urllib3.BaseHTTPResponse, limit: _Limit) -> Iterator[bytes]:
        end = self._monotonic() + limit.seconds
        while True:
            with limit.errors_translated():
                # read1 returns after each packet, so that a slow body does not exceed the time-out unnoticed.
                chunk = raw.read1(_CHUNK_BYTES, decode_content=True)
                if not chunk:
                    return
                if self._time_left() <= 0 or self._monotonic() > end:
                    raise TimeoutError
            yield chunk

    def close(self) -> None:
        """Close the pooled connections."""
        self.session.close()


@dataclass(frozen=True)
class _Limit:
    """How long one call may take. Errors raised by the reader of the body are not changed."""

    host: str
    seconds: float
    cut_short: bool
    time_left: Callable[[], float]

    @contextmanager
    def errors_translated(self) -> Iterator[None]:
        try:
            yield
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            if self.cut_short or self.time_left() <= 0:
                raise OutOfTime(f"{self.host} had not answered when the time was over") from error
            raise NoAnswer(f"{self.host} did not answer within {self.seconds:g} s") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"the connection to {self.host} failed: {type(error).__name__}") from error


def _host(url: str) -> str:
    # A query may hold what nobody should read in a log.
    return url.split("?", 1)[0].split("//", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
