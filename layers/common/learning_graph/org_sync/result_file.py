"""Reads LinkedIn's result file: what became of the rows that were sent (API reference §9.4).

Only the sent rows plus a column `Messages` are documented. Also accepted: UTF-16, another delimiter, headers in other
spellings, columns and rows in another order, text or blank lines above the headers, and rows that are missing, repeated
or were never sent. Any other file is reported with its first line.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from learning_graph.hr_file.csv_rows import LONGEST_CELL, rows_of
from learning_graph.hr_file.headers import Kind
from learning_graph.hr_file.people import PeopleFile, PeopleTables
from learning_graph.values.errors import FatalError

LISTED_ROWS: Final = 10_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_MOST_LINES_ABOVE: Final = 20
_SHOWN_CHARACTERS: Final = 500
_LONGEST_LINE_ABOVE: Final = 1 << 16  # characters
_HEAD_BYTES: Final = 4096
_BLOCK_ROWS: Final = 2000
_KINDS: Final = {
    "invited_email_address": Kind.EMAIL,
    "primary_email_address": Kind.EMAIL,
    "email_address": Kind.EMAIL,
    "email": Kind.EMAIL,
    "existing_email_address": Kind.OLD_EMAIL,
    "unique_user_id": Kind.ID,
    "new_unique_user_id": Kind.NEW_ID,
}
_MESSAGE_HEADERS: Final = frozenset(
    {"messages", "message", "errors", "error", "error_messages", "error_message", "reason", "reasons"}
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class ResultNotUnderstood(FatalError):
    """The file has no header row with an identifying column.

    Args:
        first_line: of the file, shortened.
    """

    def __init__(self, problem: str, first_line: str) -> None:
        super().__init__(problem)
        self.first_line = first_line


@dataclass(frozen=True)
class ResultReport:
    """The content of a result. Sent rows = applied + refused + missing + undecided.

    Args:
        rows: in the file.
        applied: sent rows that LinkedIn shows as applied.
        refused: sent rows with a message.
        undecided: sent rows for which the result does not show whether they were applied.
        missing: sent rows that are not in the result.
        repeated: rows of the result that name a sent row again.
        unknown: rows of the result that were not sent.
        text_above: lines above the headers.
        has_messages: whether there is a column of messages.
        listed: the first 10 000 rows with a message: line in the dropped file (None: not sent), identifier, message.
        listed_missing: lines of the first 10 000 missing rows.
        refused_path: CSV of all rows with a message.
        missing_path: CSV of the lines of all missing rows.
        people: of the rows that were applied.
    """

    rows: int
    applied: int
    refused: int
    undecided: int
    missing: int
    repeated: int
    unknown: int
    text_above: tuple[str, ...]
    has_messages: bool
    listed: tuple[dict[str, Any], ...]
    listed_missing: tuple[int, ...]
    refused_path: Path
    missing_path: Path
    people: PeopleFile


@dataclass(frozen=True)
class _Header:
    """The positions of a result's columns."""

    delimiter: str
    kinds: dict[Kind, int]
    message: int | None
    text_above: tuple[str, ...] = field(default=())


