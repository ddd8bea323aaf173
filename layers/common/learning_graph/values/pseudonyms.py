"""The key of digests that stand for people: a secret of the stack, so that a digest cannot be guessed from an address.

Digests are remembered for years (erased learners, the ledger of people of org sync): with another key none of them is
found again.
"""

from __future__ import annotations

import json
from typing import Final

from learning_graph.values.errors import ConfigurationError

PSEUDONYM_SECRET: Final = "PSEUDONYM_SECRET_ARN"  # noqa: S105 - a setting's name
_FEWEST_BYTES: Final = 16
_MOST_BYTES: Final = 64


def read_pseudonym_key(secret: str) -> bytes:
    """Return the key of the secret `{"key": "<hexadecimal digits>"}`.

    Raises:
        ConfigurationError: the secret has another form; never quotes it.
    """
    resolution = 'Put {"key": "<64 hexadecimal digits>"} back into the secret; the stack made it with a random key.'
    try:
        value = json.loads(secret.removeprefix("\ufeff"))
        key = bytes.fromhex(value["key"])
    except (ValueError, TypeError, KeyError):
        raise ConfigurationError(
            PSEUDONYM_SECRET, 'is not {"key": "<hexadecimal digits>"}', resolution=resolution
        ) from None
    if not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        problem = f"the key has {len(key)} bytes; {_FEWEST_BYTES} to {_MOST_BYTES} are taken"
        raise ConfigurationError(PSEUDONYM_SECRET, problem, resolution=resolution)
    return key
