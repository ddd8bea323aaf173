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

from learning_graph.graph.export.tables import ExportedFile, ExportRefused, Kind, SnapshotTables, name, text

_TYPES: Final = {
    "VARCHAR": "String",
    "BIGINT": "Long",
    "DOUBLE": "Double",
    "BOOLEAN": "Boolean",
    "VARCHAR[]": "String[]",
}
_ITEM: Final = (
    # One that ended with a backslash would take the separator after it for its own.
    r"list_transform({}, lambda item: replace(item, ';', '\;') || case when ends_with(item, '\') then ' ' else '' end)"
)
_SYSTEM: Final[dict[Kind, dict[str, str]]] = {
    "entities": {":ID": "_key", ":LABEL": "array_to_string(_class, ';') || ';' || _type"},
    "relationships": {":ID": "_key", ":START_ID": "_fromEntityKey", ":END_ID": "_toEntityKey", ":TYPE": "_class"},
}
_NOT_REPEATED: Final = frozenset({"_class", "_fromEntityKey", "_toEntityKey"})


def export(source: SnapshotTables, folder: Path) -> Iterator[ExportedFile]:
    """Write `nodes/<_type>.csv.gz` and `relationships/<_type>.csv.gz`; yield each finished file.

    Raises:
        ExportRefused: a relationship has no end, or a column has a type that the format has not.
    """
    source.require_whole()
    kinds: tuple[tuple[Kind, str], ...] = (("entities", "nodes"), ("relationships", "relationships"))
    for kind, place in kinds:
        for record_type in source.types(kind):
            file_name = f"{place}/{record_type}.csv.gz"
            path = folder / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            written = source.db.execute(
                f"copy ({_query(source, kind, record_type)}) to {text(str(path))}"
                """ (format csv, header, quote '"', escape '"', compression gzip)"""
            ).fetchone()
            yield ExportedFile(file_name, path, int(written[0]) if written else 0, kind, record_type)


def _query(source: SnapshotTables, kind: Kind, record_type: str) -> str:
    columns = [f"{expression} as {name(header)}" for header, expression in _SYSTEM[kind].items()]
    for column, column_type in source.columns(kind, record_type).items():
        if column in _NOT_REPEATED:
            continue
        if column_type not in _TYPES or (kind == "relationships" and column_type.endswith("[]")):
            raise ExportRefused(
                f"{record_type}.{column} is {column_type}: the openCypher format has no such property",
                resolution="Leave opencypher out of the parameter ExportFormats, and report it.",
            )
        value = name(column)
        if column_type.endswith("[]"):
            value = f"nullif(array_to_string({_ITEM.format(value)}, ';'), '')"
        columns.append(f"{value} as {name(f'{column}:{_TYPES[column_type]}')}")
    return f"select {', '.join(columns)} from {source.source(kind, record_type)} order by _key"
