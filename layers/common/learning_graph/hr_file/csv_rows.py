"""Splits text into rows by RFC 4180. A line that breaks the rules is reported, and reading continues after it.

Lines without quotes are split with `str.split`, lines with valid quotes by the csv module. The choice depends only on
the row, and both give the same cells.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from learning_graph.hr_file.problems import FileRefused

LONGEST_LINE: Final = 4 << 20  # characters; far more than a row about a person has
LONGEST_CELL: Final = 2 * LONGEST_LINE  # a cell may span several lines, of which only the last may be so long
QUOTE_RESOLUTION: Final = 'Put the whole cell in quotes and double the quotes in it: "5"" pipe".'
_QUOTED: Final = (",", '"', "\n", "\r")
_MOST_LINES_A_ROW: Final = 200  # a cell over more lines than this is a quote that was never closed
_MOST_CHARACTERS_A_ROW: Final = 100_000


def rows_of(lines: Iterable[str], delimiter: str = ",", *, strict: bool = True) -> Iterator[list[str]]:
    """Return the standard library's reader, for cells of up to `LONGEST_CELL` characters.

    Raises:
        csv.Error: while iterating, at a longer cell, or where `strict` finds a quote out of place.
    """
    csv.field_size_limit(LONGEST_CELL)  # of the whole process; Python's own is 128 kB
    return csv.reader(lines, delimiter=delimiter, strict=strict)


@dataclass(frozen=True, slots=True)
class StrayQuote:
    """A quote that breaks RFC 4180: on this line, in the cell with this index."""

    line: int
    index: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in order, with the line on which each begins; an empty line is a row without cells (`[]` or `['']`)."""

    lines: Sequence[int]
    rows: list[list[str]]
    strays: Sequence[StrayQuote] = ()
    has_nul: bool = False


