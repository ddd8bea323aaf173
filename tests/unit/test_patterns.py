"""The product's regular expressions mean the same on every supported Python."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import learning_graph

VERSION_DEPENDENT = frozenset({"POSSESSIVE_REPEAT", "ATOMIC_GROUP"})  # matched wrongly before 3.11.5 where nested


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.walk_packages(learning_graph.__path__, "learning_graph."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


def operations(parsed: object) -> Iterator[str]:
    if hasattr(parsed, "data"):
        parsed = parsed.data
    if isinstance(parsed, (list, tuple)):
        for part in parsed:
            yield from operations(part)
    else:
        yield str(parsed)


def test_no_pattern_uses_what_early_releases_of_python_311_match_wrongly() -> None:
    parser = importlib.import_module("re._parser")
    found = dict(patterns())
    assert found
    assert VERSION_DEPENDENT & set(operations(parser.parse("(?:a++)*+(?>b)")))
    for name, pattern in found.items():
        assert not VERSION_DEPENDENT & set(operations(parser.parse(pattern.pattern, pattern.flags))), name
