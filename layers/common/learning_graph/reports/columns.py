"""The columns of a snapshot's Parquet tables, as DuckDB spells their types."""

from __future__ import annotations

from typing import Final

from learning_graph.graph.assembly.database import SQL_TYPE
from learning_graph.model.schema import ENTITIES, RELATIONSHIPS, TABLES

_PROPERTIES: Final = {
    **{name: entity.properties for name, entity in ENTITIES.items()},
    **{name: relationship.properties for name, relationship in RELATIONSHIPS.items()},
    **TABLES,
}
TABLE_COLUMNS: Final[dict[str, dict[str, str]]] = {
    table: {prop.name: SQL_TYPE[prop.type] for prop in properties} for table, properties in _PROPERTIES.items()
}
