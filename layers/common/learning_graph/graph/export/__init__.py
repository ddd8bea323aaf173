"""A snapshot in the formats of other tools, one module each: its `export` takes tables and yields files (ADR 0011)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import duckdb

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.snapshot_tables import ExportRefused, SnapshotTables
from learning_graph.store.run import ExportFormat

Export = Callable[[SnapshotTables, Path], Iterator[WrittenFile]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Format:
    """The module that writes a format, and the content type of its files."""

    module: str
    content_type: str

    def export(self, tables: SnapshotTables, folder: Path) -> Iterator[WrittenFile]:
        """Write the files; the module is imported only when it is used."""
        export: Export = import_module(f"{__name__}.{self.module}").export
        return export(tables, folder)


# Their files lie below `graph/<run>/<format>/`. JSON lines are written with the Parquet files, type by type.
FORMATS: Final[dict[ExportFormat, Format]] = {
    "jupiterone": Format("jupiterone_folder", "application/json"),
    "opencypher": Format("opencypher", "application/gzip"),
    "graphml": Format("graphml", "application/graphml+xml"),
}


def content_type_of(name: str) -> str:
    """Return the content type of an export's files."""
    return next(found.content_type for known, found in FORMATS.items() if known == name)


def export_files(
    db: duckdb.DuckDBPyConnection,
    files: Iterable[WrittenFile],
    formats: Iterable[ExportFormat],
    folder: Path,
    refused: dict[str, str],
) -> Iterator[WrittenFile]:
    """Write a snapshot's Parquet files in other formats; yield each finished file.

    Args:
        db: any connection.
        files: of the snapshot; tables and other formats are left out.
        formats: of `FORMATS`; others are left out.
        folder: the files of a format go into the folder of its name.
        refused: gets the reason and the resolution by format, where the snapshot can't be had in it.
    """
    tables = SnapshotTables.of(db, files)
    for name in formats:
        if name not in FORMATS:
            continue
        try:
            yield from FORMATS[name].export(tables, folder / name)
        except ExportRefused as refusal:
            _log.warning("export refused", extra={"format": name, "reason": str(refusal)})
            refused[name] = f"{refusal}. {refusal.resolution}"
