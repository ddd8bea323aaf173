"""Members of a mapping, read one by one into a struct, so that an error names the member.

Settings, messages and events are read so; pydantic would be half of what a function imports (ADR 0002).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, TypeVar, get_args, get_origin

import msgspec

F = TypeVar("F", bound=msgspec.Struct)


class FieldError(ValueError):
    """A member is missing, unknown or wrong; the text quotes no value.

    Args:
        name: of the member, like `detail.runId`; empty where it is unknown and no plain word, since it may be an e-mail
            address.
        problem: what is wrong with it.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}" if name else problem)
        self.name = name
        self.problem = problem


def read_fields(form: type[F], members: Mapping[str, object], *, of_text: bool = False) -> F:
    """Return the struct with these members; those that it does not know are ignored unless it forbids them.

    Args:
        form: the type of the result.
        members: by the names that `form` has in JSON.
        of_text: numbers and truth values are text, as environment variables are.

    Raises:
        FieldError: names the first member that is missing, unknown or wrong.
    """
    fields = _fields(form)
    values: dict[str, object] = {}
    for name, field in fields.items():
        if name in members:
            values[field.name] = _read(name, members[name], field.type, of_text=of_text)
        elif field.required:
            raise FieldError(name, "is missing")
    if form.__struct_config__.forbid_unknown_fields:
        for name in members:
            if name not in fields:
                raise FieldError(name if name.isidentifier() else "", "is unknown")
    return form(**values)


@cache
def _fields(form: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(form)}


def _read(name: str, value: object, kind: object, *, of_text: bool) -> object:
    if isinstance(value, Mapping) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        try:
            return read_fields(kind, value, of_text=of_text)
        except FieldError as error:
            raise FieldError(f"{name}.{error.name}" if error.name else "", error.problem) from None
    try:
        return msgspec.convert(value, kind, strict=not of_text)
    except msgspec.ValidationError as error:
        # Here msgspec names no choices and quotes the value.
        choices = ", ".join(str(choice) for choice in _choices(kind))
        raise FieldError(name, f"is not one of {choices}" if choices else str(error)) from None


def _choices(kind: object) -> tuple[object, ...]:
    literals = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    return tuple(choice for literal in literals for choice in get_args(literal))
