"""The form of a dropped CSV: its delimiter and its header row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from learning_graph.hr_file.headers import ColumnMap, ColumnPlan, plan_columns
from learning_graph.hr_file.problems import FileRefused
from learning_graph.hr_file.records import RowGrammar

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_LONGEST_HEADER: Final = 64 << 10
_MOST_HEADER_LINES: Final = 50


@dataclass(frozen=True)
class Form:
    """How to read the rest of the file.

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
        return DELIMITERS[self.grammar.delimiter]


def read_form(texts: Iterator[str], column_map: ColumnMap) -> Form:
    """Read the header row and find the delimiter that makes the most of it.

    Raises:
        FileRefused: the first line is no usable header row.
    """
    head = ""
    for text in texts:
        head += text
        if len(head) > _LONGEST_HEADER:
            break
    if not head.strip():
        raise FileRefused("the file is empty", resolution="Export the people again and drop the file.")
    line = 1
    candidates = list(DELIMITERS)
    while (first := head.partition("\n"))[1] and not first[0].strip():
        head, line = first[2], line + 1
    declared = first[0].strip().strip('"')
    if len(declared) == len("sep=") + 1 and declared.lower().startswith("sep="):  # Excel's own first line
        head, line = first[2], line + 1
        candidates = [declared[-1]] if declared[-1] in DELIMITERS else candidates
    best: tuple[int, int] = (-1, -1)
    chosen: tuple[RowGrammar, list[str], int] | None = None
    for delimiter in candidates:
        grammar = RowGrammar(delimiter)
        if (found := _header(head, grammar)) is None:
            continue
        cells, line_count = found
        score = (sum(column_map.find(cell) is not None for cell in cells), len(cells))
        if score > best:
            best, chosen = score, (grammar, cells, line_count)
    if chosen is None:
        raise FileRefused("the header row has a stray quote", resolution="Put a cell with quotes in quotes.", line=line)
    grammar, cells, line_count = chosen
    plan = plan_columns([cell.strip() for cell in cells], column_map, line=line)
    remaining = head.split("\n", line_count)[line_count:]
    return Form(grammar, plan, line + line_count, chain(remaining, texts))


def _header(head: str, grammar: RowGrammar) -> tuple[list[str], int] | None:
    """Return the header's cells and how many lines they take, None where the quotes are wrong."""
    lines = head.split("\n", _MOST_HEADER_LINES)
    for count in range(1, len(lines) + 1):
        text = "\n".join(lines[:count])
        if grammar.is_row(text):
            return grammar.cells(text), count
        if not grammar.is_open(text):
            return None
    return None