def read_result(
    path: Path, people: PeopleFile, tables: PeopleTables, folder: Path, *, error_count: int | None
) -> ResultReport:
    """Read a result file.

    Args:
        path: the file as it was downloaded.
        people: of the sent file.
        tables: digests identifiers and matches rows.
        folder: a folder for scratch files.
        error_count: rows with errors by LinkedIn's own count. Where the file has no column of messages, or text above
            its headers, this decides whether a row without a message was applied.

    Raises:
        ResultNotUnderstood: there is no header row, or a quoted cell is not closed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
            header = _find_header(file)
            if header is None:
                raise ResultNotUnderstood("LinkedIn's result has no header row", _first_line(path))
            rows_path, messages_path = folder / "result-rows.csv", folder / "messages.csv"
            rows, with_message = _write_rows(file, header, tables, rows_path, messages_path)
    except csv.Error as error:
        problem = f"a cell of LinkedIn's result has more than {LONGEST_CELL:,} characters"
        raise ResultNotUnderstood(problem, _first_line(path)) from error
    is_decided = (header.message is not None and not header.text_above) or error_count == with_message
    match = tables.match_result(people, rows_path, list(header.kinds), folder)
    refused_path, listed = _list_messages(messages_path, match.lines_path, folder / "refused.csv")
    with match.missing_path.open(encoding="ascii") as missing:
        listed_missing = tuple(map(int, islice(missing, 1, LISTED_ROWS + 1)))
    return ResultReport(
        rows=rows,
        applied=match.applied_count if is_decided else 0,
        refused=match.refused_count,
        undecided=0 if is_decided else match.applied_count,
        missing=match.missing_count,
        repeated=match.repeated,
        unknown=match.unknown,
        text_above=header.text_above,
        has_messages=header.message is not None,
        listed=listed,
        listed_missing=listed_missing,
        refused_path=refused_path,
        missing_path=match.missing_path,
        people=match.applied if is_decided else PeopleFile(),
    )


def _find_header(file: IO[str]) -> _Header | None:
    """Read up to the header row; the file is then positioned at the first row."""
    above: list[str] = []
    for _ in range(_MOST_LINES_ABOVE):
        text = file.readline(_LONGEST_LINE_ABOVE).strip()
        found: list[_Header] = []
        for delimiter in _DELIMITERS:
            names = [_normalised(cell) for cell in next(rows_of([text], delimiter, strict=False), [])]
            kinds = {_KINDS[name]: at for at, name in enumerate(names) if name in _KINDS}
            message = next((at for at in reversed(range(len(names))) if names[at] in _MESSAGE_HEADERS), None)
            if kinds:
                found.append(_Header(delimiter, kinds, message, tuple(above)))
        if found:
            return max(found, key=lambda header: (len(header.kinds), header.message is not None))
        if text:
            above.append(text[:_SHOWN_CHARACTERS])
    return None


def _write_rows(
    file: IO[str], header: _Header, tables: PeopleTables, rows_path: Path, messages_path: Path
) -> tuple[int, int]:
    """Write the digests of the rows, and the messages, as CSV; return the numbers of rows and of messages."""
    count = with_message = 0
    places = list(header.kinds.values())
    with (
        rows_path.open("w", encoding="ascii") as rows_file,
        messages_path.open("w", encoding="utf-8", newline="") as messages_file,
    ):
        messages = csv.writer(messages_file)
        rows = (row for row in rows_of(file, header.delimiter, strict=False) if any(map(str.strip, row)))
        while block := list(islice(rows, _BLOCK_ROWS)):
            columns = [[row[at].strip() if at < len(row) else "" for row in block] for at in places]
            digests = [tables.digests.of(kind, cells) for kind, cells in zip(header.kinds, columns, strict=True)]
            at = header.message
            texts = [row[at].strip() if at is not None and at < len(row) else "" for row in block]
            numbers = range(count, count + len(block))
            flags = ("1" if message else "0" for message in texts)
            rows_file.writelines(
                ",".join(cells) + "\n" for cells in zip(map(str, numbers), *digests, flags, strict=True)
            )
            for number, message, *identifiers in zip(numbers, texts, *columns, strict=True):
                if message:
                    messages.writerow((number, next(filter(None, identifiers), ""), message))
                    with_message += 1
            count += len(block)
    return count, with_message


def _list_messages(messages_path: Path, lines_path: Path, path: Path) -> tuple[Path, tuple[dict[str, Any], ...]]:
    """Write the rows with a message as CSV: line in the dropped file, identifier, message."""
    listed: list[dict[str, Any]] = []
    with (
        messages_path.open(encoding="utf-8", newline="") as messages_file,
        lines_path.open(encoding="ascii", newline="") as lines_file,
        path.open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(("line", "identifier", "message"))
        lines = csv.reader(lines_file)
        for number, identifier, message in rows_of(messages_file):
            _, line = next(row for row in lines if row[0] == number)
            writer.writerow((line, identifier, message))
            if len(listed) < LISTED_ROWS:
                listed.append({"line": int(line) if line else None, "identifier": identifier, "message": message})
    return path, tuple(listed)


def _encoding(path: Path) -> str:
    """Return a file's encoding by its byte order mark, or by its NUL bytes; UTF-8 where nothing shows another one."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 > len(head):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def _first_line(path: Path) -> str:
    with path.open(encoding=_encoding(path), errors="replace") as file:
        return file.read(_LONGEST_LINE_ABOVE).strip().partition("\n")[0][:_SHOWN_CHARACTERS]


def _normalised(header: str) -> str:
    return re.sub(r"[\s\-]+", "_", _INVISIBLE.sub("", header).strip().strip('"')).lower()
