"""The ``fields`` parameter: ``urn,title,details:(level,urls:(webLaunch))`` (API reference §1)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from local.simulator.errors import bad_parameter

Projection = dict[str, "Projection | None"]

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|:\(|[(),]")


def parse_projection(text: str) -> Projection:
    """Names to keep, each with those of its children (None: all of them); 400 where the syntax is broken."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", "") or not tokens:
        raise bad_parameter("fields")
    tokens.reverse()
    found = _members(tokens)
    if tokens:
        raise bad_parameter("fields")
    return found


def _members(tokens: list[str]) -> Projection:
    found: Projection = {}
    while True:
        name = tokens.pop() if tokens else ""
        if not name.isidentifier():
            raise bad_parameter("fields")
        found[name] = None
        if tokens and tokens[-1] == ":(":
            tokens.pop()
            found[name] = _members(tokens)
            if not tokens or tokens.pop() != ")":
                raise bad_parameter("fields")
        if not tokens or tokens[-1] != ",":
            return found
        tokens.pop()


def project(value: Any, wanted: Projection) -> Any:
    """The same JSON value with only the wanted members; arrays are gone through."""
    if isinstance(value, list):
        return [project(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: member if wanted[name] is None else project(member, wanted[name] or {})
        for name, member in value.items()
        if name in wanted
    }


def project_encoded(rows: list[bytes], wanted: Projection) -> list[bytes]:
    return [msgspec.json.encode(project(msgspec.json.decode(row), wanted)) for row in rows]
