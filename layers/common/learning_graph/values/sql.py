"""Text in SQL, where DuckDB takes no parameter."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def quoted(text: str | Path) -> str:
    """Return a text or path as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def quoted_list(texts: Iterable[str | Path]) -> str:
    """Return texts or paths as a list of SQL, as `read_parquet` and `read_json` take it."""
    return f"[{', '.join(map(quoted, texts))}]"
