"""Credential pairs, and the bearer tokens minted with them (seed, "Authorization" and "How the integration resolves
credentials"). Tokens are kept in memory only.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from learning_graph.linkedin.answers import CLIENT_ERRORS, OK, object_of, retry_after
from learning_graph.linkedin.policy import Attempts
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import (
    ConfigurationError,
    CredentialRefused,
    FatalError,
    LearningGraphError,
    RequestRefused,
    Throttled,
    Unavailable,
)
from learning_graph.values.steps import KEY_TYPES, KeyType

if TYPE_CHECKING:
    from learning_graph.linkedin.http import Answer, HttpSession

LINKEDIN_SECRET = "LINKEDIN_SECRET_ARN"  # noqa: S105 - the setting that names the secret
MEMBERS = ("contentClientId", "contentClientSecret", "reportClientId", "reportClientSecret")
COPY_AGAIN = "Copy the Client ID and the Client Secret again from LinkedIn's admin console, without white space around."
FILL_A_PAIR = (
    "Store one JSON object with contentClientId and contentClientSecret, "
    "or reportClientId and reportClientSecret, or all four."
)
COPIED_WRONGLY: Final = (
    "The Client ID or Client Secret was copied incorrectly. Re-copy both values from the LinkedIn admin console. "
    "Pay particular attention to trailing whitespace."
)
WHITE_SPACE: Final = "The {} begins or ends with white space: copy it again without."
NOT_ALLOWED: Final = (
    "The application has not been granted permission to use 2-legged OAuth on the LinkedIn side. "
    "Contact your LinkedIn Relationship Manager or Business Development team to enable the application."
)
_NOT_ALLOWED_ERRORS: Final = frozenset({"access_denied", "unauthorized_client"})
USUAL_LIFETIME: Final = 1800.0  # seconds (seed, "Authorization"), where `expires_in` is missing
RENEW_EARLY: Final = 60.0
_LONGEST_TEXT: Final = 500
_VERDICTS: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)


@dataclass(frozen=True)
class CredentialPair:
    """Client id and secret of one LinkedIn Learning application; the secret never appears in a repr."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """One or two credential pairs; at least one is there."""

    content: CredentialPair | None
    report: CredentialPair | None

    def __post_init__(self) -> None:
        if self.content is None and self.report is None:
            raise ConfigurationError(LINKEDIN_SECRET, "holds no credential pair", resolution=FILL_A_PAIR)

    def pair_for(self, key_type: KeyType) -> CredentialPair:
        """Return the pair labelled for a key type, else the other one (seed, table "Preferred pair, fallback pair")."""
        preferred, fallback = (self.content, self.report) if key_type == "Content" else (self.report, self.content)
        pair = preferred or fallback
        assert pair is not None, "__post_init__ has seen to it"
        return pair

    def key_types_of(self, pair: CredentialPair) -> tuple[KeyType, ...]:
        """Return the key types whose calls are made with a pair: they share its limits."""
        return tuple(other for other in KEY_TYPES if self.pair_for(other) == pair)

    @property
    def pairs(self) -> tuple[CredentialPair, ...]:
        """The distinct pairs: one token is minted for each."""
        return tuple(dict.fromkeys(pair for pair in (self.content, self.report) if pair is not None))

    @property
    def account_key_ref(self) -> str:
        """The client id that names the account in the graph: the content pair's, else the report pair's."""
        return self.pair_for("Content").client_id


def read_credentials(secret_text: str) -> Credentials:
    """Read the secret's JSON object (design, "Settings").

    A byte-order mark is skipped. A pair whose two members are empty or null is absent.

    Raises:
        ConfigurationError: naming the member at fault; a value is never quoted.
    """
    members = _members(secret_text.removeprefix("\ufeff"))
    return Credentials(content=_pair(members, "content"), report=_pair(members, "report"))


def _members(secret_text: str) -> dict[str, Any]:
    try:
        members = json.loads(secret_text)
    except (ValueError, RecursionError):
        # The parser's error contains the text, so it must not be chained.
        raise ConfigurationError(LINKEDIN_SECRET, "the secret is not JSON", resolution=FILL_A_PAIR) from None
    if not isinstance(members, dict):
        raise ConfigurationError(LINKEDIN_SECRET, "the secret is not a JSON object", resolution=FILL_A_PAIR)
    for name in sorted(set(members) - set(MEMBERS)):
        raise ConfigurationError(name, "is not a member of the secret", resolution=f"Use only {', '.join(MEMBERS)}.")
    return members


def _pair(members: dict[str, Any], label: str) -> CredentialPair | None:
    id_name, secret_name = f"{label}ClientId", f"{label}ClientSecret"
    # The Secrets Manager console leaves empty members behind: a pair without any value is no pair.
    if all(members.get(name) in (None, "") for name in (id_name, secret_name)):
        return None
    for name, other in ((id_name, secret_name), (secret_name, id_name)):
        if name not in members:
            resolution = f"Add {name}, or take {other} away."
            raise ConfigurationError(name, f"is missing although {other} is given", resolution=resolution)
    return CredentialPair(_text(members, id_name), _text(members, secret_name))


def _text(members: dict[str, Any], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise ConfigurationError(name, "is not a text", resolution=COPY_AGAIN)
    if not value.strip():
        raise ConfigurationError(
            name, "is empty", resolution=f"{COPY_AGAIN} Leave the whole pair out if there is none."
        )
    if value != value.strip():
        raise ConfigurationError(name, "has white space around it", resolution=COPY_AGAIN)
    return value


def resolution_of(error: str, pair: CredentialPair) -> str:
    """Return the resolution of the seed's table for LinkedIn's `error` code."""
    if error in _NOT_ALLOWED_ERRORS:
        return NOT_ALLOWED
    return " ".join(part for part in (white_space_in(pair), COPIED_WRONGLY) if part)


def white_space_in(pair: CredentialPair) -> str:
    """Return a sentence naming what has white space around it, or nothing."""
    values = (("Client ID", pair.client_id), ("Client Secret", pair.client_secret))
    return " ".join(WHITE_SPACE.format(name) for name, value in values if value != value.strip())


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
        attempts: Attempts,
        *,
        now: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._oauth_url = oauth_url
        self._pair = pair
        self._attempts = attempts
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: Token | None = None
        self.minted = 0
        self._renew_at = -math.inf
        self._refusal: FatalError | None = None

    def token(self) -> Token:
        """Return a token that is good for a while.

        Raises:
            CredentialRefused: LinkedIn does not accept the pair; LinkedIn is asked once, then the error is cached.
            RequestRefused: this is not LinkedIn's token host.
            Unavailable, Throttled, OutOfTime: no token could be minted now.
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
            answer = self._attempts.call(self._ask, what="token")
        except FatalError as error:
            self._refusal = error
            raise
        lifetime = _lifetime(answer.get("expires_in"))
        self.minted += 1
        self._token = Token(answer["access_token"], self.minted)
        self._renew_at = asked_at + (lifetime - RENEW_EARLY if lifetime >= 2 * RENEW_EARLY else lifetime / 2)

    def _ask(self) -> dict[str, Any]:
        form = [
            ("grant_type", "client_credentials"),
            ("client_id", self._pair.client_id),
            ("client_secret", self._pair.client_secret),
        ]
        answer = self._http.send("POST", self._oauth_url, data=form)
        if answer.status != OK:
            raise self._error_of(answer)
        members = object_of(answer.body)
        token = members.get("access_token")
        if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
            raise Unavailable("the token host answered 200 without a token", status=OK)
        return members

    def _error_of(self, answer: Answer) -> LearningGraphError:
        """API reference §2.4: 400 and 401 say that the pair is refused; other failures that may pass are retriable."""
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
        """Replace the secret, should the host quote it, so that no answer and no log shows it."""
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
