"""Text in SQL, where DuckDB takes no parameter."""

from __future__ import annotations

from pathlib import Path


def quoted(text: str | Path) -> str:
    """Return a text or path as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"
