"""A snapshot in the formats of other tools: every module here that declares a `FORMAT` is one (ADR 0011)."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import duckdb

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.export_format import Format
from learning_graph.graph.export.snapshot_tables import ExportRefused, SnapshotTables
from learning_graph.store.run import JSON_LINES_FORMAT
from learning_graph.values.errors import ConfigurationError

_log = logging.getLogger(__name__)

_modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
_formats: list[Format] = [module.FORMAT for module in _modules if hasattr(module, "FORMAT")]
FORMATS: Final[dict[str, Format]] = {found.name: found for found in _formats}


def demand_known(formats: Iterable[str]) -> None:
    """Make sure that every format is JSON lines, which are written with the Parquet files, or one of `FORMATS`.

    Raises:
        ConfigurationError: one is not.
    """
    known = (JSON_LINES_FORMAT, *FORMATS)
    for name in formats:
        if name not in known:
            resolution = f"Name some of {', '.join(known)}, separated by commas, or none."
            raise ConfigurationError("EXPORT_FORMATS", f"{name!r} is no format", resolution=resolution)


def export_files(
    db: duckdb.DuckDBPyConnection,
    files: Iterable[WrittenFile],
    formats: Iterable[str],
    folder: Path,
    refused: dict[str, str],
) -> Iterator[WrittenFile]:
    """Write a snapshot's Parquet files in other formats; yield each finished file.

    Args:
        db: any connection.
        files: of the snapshot; tables and other formats are left out.
        formats: of `FORMATS`; others are left out.
        folder: the files of a format go into the folder of its name.
        refused: gets the reason and the resolution for each format that the snapshot cannot be written in.
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
