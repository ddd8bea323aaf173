"""A snapshot in the formats of other tools, one module each: its `export` takes tables and yields files (ADR 0011)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from learning_graph.graph.export.tables import ExportedFile, SnapshotTables

Export = Callable[[SnapshotTables, Path], Iterator[ExportedFile]]

# Format, as the parameter ExportFormats names it -> module. The files lie below `graph/<run>/<format>/`.
FORMATS: Final = {
    "jupiterone": "jupiterone_folder",
    "opencypher": "opencypher",
    "graphml": "graphml",
}


def export_of(name: str) -> Export:
    """Return the export of a format; the module is imported only when it is asked for.

    Raises:
        KeyError: there is no such format.
    """
    export: Export = import_module(f"{__name__}.{FORMATS[name]}").export
    return export
