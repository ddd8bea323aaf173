"""How a document of a bucket is written and read: JSON with a format version that is checked."""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

import msgspec

from learning_graph.values.errors import FatalError

# What msgspec raises for bytes that are not the JSON of a type.
MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
D = TypeVar("D", bound="Document")


class Value(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A part of a document: names in camel case, no member omitted."""


class CompactValue(Value, frozen=True, omit_defaults=True, kw_only=True):
    """A part of a document: names in camel case, members with default values omitted."""


class Document(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A JSON object in a bucket; names are in camel case, and no member is omitted.

    The default of `format_version` is the version that this release writes and reads.
    """

    format_version: int = 1


class UnknownFormat(FatalError):
    """A document has a format version that this release does not read."""

    resolution = (
        "Another release wrote it; nothing was changed. Deploy the release that wrote it. To go on with this one, keep"
        " a copy of the bucket and move the object away: what a run had read is collected again, but completions that"
        " only a snapshot knew are missing from new ones."
    )


class DocumentDamaged(FatalError):
    """A document is not the JSON that this project writes; the text quotes nothing of it."""

    resolution = "Restore the object; nothing was changed."


class _Version(msgspec.Struct, rename="camel"):
    format_version: int | None = None


def encode(value: object) -> bytes:
    """Return a value's JSON with sorted names: equal values are equal bytes."""
    return msgspec.json.encode(value, order="deterministic")


def decode(data: bytes, kind: type[D], key: str) -> D:
    """Return the document at `key`.

    Raises:
        UnknownFormat: its format version is not the one of `kind`.
        DocumentDamaged: it cannot be read.
    """
    try:
        version = msgspec.json.decode(data, type=_Version).format_version
        if version != _version_of(kind):
            raise UnknownFormat(f"{key} has format version {version}, this release reads {_version_of(kind)}")
        return msgspec.json.decode(data, type=kind)
    except MALFORMED as error:
        raise DocumentDamaged(f"{key} is no {kind.__name__}: {type(error).__name__}") from None


@cache
def _version_of(kind: type[Document]) -> int:
    version: int = next(field.default for field in msgspec.structs.fields(kind) if field.name == "format_version")
    return version
