"""`python -m local query`: ask a snapshot in SQL, by a shipped query's name or with a query of one's own."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from learning_graph.reports.named_queries import NamedQuery, named_queries
from learning_graph.reports.snapshot import (
    Snapshot,
    connect,
    create_history_views,
    create_report_views,
    create_views,
    run_ids,
)
from learning_graph.values.errors import ConfigurationError, LearningGraphError
from local.deployed_stack import DeployedStack, aws_errors_explained
from local.snapshots import find_snapshot

Answer = tuple[list[str], list[tuple[Any, ...]]]  # columns, rows
_MEMORY_MEGABYTES = 4096
_WIDEST = 60  # characters of a cell in a table


def main(arguments: list[str]) -> int:
    """Run a query: 0, or 2 where it can't be run."""
    options = _options(arguments)
    if options.list:
        print(*_listed(named_queries()), sep="\n")
        return 0
    try:
        columns, rows = _of_stack(options) if options.stack else _answer(options)
    except LearningGraphError as error:
        what = str(error.args[0]).removeprefix("query: ")
        print(f"query: {what}\n{error.resolution}", file=sys.stderr)
        return 2
    _PRINT[options.format](columns, rows)
    return 0


def _of_stack(options: argparse.Namespace) -> Answer:
    """Ask a copy of a deployed stack's snapshot, which is removed afterwards."""
    if "_history" in (options.query if options.cypher else _sql(options.query, dict(options.param))):
        raise ConfigurationError(
            "--stack",
            "copies one snapshot, and this question is about several",
            resolution="Ask it in Athena, or copy the bucket and add --folder (docs/reports.md).",
        )
    with tempfile.TemporaryDirectory() as folder, aws_errors_explained(options.stack):
        stack = DeployedStack(options.stack)
        stack.copy_snapshot(options.snapshot or stack.newest_run(), Path(folder))
        options.folder = Path(folder)
        return _answer(options)


def _answer(options: argparse.Namespace) -> Answer:
    snapshot = find_snapshot(options.snapshot, options.folder)
    if options.cypher:
        from local.cypher import run_cypher  # noqa: PLC0415 - needs the extra

        return run_cypher(snapshot, options.query)
    sql = _sql(options.query, dict(options.param))
    with tempfile.TemporaryDirectory() as workspace, open_snapshot(snapshot, Path(workspace)) as db:
        return _run(db, sql)


def open_snapshot(snapshot: Snapshot, workspace: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view for every table of the snapshot, its reports, and their histories."""
    db = connect(workspace, memory_megabytes=_MEMORY_MEGABYTES)
    create_views(db, snapshot)
    create_history_views(db, [Snapshot.open(snapshot.root, run) for run in run_ids(snapshot.root)])
    create_report_views(db, snapshot.root, snapshot.run_id)
    return db


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local query",
        description="Asks a snapshot in SQL. The tables are the graph's types, learner_attributes, snapshot, the report"
        " tables of docs/reports.md, and <table>_history with the column `snapshot`.",
    )
    parser.add_argument("query", nargs="?", help="name of a shipped query, or SQL")
    parser.add_argument("--list", action="store_true", help="explain the shipped queries")
    parser.add_argument("--snapshot", metavar="RUN|DIR", help="a run, or a folder with snapshots (default: the newest)")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/demo"), metavar="DIR", help="where RUN is (default build/demo)"
    )
    parser.add_argument(
        "--stack", metavar="NAME", help="ask a deployed stack's snapshot; it is copied and removed again"
    )
    parser.add_argument(
        "--param", action="append", default=[], type=_assignment, metavar="NAME=VALUE", help="a parameter of the query"
    )
    parser.add_argument("--format", choices=sorted(_PRINT), default="table", help="how to print (default table)")
    parser.add_argument("--cypher", action="store_true", help="the query is openCypher (needs the extra `cypher`)")
    options = parser.parse_args(arguments)
    if not options.list and not options.query:
        parser.error("give the name of a query or SQL; --list explains the shipped ones")
    return options


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _listed(queries: dict[str, NamedQuery]) -> Iterator[str]:
    for query in queries.values():
        yield f"{query.name}: {query.title}"
        yield f"    {query.description}"
        for parameter in query.parameters:
            default = "must be given" if parameter.default is None else f"default {parameter.default}"
            yield f"    --param {parameter.name}=…  {parameter.description} ({default})"


def _sql(query: str, values: dict[str, str]) -> str:
    known = named_queries()
    if query in known:
        return known[query].sql(values)
    if re.fullmatch(r"[\w-]+", query):
        raise ConfigurationError(
            "query", f"there is no query {query}", resolution=f"There are {', '.join(known)}; SQL goes in quotes."
        )
    if values:
        raise ConfigurationError("--param", "goes with a shipped query", resolution="Write the value into the SQL.")
    return query


def _run(db: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    try:
        cursor = db.execute(sql)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    except duckdb.Error as error:
        unknown_name = isinstance(error, duckdb.BinderException | duckdb.CatalogException)
        resolution = _what_there_is(db, sql) if unknown_name else "Correct the SQL."
        raise ConfigurationError("query", str(error), resolution=resolution) from error


def _what_there_is(db: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the columns of the tables that a query names, or the tables where it names none that exist."""
    found = db.execute("select table_name, column_name from duckdb_columns() where not internal order by column_index")
    columns: dict[str, list[str]] = {}
    for table, column in found.fetchall():
        columns.setdefault(table, []).append(column)
    named = [table for table in columns if re.search(rf"\b{re.escape(table)}\b", sql, re.IGNORECASE)]
    if named:
        return "Columns: " + "; ".join(f"{table} ({', '.join(columns[table])})" for table in named)
    return "Tables, each also with _history: " + ", ".join(sorted(t for t in columns if not t.endswith("_history")))


def _print_table(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    Console(soft_wrap=False, width=None if sys.stdout.isatty() else 250).print(table)
    print(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}", file=sys.stderr)


def _print_csv(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)


def _print_json(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        print(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, default=_plain))


_PRINT = {"table": _print_table, "csv": _print_csv, "json": _print_json}


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, list):
        cell = "; ".join(map(str, cell))
    text = f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) and cell < 10**9 else str(cell)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _safe(cell: Any) -> Any:
    """A cell that a spreadsheet would take for a formula becomes text."""
    if isinstance(cell, list):
        cell = "; ".join(map(str, cell))
    return f"'{cell}" if isinstance(cell, str) and re.match(r"\s*[=+\-@＝＋－＠\t\r]", cell) else cell  # noqa: RUF001


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
