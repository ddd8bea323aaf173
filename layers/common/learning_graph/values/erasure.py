"""Learners who were erased, remembered by hash alone, so that no later run takes them in again (ADR 0007)."""

from __future__ import annotations

import hashlib
from string import ascii_lowercase, ascii_uppercase

PREFIX = "erasures/"
_PLAIN_CASE = str.maketrans(ascii_uppercase, ascii_lowercase)


def plain_case(email: str) -> str:
    """Return an address as addresses are compared: ASCII letters in lower case, others as they are."""
    return email.translate(_PLAIN_CASE)


def identity_hashes(profile_urn: str | None, unique_user_id: str | None, email: str | None) -> frozenset[str]:
    """Return the SHA-256 of each identifier that is given, in hexadecimal digits; case of an e-mail does not matter."""
    named = (("profileUrn", profile_urn), ("uniqueUserId", unique_user_id), ("email", email and plain_case(email)))
    return frozenset(hashlib.sha256(f"{kind}:{value}".encode()).hexdigest() for kind, value in named if value)


def digest_of(hashes: frozenset[str]) -> str:
    """Return one SHA-256 for a set of hashes, in hexadecimal digits; nothing for none."""
    return hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest() if hashes else ""


def erasure_key(identity_hash: str) -> str:
    return f"{PREFIX}{identity_hash}.json"
