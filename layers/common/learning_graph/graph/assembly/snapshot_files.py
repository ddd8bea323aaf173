"""Writes the snapshot's records: Parquet, and JSON lines from the same rows. Equal input gives equal bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb

from learning_graph.graph.assembly.database import SQL_TYPE
from learning_graph.model import schema
from learning_graph.model.schema import Property
from learning_graph.store.run import JSON_LINES_FORMAT, FileKind
from learning_graph.values.sql import quoted

ROWS_OF_A_JSON_FILE = 250_000
_FETCH = 2048  # as many as DuckDB hands over at once
# Fixed, since a file's bytes depend on them: rows of a row group, and the codec.
PARQUET_OPTIONS = "format parquet, compression zstd, row_group_size 122880"


@dataclass(frozen=True)
class WrittenFile:
    """A finished file on disk: its content (see `SnapshotFile`), its name below the format's folder, its rows."""

    kind: FileKind
    type: str
    format: str
    name: str
    path: Path
    rows: int


@dataclass(frozen=True)
class Account:
    """The one account of the snapshot: `key_ref` is the client id, `tag` says whether entities carry the name."""

    key_ref: str
    name: str
    tag: bool


class SnapshotWriter:
    """Writes the records of one database, type by type, into a folder."""

    def __init__(self, db: duckdb.DuckDBPyConnection, folder: Path, account: Account) -> None:
        self._db, self._folder, self._account = db, folder, account

    def parquet(self) -> Iterator[WrittenFile]:
        """Write one Parquet file for every type and table that has rows; yield each when it is finished."""
        for entity in schema.ENTITIES.values():
            fixed = {
                "_class": f"['{entity.jupiterone_class}']",
                "_type": quoted(entity.name),
                schema.TAG_ACCOUNT_NAME: quoted(self._account.name) if self._account.tag else "null",
            }
            query = _select(entity.properties, f"entity_{entity.name}", fixed) + ' order by "_key"'
            yield from self._parquet_file("entities", entity.name, query)
        for relationship in schema.RELATIONSHIPS.values():
            verb = relationship.jupiterone_class
            key = f""""_fromEntityKey" || '|{verb.lower()}|' || "_toEntityKey\""""
            fixed = {
                "_class": quoted(verb),
                "displayName": quoted(verb),
                "_type": quoted(relationship.name),
                "_key": key,
            }
            query = _select(relationship.properties, f"relationship_{relationship.name}", fixed) + ' order by "_key"'
            yield from self._parquet_file("relationships", relationship.name, query)
        for table, properties in schema.TABLES.items():
            columns = ", ".join(_quoted_name(prop.name) for prop in properties)
            yield from self._parquet_file("tables", table, f"select {columns} from table_{table} order by all")

    def _parquet_file(self, kind: FileKind, name: str, query: str) -> Iterator[WrittenFile]:
        file_name = f"{kind}/{name}/part-00000.parquet"
        path = self._folder / "parquet" / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        counted = self._db.execute(f"copy ({query}) to {quoted(path)} ({PARQUET_OPTIONS})").fetchone()
        rows = int(counted[0]) if counted else 0
        if rows:
            yield WrittenFile(kind, name, "parquet", file_name, path, rows)
        else:
            path.unlink()


def write_json_lines(db: duckdb.DuckDBPyConnection, source: WrittenFile, folder: Path) -> Iterator[WrittenFile]:
    """Write a Parquet file of entities or relationships as JupiterOne records, one a line, in files of 250,000 rows.

    Args:
        db: a connection that preserves the order of rows, as DuckDB does by default.
        source: the Parquet file.
        folder: the files go into the folder of their format below it.
    """
    kinds = schema.ENTITIES if source.kind == "entities" else schema.RELATIONSHIPS
    line = json_line(kinds[source.type].properties)
    rows = db.cursor().execute(f"select encode({line} || chr(10)) from read_parquet({quoted(source.path)})")
    for number in range(-(-source.rows // ROWS_OF_A_JSON_FILE)):
        name = f"{source.kind}/{source.type}/part-{number:05d}.jsonl.gz"
        path = folder / JSON_LINES_FORMAT / name
        yield WrittenFile(source.kind, source.type, JSON_LINES_FORMAT, name, path, _write_lines(rows, path))


def create_account_views(db: duckdb.DuckDBPyConnection, account_key: str, account: Account) -> None:
    """Make views of the account entity, and of its HAS relationships to all other entities."""
    db.execute(
        f"""create view entity_{schema.ACCOUNT} as select {quoted(account_key)} as "_key",
            {quoted(account.key_ref)} as "accountKeyRef", {quoted(account.name)} as "displayName",
            {quoted(account.name)} as name, 'LinkedIn' as vendor"""
    )
    for relationship in schema.RELATIONSHIPS.values():
        if relationship.source == schema.ACCOUNT:
            db.execute(
                f'create view relationship_{relationship.name} as select {quoted(account_key)} as "_fromEntityKey",'
                f' "_key" as "_toEntityKey" from entity_{relationship.target}'
            )


def _select(properties: Iterable[Property], source: str, fixed: dict[str, str]) -> str:
    columns = []
    for prop in sorted(properties, key=lambda prop: prop.name):
        name = _quoted_name(prop.name)
        columns.append(f"({fixed.get(prop.name, name)})::{SQL_TYPE[prop.type]} as {name}")
    return f"select {', '.join(columns)} from {source}"


def _quoted_name(name: str) -> str:
    return f'"{name}"'


def json_line(properties: Iterable[Property]) -> str:
    """Return the SQL of a record's JSON: names sorted, an optional property left out where it has no value."""
    members: list[str] = []
    for prop in sorted(properties, key=lambda prop: prop.name):
        name, value = f"'{',' if members else ''}\"{prop.name}\":'", f"{_json_value(prop)}::varchar"
        # `concat` leaves out what is null; `||` with a null is null.
        members.append(f"{name} || {value}" if prop.presence == "optional" else f"{name}, coalesce({value}, 'null')")
    return f"concat('{{', {', '.join(members)}, '}}')"


def _json_value(prop: Property) -> str:
    column = _quoted_name(prop.name)
    if prop.type in {"boolean", "integer"}:  # JSON as they are
        return column
    if prop.type == "number":  # 100, not 100.0
        return f"case when {column} = trunc({column}) then to_json({column}::bigint) else to_json({column}) end"
    return f"to_json({column})"


def _write_lines(rows: duckdb.DuckDBPyConnection, path: Path) -> int:
    written = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    # zlib, although ISA-L takes a fifth of the time: its bytes are, rarely, not the same for the same lines.
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="") as file:
        while written < ROWS_OF_A_JSON_FILE and (block := rows.fetchmany(_FETCH)):
            file.write(b"".join(chain.from_iterable(block)))
            written += len(block)
    return written
