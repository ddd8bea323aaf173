"""What an uploaded object must look like (docs.jupiterone.io, "Sync jobs API reference", Validation)."""

from __future__ import annotations

import re
from typing import Any

Record = dict[str, Any]

SHORTEST_KEY = 10
_NAME = re.compile(r"(tag\.)?[A-Za-z0-9. -]+")
_ENTITY_NAMES = {"_key", "_type", "_class", "_rawData"}
_RELATIONSHIP_NAMES = {"_key", "_type", "_class", "_fromEntityKey", "_toEntityKey"}
_SCALARS = (str, bool, int, float)


def entity_problem(record: Any) -> str | None:
    """Return what is wrong with an entity, None for nothing."""
    if not isinstance(record, dict):
        return "an entity is an object"
    kind = record.get("_class")
    classes = [kind] if isinstance(kind, str) else kind
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        return "_class is a name or a list of names"
    return _common_problem(record, _ENTITY_NAMES) or next(
        (f"{name} {problem}" for name, value in record.items() if (problem := _value_problem(name, value))), None
    )


def relationship_problem(record: Any) -> str | None:
    """Return what is wrong with a relationship, None for nothing."""
    if not isinstance(record, dict):
        return "a relationship is an object"
    for name in ("_class", "_fromEntityKey", "_toEntityKey"):
        if not isinstance(record.get(name), str) or not record[name]:
            return f"{name} is a text"
    if any(isinstance(value, list | dict) for value in record.values()):
        return "a relationship has no lists and no objects"
    return _common_problem(record, _RELATIONSHIP_NAMES)


def _common_problem(record: Record, own_names: set[str]) -> str | None:
    key, kind = record.get("_key"), record.get("_type")
    if not isinstance(key, str) or len(key) < SHORTEST_KEY:
        return f"_key is a text of at least {SHORTEST_KEY} characters"
    if not isinstance(kind, str) or not kind:
        return "_type is a text"
    wrong = [name for name in record if name not in own_names and not _NAME.fullmatch(name)]
    return f"{wrong[0]!r} is no name for a property" if wrong else None


def _value_problem(name: str, value: Any) -> str | None:
    if name in {"_rawData", "_class"} or value is None or isinstance(value, _SCALARS):
        return None
    if not isinstance(value, list):
        return "is a nested object"
    kinds = {"number" if type(item) in (int, float) else type(item).__name__ for item in value}
    return "is a mixed or nested list" if len(kinds) > 1 or not kinds <= {"str", "bool", "number"} else None
