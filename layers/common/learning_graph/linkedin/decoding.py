"""How an answer is decoded: as a whole where it is as documented, else record by record, member by member.

The fast path builds the records of a page in one pass. Where that fails, each record is decoded alone, so that an
invalid record does not affect the others, and optional members that cannot be read are left out of it. Both paths
return equal records where nothing is wrong.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from learning_graph.store.documents import MALFORMED
from learning_graph.values.errors import Unavailable

_STRING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_IN_STRING: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: stays
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})"  # any other valid escape: stays
    r"|(?P<refused>[\\\x00-\x1f])"
)
_LONGEST_INTEGER: Final = 20  # digits with the sign; a longer one is no id, instant, count or duration
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,16})?(?:[eE]\+?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The records of one answer.

    Attributes:
        records: those that can be used, in order.
        rejected: place on the page and what is wrong, for each one that cannot; a value is never quoted.
        repaired: how many of `records` lost a member that could not be read.
        paging: the envelope's `paging`, unchecked.
    """

    records: list[Any]
    rejected: tuple[tuple[int, str], ...] = ()
    repaired: int = 0
    paging: Any = None


class _RawPage(msgspec.Struct):
    elements: list[msgspec.Raw]
    paging: Any = None


_raw_page = msgspec.json.Decoder(_RawPage)


def decode_page(body: bytes, record: Any) -> Decoded:
    """Decode a page: an object with a list of `elements`.

    Args:
        body: LinkedIn's answer.
        record: the type of an element.

    Raises:
        Unavailable: the body is empty, not JSON, or has no list of elements.
    """
    try:
        page = _page_decoder(record).decode(body)
    except MALFORMED:
        return _decode_each(body, record)
    return Decoded(page.elements, paging=page.paging)


def decode_record(body: bytes, record: Any) -> Decoded:
    """Decode an answer that is one record; where it cannot be used it is rejected at place 0.

    Raises:
        Unavailable: the body is empty or not a JSON object.
    """
    text = _repaired_where_needed(body, msgspec.json.Decoder(dict[str, msgspec.Raw]), "object")
    return _decode_raw([msgspec.Raw(text)], record, None)


@cache
def _page_decoder(record: Any) -> msgspec.json.Decoder[Any]:
    page = msgspec.defstruct("Page", [("elements", list[record]), ("paging", Any, None)])
    return msgspec.json.Decoder(page)


