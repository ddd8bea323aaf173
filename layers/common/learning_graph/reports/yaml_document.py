"""A YAML document as plain values, with the line of every value for error messages."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from learning_graph.reports.report_problems import ConfigurationRefused, ReportProblem

Path = tuple[str | int, ...]
_LARGEST = 1024 * 1024  # bytes
_MOST_VALUES = 200_000  # aliases of aliases make a small file large


class YamlDocument:
    """The values of a YAML 1.1 document, as `yaml.safe_load` reads them, and their lines.

    Args:
        data: the file's bytes.
        name: how problems name the file.

    Raises:
        ConfigurationRefused: not YAML, not UTF-8, too large, or a mapping has a key twice.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._lines: dict[Path, int] = {}
        self._count = 0
        self._constructor = yaml.constructor.SafeConstructor()
        if len(data) > _LARGEST:
            raise self._refused(None, f"has {len(data):,} bytes", f"Keep it below {_LARGEST:,} bytes.")
        try:
            root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError as error:
            raise self._refused(None, "is not UTF-8", "Save it in UTF-8.") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            found = f": {error.problem}" + (f" {error.context}" if error.context else "")
            resolution = "Correct the indentation, quotes or brackets there."
            raise self._refused(line, "is not YAML", resolution, quote=found) from error
        except yaml.YAMLError as error:
            raise self._refused(None, "is not YAML", "Save it as plain text.", quote=f": {error}") from error
        self.values: Any = None if root is None else self._value(root, ())

    def line_of(self, path: Path) -> int:
        """Return the line of the value at a path, or of the nearest one around it; 1 for the document."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def problem(self, path: Path, problem: str, resolution: str, quote: str = "") -> ReportProblem:
        """Return a problem with the value at a path.

        The place ends before a name that is no plain word: it may be anything that the file holds.
        """
        plain = takewhile(lambda part: isinstance(part, int) or part.isidentifier(), path)
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in plain).lstrip(".")
        place = f"{self.name}, line {self.line_of(path)}" + (f", {field}" if field else "")
        return ReportProblem(place, problem + quote, resolution, quote=quote)

    def _value(self, node: Node, path: Path) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise self._refused(node.start_mark.line + 1, "has too many values", "Write it without nested aliases.")
        self._lines[path] = node.start_mark.line + 1
        if isinstance(node, SequenceNode):
            return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise self._refused(line, "a list or mapping stands as a name", "Write the name as plain text.")
            key = str(key_node.value)
            if key in mapping:
                raise self._refused(
                    line, "a name stands here a second time", "Merge the two, or remove one.", quote=f": {key!r}"
                )
            mapping[key] = self._value(value_node, (*path, key))
            if isinstance(value_node, ScalarNode):
                self._lines[(*path, key)] = line
        return mapping

    def _scalar(self, node: Node, path: Path) -> Any:
        try:
            return self._constructor.construct_object(node)
        except (ValueError, yaml.YAMLError) as error:
            resolution = "Put it in quotes, or correct it."
            found = self.problem(path, "can't be read", resolution, quote=f": {node.value!r}")
            raise ConfigurationRefused((found,)) from error

    def _refused(self, line: int | None, problem: str, resolution: str, *, quote: str = "") -> ConfigurationRefused:
        place = self.name if line is None else f"{self.name}, line {line}"
        return ConfigurationRefused((ReportProblem(place, problem + quote, resolution, quote=quote),))
