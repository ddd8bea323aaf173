"""A DuckDB in memory that spills to disk, with a run's parts and earlier snapshots as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import duckdb

from learning_graph.model import schema
from learning_graph.store.run import Shard

_CATALOG_COLUMNS = (
    "{t: 'VARCHAR', key: 'VARCHAR', type: 'VARCHAR', updated: 'BIGINT', rank: 'INTEGER', entity: 'JSON', "
    "tags: 'VARCHAR[]'}"
)
_REPORT_COLUMNS = (
    "{t: 'VARCHAR', profileUrn: 'VARCHAR', uniqueUserId: 'VARCHAR', email: 'VARCHAR', name: 'VARCHAR', "
    "groups: 'VARCHAR[]', contentUrn: 'VARCHAR', contentName: 'VARCHAR', contentLocale: 'VARCHAR', views: 'BIGINT', "
    "secondsViewed: 'BIGINT', completions: 'BIGINT', progressPercentage: 'DOUBLE', completed: 'BOOLEAN', "
    "completedOn: 'BIGINT', fullProgressOn: 'BIGINT', firstEngagedOn: 'BIGINT', lastEngagedOn: 'BIGINT'}"
)
# The value of the latest instant; ties are settled by the value itself, so that the order of rows does not matter.
_NEWEST = """
create macro newest(instant, value) as (max({'at': instant, 'value': value}) filter (where value is not null)).value
"""
_LARGEST_LINE = 16 * 1024 * 1024  # bytes; DuckDB keeps buffers of this size for every thread


@dataclass(frozen=True)
class PartFile:
    """A part on this machine's disk, and the shard that it belongs to."""

    path: Path
    shard: Shard


@dataclass(frozen=True)
class BaseFiles:
    """An earlier snapshot on this machine's disk: files per entity `_type` and per relationship `_type`."""

    run_id: str
    entities: dict[str, list[Path]]
    relationships: dict[str, list[Path]]


def connect(workspace: Path, *, memory_megabytes: int, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Return a connection that keeps to the given memory and spills into `workspace`."""
    db = duckdb.connect(
        config={
            "memory_limit": f"{memory_megabytes}MB",
            "temp_directory": str(workspace / "spill"),
            "threads": threads,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    db.execute(_NEWEST)
    db.execute(f"create macro plain_case(email) as translate(email, '{ascii_uppercase}', '{ascii_lowercase}')")
    cases = " ".join(f"when '{kind}' then '{name}'" for kind, name in schema.CONTENT_TYPE_OF.items())
    db.execute(f"create macro content_type_of(asset_type) as case asset_type {cases} end")
    return db


def forget_erased(db: duckdb.DuckDBPyConnection, hashes: Iterable[str]) -> None:
    """Take every row and record of erased learners out of the loaded tables (see `values.erasure`)."""
    db.execute("create table erased (hash varchar)")
    listed = [[identity] for identity in hashes]
    if not listed:
        return
    db.executemany("insert into erased values (?)", listed)
    db.execute(f"delete from report_rows where {_is_erased('profileUrn', 'uniqueUserId', 'email')}")
    user = "(select key from base_entity where type = 'linkedin_learning_user' and "
    user += _is_erased("record->>'$.profileUrn'", "record->>'$.uniqueUserId'", "record->>'$.email[0]'")
    user += " or " + _hashed_in("email", "substr(key, length('linkedin_learning_user:') + 1)") + ")"
    db.execute(f"delete from base_relationship where record->>'$._fromEntityKey' in {user}")
    db.execute(f"delete from base_entity where key in {user}")


def _is_erased(profile_urn: str, unique_user_id: str, email: str) -> str:
    named = (("profileUrn", profile_urn), ("uniqueUserId", unique_user_id), ("email", email))
    return "(" + " or ".join(_hashed_in(kind, value) for kind, value in named) + ")"


def _hashed_in(kind: str, value: str) -> str:
    text = f"plain_case({value})" if kind == "email" else f"({value})"
    return f"coalesce(sha256('{kind}:' || {text}) in (select hash from erased), false)"


def load_parts(db: duckdb.DuckDBPyConnection, files: Sequence[PartFile]) -> None:
    """Make the tables `catalog_rows` and `report_rows`, the latter with each row's window and asset type."""
    db.execute("create table part_file (path varchar, asset_type varchar, window_start bigint, window_end bigint)")
    if files:
        db.executemany("insert into part_file values (?, ?, ?, ?)", [_file_row(file) for file in files])
    catalog = [file.path for file in files if file.shard.window_start is None]
    report = [file.path for file in files if file.shard.window_start is not None]
    db.execute(f"create table catalog_rows as {_select(catalog, _CATALOG_COLUMNS)}")
    db.execute(
        "create table report_rows as select rows.* exclude (path), asset_type, window_start, window_end"
        f" from ({_select(report, _REPORT_COLUMNS)}) rows join part_file using (path)"
    )


def load_bases(db: duckdb.DuckDBPyConnection, bases: Sequence[BaseFiles]) -> None:
    """Make the tables `base_entity` and `base_relationship`; `age` 0 is the newest snapshot that knows a key."""
    for table, kinds in (
        ("base_entity", {name: [base.entities.get(name, []) for base in bases] for name in schema.ENTITY_TYPES}),
        (
            "base_relationship",
            {name: [base.relationships.get(name, []) for base in bases] for name in schema.RELATIONSHIPS},
        ),
    ):
        db.execute(f"create table {table} (type varchar, age integer, key varchar, record json)")
        for kind, files_by_age in kinds.items():
            for age, files in enumerate(files_by_age):
                if files:
                    db.execute(
                        f"insert into {table} select ?, ?, json->>'$._key', json from read_json_objects(?,"
                        f" format = 'newline_delimited', maximum_object_size = {_LARGEST_LINE})",
                        [kind, age, [str(path) for path in files]],
                    )


def _file_row(file: PartFile) -> tuple[str, str | None, int | None, int | None]:
    shard = file.shard
    return (str(file.path), shard.asset_type, shard.window_start, shard.window_end)


def _select(paths: Sequence[Path], columns: str) -> str:
    # An empty list of files is an error in DuckDB, so a run without such parts selects nothing from nothing.
    if not paths:
        fields = columns.strip("{}").replace(": '", " ").replace("'", "")
        nothing = ", ".join(f"null::{kind} as {name}" for name, kind in (field.split() for field in fields.split(", ")))
        return f"select {nothing}, null::varchar as path where false"
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return (
        f"select * exclude (filename), filename as path from read_json([{listed}], format = 'newline_delimited',"
        f" columns = {columns}, filename = true, maximum_object_size = {_LARGEST_LINE})"
    )
