"""The folder that JupiterOne's command line reads: `graph/**/*.json`, at most 500 objects a file.

`j1-integration visualize -d FOLDER` draws it. The records are those of the JSON lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from learning_graph.graph.assembly.snapshot_files import WrittenFile, json_line
from learning_graph.graph.export.export_format import Format
from learning_graph.graph.export.snapshot_tables import SnapshotTables
from learning_graph.model import schema
from learning_graph.store.run import RECORD_KINDS, RecordKind

OBJECTS_OF_A_FILE: Final = 500


def export(source: SnapshotTables, folder: Path) -> Iterator[WrittenFile]:
    """Write `graph/<kind>/<_type>/00000.json` and so on; yield each finished file.

    Raises:
        ExportRefused: keys are not unique, or a relationship has no end.
    """
    source.require_whole()
    for kind in RECORD_KINDS:
        for record_type in source.types(kind):
            records = _records(source, kind, record_type)
            number = 0
            while block := list(islice(records, OBJECTS_OF_A_FILE)):
                file_name = f"graph/{kind}/{record_type}/{number:05d}.json"
                path = folder / file_name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f'{{"{kind}":[{",".join(block)}]}}\n', encoding="utf-8")
                yield WrittenFile("export", record_type, "jupiterone", file_name, path, len(block))
                number += 1


def _records(source: SnapshotTables, kind: RecordKind, record_type: str) -> Iterator[str]:
    properties = (schema.ENTITIES if kind == "entities" else schema.RELATIONSHIPS)[record_type].properties
    query = f"select {json_line(properties)} from {source.source(kind, record_type)} order by _key"
    return (line for (line,) in source.rows(query))


FORMAT: Final = Format("jupiterone", "application/json", export)
