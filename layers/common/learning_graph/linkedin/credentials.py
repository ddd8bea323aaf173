"""Credential pairs, and which of them reads what (seed, "How the integration resolves credentials")."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from learning_graph.values.errors import ConfigurationError
from learning_graph.values.steps import KEY_TYPES, KeyType

SECRET = "LINKEDIN_SECRET_ARN"  # noqa: S105 - the setting that names the secret
MEMBERS = ("contentClientId", "contentClientSecret", "reportClientId", "reportClientSecret")
COPY_AGAIN = "Copy the Client ID and the Client Secret again from LinkedIn's admin console, without white space around."
FILL_A_PAIR = (
    "Store one JSON object with contentClientId and contentClientSecret, "
    "or reportClientId and reportClientSecret, or all four."
)


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
            raise ConfigurationError(SECRET, "holds no credential pair", resolution=FILL_A_PAIR)

    def pair_for(self, key_type: KeyType) -> CredentialPair:
        """Return the pair labelled for a key type, else the other one (seed, table "Preferred pair, fallback pair")."""
        preferred, fallback = (self.content, self.report) if key_type == "Content" else (self.report, self.content)
        pair = preferred or fallback
        assert pair is not None, "__post_init__ has seen to it"
        return pair

    def sharing(self, key_type: KeyType) -> tuple[KeyType, ...]:
        """Return the key types whose calls go with the same pair as this one's: they share its quota."""
        pair = self.pair_for(key_type)
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

    Raises:
        ConfigurationError: naming the member at fault; a value is never quoted.
    """
    members = _members(secret_text)
    return Credentials(content=_pair(members, "content"), report=_pair(members, "report"))


def _members(secret_text: str) -> dict[str, Any]:
    try:
        members = json.loads(secret_text)
    except (ValueError, RecursionError):
        # The parser's error holds the text, so it must not be chained to ours.
        raise ConfigurationError(SECRET, "the secret is not JSON", resolution=FILL_A_PAIR) from None
    if not isinstance(members, dict):
        raise ConfigurationError(SECRET, "the secret is not a JSON object", resolution=FILL_A_PAIR)
    for name in sorted(set(members) - set(MEMBERS)):
        raise ConfigurationError(name, "is not a member of the secret", resolution=f"Use only {', '.join(MEMBERS)}.")
    return members


def _pair(members: dict[str, Any], label: str) -> CredentialPair | None:
    id_name, secret_name = f"{label}ClientId", f"{label}ClientSecret"
    if id_name not in members and secret_name not in members:
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
