"""Bearer tokens of one credential pair, kept in memory only (seed, "What gets stored and what doesn't")."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, quote_plus

from learning_graph.linkedin.answers import CLIENT_ERRORS, OK, object_of, retry_after
from learning_graph.linkedin.credentials import CredentialPair
from learning_graph.linkedin.refusals import resolution_of
from learning_graph.linkedin.retries import BackOff
from learning_graph.linkedin.session import Answer, HttpSession, NoAuthorization
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import (
    CredentialRefused,
    FatalError,
    LearningGraphError,
    RequestRefused,
    Throttled,
    Unavailable,
)

USUAL_LIFETIME: Final = 1800.0  # seconds (seed, "Authorization"), where `expires_in` is missing
RENEW_EARLY: Final = 60.0
_LONGEST_TEXT: Final = 500
_VERDICTS: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)


@dataclass(frozen=True)
class Token:
    """A token and its place among those minted for the pair, from 1 on; the value never appears in a repr."""

    value: str = field(repr=False)
    number: int


class TokenSource:
    """Mints, keeps and renews the token of one pair; threads that need one at the same time share one mint."""

    def __init__(
        self,
        http: HttpSession,
        oauth_url: str,
        pair: CredentialPair,
        back_off: BackOff,
        *,
        now: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._oauth_url = oauth_url
        self._pair = pair
        self._back_off = back_off
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: Token | None = None
        self.minted = 0
        self._renew_at = -math.inf
        self._refusal: FatalError | None = None
        self.requests = 0

    def token(self) -> Token:
        """Return a token that is good for a while.

        Raises:
            CredentialRefused: LinkedIn does not accept the pair; said once, then remembered.
            RequestRefused: this is not LinkedIn's token host.
            Unavailable, Throttled, OutOfTime: none could be had now.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._token is None or self._monotonic() >= self._renew_at:
                self._mint()
            assert self._token is not None, "_mint sets it or raises"
            return self._token

    def drop(self, token: Token) -> None:
        """Forget a token that LinkedIn refused, unless another thread has renewed it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _mint(self) -> None:
        asked_at = self._monotonic()
        try:
            answer = self._back_off.call(self._ask, what="token")
        except FatalError as error:
            self._refusal = error
            raise
        lifetime = _lifetime(answer.get("expires_in"))
        self.minted += 1
        self._token = Token(answer["access_token"], self.minted)
        self._renew_at = asked_at + (lifetime - RENEW_EARLY if lifetime >= 2 * RENEW_EARLY else lifetime / 2)

    def _ask(self) -> dict[str, Any]:
        self.requests += 1
        form = [
            ("grant_type", "client_credentials"),
            ("client_id", self._pair.client_id),
            ("client_secret", self._pair.client_secret),
        ]
        answer = self._http.send("POST", self._oauth_url, auth=NoAuthorization(), data=form)
        if answer.status != OK:
            raise self._error_of(answer)
        members = object_of(answer.body)
        token = members.get("access_token")
        if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
            raise Unavailable("the token host answered 200 without a token", status=OK)
        return members

    def _error_of(self, answer: Answer) -> LearningGraphError:
        """API reference §2.4: 400 and 401 are verdicts on the pair; what is no verdict and may pass is retriable."""
        status, members = answer.status, object_of(answer.body)
        error, description = (self._clean(members.get(name)) for name in ("error", "error_description"))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled("the token host throttles", retry_after=retry_after(answer.headers, self._now()))
        if status < HTTPStatus.MULTIPLE_CHOICES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unavailable(f"the token host answered {status}", status=status)
        if status in _VERDICTS or (status in CLIENT_ERRORS and error):
            said = description or "LinkedIn gave no reason"
            return CredentialRefused(error, said, status, resolution=resolution_of(error, self._pair))
        return RequestRefused(status, f"the token host answered {status}; LINKEDIN_OAUTH_URL may be wrong")

    def _clean(self, text: object) -> str:
        """A host that quotes the secret must not bring it into our answers and logs."""
        if not isinstance(text, str):
            return ""
        secret = self._pair.client_secret
        for form in sorted(
            {secret, secret.strip(), quote(secret, safe=""), quote_plus(secret)} - {""}, key=len, reverse=True
        ):
            text = text.replace(form, "[secret]")
        return text[:_LONGEST_TEXT]


def _lifetime(value: object) -> float:
    """`expires_in` is a number or a numeric string (API reference §2.2)."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except (ValueError, OverflowError):
            return USUAL_LIFETIME
        if math.isfinite(seconds):
            return seconds
    return USUAL_LIFETIME
