"""Judges one record at a time: its envelope, the presence of its properties and their kinds."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.judge.findings import Findings
from tests.judge.model import (
    CLASS_OPTIONAL,
    CLASS_REQUIRED,
    ENTITIES,
    ENTITY_OPTIONAL,
    ENTITY_REQUIRED,
    KEY_MIN_LENGTH,
    PROPERTY_NAME,
    RELATIONSHIP_REQUIRED,
    RELATIONSHIPS,
    TEXT_MAX_LENGTH,
    UNIQUE_LISTS,
    Kind,
    Property,
)
from tests.judge.plausible import judge_assigned, judge_entity_values, judge_times

Record = Mapping[str, Any]

_PROPERTY_NAME: Final = re.compile(PROPERTY_NAME)


def judge_entity(record: Record, file_type: str, found: Findings, remarks: Findings) -> None:
    """Judge one entity read from the folder of `file_type`."""
    where = _where(record)
    _judge_envelope(record, where, found)
    model = ENTITIES.get(file_type)
    if model is None:
        found.add("entity-type-unknown", where, file_type)
        return
    if record.get("_type") != file_type:
        found.add("type-not-folder", where, f"_type {record.get('_type')!r} in folder {file_type}")
    if record.get("_class") != [model.entity_class]:
        found.add("entity-class", where, f"_class {record.get('_class')!r}, wanted {[model.entity_class]!r}")
    required = (*ENTITY_REQUIRED, *CLASS_REQUIRED[model.entity_class], *model.properties)
    _judge_required(record, required, where, found)
    optional = (*ENTITY_OPTIONAL, *CLASS_OPTIONAL[model.entity_class])
    own = {item.name for item in required}
    for item in optional:
        if item.name in record and item.name not in own:
            _judge_value(item, record[item.name], where, found)
    _judge_extras(record, own | {item.name for item in optional}, where, found)
    judge_entity_values(record, model, where, found, remarks)


def judge_relationship(record: Record, file_type: str, found: Findings, remarks: Findings) -> None:
    """Judge one relationship read from the folder of `file_type`; its ends are judged by the caller, who knows all."""
    where = _where(record)
    _judge_envelope(record, where, found)
    model = RELATIONSHIPS.get(file_type)
    if model is None:
        found.add("relationship-type-unknown", where, file_type)
        return
    if record.get("_type") != file_type:
        found.add("type-not-folder", where, f"_type {record.get('_type')!r} in folder {file_type}")
    if record.get("_class") != model.relationship_class:
        found.add("relationship-class", where, f"_class {record.get('_class')!r}, wanted {model.relationship_class!r}")
    if record.get("displayName") != model.relationship_class:
        found.add("relationship-display-name", where, record.get("displayName"))
    _judge_required(record, (*RELATIONSHIP_REQUIRED, *model.properties), where, found)
    wanted = f"{record.get('_fromEntityKey')}|{model.relationship_class.lower()}|{record.get('_toEntityKey')}"
    if record.get("_key") != wanted:
        found.add("relationship-key", where, f"wanted {wanted}")
    for name, value in record.items():
        if isinstance(value, list | dict):
            found.add("relationship-array-or-object", where, name)
    judge_times(record, where, found)
    if model.relationship_class == "ASSIGNED":
        judge_assigned(record, where, found, remarks)


def _where(record: Record) -> str:
    return str(record.get("_key", json.dumps(record, default=str)[:120]))


def _judge_envelope(record: Record, where: str, found: Findings) -> None:
    key = record.get("_key")
    if not isinstance(key, str):
        found.add("key-missing", where, key)
    elif len(key) < KEY_MIN_LENGTH:
        found.add("key-too-short", where, f"{len(key)} characters")
    for name, value in record.items():
        if not _PROPERTY_NAME.fullmatch(name):
            found.add("property-name", where, name)
        for text in _texts(value):
            if len(text) > TEXT_MAX_LENGTH:
                found.add("text-too-long", where, f"{name} has {len(text)} characters")
        if name.startswith("tag.") and not isinstance(value, str | int | float | bool):
            found.add("tag-value", where, f"{name} is {value!r}")
        if isinstance(value, float) and value != value:  # noqa: PLR0124 -- NaN is the one value unequal to itself
            found.add("not-a-number", where, name)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _judge_required(record: Record, required: Iterable[Property], where: str, found: Findings) -> None:
    for item in required:
        if item.name not in record:
            found.add("property-missing", where, item.name)
        else:
            _judge_value(item, record[item.name], where, found)


def _judge_value(item: Property, value: object, where: str, found: Findings) -> None:
    if value is None:
        if not item.nullable:
            found.add("null-not-allowed", where, item.name)
        return
    if not _is_kind(value, item.kind):
        found.add("property-kind", where, f"{item.name} is {value!r:.80}, wanted {item.kind}")
    elif item.name in UNIQUE_LISTS and isinstance(value, list) and len(set(value)) != len(value):
        found.add("list-not-unique", where, f"{item.name} {value!r:.80}")


def _is_kind(value: object, kind: Kind) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _judge_extras(record: Record, known: set[str], where: str, found: Findings) -> None:
    """Properties no table names (custom attributes, tags): a primitive or a list of them, never an object."""
    for name in record.keys() - known - {"_key", "_class", "_type"}:
        value = record[name]
        if name == "_rawData":
            _judge_raw_data(value, where, found)
        elif isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(item, list | dict) for item in value)
        ):
            found.add("extra-property-kind", where, f"{name} is {value!r:.80}")


def _judge_raw_data(value: object, where: str, found: Findings) -> None:
    good = isinstance(value, list) and all(
        isinstance(item, dict) and item.keys() == {"name", "rawData"} and isinstance(item["rawData"], dict)
        for item in value
    )
    if not good:
        found.add("raw-data", where, f"{value!r:.80}")
