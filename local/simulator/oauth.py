"""Tokens by client credentials, with every refusal of API reference §2.4."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from local.simulator import errors
from local.simulator.assumptions import Assumptions
from local.simulator.clock import Clock

PATH = "/oauth/v2/accessToken"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application: the key types ticked (``content``, ``report``), and whether it may mint tokens."""

    id: str
    secret: str = field(repr=False)
    keys: frozenset[str] = frozenset({"content", "report"})
    enabled: bool = True


@dataclass(slots=True)
class Token:
    """An issued token; ``refusal`` is None, ``expired`` or ``revoked``."""

    client: Client
    expires_at: int
    refusal: str | None = None


DEMO_CLIENTS = (
    Client("86demo-combined", "demo+secret/combined="),
    Client("86demo-content", "demo+secret/content=", frozenset({"content"})),
    Client("86demo-report", "demo+secret/report=", frozenset({"report"})),
    Client("86demo-disabled", "demo+secret/disabled=", enabled=False),
)


class TokenError(Exception):
    """A refused token request: status and the two members of the body."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


class TokenStore:
    """Mints tokens and knows what each of them may do; times are those of the simulator's clock."""

    def __init__(self, clients: tuple[Client, ...], clock: Clock, assumptions: Assumptions, lifetime: int) -> None:
        self._clients = {client.id: client for client in clients}
        self._clock = clock
        self._assumptions = assumptions
        self._lifetime = lifetime
        self._tokens: dict[str, Token] = {}

    def mint(self, content_type: str, body: bytes) -> dict[str, Any]:
        """The 200 answer of a token request.

        Raises:
            TokenError: every refusal.
        """
        form = {}
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        for name in ("grant_type", "client_id", "client_secret"):
            if not form.get(name):
                raise TokenError(400, "invalid_request", f'A required parameter "{name}" is missing')
        if form["grant_type"] != "client_credentials":
            raise TokenError(400, "unsupported_grant_type", "Only client_credentials is supported")
        client = self._authenticated(form["client_id"], form["client_secret"])
        if self._assumptions["old-token"] == "dies":
            for token in self._tokens.values():
                if token.client == client:
                    token.refusal = token.refusal or "revoked"
        text = "AQ" + secrets.token_urlsafe(240)
        self._tokens[text] = Token(client, self._clock.now() + self._lifetime * 1000)
        numeric = self._assumptions["expires-in"] == "number"
        answer: dict[str, Any] = {
            "access_token": text,
            "expires_in": self._lifetime if numeric else str(self._lifetime),
        }
        if self._assumptions["token-members"] == "extra":
            answer |= {"token_type": "Bearer", "scope": "r_organization_learning"}
        return answer

    def _authenticated(self, client_id: str, secret: str) -> Client:
        client = self._clients.get(client_id)
        if client is None and self._assumptions["unknown-client"] == "400":
            raise TokenError(400, "invalid_client_id", f'The passed in client_id is invalid "{client_id}"')
        if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise TokenError(401, self._assumptions["wrong-secret"], "Client authentication failed")
        if not client.enabled:
            raise TokenError(401, "access_denied", "This application is not allowed to create application tokens")
        return client

    def client_of(self, authorization: str | None) -> str | None:
        """The client id behind an Authorization header, whatever became of the token; for the request log."""
        token = self._tokens.get((authorization or "").partition(" ")[2].strip())
        return token.client.id if token is not None else None

    def check(self, authorization: str | None, key: str, permission: str) -> Client:
        """The client of a good token that may use a key type.

        Raises:
            ApiError: 401 or 403 as §7.2 words them.
        """
        text = bearer(authorization)
        token = self._tokens.get(text)
        if token is None:
            raise errors.invalid_token()
        if token.refusal == "revoked":
            raise errors.revoked_token()
        if token.refusal == "expired" or self._clock.now() >= token.expires_at:
            raise errors.expired_token()
        if key not in token.client.keys:
            raise errors.forbidden(permission)
        return token.client

    def refuse_all(self, refusal: str, client_id: str | None = None) -> int:
        """Let the tokens issued so far (of one client) be ``expired`` or ``revoked``; returns how many."""
        hit = [t for t in self._tokens.values() if client_id in {None, t.client.id} and t.refusal is None]
        for token in hit:
            token.refusal = refusal
        return len(hit)


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header; 401 where there is none (§7.2)."""
    if authorization is None or not authorization.strip():
        raise errors.empty_token()
    schema, _, text = authorization.strip().partition(" ")
    if schema.lower() != "bearer":
        raise errors.unknown_schema()
    if not text.strip():
        raise errors.empty_token()
    return text.strip()
