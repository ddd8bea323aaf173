"""A DuckDB database in memory that spills to disk, with a run's parts and earlier snapshots as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from learning_graph.model import schema
from learning_graph.model.schema import Property, PropertyType
from learning_graph.store.run import Shard
from learning_graph.values.sql import quoted_list

SQL_TYPE: dict[PropertyType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "strings": "VARCHAR[]",
}

# Columns of the rows of `graph.rows`; those of the catalogue are the model's.
_REPORT_COLUMNS = {
    "t": "VARCHAR",
    "learner": "INTEGER",
    "content": "INTEGER",
    "profileUrn": "VARCHAR",
    "uniqueUserId": "VARCHAR",
    "email": "VARCHAR",
    "comparableProfileUrn": "VARCHAR",
    "comparableUniqueUserId": "VARCHAR",
    "comparableEmail": "VARCHAR",
    "name": "VARCHAR",
    "groups": "VARCHAR[]",
    "attributes": "JSON",  # a map; read as one it would cost a tenth of the reading of every row
    "urn": "VARCHAR",
    "locale": "VARCHAR",
    "views": "BIGINT",
    "secondsViewed": "BIGINT",
    "completions": "BIGINT",
    "progressPercentage": "DOUBLE",
    "completedOn": "BIGINT",
    "fullProgressOn": "BIGINT",
    "firstEngagedOn": "BIGINT",
    "lastEngagedOn": "BIGINT",
}
# The forms in which identifiers are compared; an absent identifier is the empty string, so that they can be joined.
COMPARABLE = """
coalesce(comparableProfileUrn, profileUrn, '') as profile_urn_id,
coalesce(comparableUniqueUserId, uniqueUserId, '') as unique_user_id_id,
coalesce(comparableEmail, email, '') as email_id
"""
# The tables of the rows of reports: the kind of a table's rows, and its columns.
_REPORT_TABLES = {
    "learner": (
        "learner",
        f"part, learner, window_end as seen_at, profileUrn, uniqueUserId, email, name, groups, attributes,{COMPARABLE}",
    ),
    "content_row": ("content", "part, content, urn, name, locale, asset_type, window_end"),
    "engagement_row": (
        "engagement",
        """part, window_start, learner, content, views, secondsViewed, completions, progressPercentage, completedOn,
           fullProgressOn, firstEngagedOn, lastEngagedOn""",
    ),
}
_PARTS_AT_ONCE: Final = 128
# The value of the latest instant; ties are resolved by the value, so that the order of rows does not matter.
_NEWEST = """
create macro newest(instant, value) as (max({'at': instant, 'value': value}) filter (where value is not null)).value
"""
_THREADS: Final = 2
_LARGEST_LINE = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class PartFile:
    """A part on this machine's disk, and the shard that it belongs to."""

    path: Path
    shard: Shard


@dataclass(frozen=True)
class BaseFiles:
    """An earlier snapshot on this machine's disk: Parquet files by entity `_type`, relationship `_type` or table.

    `keeps_completion_dates`: its completedOn follow the present rule.
    """

    run_id: str
    keeps_completion_dates: bool = True
    files: dict[str, list[Path]] = field(default_factory=dict)


