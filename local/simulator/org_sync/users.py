"""The user table, on disk, so that a file of millions of rows passes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

_SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY, email TEXT, email_key TEXT UNIQUE, unique_user_id TEXT UNIQUE,
    job INTEGER NOT NULL, state BLOB NOT NULL
);
CREATE TABLE groups (name TEXT PRIMARY KEY);
"""

_INSERT = "INSERT INTO users (email, email_key, unique_user_id, job, state) VALUES (?, ?, ?, ?, ?)"
_UPDATE = "UPDATE users SET email = ?, email_key = ?, unique_user_id = ?, job = ?, state = ? WHERE id = ?"
_SELECT = "SELECT id, email, unique_user_id, job, state FROM users"
_BY_EMAIL = _SELECT + " WHERE email_key = ?"
_BY_UNIQUE_USER_ID = _SELECT + " WHERE unique_user_id = ?"
_PAGE = _SELECT + " ORDER BY id LIMIT ? OFFSET ?"
_ENCODER = msgspec.json.Encoder()


@dataclass(slots=True)
class User:
    """A user as the table holds it; ``id`` is None for one that is not in it yet."""

    id: int | None = None
    email: str | None = None
    unique_user_id: str | None = None
    job: int = 0
    names: dict[str, str] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "email": self.email,
            "uniqueUserId": self.unique_user_id,
            **self.names,
            "licences": self.licences,
            "groups": self.groups,
            "attributes": self.attributes,
            "permissions": self.permissions,
        }


class UserTable:
    """Users by e-mail (compared case-insensitively) and by unique id. Used by one thread at a time."""

    def __init__(self, directory: Path) -> None:
        self._db = sqlite3.connect(directory / "users.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144;" + _SCHEMA)
        self.active: Counter[str] = Counter()
        self.groups: set[str] = set()

    def close(self) -> None:
        self._db.close()

    def begin(self) -> None:
        self._db.execute("BEGIN")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def by_email(self, email: str) -> User | None:
        return self._one(_BY_EMAIL, email.lower())

    def by_unique_user_id(self, unique: str) -> User | None:
        return self._one(_BY_UNIQUE_USER_ID, unique)

    def save(self, user: User) -> None:
        """Insert or update."""
        state = _ENCODER.encode((user.names, user.licences, user.groups, user.attributes, user.permissions))
        key = user.email.lower() if user.email else None
        values = (user.email, key, user.unique_user_id, user.job, state)
        if user.id is None:
            self._db.execute(_INSERT, values)
        else:
            self._db.execute(_UPDATE, (*values, user.id))

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM users").fetchone()[0])

    def shown(self, limit: int, offset: int) -> Iterator[dict[str, Any]]:
        """Users in the order they were added."""
        rows = self._db.execute(_PAGE, (limit, offset))
        return (_user(row).shown() for row in rows)

    def _one(self, statement: str, value: str) -> User | None:
        row = self._db.execute(statement, (value,)).fetchone()
        return None if row is None else _user(row)


def _user(row: tuple[int, str | None, str | None, int, bytes]) -> User:
    names, licences, groups, attributes, permissions = msgspec.json.decode(row[4])
    return User(row[0], row[1], row[2], row[3], names, licences, groups, attributes, permissions)
