"""What JupiterOne demands of a record's values, whatever its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from learning_graph.graph.text import LONGEST_TEXT, plain_email, plain_uri
from learning_graph.model import schema

Record = dict[str, Any]

_NEVER_NULL = ("description", "summary", "webLink", "createdOn", "updatedOn", "owner", "active", "status")
_PROPERTY_NAME = re.compile(r"(_|tag\.)?[A-Za-z0-9. -]+")


def entity_problems(record: Record) -> Iterator[str]:
    """Yield what is wrong with an entity whatever its type."""
    yield from _name_and_length_problems(record)
    for name in _NEVER_NULL:
        if name in record and record[name] is None:
            yield f"{name} is null, it should be left out"
    for name, value in record.items():
        if isinstance(value, dict):
            yield f"{name} is an object"
    link = record.get("webLink")
    if link is not None and plain_uri(str(link)) is None:
        yield "webLink is no ASCII percent-encoded address"
    addresses = record.get("email")
    if isinstance(addresses, list) and not all(plain_email(str(address)) for address in addresses):
        yield "email holds what is no plain address"  # the address itself is not for the screen


def relationship_problems(record: Record) -> Iterator[str]:
    """Yield what is wrong with a relationship whatever its type."""
    yield from _name_and_length_problems(record)
    for name, value in record.items():
        if isinstance(value, list | dict):
            yield f"{name} is a list or an object"


def property_problems(record: Record, properties: schema.Properties) -> Iterator[str]:
    """Yield which of the properties (name, type, may be null) are missing or of another type."""
    for name, kind, nullable in properties:
        if name not in record:
            yield f"{name} is missing"
        elif not is_a(record[name], kind, nullable=nullable):
            yield f"{name} is {record[name]!r}, not {kind}{' or null' if nullable else ''}"


def is_a(value: object, kind: schema.PropertyType, *, nullable: bool) -> bool:
    """Return whether a value is of a type of the seed's tables; an array is one of distinct texts."""
    if value is None:
        return nullable
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return (
                isinstance(value, list)
                and all(isinstance(item, str) for item in value)
                and len(set(value)) == len(value)
            )


def _name_and_length_problems(record: Record) -> Iterator[str]:
    for name, value in record.items():
        if not _PROPERTY_NAME.fullmatch(name):
            yield f"{name!r} is no name for a property"
        if isinstance(value, str) and len(value) > LONGEST_TEXT and not name.startswith("_"):
            yield f"{name} is longer than {LONGEST_TEXT} characters"
