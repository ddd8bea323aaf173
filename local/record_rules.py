"""Rules for single records of the graph.

The rules are those of JupiterOne's data model and of the integration's property tables. Text forms are checked with
expressions of their own, so that a fault in the product's converters is not a fault here too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from learning_graph.model import schema
from learning_graph.model.keys import USER_PREFIX, account_key

Record = Mapping[str, Any]

LONGEST_TEXT = 4096
SHORTEST_KEY = 10
# Properties of JupiterOne's classes that may be left out, and may not be null.
_NEVER_NULL = ("description", "summary", "webLink", "createdOn", "updatedOn", "owner", "active", "status")
_COUNTS = ("completions", "views", "secondsViewed")
# Epoch milliseconds between 1990 and 2100: seconds and microseconds lie outside.
_EARLIEST, _LATEST = 631_152_000_000, 4_102_444_800_000

_PROPERTY_NAME = re.compile(r"(_|tag\.)?[A-Za-z0-9. -]+")
# RFC 3986 characters, every % followed by two hexadecimal digits.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
# The address JupiterOne's validator accepts: ASCII, a dotted domain, no underscore in it.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:_[A-Za-z0-9]{2,8})*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}")


def is_email(text: str) -> bool:
    """Return whether JupiterOne accepts a text as an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def entity_problems(record: Record, record_type: str) -> Iterator[str]:
    """Yield what is wrong with an entity of a type of the model."""
    entity = schema.ENTITIES[record_type]
    if record.get("_type") != record_type or record.get("_class") != [entity.jupiterone_class]:
        yield f"_type and _class are {record.get('_type')!r} and {record.get('_class')!r}"
    yield from _common_problems(record)
    yield from _property_problems(record, entity.properties)
    yield from _nested_problems(record)
    yield from _text_problems(record)
    if record_type in schema.CONTENT_TYPES:
        yield from _training_problems(record, record_type)
    elif record_type == schema.USER:
        yield from _user_problems(record)
    elif record_type == schema.ACCOUNT and record.get("_key") != account_key(str(record.get("accountKeyRef"))):
        yield f"_key {record.get('_key')!r} is not made of accountKeyRef"


def relationship_problems(record: Record, record_type: str) -> Iterator[str]:
    """Yield what is wrong with a relationship of a type of the model; its ends are the caller's to look up."""
    relationship = schema.RELATIONSHIPS[record_type]
    verb = relationship.jupiterone_class
    if record.get("_type") != record_type or record.get("_class") != verb or record.get("displayName") != verb:
        yield "_type, _class or displayName is wrong"
    yield from _common_problems(record)
    if record.get("_key") != f"{record.get('_fromEntityKey')}|{verb.lower()}|{record.get('_toEntityKey')}":
        yield f"_key {record.get('_key')!r} is not made of its ends"
    for name, value in record.items():
        if isinstance(value, list | dict):
            yield f"{name} is a list or an object"
    problems = list(_property_problems(record, relationship.properties))
    yield from problems
    if verb == "ASSIGNED" and not problems:
        yield from _engagement_problems(record)


def _common_problems(record: Record) -> Iterator[str]:
    key = record.get("_key")
    if not isinstance(key, str) or len(key) < SHORTEST_KEY:
        yield f"_key {key!r} is no text of at least {SHORTEST_KEY} characters"
    for name, value in record.items():
        if not _PROPERTY_NAME.fullmatch(name):
            yield f"{name!r} is no name for a property"
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and len(text) > LONGEST_TEXT:
                yield f"{name} is longer than {LONGEST_TEXT} characters"
        if name.startswith("tag.") and not isinstance(value, str | int | float | bool):
            yield f"{name} is {value!r}"
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{name} is {value}"
        is_instant = name.endswith("On") or name in {"lookbackStart", "lookbackEnd"}
        if is_instant and _is_number(value) and not (_EARLIEST <= value < _LATEST and value % 1 == 0):
            yield f"{name} {value} is no instant in epoch milliseconds"


def _property_problems(record: Record, properties: Iterable[schema.Property]) -> Iterator[str]:
    """Yield which of the properties are missing or of another type."""
    for found in properties:
        name = found.name
        if name not in record:
            if found.presence != "optional":
                yield f"{name} is missing"
        elif record[name] is None:
            if found.presence != "nullable":
                yield f"{name} is None, not {found.type}"
        elif not _is_a(record[name], found.type):
            yield f"{name} is {record[name]!r:.80}, not {found.type}"


