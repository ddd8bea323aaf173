"""The header row of a dropped file, and the delimiter that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from learning_graph.hr_file.csv_rows import RowGrammar
from learning_graph.hr_file.headers import ColumnMap, ColumnPlan, plan_columns
from learning_graph.hr_file.invisible import remove_invisible
from learning_graph.hr_file.problems import FileRefused

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_LONGEST_HEAD: Final = 64 << 10  # characters
_MOST_HEADER_LINES: Final = 50
_LINES_LOOKED_AT: Final = 10  # for the header row, where the first line is not one
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ,;|\t]*', re.IGNORECASE)  # Excel's own first line
_NO_CELLS: Final = ' \t,;|"'
_BYTE_ORDER_MARK: Final = "\ufeff"  # beyond the first, which the decoder takes away


@dataclass(frozen=True)
class HeaderRow:
    """The header row, and how to read the rest of the file.

    Args:
        first_row_line: the line after the header row.
        rest: the text after the header row, in pieces.
    """

    grammar: RowGrammar
    plan: ColumnPlan
    first_row_line: int
    rest: Iterator[str]

    @property
    def delimiter(self) -> str:
        """Return the delimiter's name."""
        return DELIMITERS[self.grammar.delimiter]


@dataclass(frozen=True)
class _Candidate:
    grammar: RowGrammar
    cells: list[str]
    line_count: int
    known: int


def read_header_row(texts: Iterator[str], column_map: ColumnMap) -> HeaderRow:
    """Read the header row with the delimiter under which most of its headers are known.

    Raises:
        FileRefused: the first non-empty line is not a usable header row.
    """
    head = ""
    for text in texts:
        head += text
        if len(head) > _LONGEST_HEAD:
            break
    head, rest = head[:_LONGEST_HEAD], head[_LONGEST_HEAD:]
    text = head.lstrip(_BYTE_ORDER_MARK)
    marks = head[: len(head) - len(text)]
    head, line, delimiters = _skip_to_headers(text)
    if not head:
        raise FileRefused("the file is empty", resolution="Export the people again and drop the file.")
    best = _best_candidate(head, delimiters, column_map)
    if best is None:
        resolution = "Put a cell with quotes in quotes, and double the quotes in it."
        raise FileRefused("the header row has a stray quote", resolution=resolution, line=line)
    lines = head.split("\n", best.line_count)
    if rest and len(lines) == best.line_count:
        problem = f"the header row has more than {_LONGEST_HEAD:,} characters"
        raise FileRefused(problem, resolution="Export the people as CSV, with the headers on a line.", line=line)
    if not best.known:
        _refuse_lines_above(head, line, delimiters, column_map)
    # Before a quote, further marks would be a stray text. They belong to the first header, which notes name.
    plan = plan_columns([marks + best.cells[0], *best.cells[1:]], column_map, line=line)
    return HeaderRow(best.grammar, plan, line + best.line_count, chain(lines[best.line_count :], [rest], texts))


def _skip_to_headers(head: str) -> tuple[str, int, list[str]]:
    """Return the text from the header row on, its line, and the possible delimiters."""
    line = 1
    delimiters = list(DELIMITERS)
    while head:
        first, _, rest = head.partition("\n")
        visible, _ = remove_invisible(first)
        if declared := _SEPARATOR_LINE.fullmatch(visible):
            delimiters = [declared[1]] if declared[1] in DELIMITERS else delimiters
        elif visible.strip(_NO_CELLS):
            break
        head, line = rest, line + 1
    return head, line, delimiters


def _best_candidate(head: str, delimiters: list[str], column_map: ColumnMap) -> _Candidate | None:
    candidates = []
    for delimiter in delimiters:
        grammar = RowGrammar(delimiter)
        if found := _first_row(head, grammar):
            cells, line_count = found
            known = sum(column_map.find(remove_invisible(cell)[0]) is not None for cell in cells)
            candidates.append(_Candidate(grammar, cells, line_count, known))
    return max(candidates, key=lambda candidate: (candidate.known, len(candidate.cells)), default=None)


def _refuse_lines_above(head: str, line: int, delimiters: list[str], column_map: ColumnMap) -> None:
    """Refuse a file whose header row is further down: below a title, or below a row that groups columns."""
    lines = head.split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT]
    for number, text in enumerate(lines[1:], line + 1):
        candidate = _best_candidate(text, delimiters, column_map)
        if candidate and candidate.known:
            raise FileRefused(
                f"the headers stand on line {number}, not on the first",
                resolution=f"Delete the lines above line {number}.",
                line=line,
            )


def _first_row(head: str, grammar: RowGrammar) -> tuple[list[str], int] | None:
    """Return the cells of the first row and how many lines they take, None where the quotes are wrong."""
    lines = head.split("\n", _MOST_HEADER_LINES)
    for count in range(1, len(lines) + 1):
        text = "\n".join(lines[:count])
        if grammar.is_row(text):
            return grammar.cells(text), count
        if not grammar.is_open(text):
            return None
    return None
