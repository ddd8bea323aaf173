"""The snapshot tables that an export reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.store.run import RECORD_KINDS, RecordKind
from learning_graph.values.errors import FatalError
from learning_graph.values.sql import quoted_list

_FETCH = 10_000


class ExportRefused(FatalError):
    """A snapshot cannot be exported in a format."""


@dataclass(frozen=True)
class SnapshotTables:
    """The Parquet files of a snapshot by `_type`, none where there are no records, and a connection that reads them."""

    db: duckdb.DuckDBPyConnection
    entities: Mapping[str, Sequence[Path]]
    relationships: Mapping[str, Sequence[Path]]

    @classmethod
    def of(cls, db: duckdb.DuckDBPyConnection, files: Iterable[WrittenFile]) -> Self:
        """Return the tables of a snapshot's files on disk."""
        found: dict[str, dict[str, list[Path]]] = {kind: {} for kind in RECORD_KINDS}
        for file in files:
            if file.format == "parquet" and file.kind in found:
                found[file.kind].setdefault(file.type, []).append(file.path)
        return cls(db, found["entities"], found["relationships"])

    def types(self, kind: RecordKind) -> list[str]:
        """Return the `_type`s of a kind that have records."""
        found = self.entities if kind == "entities" else self.relationships
        return [name for name, files in found.items() if files]

    def source(self, kind: RecordKind, record_type: str) -> str:
        """Return the SQL of a table's rows."""
        files = (self.entities if kind == "entities" else self.relationships)[record_type]
        return f"read_parquet({quoted_list(files)})"

    def columns(self, kind: RecordKind, record_type: str) -> dict[str, str]:
        """Return the type of each column, as DuckDB names it."""
        described = self.db.execute(f"describe select * from {self.source(kind, record_type)}").fetchall()
        return {name: column_type for name, column_type, *_ in described}

    def count(self, kind: RecordKind) -> int:
        """Return the number of records of a kind."""
        return sum(self._one(f"select count(*) from {self.source(kind, name)}") for name in self.types(kind))

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        cursor = self.db.cursor().execute(query)
        while block := cursor.fetchmany(_FETCH):
            yield from block

    def require_whole(self) -> None:
        """Check that keys are unique and that both ends of each relationship exist.

        Raises:
            ExportRefused: they are not; names the `_type`, never a key.
        """
        keys = " union all ".join(
            f"select _key from {self.source(kind, name)}" for kind in RECORD_KINDS for name in self.types(kind)
        )
        if not keys:
            return
        if doubled := self._one(f"select count(*) - count(distinct _key) from ({keys})"):
            raise ExportRefused(f"{doubled} records have the _key of another one", resolution=_VERIFY)
        entities = " union all ".join(f"select _key from {self.source('entities', n)}" for n in self.types("entities"))
        for name in self.types("relationships"):
            dangling = self._one(
                f"with entity as materialized ({entities or 'select null as _key'}) select count(*) from"
                f" {self.source('relationships', name)} as edge where"
                " not exists (select 1 from entity where entity._key = edge._fromEntityKey)"
                " or not exists (select 1 from entity where entity._key = edge._toEntityKey)"
            )
            if dangling:
                raise ExportRefused(f"{dangling} {name} lead to an entity that is not there", resolution=_VERIFY)

    def _one(self, query: str) -> int:
        row = self.db.execute(query).fetchone()
        return int(row[0]) if row else 0


_VERIFY = "Check the snapshot with `python -m local verify`, and report it."


def name(column: str) -> str:
    """Return a column's name as an SQL identifier."""
    return '"' + column.replace('"', '""') + '"'
