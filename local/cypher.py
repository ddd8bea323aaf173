"""openCypher on a snapshot's Parquet, with Ladybug (the extra `cypher`)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from learning_graph.model.schema import ENTITIES, RELATIONSHIPS
from learning_graph.reports.columns import TABLE_COLUMNS
from learning_graph.reports.snapshot import Snapshot
from learning_graph.values.errors import ConfigurationError

_BUFFER_BYTES = 1 << 30
_DATABASE_BYTES = 1 << 33  # Ladybug's default reserves 8 TiB of address space
_KINDS = {"VARCHAR": "STRING", "VARCHAR[]": "STRING[]", "BIGINT": "INT64", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN"}


def run_cypher(snapshot: Snapshot, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return columns and rows of an openCypher query; node and relationship tables are named as the graph's types.

    Raises:
        ConfigurationError: Ladybug is not installed, or the query is wrong.
    """
    try:
        import ladybug  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise ConfigurationError(
            "--cypher", "Ladybug is not installed", resolution="Install it: pip install 'ladybug>=0.22'."
        ) from error
    with tempfile.TemporaryDirectory() as folder:
        database = ladybug.Database(
            str(Path(folder) / "graph"), buffer_pool_size=_BUFFER_BYTES, max_db_size=_DATABASE_BYTES
        )
        connection = ladybug.Connection(database)
        try:
            _load(connection, snapshot)
            result: Any = connection.execute(query)
            columns = list(result.get_column_names())
            rows = [tuple(row) for row in result.get_all()]
        except RuntimeError as error:
            tables = ", ".join((*ENTITIES, *RELATIONSHIPS))
            raise ConfigurationError("query", str(error), resolution=f"Tables: {tables}.") from error
        finally:
            connection.close()
            database.close()
    return columns, rows


def _load(connection: Any, snapshot: Snapshot) -> None:
    files = snapshot.files
    for name in ENTITIES:
        columns = _columns(name)
        described = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
        connection.execute(f"CREATE NODE TABLE `{name}` ({described}, PRIMARY KEY (`_key`))")
        for file in files.get(name, ()):
            connection.execute(f"COPY `{name}` FROM {_selected(snapshot, file.key, list(columns))}")
    for name, relationship in RELATIONSHIPS.items():
        columns = {column: kind for column, kind in _columns(name).items() if column not in _ENDS}
        described = "".join(f", `{column}` {kind}" for column, kind in columns.items())
        connection.execute(
            f"CREATE REL TABLE `{name}` (FROM `{relationship.source}` TO `{relationship.target}`{described})"
        )
        for file in files.get(name, ()):
            connection.execute(f"COPY `{name}` FROM {_selected(snapshot, file.key, [*_ENDS, *columns])}")


_ENDS = ("_fromEntityKey", "_toEntityKey")


def _columns(name: str) -> dict[str, str]:
    return {column: _KINDS[kind] for column, kind in TABLE_COLUMNS[name].items() if "." not in column}


def _selected(snapshot: Snapshot, key: str, columns: list[str]) -> str:
    path = str(snapshot.root / key).replace('"', '\\"')
    return f'(LOAD FROM "{path}" RETURN {", ".join(f"`{column}`" for column in columns)})'
