"""The queries that ship as `queries/*.sql`, in SQL that Athena (Trino) and DuckDB run.

A file begins with comments: `title`, `description`, and a line for each parameter with its type, its default (a
parameter without one is required) and a description. In the SQL a parameter is `:name`, replaced by a literal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

from learning_graph.values.errors import ConfigurationError
from learning_graph.values.sql import quoted

_PARAMETER: Final = re.compile(r"parameter (\w+) \((text|number)\)(?: = ('[^']*'|-?\d+(?:\.\d+)?))?: (.+)")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class QueryParameter:
    """A parameter: `default` is a SQL literal, None where a value must be given."""

    name: str
    kind: Literal["text", "number"]
    default: str | None
    description: str


@dataclass(frozen=True)
class NamedQuery:
    """A shipped query."""

    name: str
    title: str
    description: str
    parameters: tuple[QueryParameter, ...]
    template: str

    def sql(self, values: Mapping[str, str]) -> str:
        """Return the SQL with values for its parameters.

        Raises:
            ConfigurationError: a parameter is missing, unknown or no number.
        """
        known = {parameter.name for parameter in self.parameters}
        if unknown := sorted(set(values) - known):
            raise ConfigurationError(
                unknown[0],
                f"the query {self.name} has no such parameter",
                resolution=f"It has {', '.join(sorted(known)) or 'none'}.",
            )
        literals = {parameter.name: _literal(self.name, parameter, values) for parameter in self.parameters}
        return re.sub(r"(?<!:):(\w+)", lambda found: literals[found[1]], self.template)


def named_queries() -> dict[str, NamedQuery]:
    """Return the shipped queries by name."""
    folder = resources.files(__package__ or "") / "queries"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {
        file.name.removesuffix(".sql"): _parsed(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files
    }


def _parsed(name: str, text: str) -> NamedQuery:
    lines = text.splitlines()
    head = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    described = dict(line.split(": ", 1) for line in head if not line.startswith("parameter "))
    parameters = []
    for line in head:
        if found := _PARAMETER.fullmatch(line):
            kind: Literal["text", "number"] = "number" if found[2] == "number" else "text"
            parameters.append(QueryParameter(found[1], kind, found[3], found[4]))
    body = "\n".join(line for line in lines if not line.startswith("-- "))
    return NamedQuery(name, described["title"], described["description"], tuple(parameters), body.strip() + "\n")


def _literal(query: str, parameter: QueryParameter, values: Mapping[str, str]) -> str:
    value = values.get(parameter.name)
    if value is None:
        if parameter.default is None:
            raise ConfigurationError(
                parameter.name,
                f"the query {query} needs it: {parameter.description}",
                resolution=f"Give --param {parameter.name}=VALUE.",
            )
        return parameter.default
    if parameter.kind == "text":
        return quoted(value)
    if not _NUMBER.fullmatch(value):
        raise ConfigurationError(parameter.name, f"{value!r} is no number", resolution="Give a number.")
    return value
