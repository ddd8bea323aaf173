"""The query string in Rest.li 1.0 style (API reference §1): dots, ``[i]`` raw or encoded, lower-case booleans."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from urllib.parse import unquote_plus

from local.simulator.errors import bad_parameter

_INDEX = re.compile(r"\[(\d+)\]")


class Query:
    """Parameters as sent. Reading a parameter marks it as known; what is never read is unknown."""

    def __init__(self, raw: str) -> None:
        self.raw: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.known: set[str] = {"q", "start", "count", "fields"}
        for part in raw.split("&"):
            if part:
                name, _, value = part.partition("=")
                name = unquote_plus(name)
                self.raw[name] = value
                self.values[name] = unquote_plus(value)

    def unknown(self) -> list[str]:
        return sorted(name for name in self.values if name not in self.known)

    def text(self, name: str) -> str | None:
        self.known.add(name)
        return self.values.get(name)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise bad_parameter(name)
        return value

    def integer(self, name: str, *, minimum: int = 0) -> int | None:
        """A whole number of at least ``minimum``, or None where the parameter is missing; else 400."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", value) or int(value) < minimum:
            raise bad_parameter(name)
        return int(value)

    def flag(self, name: str) -> bool | None:
        """``true`` or ``false`` in any case, None where missing; else 400."""
        value = self.text(name)
        if value is None:
            return None
        word = value.lower()
        if word not in {"true", "false"}:
            raise bad_parameter(name)
        return word == "true"

    def choice(self, name: str, allowed: Container[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise bad_parameter(name)
        return value

    def array(self, name: str) -> list[str]:
        """Values of ``name[0]``, ``name[1]``, … in the order of their indices."""
        found: dict[int, str] = {}
        for key, value in self.values.items():
            if key.startswith(name) and (match := _INDEX.fullmatch(key, len(name))):
                self.known.add(key)
                found[int(match[1])] = value
        return [found[index] for index in sorted(found)]

    def choices(self, name: str, allowed: Container[str]) -> list[str]:
        values = self.array(name)
        if any(value not in allowed for value in values):
            raise bad_parameter(name)
        return values

    def records(self, name: str, members: Iterable[str]) -> list[dict[str, str]]:
        """Records of ``name[i].member`` in the order of their indices."""
        found: dict[int, dict[str, str]] = {}
        wanted = tuple(members)
        for key, value in self.values.items():
            if not key.startswith(name + "["):
                continue
            match = _INDEX.match(key, len(name))
            if match and key[match.end() :].lstrip(".") in wanted:
                self.known.add(key)
                found.setdefault(int(match[1]), {})[key[match.end() + 1 :]] = value
        return [found[index] for index in sorted(found)]

    def href(self, path: str, changes: dict[str, int]) -> str:
        """``path?…`` with parameters sorted by name, values as sent, brackets unescaped (§3.4)."""
        values = self.raw | {name: str(value) for name, value in changes.items()}
        return f"{path}?" + "&".join(f"{name}={values[name]}" for name in sorted(values))
