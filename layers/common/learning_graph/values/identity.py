"""How identifiers of a person are compared in the graph, in erasures and in HR files.

Identifiers are shown as LinkedIn or the HR file wrote them; only comparisons use these forms.
"""

from __future__ import annotations

import unicodedata


def comparable_id(identifier: str) -> str:
    """Return a profile URN or uniqueUserId as it is compared: trimmed, in Unicode NFC, case kept."""
    return unicodedata.normalize("NFC", identifier.strip())


def comparable_email(email: str) -> str:
    """Return an e-mail address as it is compared: trimmed, in Unicode NFC, lower case.

    `str.lower`, not case folding: `weiß@example.com` and `weiss@example.com` are two people.
    """
    return unicodedata.normalize("NFC", email.strip()).lower()
