"""Reads LinkedIn's result file: what became of the rows that were sent (API reference §9.4).

Only the sent rows plus a column `Messages` are documented. Also accepted: UTF-16, another delimiter, headers in other
spellings, columns and rows in another order, text or blank lines above the headers, and rows that are missing, repeated
or were never sent. Any other file is reported with its first line.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from learning_graph.hr_file.csv_rows import LONGEST_CELL, rows_of
from learning_graph.hr_file.headers import CAMEL_CASE, Kind
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
_NO_TEXT = re.compile(r'[\s,;|"]*|"?sep=.?"?[\s,;|]*', re.IGNORECASE)  # empty cells, and Excel's own first line
# LinkedIn stops at one, and later rows stay unprocessed (API reference §9.4); where it stands is not documented.
_CRITICAL_ERROR = re.compile(r"critical\s+error", re.IGNORECASE)
_LISTED_CRITICAL_ERRORS: Final = 20
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
        critical_errors: the first texts of rows that tell of a critical error or are about no person, and of the job.
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
    critical_errors: tuple[str, ...]
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
    messages: tuple[int, ...]
    text_above: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class _Written:
    """What was read: rows, those with a message, and what is about the file instead of a row."""

    rows: int
    with_message: int
    critical_errors: tuple[str, ...]


def read_result(
    path: Path,
    people: PeopleFile,
    tables: PeopleTables,
    folder: Path,
    *,
    error_count: int | None,
    job_messages: Sequence[Any] = (),
) -> ResultReport:
    """Read a result file.

    Args:
        path: the file as it was downloaded.
        people: of the sent file.
        tables: digests identifiers and matches rows.
        folder: a folder for scratch files.
        error_count: rows with errors by LinkedIn's own count. Where the file has no column of messages, or text above
            its headers, this decides whether a row without a message was applied. After a critical error nothing does.
        job_messages: of LinkedIn's job, which may tell of a critical error as well.

    Raises:
        ResultNotUnderstood: there is no header row, or a quoted cell is not closed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
            header = _find_header(file, [column.header for column in people.columns])
            if header is None:
                raise ResultNotUnderstood("LinkedIn's result has no header row", _first_line(path))
            rows_path, messages_path = folder / "result-rows.csv", folder / "messages.csv"
            written = _write_rows(file, header, tables, rows_path, messages_path)
    except csv.Error as error:
        problem = f"a cell of LinkedIn's result has more than {LONGEST_CELL:,} characters"
        raise ResultNotUnderstood(problem, _first_line(path)) from error
    of_job = tuple(text[:_SHOWN_CHARACTERS] for text in map(str, job_messages) if _CRITICAL_ERROR.search(text))
    critical_errors = tuple(dict.fromkeys(written.critical_errors + of_job[:_LISTED_CRITICAL_ERRORS]))
    has_critical_error = critical_errors or any(map(_CRITICAL_ERROR.search, header.text_above))
    is_certain = bool(header.messages) and not header.text_above
    is_decided = not has_critical_error and (is_certain or error_count == written.with_message)
    match = tables.match_result(people, rows_path, list(header.kinds), folder)
    refused_path, listed = _list_messages(messages_path, match.lines_path, folder / "refused.csv")
    with match.missing_path.open(encoding="ascii") as missing:
        listed_missing = tuple(map(int, islice(missing, 1, LISTED_ROWS + 1)))
    return ResultReport(
        rows=written.rows,
        applied=match.applied_count if is_decided else 0,
        refused=match.refused_count,
        undecided=0 if is_decided else match.applied_count,
        missing=match.missing_count,
        repeated=match.repeated,
        unknown=match.unknown,
        text_above=header.text_above,
        critical_errors=critical_errors,
        has_messages=bool(header.messages),
        listed=listed,
        listed_missing=listed_missing,
        refused_path=refused_path,
        missing_path=match.missing_path,
        people=match.applied if is_decided else PeopleFile(),
    )


