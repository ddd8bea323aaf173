r"""openCypher CSV for the bulk loaders of Amazon Neptune and Neo4j.

Neptune user guide, "Load format for openCypher data".

Nodes and relationships are in separate files, one a `_type`, gzip. Labels are the class and the `_type`, the type of a
relationship is its class. The items of a list are joined by `;`, which is written `\;` inside an item, as AWS's own
neptune-export does. A null and an empty list are both an empty field: there is no such property.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.export_format import Format
from learning_graph.graph.export.snapshot_tables import SnapshotTables, name
from learning_graph.store.run import RECORD_KINDS, RecordKind
from learning_graph.values.sql import quoted

_TYPES: Final = {
    "VARCHAR": "String",
    "BIGINT": "Long",
    "DOUBLE": "Double",
    "BOOLEAN": "Boolean",
    "VARCHAR[]": "String[]",
}
_ITEM: Final = (
    # A backslash at the end of an item would escape the separator after it.
    r"list_transform({}, lambda item: replace(item, ';', '\;') || case when ends_with(item, '\') then ' ' else '' end)"
)
_SYSTEM: Final[dict[RecordKind, dict[str, str]]] = {
    "entities": {":ID": "_key", ":LABEL": "array_to_string(_class, ';') || ';' || _type"},
    "relationships": {":ID": "_key", ":START_ID": "_fromEntityKey", ":END_ID": "_toEntityKey", ":TYPE": "_class"},
}
_PLACE: Final[dict[RecordKind, str]] = {"entities": "nodes", "relationships": "relationships"}
_NOT_REPEATED: Final = frozenset({"_class", "_fromEntityKey", "_toEntityKey"})


def export(source: SnapshotTables, folder: Path) -> Iterator[WrittenFile]:
    """Write `nodes/<_type>.csv.gz` and `relationships/<_type>.csv.gz`; yield each finished file.

    Raises:
        ExportRefused: keys are not unique, or a relationship has no end.
    """
    source.require_whole()
    for kind in RECORD_KINDS:
        for record_type in source.types(kind):
            file_name = f"{_PLACE[kind]}/{record_type}.csv.gz"
            path = folder / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            counted = source.db.execute(
                f"copy ({_query(source, kind, record_type)}) to {quoted(path)}"
                """ (format csv, header, quote '"', escape '"', compression gzip)"""
            ).fetchone()
            rows = int(counted[0]) if counted else 0
            yield WrittenFile("export", record_type, "opencypher", file_name, path, rows)


def _query(source: SnapshotTables, kind: RecordKind, record_type: str) -> str:
    columns = [f"{expression} as {name(header)}" for header, expression in _SYSTEM[kind].items()]
    for column, column_type in source.columns(kind, record_type).items():
        if column in _NOT_REPEATED:
            continue
        value = name(column)
        if column_type.endswith("[]"):
            value = f"nullif(array_to_string({_ITEM.format(value)}, ';'), '')"
        columns.append(f"{value} as {name(f'{column}:{_TYPES[column_type]}')}")
    return f"select {', '.join(columns)} from {source.source(kind, record_type)} order by _key"


FORMAT: Final = Format("opencypher", "application/gzip", export)
