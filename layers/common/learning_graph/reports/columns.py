"""The columns of a snapshot's Parquet tables, as DuckDB spells their types."""

from __future__ import annotations

from typing import Final

from learning_graph.model import schema as model

_LISTS: Final = {"_class", "email", "emailDomain", "username"}
_BOOLEANS: Final = {"completed", "isCuratedForLms", "isRetired"}
_DOUBLES: Final = {"durationSeconds", "progressPercentage"}
_KINDS: Final = {"string": "VARCHAR", "number": "BIGINT", "boolean": "BOOLEAN", "array": "VARCHAR[]"}
_COMMON: Final = ("_key", "_type", "_class", "displayName", "name", "id")
_OF_CLASS: Final = {
    "User": ("email", "emailDomain", "username", "firstName", "lastName", "shortLoginId"),
    "Training": ("description", "webLink", "createdOn", "updatedOn"),
    "Account": ("vendor",),
    "Group": (),
}
_INSTANTS: Final = {"createdOn", "updatedOn"}


def _kind(name: str, declared: str = "string") -> str:
    if name in _DOUBLES:
        return "DOUBLE"
    if name in _LISTS:
        return "VARCHAR[]"
    return "BIGINT" if name in _INSTANTS else _KINDS[declared]


def _entity(entity_type: str) -> dict[str, str]:
    names = (*_COMMON, *_OF_CLASS[model.CLASS_OF[entity_type]])
    return {
        **{name: _kind(name) for name in names},
        **{name: _kind(name, declared) for name, declared, _ in model.PROPERTIES[entity_type]},
    }


def _relationship(name: str) -> dict[str, str]:
    columns = dict.fromkeys(("_key", "_type", "_class", "displayName", "_fromEntityKey", "_toEntityKey"), "VARCHAR")
    if model.RELATIONSHIPS[name][1] == "ASSIGNED":
        columns |= {name: _kind(name, declared) for name, declared, _ in model.ENGAGEMENT}
    return columns


TABLE_COLUMNS: Final[dict[str, dict[str, str]]] = {
    **{name: _entity(name) for name in model.ENTITY_TYPES},
    **{name: _relationship(name) for name in model.RELATIONSHIPS},
    "learner_attributes": {"learnerKey": "VARCHAR", "attribute": "VARCHAR", "value": "VARCHAR"},
    "snapshot": {
        "run": "VARCHAR",
        "status": "VARCHAR",
        "lookbackStart": "BIGINT",
        "lookbackEnd": "BIGINT",
        "coveredUntil": "BIGINT",
    },
}