def _find_header(file: IO[str], sent: Sequence[str]) -> _Header | None:
    """Read up to the header row; the file is then positioned at the first row.

    Args:
        file: the result.
        sent: headers of the sent file; a column of this name is not LinkedIn's column of messages.
    """
    above: list[str] = []
    while len(above) < _MOST_LINES_ABOVE and (line := file.readline(_LONGEST_LINE_ABOVE)):
        text = _INVISIBLE.sub("", line).strip()
        if _NO_TEXT.fullmatch(text):
            continue
        found = [] if _CRITICAL_ERROR.search(text) else list(_headers(text, sent, tuple(above)))
        if found:
            return max(found, key=lambda header: (len(header.kinds), len(header.messages)))
        above.append(text[:_SHOWN_CHARACTERS])
    return None


def _headers(text: str, sent: Sequence[str], above: tuple[str, ...]) -> Iterator[_Header]:
    """Yield what a header row would say under each delimiter that makes it one."""
    for delimiter in _DELIMITERS:
        names = [_normalised(cell) for cell in next(rows_of([text], delimiter, strict=False), [])]
        kinds = {_KINDS[name]: at for at, name in enumerate(names) if name in _KINDS}
        own = list(map(_normalised, sent))
        messages = []
        for at, name in enumerate(names):
            if name in own:
                own.remove(name)
            elif name in _MESSAGE_HEADERS:
                messages.append(at)
        if kinds:
            yield _Header(delimiter, kinds, tuple(messages), above)


def _write_rows(file: IO[str], header: _Header, tables: PeopleTables, rows_path: Path, messages_path: Path) -> _Written:
    """Write the digests of the rows, and the messages, as CSV."""
    count = with_message = 0
    critical_errors: list[str] = []
    places = list(header.kinds.values())
    with (
        rows_path.open("w", encoding="ascii") as rows_file,
        messages_path.open("w", encoding="utf-8", newline="") as messages_file,
    ):
        messages = csv.writer(messages_file)
        rows = (row for row in rows_of(file, header.delimiter, strict=False) if any(map(str.strip, row)))
        while block := list(islice(rows, _BLOCK_ROWS)):
            columns = [_column(block, at) for at in places]
            digests = [tables.digests.of(kind, cells) for kind, cells in zip(header.kinds, columns, strict=True)]
            messages_of_rows = zip(*(_column(block, at) for at in header.messages), strict=True)
            texts = ["; ".join(filter(None, found)) for found in messages_of_rows] or [""] * len(block)
            numbers = range(count, count + len(block))
            flags = ("1" if message else "0" for message in texts)
            rows_file.writelines(
                ",".join(cells) + "\n" for cells in zip(map(str, numbers), *digests, flags, strict=True)
            )
            for number, row, message, *identifiers in zip(numbers, block, texts, *columns, strict=True):
                if len(critical_errors) < _LISTED_CRITICAL_ERRORS and (
                    text := _critical_error(row, message, header.messages)
                ):
                    critical_errors.append(text[:_SHOWN_CHARACTERS])
                if message:
                    messages.writerow((number, next(filter(None, identifiers), ""), message))
                    with_message += 1
            count += len(block)
    return _Written(count, with_message, tuple(critical_errors))


def _column(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [row[at].strip() if at < len(row) else "" for row in rows]


def _critical_error(row: Sequence[str], message: str, places: Sequence[int]) -> str:
    """Return what a row says of the file as a whole, empty where it is about a person.

    Args:
        row: the cells.
        message: of its columns of messages.
        places: those columns.
    """
    if message:
        is_alone = not any(cell.strip() for at, cell in enumerate(row) if at not in places)
        return message if is_alone or _CRITICAL_ERROR.search(message) else ""
    return row[0] if not any(row[1:]) and _CRITICAL_ERROR.search(row[0]) else ""


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
    words = CAMEL_CASE.sub("_", _INVISIBLE.sub("", header).strip().strip('"'))
    return re.sub(r"[\s\-]+", "_", words).lower().replace("e_mail", "email")
