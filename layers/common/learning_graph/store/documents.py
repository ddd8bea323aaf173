"""How a document of a bucket is written."""

from __future__ import annotations

import msgspec


def encode(value: object) -> bytes:
    """Return a value's JSON with sorted names: equal values are equal bytes."""
    return msgspec.json.encode(value, order="deterministic")
