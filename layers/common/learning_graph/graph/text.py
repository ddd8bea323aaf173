"""Rules of JupiterOne for text, e-mail addresses and links (reference "Entities")."""

from __future__ import annotations

import re

LONGEST_TEXT = 4096

# A plain ASCII address with a dotted domain without underscores.
EMAIL_PATTERN = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
)
_URI = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def cut(text: str) -> str:
    """Return the text, at most 4096 characters of it."""
    return text[:LONGEST_TEXT]


def link(url: str | None) -> str | None:
    """Return the link, None where it is longer than a text may be: half of it leads nowhere."""
    return None if url and len(url) > LONGEST_TEXT else url


def plain_uri(url: str | None) -> str | None:
    """Return the link where it is an ASCII percent-encoded web address, None otherwise."""
    return url if url and _URI.fullmatch(url) else None
