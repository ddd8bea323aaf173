"""Erased learners, of whom only keyed hashes are kept, so that no later run includes them again (ADR 0007)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

_MARK: Final = "key-"


def identity_hashes(key: bytes, profile_urn: str, unique_user_id: str, email: str) -> frozenset[str]:
    """Return the HMAC-SHA-256 of each identifier that is not empty, in hexadecimal digits.

    Args:
        key: the stack's pseudonym key.
        profile_urn: as it is compared (`values.identity`), like the other two.
        unique_user_id: likewise.
        email: likewise.
    """
    named = (("profileUrn", profile_urn), ("uniqueUserId", unique_user_id), ("email", email))
    return frozenset(hmac.digest(key, f"{kind}:{value}".encode(), "sha256").hex() for kind, value in named if value)


def identifying_hashes(key: bytes, profile_urn: str, unique_user_id: str, email: str) -> frozenset[str]:
    """Return the hashes of the identifiers by which a row says who it is about.

    An e-mail address identifies only where there is neither a profile URN nor a uniqueUserId: addresses are shared, and
    given to new employees (ADR 0005).
    """
    return identity_hashes(key, profile_urn, unique_user_id, "" if profile_urn or unique_user_id else email)


def mark_of_key(key: bytes) -> str:
    """Return what stands beside the hashes that were made with a key; with another key none of them is found again."""
    return f"{_MARK}{hmac.digest(key, b'key:', 'sha256').hex()}"


def is_mark_of_key(noted: str) -> bool:
    """Tell whether what is noted under `erasures/` is such a mark, and no person's hash."""
    return noted.startswith(_MARK)


def digest_of(hashes: frozenset[str]) -> str:
    """Return one SHA-256 for a set of hashes, in hexadecimal digits; an empty text for an empty set."""
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest() if hashes else ""