@cache
def _record_decoder(record: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(record)


def _decode_each(body: bytes, record: Any) -> Decoded:
    page = _raw_page.decode(_repaired_where_needed(body, _raw_page, "page"))
    return _decode_raw(page.elements, record, page.paging)


def _repaired_where_needed(body: bytes, decoder: msgspec.json.Decoder[Any], what: str) -> bytes:
    try:
        decoder.decode(body)
    except MALFORMED:
        repaired = repair(body)
        try:
            decoder.decode(repaired)
        except MALFORMED as error:
            # The decoder's message names a place and a type, never a value.
            raise Unavailable(f"LinkedIn answered 200 with a body that is no {what}: {error}", status=200) from None
        return repaired
    return body


def _decode_raw(elements: list[msgspec.Raw], record: Any, paging: Any) -> Decoded:
    decoder = _record_decoder(record)
    records: list[Any] = []
    rejected: list[tuple[int, str]] = []
    repaired = 0
    for place, raw in enumerate(elements):
        try:
            records.append(decoder.decode(raw))
        except MALFORMED:
            try:
                records.append(_build(_values_of(bytes(raw)), _type_info(record), "$"))
                repaired += 1
            except _Unusable as error:
                rejected.append((place, str(error)))
    return Decoded(records, tuple(rejected), repaired, paging)


def _values_of(raw: bytes) -> Any:
    """Return a record as plain values.

    The decoder of the standard library, since msgspec refuses a record with one number that is too large, such as
    `1e400`; here it becomes infinite, and costs the member that has it.
    """
    try:
        return json.loads(repair(raw), parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise _Unusable(f"Malformed: {type(error).__name__}", "$") from None


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


def repair(body: bytes) -> bytes:
    """Replace what a decoder refuses inside JSON strings; the meaning of valid JSON does not change.

    A surrogate without its other half and a byte that is not UTF-8 become U+FFFD; a raw control character, and a
    backslash that begins no escape, become their escapes. A byte-order mark before the text is removed.
    """
    text = body.decode("utf-8-sig", errors="replace")
    return _STRING.sub(lambda string: _IN_STRING.sub(_repaired, string[0]), text).encode()


def _repaired(found: re.Match[str]) -> str:
    if found["lone"]:
        return "\\ufffd"
    return f"\\u{ord(found['refused']):04x}" if found["refused"] else found[0]


class _Unusable(ValueError):
    """A value that cannot be read as its type; `identifies` where a member that identifies the record is at fault."""

    def __init__(self, problem: str, path: str, *, identifies: bool = False) -> None:
        super().__init__(problem if path == "$" else f"{problem} - at `{path}`")
        self.identifies = identifies


@cache
def _type_info(record: Any) -> inspect.Type:
    return inspect.type_info(record)


def _build(value: Any, kind: inspect.Type, path: str) -> Any:
    """Return a value as its type, leaving out of it what is optional and cannot be read."""
    builder = _BUILDERS.get(type(kind))
    if builder is None:
        raise _mismatch(kind, value, path)
    return builder(value, kind, path)


def _struct(value: Any, kind: inspect.StructType, path: str) -> Any:
    if not isinstance(value, dict):
        raise _mismatch(kind, value, path)
    members: dict[str, Any] = {}
    for field in kind.fields:
        place = f"{path}.{field.encode_name}"
        if field.encode_name not in value:
            if field.required:
                identifies = isinstance(field.type, inspect.Metadata)
                problem = f"Object missing required field `{field.encode_name}`"
                raise _Unusable(problem, path, identifies=identifies)
            continue
        try:
            if field.required and isinstance(field.type, inspect.ListType):
                members[field.name] = _list(value[field.encode_name], field.type, place, all_identified=True)
            else:
                members[field.name] = _build(value[field.encode_name], field.type, place)
        except _Unusable:
            if field.required:
                raise
    try:
        return kind.cls(**members)
    except ValueError as error:
        raise _Unusable(str(error), path, identifies=True) from None


def _list(value: Any, kind: inspect.ListType, path: str, *, all_identified: bool = False) -> list[Any]:
    """Return the items that can be read; with `all_identified` an item without its identifier is not left out."""
    if not isinstance(value, list):
        raise _mismatch(kind, value, path)
    items: list[Any] = []
    for item in value:
        try:
            items.append(_build(item, kind.item_type, f"{path}[...]"))
        except _Unusable as error:
            if all_identified and error.identifies:
                raise
    return items


def _dict(value: Any, kind: inspect.DictType, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mismatch(kind, value, path)
    members: dict[str, Any] = {}
    for name, member in value.items():
        try:
            members[name] = _build(member, kind.value_type, f"{path}[...]")
        except _Unusable:
            continue
    return members


def _union(value: Any, kind: inspect.UnionType, path: str) -> Any:
    if value is None and kind.includes_none:
        return None
    problem: _Unusable | None = None
    for choice in kind.types:
        if not isinstance(choice, inspect.NoneType):
            try:
                return _build(value, choice, path)
            except _Unusable as error:
                problem = problem or error
    raise problem or _mismatch(kind, value, path)


def _identifier(value: Any, _kind: inspect.Metadata, path: str) -> str:
    if not isinstance(value, str):
        raise _Unusable(f"Expected `str`, got `{_name_of(value)}`", path, identifies=True)
    if not value or value.isspace():
        raise _Unusable("Expected `str` that is not empty", path, identifies=True)
    return value


def _text(value: Any, kind: inspect.StrType, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _mismatch(kind, value, path)
    if isinstance(value, float) and not math.isfinite(value):
        raise _mismatch(kind, value, path)
    # 1001.0 is the id 1001, and a text stays as it is.
    return value if isinstance(value, str) else str(_number(value))


def _boolean(value: Any, kind: inspect.BoolType, path: str) -> bool:
    if not isinstance(value, bool):
        raise _mismatch(kind, value, path)
    return value


def _number(value: Any) -> Any:
    """Return a number for a text of its digits and for a fraction of 0, any other value unchanged."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value) if value.removeprefix("-").isdigit() else float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole(value: Any, kind: inspect.IntType, path: str) -> int:
    value = _number(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _mismatch(kind, value, path)
    _demand_range(value, kind, path)
    return value


def _fraction(value: Any, kind: inspect.FloatType, path: str) -> float:
    value = _number(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _mismatch(kind, value, path)
    _demand_range(value, kind, path)
    return float(value)


def _demand_range(value: float, kind: inspect.IntType | inspect.FloatType, path: str) -> None:
    if kind.ge is not None and kind.le is not None and not kind.ge <= value <= kind.le:
        raise _Unusable(f"Expected a number from {kind.ge} to {kind.le}", path)


def _mismatch(kind: inspect.Type, value: Any, path: str) -> _Unusable:
    expected = type(kind).__name__.removesuffix("Type").lower()
    return _Unusable(f"Expected `{_EXPECTED.get(expected, expected)}`, got `{_name_of(value)}`", path)


_EXPECTED: Final = {"struct": "object", "list": "array", "dict": "object"}
_JSON_NAMES: Final = {dict: "object", list: "array", type(None): "null"}


def _name_of(value: Any) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


_BUILDERS: Final[dict[type[inspect.Type], Callable[[Any, Any, str], Any]]] = {
    inspect.Metadata: _identifier,
    inspect.StructType: _struct,
    inspect.ListType: _list,
    inspect.DictType: _dict,
    inspect.UnionType: _union,
    inspect.StrType: _text,
    inspect.BoolType: _boolean,
    inspect.IntType: _whole,
    inspect.FloatType: _fraction,
}