def _is_a(value: object, kind: schema.PropertyType) -> bool:
    """Return whether a value is of a type of the schema; a list is one of distinct texts."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return _is_number(value)
        case "boolean":
            return isinstance(value, bool)
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return texts and isinstance(value, list) and len(set(value)) == len(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _nested_problems(record: Record) -> Iterator[str]:
    for name in _NEVER_NULL:
        if name in record and record[name] is None:
            yield f"{name} is null, it should be left out"
    for name, value in record.items():
        if name == "_rawData":
            if not _is_raw_data(value):
                yield "_rawData is no list of a name and an object each"
        elif isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, list | dict) for v in value)):
            yield f"{name} is an object"


def _is_raw_data(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and item.keys() == {"name", "rawData"} and isinstance(item["rawData"], dict)
        for item in value
    )


def _text_problems(record: Record) -> Iterator[str]:
    for name in ("webLink", "accessURL"):
        link = record.get(name)
        if isinstance(link, str) and not _URI.fullmatch(link):
            yield f"{name} is no ASCII percent-encoded address"
    for name in ("titleLocale", "locale"):
        locale = record.get(name)
        if isinstance(locale, str) and not _LOCALE.fullmatch(locale):
            yield f"{name} {locale!r} is no locale"
    if "urn" in record and record["urn"] != record.get("_key"):
        yield f"_key is not its urn {record['urn']!r}"


def _training_problems(record: Record, record_type: str) -> Iterator[str]:
    if schema.CONTENT_TYPE_OF.get(record.get("assetType")) != record_type:  # type: ignore[arg-type]
        yield f"assetType {record.get('assetType')!r} is not of its _type"
    retired = record.get("availability") == "RETIRED" or record.get("retiredOn") is not None
    if (record.get("isRetired") is True) != retired:
        yield "isRetired, availability and retiredOn contradict each other"
    seconds = record.get("durationSeconds")
    if isinstance(seconds, int | float) and not (seconds >= 0 and seconds % 1 == 0):
        yield f"durationSeconds is {seconds}"
    languages = record.get("availableLanguages")
    for language in languages if isinstance(languages, list) else ():
        if not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            yield f"availableLanguages holds {language!r}"


def _user_problems(record: Record) -> Iterator[str]:
    emails = record.get("email")
    if isinstance(emails, list) and not all(is_email(str(email)) for email in emails):
        yield "email holds what is no plain address"  # the address itself is not printed
    for name in ("email", "shortLoginId", "username", "emailDomain"):
        if record.get(name) == []:
            yield f"{name} is empty, it should be null"
    # A user's key is the profile URN, else made of the uniqueUserId, else of the e-mail.
    key, profile, unique_id = str(record.get("_key")), record.get("profileUrn"), record.get("uniqueUserId")
    if profile is not None or unique_id:
        right = key == (f"{USER_PREFIX}{unique_id}" if profile is None else profile)
    else:
        right = key.startswith(f"{USER_PREFIX}{''}")
    if not right:
        yield f"_key {key!r} is not made of profileUrn or uniqueUserId"


def _engagement_problems(record: Record) -> Iterator[str]:
    for name in _COUNTS:
        if not (record[name] >= 0 and record[name] % 1 == 0):
            yield f"{name} is {record[name]}"
    progress = record["progressPercentage"] or 0
    if not 0 <= progress <= 100:  # noqa: PLR2004 - per cent
        yield f"progressPercentage is {progress}"
    by_numbers = record["completions"] >= 1 or progress == 100  # noqa: PLR2004 - per cent
    if not record["completed"] and (record["completedOn"] is not None or by_numbers):
        yield "completed, completedOn, completions and progressPercentage contradict each other"
    first, last = record["firstEngagedOn"], record["lastEngagedOn"]
    if first is not None and last is not None and first > last:
        yield "firstEngagedOn lies after lastEngagedOn"
    if record["lookbackStart"] >= record["lookbackEnd"]:
        yield "lookbackStart does not lie before lookbackEnd"