def connect(workspace: Path, *, memory_megabytes: int) -> duckdb.DuckDBPyConnection:
    """Return a connection to a database in memory with the given limit, which spills into `workspace`."""
    db = duckdb.connect(
        config={
            "memory_limit": f"{memory_megabytes}MB",
            "temp_directory": str(workspace / "spill"),
            "threads": _THREADS,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    db.execute(_NEWEST)
    cases = " ".join(f"when '{kind}' then '{name}'" for kind, name in schema.CONTENT_TYPE_OF.items())
    db.execute(f"create macro content_type_of(asset_type) as case asset_type {cases} end")
    return db


def preserve_order(db: duckdb.DuckDBPyConnection) -> None:
    """Let queries return the rows of a file in its order, from now on: while tables are merged it would cost memory."""
    db.execute("set preserve_insertion_order = true")


def load_parts(db: duckdb.DuckDBPyConnection, files: Sequence[PartFile]) -> None:
    """Make the tables `catalog_row`, `learner`, `content_row` and `engagement_row` of all rows.

    Rows of reports are read as rows with the columns of all kinds, some parts at a time, and then put into the table of
    their kind: of a year's rows such a table would fill the function's disk.
    """
    catalog = [file.path for file in files if file.shard.window_start is None]
    db.execute(f"create table catalog_row as select * from {_json_lines(catalog, _catalog_columns())}")
    report = [file for file in files if file.shard.window_start is not None]
    db.execute(
        "create table part_file"
        " (path varchar, part integer, asset_type varchar, window_start bigint, window_end bigint)"
    )
    if report:
        db.executemany(
            "insert into part_file values (?, ?, ?, ?, ?)",
            [
                (str(file.path), number, file.shard.asset_type, file.shard.window_start, file.shard.window_end)
                for number, file in enumerate(report)
            ],
        )
    for first in range(0, max(1, len(report)), _PARTS_AT_ONCE):
        paths = [file.path for file in report[first : first + _PARTS_AT_ONCE]]
        rows = _json_lines(paths, _REPORT_COLUMNS, file_name="path")
        db.execute(
            f"create or replace table report_row as select * exclude (path) from {rows} join part_file using (path)"
        )
        for table, (kind, columns) in _REPORT_TABLES.items():
            select = f"select {columns} from report_row where t = '{kind}'"
            db.execute(f"insert into {table} {select}" if first else f"create table {table} as {select}")
    drop(db, "report_row")


def load_bases(db: duckdb.DuckDBPyConnection, bases: Sequence[BaseFiles]) -> None:
    """Make a view `base_<name>` for every entity type, relationship type and table; `age` 0 is the newest snapshot."""
    kinds = {
        **{name: entity.properties for name, entity in schema.ENTITIES.items()},
        **{name: relationship.properties for name, relationship in schema.RELATIONSHIPS.items()},
        **schema.TABLES,
    }
    for name, properties in kinds.items():
        selects = [
            f"select {column_list(properties)}, {age} as age, {base.keeps_completion_dates} as keeps_completion_dates"
            f" from read_parquet({quoted_list(base.files[name])})"
            for age, base in enumerate(bases)
            if base.files.get(name)
        ]
        db.execute(f"create view base_{name} as {' union all '.join(selects) or _no_rows(properties)}")


def drop(db: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Drop tables that are not needed any more: a large run would spill them to disk."""
    for table in tables:
        db.execute(f"drop table {table}")


def column_list(properties: Iterable[Property]) -> str:
    """Return the quoted names of properties, for a select."""
    return ", ".join(f'"{prop.name}"' for prop in properties)


def _catalog_columns() -> dict[str, str]:
    columns = {"t": "VARCHAR", "rank": "INTEGER", "classifications": "VARCHAR[]"}
    for entity in (schema.COURSE, schema.CLASSIFICATION):
        columns |= {prop.name: SQL_TYPE[prop.type] for prop in schema.ENTITIES[entity].properties}
    return columns


def _json_lines(paths: Sequence[Path], columns: Mapping[str, str], *, file_name: str | None = None) -> str:
    if not paths:  # an empty list of files is an error in DuckDB
        nulls = [f'null::{kind} as "{name}"' for name, kind in columns.items()]
        return f"(select {', '.join([*nulls, *([f'null::varchar as {file_name}'] if file_name else [])])} where false)"
    declared = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    named = f", filename = '{file_name}'" if file_name else ""
    return (
        f"read_json({quoted_list(paths)}, format = 'newline_delimited', columns = {{{declared}}}{named},"
        f" maximum_object_size = {_LARGEST_LINE})"
    )


def _no_rows(properties: Iterable[Property]) -> str:
    nulls = ", ".join(f'null::{SQL_TYPE[prop.type]} as "{prop.name}"' for prop in properties)
    return f"select {nulls}, null::integer as age, null::boolean as keeps_completion_dates where false"
