"""A record's JSON from its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from learning_graph.graph.export.tables import name, text

# JupiterOne's class-level properties may not be null: without a value they are left out.
_OPTIONAL: Final = frozenset({"createdOn", "description", "tag.AccountName", "updatedOn", "webLink"})


def json_of(columns: Mapping[str, str]) -> str:
    """Return the SQL of a record's JSON, its names sorted; `columns` are types by name."""
    members = []
    for column, column_type in sorted(columns.items()):
        value = f"to_json({name(column)})::varchar"
        if column_type == "DOUBLE":  # 100, not 100.0
            whole = f"{name(column)} = trunc({name(column)})"
            value = f"case when {whole} then {name(column)}::bigint::varchar else {value} end"
        member = text(f',"{column}":')
        if column in _OPTIONAL:
            members.append(f"coalesce({member} || {value}, '')")
        else:
            members.append(f"{member} || coalesce({value}, 'null')")
    return "'{' || substr(" + " || ".join(members) + ", 2) || '}'"
