"""The client of LinkedIn's learning resources."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import partial
from http import HTTPStatus
from typing import Final, TypeVar

from learning_graph.linkedin import queries
from learning_graph.linkedin.answers import OK, UNAUTHORIZED, error_of, message_of
from learning_graph.linkedin.auth import CredentialPair, Credentials, Token, TokenSource
from learning_graph.linkedin.decoding import Decoded, decode_record
from learning_graph.linkedin.http import TIMEOUTS, Bearer, HttpSession
from learning_graph.linkedin.paging import ASKED_AGAIN, Page, read_page, walk
from learning_graph.linkedin.policy import ATTEMPTS, Attempts, SharedLimits, Throttle
from learning_graph.linkedin.queries import Parameters, Query
from learning_graph.linkedin.records import Asset
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import (
    AccessDenied,
    AuthorizationLost,
    DailyQuotaReached,
    NotFound,
    OutOfTime,
    RequestRefused,
)
from learning_graph.values.steps import KeyType

_PAGES_WAITING: Final = 4  # pages that were read and wait their turn, over all listings; each takes some megabytes
_LOOKUP_PAGE: Final = 100
_log = logging.getLogger(__name__)

T = TypeVar("T")


class _TokenRefused(Exception):
    """401: the token is no longer valid."""


class LinkedInClient:
    """Reads LinkedIn Learning for one invocation; tokens live as long as this object and no longer.

    Errors are those of `values.errors`; their class says whether to retry (API reference §7.3).

    Args:
        api_url: e.g. `https://api.linkedin.com`.
        oauth_url: the complete URL of the token endpoint.
        credentials: one or two pairs.
        max_concurrent_requests: calls at once, however many listings are read.
        time_left: seconds until the invocation must be done; no call or wait lasts longer.
        timeouts: (connect, read) in seconds.
        attempts: calls in all before an outage is reported to the caller.
        wait_when_throttled: repeat a throttled call for as long as there is time; otherwise it counts as an outage.
        limits: what is shared with other workers about LinkedIn's limits.

    Attributes:
        requests: calls of the resources so far, repeated ones included.
        retries: how many of them repeated one that failed.
        throttled: how many of them LinkedIn answered with 429.
    """

    def __init__(
        self,
        *,
        api_url: str,
        oauth_url: str,
        credentials: Credentials,
        max_concurrent_requests: int,
        time_left: Callable[[], float] = lambda: math.inf,
        now: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        timeouts: tuple[float, float] = TIMEOUTS,
        attempts: int = ATTEMPTS,
        wait_when_throttled: bool = True,
        limits: SharedLimits | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/").removesuffix("/v2")
        self._credentials = credentials
        self._most_pages = max_concurrent_requests + _PAGES_WAITING
        self._now = now
        self._wait_when_throttled = wait_when_throttled
        self._attempts = Attempts(attempts, time_left, sleep)
        self.http = HttpSession(
            pool_size=max_concurrent_requests, time_left=time_left, timeouts=timeouts, monotonic=monotonic
        )
        self._limits = limits or SharedLimits()
        self._tokens: dict[CredentialPair, TokenSource] = {}
        self._throttles: dict[CredentialPair, Throttle] = {}
        for pair in credentials.pairs:
            self._tokens[pair] = TokenSource(self.http, oauth_url, pair, self._attempts, now=now, monotonic=monotonic)
            self._throttles[pair] = Throttle(
                credentials.key_types_of(pair), self._limits, monotonic=monotonic, sleep=sleep
            )
        self._executor = ThreadPoolExecutor(max_concurrent_requests, thread_name_prefix="linkedin")
        self._lock = threading.Lock()
        self._walks: set[object] = set()
        self._log_fields: Mapping[str, str] = {}
        self.requests = self.retries = self.throttled = 0

    def for_shard(self, log_fields: Mapping[str, str]) -> LinkedInClient:
        """Return a client that counts its own requests, and shares everything else with this one.

        Args:
            log_fields: what its log lines say of the shard.
        """
        other = copy(self)
        other._log_fields = log_fields  # noqa: SLF001 - of the same class
        other.requests = other.retries = other.throttled = 0
        return other

    def authenticate(self, key_type: KeyType) -> None:
        """Mint a token for the pair of a key type, if there is none yet.

        Raises:
            CredentialRefused: with LinkedIn's words.
        """
        self._tokens[self._credentials.pair_for(key_type)].token()

    def pages(self, query: Query, start: int = 0) -> Iterator[Page]:
        """Yield the pages of a listing in the order of their offsets, reading ahead (see `paging.walk`).

        Several threads may each read a listing: together they hold no more pages than one of them would alone.
        """
        this = object()
        self._walks.add(this)
        try:
            fetch = partial(self._page, query)
            yield from walk(fetch, self._executor, start=start, depth=self._depth, log_fields=self._log_fields)
        finally:
            self._walks.discard(this)

    def first_page(self, query: Query) -> Page:
        """Make one call and return its page."""
        return self._executor.submit(self._page, query, 0, threading.Event()).result()

    def lookups(self, urns: Sequence[str], start: int = 0) -> Iterator[Page]:
        """Yield the assets of a list of URNs, retired or not, a hundred URNs a page.

        Assets that LinkedIn does not know, or does not show by URN, are left out. A 403 concerns one asset: the key
        has the permission, since a listing was read with it before.
        """
        for offset in range(start, len(urns), _LOOKUP_PAGE):
            following = offset + _LOOKUP_PAGE
            answers = list(self._executor.map(self._asset, urns[offset:following]))
            found = [(offset + place, answer) for place, answer in enumerate(answers) if answer is not None]
            yield Page(
                start=offset,
                next_start=following if following < len(urns) else None,
                total=None,
                records=[record for _, answer in found for record in answer.records],
                rejected=tuple((place, problem) for place, answer in found for _, problem in answer.rejected),
                repaired=sum(answer.repaired for _, answer in found),
            )

    def close(self) -> None:
        """Stop reading ahead and close the connections; the tokens are forgotten with the object."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self.http.close()

    def _depth(self) -> int:
        return max(1, self._most_pages // max(1, len(self._walks)))

    def _page(self, query: Query, start: int, abandoned: threading.Event) -> Page:
        parameters = (*query.parameters, ("start", str(start)), ("count", str(query.page_size)))
        read = partial(read_page, record=query.record, start=start, page_size=query.page_size)
        return self._call(query.key_type, query.path, parameters, read, place=start, abandoned=abandoned)

    def _asset(self, urn: str) -> Decoded | None:
        path, parameters = queries.asset(urn)
        read = partial(_read_asset, urn=urn)
        found: Decoded | None = None
        try:
            # As for a page: a doubtful answer is requested again, and accepted when it comes twice.
            for _ in range(1 + ASKED_AGAIN):
                before, found = (
                    found,
                    self._call("Content", path, parameters, read, place=0, abandoned=threading.Event()),
                )
                if _is_whole(found) or found == before:
                    break
        except (AccessDenied, NotFound, RequestRefused):
            return None
        return found

    def _call(
        self,
        key_type: KeyType,
        path: str,
        parameters: Parameters,
        read: Callable[[bytes], T],
        *,
        place: int,
        abandoned: threading.Event,
    ) -> T:
        """Call with the cached token; if LinkedIn refuses it, call once more with a newer one (API reference §7.3)."""
        pair = self._credentials.pair_for(key_type)
        tokens = self._tokens[pair]
        throttle = self._throttles[pair] if self._wait_when_throttled else None
        what = f"{path} from {place}"
        tries = 0

        def attempt(token: Token) -> T:
            nonlocal tries
            if abandoned.is_set():
                raise OutOfTime(f"{what}: nobody waits for it any more")
            self._check_quota(key_type)
            tries += 1
            self._count(requests=1, retries=tries > 1)
            return read(self._exchange(key_type, path, parameters, token.value, what))

        minted_before: int | None = None
        while True:
            token = tokens.token()
            try:
                return self._attempts.call(
                    partial(attempt, token), what=what, throttle=throttle, log_fields=self._log_fields
                )
            except _TokenRefused as error:
                # Another thread may have minted the cached token before ours was refused: this is no second refusal.
                if minted_before is None:
                    minted_before = tokens.minted
                elif token.number > minted_before:
                    raise AuthorizationLost(str(error)) from None
                _log.info("token refused, minting another", extra={**self._log_fields, "call": what})
                tokens.drop(token)
            except DailyQuotaReached as error:
                if self._limits.quota_used_up_until(key_type) != error.until:
                    self._limits.use_up_quota(self._credentials.key_types_of(pair), error.until)
                raise

    def _exchange(self, key_type: KeyType, path: str, parameters: Parameters, token: str, what: str) -> bytes:
        answer = self.http.send("GET", self._api_url + path, auth=Bearer(token), parameters=parameters)
        _log.debug("call answered", extra={**self._log_fields, "call": what, "status": answer.status})
        self._count(throttled=answer.status == HTTPStatus.TOO_MANY_REQUESTS)
        if answer.status == OK:
            return answer.body
        if answer.status == UNAUTHORIZED:
            raise _TokenRefused(f"{path}: LinkedIn answered 401: {message_of(answer.body, token)}")
        raise error_of(answer, path=path, key_type=key_type, now=self._now(), hidden=token)

    def _count(self, *, requests: int = 0, retries: int = 0, throttled: int = 0) -> None:
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.throttled += throttled

    def _check_quota(self, key_type: KeyType) -> None:
        """Make no call with a pair whose daily quota is used up (API reference §7.3)."""
        until = self._limits.quota_used_up_until(key_type)
        if until is not None and self._now() < until:
            raise DailyQuotaReached(key_type, until)


def _read_asset(body: bytes, urn: str) -> Decoded:
    found = decode_record(body, Asset)
    if any(asset.urn != urn for asset in found.records):
        return Decoded([], ((0, "The answer is about another URN"),))
    return found


def _is_whole(found: Decoded) -> bool:
    """Return whether an answer has what every asset has (API reference §4.5)."""
    return bool(found.records) and all(asset.title and asset.type and asset.details for asset in found.records)