class RowGrammar:
    """RFC 4180 with a given delimiter; every method takes time linear in the text's length."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter

    def is_row(self, text: str) -> bool:
        """Tell whether the text is one whole row."""
        parts = text.split('"')
        return len(parts) % 2 == 1 and self._first_stray(parts) is None

    def is_open(self, text: str) -> bool:
        """Tell whether the text ends inside a quoted cell, so that the row may go on with the next line."""
        parts = text.split('"')
        return len(parts) % 2 == 0 and self._first_stray(parts) is None

    def stray_index(self, text: str) -> int:
        """Return the index of the first cell whose quotes are wrong."""
        parts = text.split('"')
        stray = self._first_stray(parts)
        if stray is None:  # the last cell is open
            return sum(part.count(self.delimiter) for part in parts[::2])
        before = sum(part.count(self.delimiter) for part in parts[:stray:2])
        part = parts[stray]
        return before + (part.count(self.delimiter) if stray == 0 or part.startswith(self.delimiter) else 0)

    def cells(self, text: str) -> list[str]:
        """Return the cells of a row that obeys the grammar."""
        if '"' not in text:
            return text.split(self.delimiter)
        return next(rows_of([text], self.delimiter))

    def _first_stray(self, parts: Sequence[str]) -> int | None:
        """Return the index of the first misplaced part of a text that was split at its quotes.

        Parts with an even index are outside of quotes. The first ends with the delimiter, the last begins with it, and
        one between two quoted cells does both; an empty one is the start, the end or a doubled quote inside a cell.
        """
        delimiter, last = self.delimiter, len(parts) - 1
        if last == 0:
            return None
        if parts[0] and not parts[0].endswith(delimiter):
            return 0
        if not set(parts[2:last:2]) <= {"", delimiter}:
            for index in range(2, last, 2):
                part = parts[index]
                if part and not (part.startswith(delimiter) and part.endswith(delimiter)):
                    return index
        if last % 2 == 0 and parts[last] and not parts[last].startswith(delimiter):
            return last
        return None


def read_blocks(texts: Iterable[str], grammar: RowGrammar, first_line: int) -> Iterator[Block]:
    """Yield the rows of a text that arrives in pieces.

    Args:
        texts: pieces with LF line ends, cut anywhere.
        grammar: the delimiter's grammar.
        first_line: the number of the text's first line.

    Raises:
        FileRefused: a line is longer than four million characters.
    """
    waiting: list[str] = []  # lines of a row that is not closed yet
    rest = ""
    line = first_line
    for text in texts:
        whole = rest + text
        lines = [*waiting, *whole.split("\n")]
        too_long = _first_too_long(lines) if len(whole) > LONGEST_LINE else None
        rest = lines.pop()
        if too_long is None and len(lines) == len(waiting):
            continue
        block, used = _block(lines[:too_long], grammar, line, is_last=False)
        yield block
        if too_long is not None:
            resolution = "Export the people as CSV, one row a line."
            problem = f"the line has more than {LONGEST_LINE:,} characters"
            raise FileRefused(problem, resolution=resolution, line=line + too_long)
        line += used
        waiting = lines[used:]
    if rest:
        waiting.append(rest)
    if waiting:
        yield _block(waiting, grammar, line, is_last=True)[0]


def _first_too_long(lines: Sequence[str]) -> int | None:
    return next((index for index, line in enumerate(lines) if len(line) > LONGEST_LINE), None)


def _block(lines: Sequence[str], grammar: RowGrammar, first: int, *, is_last: bool) -> tuple[Block, int]:
    """Return the rows of whole lines, and how many lines were used: a row that is still open is left for later."""
    numbers = range(first, first + len(lines))
    joined = "".join(lines)
    has_nul = "\0" in joined
    quoted = [line for line in lines if '"' in line] if '"' in joined else []
    if not quoted:
        delimiter = grammar.delimiter
        return Block(numbers, [line.split(delimiter) for line in lines], (), has_nul), len(lines)
    if all(map(grammar.is_row, quoted)):
        return Block(numbers, list(rows_of(lines, grammar.delimiter)), (), has_nul), len(lines)
    return _row_by_row(lines, grammar, first, is_last=is_last, has_nul=has_nul)


def _row_by_row(
    lines: Sequence[str], grammar: RowGrammar, first: int, *, is_last: bool, has_nul: bool
) -> tuple[Block, int]:
    numbers: list[int] = []
    rows: list[list[str]] = []
    strays: list[StrayQuote] = []
    at = 0
    while at < len(lines):
        is_open = grammar.is_open(lines[at])
        end = _end_of_row(lines, at) if is_open else at + 1
        if end is None and not is_last:
            break
        text = "\n".join(lines[at:end]) if end else ""
        if end and grammar.is_row(text):
            numbers.append(first + at)
            rows.append(grammar.cells(text))
            at = end
        else:
            # The lines inside the stray quote are read again as rows of their own, so that no other row is lost.
            strays.append(StrayQuote(first + at, grammar.stray_index(lines[at]), is_open))
            at += 1
    return Block(numbers, rows, strays, has_nul), at


def _end_of_row(lines: Sequence[str], at: int) -> int | None:
    """Return the index after the last line of a row whose first line leaves a quote open.

    None where the lines end before it, 0 where the row would be too long: its quote was never meant to be closed.
    """
    characters = len(lines[at])
    for end in range(at + 1, len(lines)):
        if end - at >= _MOST_LINES_A_ROW or characters >= _MOST_CHARACTERS_A_ROW:
            return 0
        characters += len(lines[end]) + 1
        if lines[end].count('"') % 2:  # an even number leaves the cell open
            return end + 1
    return 0 if len(lines) - at >= _MOST_LINES_A_ROW or characters >= _MOST_CHARACTERS_A_ROW else None


def quote(cells: Sequence[str]) -> Sequence[str]:
    """Return cells as written in a comma-separated file: quoted where necessary."""
    joined = "".join(cells)
    if not any(sign in joined for sign in _QUOTED):
        return cells
    return [_in_quotes(cell) if any(sign in cell for sign in _QUOTED) else cell for cell in cells]


def _in_quotes(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
