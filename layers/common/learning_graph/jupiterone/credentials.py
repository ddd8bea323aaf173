"""The JupiterOne secret, `{"accountId": "…", "accessToken": "…"}`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from learning_graph.values.errors import ConfigurationError

_RESOLUTION = (
    'Put {"accountId": "<account id>", "accessToken": "<API token>"} into the JupiterOne secret. Both are found '
    "in JupiterOne under Settings."
)


@dataclass(frozen=True)
class JupiterOneCredentials:
    """An account of JupiterOne's and an API token of it."""

    account_id: str
    access_token: str = field(repr=False)


def read_credentials(secret: str) -> JupiterOneCredentials:
    """Return the credentials of a secret; a byte-order mark is skipped.

    Raises:
        ConfigurationError: the secret has another form; names the member, never quotes a value.
    """
    try:
        value = json.loads(secret.removeprefix("\ufeff"))
    except ValueError:
        raise ConfigurationError("JupiterOne secret", "is not JSON", resolution=_RESOLUTION) from None
    if not isinstance(value, dict):
        raise ConfigurationError("JupiterOne secret", "is not a JSON object", resolution=_RESOLUTION)
    return JupiterOneCredentials(_member(value, "accountId"), _member(value, "accessToken"))


def _member(secret: dict[str, object], name: str) -> str:
    value = secret.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(name, "is missing in the JupiterOne secret", resolution=_RESOLUTION)
    if value != value.strip() or not value.isascii() or not value.isprintable():
        raise ConfigurationError(name, "has white space around it or unprintable characters", resolution=_RESOLUTION)
    return value
