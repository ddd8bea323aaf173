"""What a module of this package declares as its `FORMAT`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.snapshot_tables import SnapshotTables


@dataclass(frozen=True)
class Format:
    """A format of exports.

    `name`: as the parameter ExportFormats has it, and the folder of its files: `graph/<run>/<name>/`.
    `content_type`: of its files.
    `export`: writes a snapshot into a folder and yields each finished file; raises `ExportRefused`.
    """

    name: str
    content_type: str
    export: Callable[[SnapshotTables, Path], Iterator[WrittenFile]]
