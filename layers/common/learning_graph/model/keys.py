"""The `_key` of entities and relationships (JupiterOne's data model)."""

from __future__ import annotations

USER_PREFIX = "linkedin_learning_user:"


def relationship_key(from_key: str, relationship_class: str, to_key: str) -> str:
    """Return `<from>|<class in lower case>|<to>`."""
    return f"{from_key}|{relationship_class.lower()}|{to_key}"


def account_key(account_key_ref: str) -> str:
    """Return the key of the account entity; `account_key_ref` is a client id."""
    return f"linkedin_learning_account:{account_key_ref}"


def user_key(identifier: str) -> str:
    """Return the key of a user without a profile URN; `identifier` is the uniqueUserId, else the e-mail."""
    return f"{USER_PREFIX}{identifier}"
