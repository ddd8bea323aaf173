"""The client of LinkedIn's learning resources: tokens, errors by what to do about them, pages read ahead."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from learning_graph.linkedin import queries
from learning_graph.linkedin.answers import OK, UNAUTHORIZED, error_of, message_of
from learning_graph.linkedin.credentials import Credentials
from learning_graph.linkedin.pages import Page, read_object, read_page
from learning_graph.linkedin.queries import Parameters, Query
from learning_graph.linkedin.quota import DailyQuota
from learning_graph.linkedin.retries import BackOff
from learning_graph.linkedin.session import TIMEOUTS, Bearer, HttpSession
from learning_graph.linkedin.throttle import AdaptiveLimit
from learning_graph.linkedin.tokens import Token, TokenSource
from learning_graph.linkedin.walk import walk
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import AuthorizationLost, DailyQuotaReached, OutOfTime, Throttled
from learning_graph.values.steps import KeyType

_log = logging.getLogger(__name__)

T = TypeVar("T")


class _TokenRefused(Exception):
    """401: the token is no good any more; says so between the two halves of a call."""


class LinkedInClient:
    """Reads LinkedIn Learning for one invocation; tokens live as long as this object and no longer.

    Errors are those of `values.errors`: whoever calls decides by their class (API reference §7.3).

    Args:
        api_url: e.g. `https://api.linkedin.com`.
        oauth_url: the token endpoint, whole.
        credentials: one or two pairs.
        max_concurrent_requests: calls at once; throttling lowers it for a while.
        time_left: seconds until the invocation must be done; no call and no wait outlives it.
        timeouts: (connect, read) in seconds.
        attempts: calls in all before a passing failure is told to the caller.
        quota: used-up daily quotas, where other workers are to know of them and they of this one.
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
        attempts: int = 4,
        quota: DailyQuota | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/").removesuffix("/v2")
        self._credentials = credentials
        self._depth = 2 * max_concurrent_requests
        self._now = now
        self._back_off = BackOff(attempts, time_left, sleep)
        self.http = HttpSession(
            pool_size=max_concurrent_requests, time_left=time_left, timeouts=timeouts, monotonic=monotonic
        )
        self._tokens = {
            pair: TokenSource(self.http, oauth_url, pair, self._back_off, now=now, monotonic=monotonic)
            for pair in credentials.pairs
        }
        self._gate = AdaptiveLimit(max_concurrent_requests)
        self._executor = ThreadPoolExecutor(max_concurrent_requests, thread_name_prefix="linkedin")
        self._lock = threading.Lock()
        self._quota = quota or DailyQuota()
        self.requests = 0

    @property
    def token_requests(self) -> int:
        """Calls to the token host so far."""
        return sum(tokens.requests for tokens in self._tokens.values())

    def authenticate(self, key_type: KeyType) -> None:
        """Mint a token for the pair of a key type, if there is none yet.

        Raises:
            CredentialRefused: with LinkedIn's words.
        """
        self._tokens[self._credentials.pair_for(key_type)].token()

    def pages(self, query: Query, start: int = 0) -> Iterator[Page]:
        """Yield the pages of a listing in the order of their offsets, reading ahead (see `walk`)."""
        return walk(partial(self._page, query), self._executor, start=start, depth=self._depth)

    def first_page(self, query: Query) -> Page:
        """Make one call and return its page."""
        return self._page(query, 0, threading.Event())

    def asset(self, urn: str) -> bytes:
        """Return the JSON object of one asset, retired or not.

        Raises:
            NotFound: LinkedIn does not know the URN.
        """
        path, parameters = queries.asset(urn)
        return self._call("Content", path, parameters, read_object, place=0, abandoned=threading.Event())

    def close(self) -> None:
        """Stop reading ahead and close the connections; the tokens are forgotten with the object."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self.http.close()

    def _page(self, query: Query, start: int, abandoned: threading.Event) -> Page:
        parameters = (*query.parameters, ("start", str(start)), ("count", str(query.page_size)))
        read = partial(read_page, start=start, page_size=query.page_size)
        return self._call(query.key_type, query.path, parameters, read, place=start, abandoned=abandoned)

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
        """Call with the cached token; if LinkedIn refuses it, once more with one minted since (API reference §7.3)."""
        pair = self._credentials.pair_for(key_type)
        tokens = self._tokens[pair]
        what = f"{path} from {place}"

        def attempt(token: Token) -> T:
            if abandoned.is_set():
                raise OutOfTime(f"{what}: nobody waits for it any more")
            self._check_quota(key_type)
            return read(self._exchange(key_type, path, parameters, token.value, what))

        minted_before: int | None = None
        while True:
            token = tokens.token()
            try:
                return self._back_off.call(partial(attempt, token), what=what)
            except _TokenRefused as error:
                # The cached token may be one that another thread minted before ours was refused: that is no verdict.
                if minted_before is None:
                    minted_before = tokens.minted
                elif token.number > minted_before:
                    raise AuthorizationLost(str(error)) from None
                _log.info("token refused, minting another", extra={"call": what})
                tokens.drop(token)
            except DailyQuotaReached as error:
                self._quota.use_up(self._credentials.sharing(key_type), error.until)
                raise

    def _exchange(self, key_type: KeyType, path: str, parameters: Parameters, token: str, what: str) -> bytes:
        with self._gate.slot() as epoch:
            with self._lock:
                self.requests += 1
            answer = self.http.send("GET", self._api_url + path, auth=Bearer(token), parameters=parameters)
        _log.debug("call answered", extra={"call": what, "status": answer.status})
        if answer.status == OK:
            self._gate.succeeded()
            return answer.body
        if answer.status == UNAUTHORIZED:
            raise _TokenRefused(f"{path}: LinkedIn answered 401: {message_of(answer.body, token)}")
        error = error_of(answer, path=path, key_type=key_type, now=self._now(), hidden=token)
        if isinstance(error, Throttled):
            self._gate.throttled(epoch)
        raise error

    def _check_quota(self, key_type: KeyType) -> None:
        """Burn no call of a pair whose day is over (API reference §7.3)."""
        until = self._quota.used_up_until(key_type)
        if until is not None and self._now() < until:
            raise DailyQuotaReached(key_type, until)
