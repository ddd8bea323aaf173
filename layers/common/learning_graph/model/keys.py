"""The `_key` of entities (JupiterOne's data model)."""

from __future__ import annotations

USER_PREFIX = "linkedin_learning_user:"  # of a user without a profile URN, before uniqueUserId or e-mail


def account_key(account_key_ref: str) -> str:
    """Return the key of the account entity; `account_key_ref` is a client id."""
    return f"linkedin_learning_account:{account_key_ref}"
