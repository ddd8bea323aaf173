"""GraphML for Gephi, yEd and networkx: the whole graph in one file, up to the size that these can open.

GraphML has neither nulls nor lists: a property without a value is left out, the items of a list are joined by `; `.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.export_format import Format
from learning_graph.graph.export.snapshot_tables import ExportRefused, SnapshotTables, name
from learning_graph.store.run import RecordKind

# Gephi keeps the graph in memory and lays it out on one machine; a file of this many records has some 250 MB.
MOST_RECORDS: Final = 500_000
_TYPES: Final = {"VARCHAR": "string", "BIGINT": "long", "DOUBLE": "double", "BOOLEAN": "boolean", "VARCHAR[]": "string"}
_DOMAIN: Final[dict[RecordKind, str]] = {"entities": "node", "relationships": "edge"}
_NOT_REPEATED: Final = frozenset({"_key", "_fromEntityKey", "_toEntityKey"})
# What XML 1.0 does not allow, not even escaped.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# XML parsers read an unescaped one as a line feed.
_KEPT: Final = {"\r": "&#13;"}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def export(source: SnapshotTables, folder: Path) -> Iterator[WrittenFile]:
    """Write `graph.graphml` and yield it.

    Raises:
        ExportRefused: the graph has more than `MOST_RECORDS` records, or a relationship has no end.
    """
    records = source.count("entities") + source.count("relationships")
    if records > MOST_RECORDS:
        raise ExportRefused(
            f"the graph has {records:,} records, and GraphML is written up to {MOST_RECORDS:,}",
            resolution="Leave graphml out of the parameter ExportFormats; load opencypher into a graph database.",
        )
    source.require_whole()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "graph.graphml"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        _write_keys(source, file)
        file.write('<graph id="G" edgedefault="directed">\n')
        for kind in _DOMAIN:
            for record_type in source.types(kind):
                _write_records(source, kind, record_type, file)
        file.write("</graph>\n</graphml>\n")
    yield WrittenFile("export", "graph", "graphml", path.name, path, records)


def _write_keys(source: SnapshotTables, file: IO[str]) -> None:
    """Declare each property for nodes and for edges; `label` is displayed by Gephi."""
    for kind, domain in _DOMAIN.items():
        declared = {"label": "string"}
        for record_type in source.types(kind):
            declared |= {column: _TYPES[found] for column, found in _properties(source, kind, record_type).items()}
        for column, attribute_type in sorted(declared.items()):
            key = quoteattr(_key(kind, column))
            file.write(f'<key id={key} for="{domain}" attr.name={quoteattr(column)} attr.type="{attribute_type}"/>\n')


def _write_records(source: SnapshotTables, kind: RecordKind, record_type: str, file: IO[str]) -> None:
    properties = _properties(source, kind, record_type)
    own = ["_key"] if kind == "entities" else ["_key", "_fromEntityKey", "_toEntityKey"]
    wanted = ", ".join(name(column) for column in [*own, *properties])
    for row in source.rows(f"select {wanted} from {source.source(kind, record_type)} order by _key"):
        values = dict(zip(properties, row[len(own) :], strict=True))
        data = _data(kind, {"label": values.get("displayName"), **values})
        identity = quoteattr(_xml(row[0]))
        if kind == "entities":
            file.write(f"<node id={identity}>{data}</node>\n")
        else:
            ends = f"source={quoteattr(_xml(row[1]))} target={quoteattr(_xml(row[2]))}"
            file.write(f"<edge id={identity} {ends}>{data}</edge>\n")


def _data(kind: RecordKind, values: Mapping[str, Any]) -> str:
    return "".join(
        f"<data key={quoteattr(_key(kind, column))}>{escape(_text(value), _KEPT)}</data>"
        for column, value in values.items()
        if value is not None and value != []
    )


def _properties(source: SnapshotTables, kind: RecordKind, record_type: str) -> dict[str, str]:
    columns = source.columns(kind, record_type)
    return {column: column_type for column, column_type in columns.items() if column not in _NOT_REPEATED}


def _key(kind: RecordKind, column: str) -> str:
    return f"{_DOMAIN[kind]}.{column}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _xml("; ".join(value))
    if isinstance(value, bool):
        return str(value).lower()
    return _xml(str(value))


def _xml(value: str) -> str:
    return _NO_XML.sub("\ufffd", value)


FORMAT: Final = Format("graphml", "application/graphml+xml", export)
