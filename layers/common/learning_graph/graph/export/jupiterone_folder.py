"""The folder that JupiterOne's command line reads: `graph/**/*.json`, at most 500 objects a file.

`j1-integration visualize -d FOLDER` draws it. The records are those of the JSON lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from learning_graph.graph.export.json_records import json_of
from learning_graph.graph.export.tables import ExportedFile, Kind, SnapshotTables

OBJECTS_OF_A_FILE: Final = 500
_KINDS: Final[tuple[Kind, ...]] = ("entities", "relationships")


def export(source: SnapshotTables, folder: Path) -> Iterator[ExportedFile]:
    """Write `graph/<kind>/<_type>/00000.json` and so on; yield each finished file.

    Raises:
        ExportRefused: keys are not unique, or a relationship has no end.
    """
    source.require_whole()
    for kind in _KINDS:
        for record_type in source.types(kind):
            records = _records(source, kind, record_type)
            number = 0
            while block := list(islice(records, OBJECTS_OF_A_FILE)):
                file_name = f"graph/{kind}/{record_type}/{number:05d}.json"
                path = folder / file_name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f'{{"{kind}":[{",".join(block)}]}}\n', encoding="utf-8")
                yield ExportedFile(file_name, path, len(block), kind, record_type)
                number += 1


def _records(source: SnapshotTables, kind: Kind, record_type: str) -> Iterator[str]:
    record = json_of(source.columns(kind, record_type))
    query = f"select {record} from {source.source(kind, record_type)} order by _key"
    return (line for (line,) in source.rows(query))
