"""Writes report tables as Parquet and as CSV whose cells are safe to open in a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from learning_graph.reports.tables import ReportTable
from learning_graph.values.sql import quoted

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# A cell that begins like this is a formula to a spreadsheet (OWASP, "CSV Injection"); an apostrophe makes it text.
_SAFE_CELL: Final = r"""
create or replace macro safe_cell(text) as
    case when regexp_matches(text, '^[\s\x0B]*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]')
        then chr(39) || text else text end
"""


def create_export_macros(db: duckdb.DuckDBPyConnection) -> None:
    """Make the macro `safe_cell(text)`."""
    db.execute(_SAFE_CELL)


def write_parquet(db: duckdb.DuckDBPyConnection, table: ReportTable, path: Path) -> None:
    """Write a report table, with the declared columns in their order and types; its rows are sorted already."""
    columns = ", ".join(f'"{column.name}"::{column.type} as "{column.name}"' for column in table.columns)
    db.execute(f'copy (select {columns} from "{table.name}") to {quoted(path)} (format parquet, compression zstd)')


def write_csv(db: duckdb.DuckDBPyConnection, table: ReportTable, path: Path) -> None:
    """Write a report table as CSV: RFC 4180, UTF-8, lists separated by `; `."""
    columns = ", ".join(f'"{name}"' for name in table.names)
    write_csv_of(db, f'select {columns} from "{table.name}"', path)


def write_csv_of(db: duckdb.DuckDBPyConnection, query: str, path: Path, *, byte_order_mark: bool = False) -> None:
    """Write the rows of a query as CSV, with a byte order mark for Excel."""
    kinds = [(row[0], row[1]) for row in db.execute(f"describe {query}").fetchall()]
    cells = ", ".join(_cell(name, kind) for name, kind in kinds)
    db.execute(f"copy (select {cells} from ({query})) to {quoted(path)} (format csv, header true)")
    if byte_order_mark:
        path.write_bytes(_BYTE_ORDER_MARK + path.read_bytes())


def _cell(name: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f'safe_cell("{name}") as "{name}"'
    if kind == "VARCHAR[]":
        return f"""safe_cell(array_to_string("{name}", '; ')) as "{name}\""""
    return f'"{name}"'
