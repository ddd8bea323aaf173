"""Text to rows, by RFC 4180, block by block; what breaks the rules is reported and reading goes on with the next line.

A block without quotes is cut with `str.split`; one whose quotes all obey the rules goes through the csv module; only a
block with cells over several lines or with stray quotes is walked line by line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from learning_graph.hr_file.problems import FileRefused

LONGEST_LINE: Final = 4 << 20  # characters; no row of people comes near
LONGEST_CELL: Final = 2 * LONGEST_LINE  # a cell may stand on several lines, of which only the last may be so long
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
class Stray:
    """A quote that breaks RFC 4180: on this line, in the cell with this index."""

    line: int
    index: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in order, with the line on which each begins; an empty line is a row without cells (`[]` or `['']`)."""

    lines: Sequence[int]
    rows: list[list[str]]
    strays: Sequence[Stray] = ()
    has_nul: bool = False


class RowGrammar:
    """RFC 4180 with a given delimiter; every question is answered in time linear in the text's length."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter

    def is_row(self, text: str) -> bool:
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
        # What stands between quotes is inside a cell, so only the delimiters outside count.
        outside = parts[0:stray:2] if stray is not None else parts[0::2]
        return sum(part.count(self.delimiter) for part in outside) + self._begun(parts, stray)

    def cells(self, text: str) -> list[str]:
        """Return the cells of a row that obeys the grammar."""
        if '"' not in text:
            return text.split(self.delimiter)
        return next(rows_of([text], self.delimiter))

    def _first_stray(self, parts: Sequence[str]) -> int | None:
        """Return the index of the first part of a text, split at its quotes, that may not stand where it stands.

        Parts with an even index are outside of quotes. The first ends with the delimiter, the last begins with it, and
        one between two quoted cells does both; an empty one between quotes is a doubled quote inside a cell.
        """
        delimiter, last = self.delimiter, len(parts) - 1
        if last == 0:
            return None
        if set(parts[2:last:2]) <= {"", delimiter}:
            inner: Sequence[int] = ()
        else:
            inner = range(2, last, 2)
        if parts[0] and not parts[0].endswith(delimiter):
            return 0
        for index in inner:
            part = parts[index]
            if part and not (part.startswith(delimiter) and part.endswith(delimiter)):
                return index
        if last % 2 == 0 and parts[last] and not parts[last].startswith(delimiter):
            return last
        return None

    def _begun(self, parts: Sequence[str], stray: int | None) -> int:
        """Return how many cells of the stray part come before the wrong quote."""
        if stray is None:
            return 0
        part = parts[stray]
        return part.count(self.delimiter) if stray == 0 or part.startswith(self.delimiter) else 0


def read_blocks(texts: Iterable[str], grammar: RowGrammar, first_line: int) -> Iterator[Block]:
    """Yield the rows of a text that arrives in pieces.

    Args:
        texts: pieces with LF line ends, cut anywhere.
        grammar: the delimiter's grammar.
        first_line: the number of the text's first line.

    Raises:
        FileRefused: a line is longer than four million characters.
    """
    rest = ""
    line = first_line
    for text in texts:
        whole = rest + text
        pieces = whole.split("\n")
        rest = pieces.pop()
        if len(rest) > LONGEST_LINE:
            raise FileRefused(
                "the line does not end", resolution="Export the people as CSV, one row a line.", line=line
            )
        if pieces:
            block, used = _block(pieces, grammar, line, whole, is_last=False)
            yield block
            line += used
            if used < len(pieces):
                rest = "\n".join([*pieces[used:], rest])
    if rest:
        # Ended lines are still here where a quote was open to the end of the text.
        block, _ = _block(rest.removesuffix("\n").split("\n"), grammar, line, rest, is_last=True)
        yield block


def _block(lines: list[str], grammar: RowGrammar, first: int, whole: str, *, is_last: bool) -> tuple[Block, int]:
    """Return the rows of whole lines, and how many lines were used: a row that is still open is left for later.

    `whole` is the text they are cut from, or more of it, to be asked at once whether a sign is anywhere.
    """
    numbers = range(first, first + len(lines))
    quoted = [line for line in lines if '"' in line] if '"' in whole else []
    has_nul = "\0" in whole
    if not quoted:
        delimiter = grammar.delimiter
        return Block(numbers, [line.split(delimiter) for line in lines], (), has_nul), len(lines)
    if all(map(grammar.is_row, quoted)):
        rows = list(rows_of(lines, grammar.delimiter))
        return Block(numbers, rows, (), has_nul), len(lines)
    return _walk(lines, grammar, first, is_last=is_last, has_nul=has_nul)


def _walk(lines: list[str], grammar: RowGrammar, first: int, *, is_last: bool, has_nul: bool) -> tuple[Block, int]:
    numbers: list[int] = []
    rows: list[list[str]] = []
    strays: list[Stray] = []
    at = 0
    while at < len(lines):
        text, end = lines[at], at + 1
        while grammar.is_open(text) and end < len(lines) and _may_go_on(text, end - at):
            text = f"{text}\n{lines[end]}"
            end += 1
        if grammar.is_row(text):
            numbers.append(first + at)
            rows.append(grammar.cells(text))
            at = end
        elif grammar.is_open(text) and end == len(lines) and not is_last and _may_go_on(text, end - at):
            break
        else:
            # Whatever the quote swallowed is read again as rows of its own, so that no other row is lost by it.
            is_open = grammar.is_open(lines[at])
            strays.append(Stray(first + at, grammar.stray_index(lines[at]), is_open))
            at += 1
    return Block(numbers, rows, strays, has_nul), at


def _may_go_on(text: str, line_count: int) -> bool:
    return line_count < _MOST_LINES_A_ROW and len(text) < _MOST_CHARACTERS_A_ROW


def quote(cells: Sequence[str]) -> Sequence[str]:
    """Return cells as they stand in a comma-separated file: in quotes where they need them."""
    joined = "".join(cells)
    if not any(sign in joined for sign in _QUOTED):
        return cells
    return [_in_quotes(cell) if any(sign in cell for sign in _QUOTED) else cell for cell in cells]


def _in_quotes(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
