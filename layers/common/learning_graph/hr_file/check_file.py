"""Checks a dropped file row by row, writes the file to send, and collects its people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from learning_graph.hr_file.csv_rows import read_blocks
from learning_graph.hr_file.decode import UTF8, DecodedText
from learning_graph.hr_file.header_row import HeaderRow, read_header_row
from learning_graph.hr_file.headers import ColumnMap, ColumnPlan
from learning_graph.hr_file.people import PeopleFile, PeopleTables
from learning_graph.hr_file.problems import FileProblem, FileRefused, ProblemLog
from learning_graph.hr_file.row_checks import RowChecker

OnBadRows = Literal["refuse", "skip"]
LISTED_ERRORS: Final = 10_000


@dataclass(frozen=True)
class RowCounts:
    """The account of a file's rows: read = blank + refused + sendable (in `refuse` mode all or none are sent)."""

    read: int = 0
    blank: int = 0
    refused: int = 0
    sendable: int = 0


@dataclass(frozen=True)
class CheckedFile:
    """The result of the check.

    Args:
        is_sendable: False where the file is refused, for the errors in `errors_path`.
        is_converted: what is sent differs from what was dropped in more than quoting, line ends and a byte order mark.
        notes: what was converted or left out, in sentences.
        errors_path: CSV of all problems: line, column, problem, resolution, severity.
        warnings: the first 1000 of them.
        sent_path: the file to send: UTF-8, commas, LinkedIn's headers, a newline at the end.
        people: the people of the sendable rows.
        source_sha256: of the dropped bytes.
    """

    is_sendable: bool
    is_converted: bool
    rows: RowCounts
    errors: int
    first_error: FileProblem | None
    warning_count: int
    warnings: tuple[FileProblem, ...]
    notes: tuple[str, ...]
    errors_path: Path
    sent_path: Path
    people: PeopleFile
    plan: ColumnPlan | None
    encoding: str
    delimiter: str
    source_sha256: str
    source_bytes: int


class _Counted:
    """Iterates over bytes, counting and hashing them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.bytes = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            self.sha256.update(chunk)
            yield chunk


def check_hr_file(
    read: Callable[[], Iterable[bytes]],
    *,
    encoding: str = UTF8,
    column_map: ColumnMap,
    on_bad_rows: OnBadRows,
    people: PeopleTables,
    workspace: Path,
) -> CheckedFile:
    """Check a dropped file and convert it.

    Args:
        read: opens the file; returns its bytes in pieces of any size. Called a second time where `encoding` is not
            UTF-8 and the file has no byte order mark, to see whether it is UTF-8 nevertheless.
        encoding: of a file that is neither UTF-8 nor has a byte order mark; see `decode.check_encoding`.
        column_map: HR's own headers.
        on_bad_rows: `refuse`: one bad row refuses the file; `skip`: the good rows are sent, the others are listed.
        people: collects the people of the sendable rows.
        workspace: an empty folder for scratch files; needs about three times the file's size.
    """
    source = _Counted(read())
    log = ProblemLog(workspace, listed_errors=None if on_bad_rows == "skip" else LISTED_ERRORS)
    text = DecodedText(source, encoding, read)
    sent_path = workspace / "sent.csv"
    header: HeaderRow | None = None
    rows: RowChecker | None = None
    said = PeopleFile()
    is_whole = False
    try:
        header = read_header_row(iter(text), column_map)
        with sent_path.open("w", encoding="utf-8", newline="") as sent:
            rows = RowChecker(header.plan, log.add, sent, people, workspace)
            with closing(rows):
                for block in read_blocks(header.rest, header.grammar, header.first_row_line):
                    rows.take(block)
        said = rows.finish()
        if rows.refused_rows_are_sent and on_bad_rows == "skip":
            rows.drop_refused(sent_path)
        is_whole = True
        if rows.read == rows.blank:
            log.add(FileProblem(1, "", "the file has a header row and nothing else", "Export the people again."))
    except FileRefused as refusal:
        log.add(refusal.problem)
    except BaseException:
        log.close()
        raise
    counts = RowCounts(rows.read, rows.blank, rows.refused, rows.sendable) if rows else RowCounts()
    notes = _notes(text, header, rows)
    return CheckedFile(
        is_sendable=is_whole and counts.sendable > 0 and (on_bad_rows == "skip" or not log.errors),
        is_converted=bool(notes) or counts.refused > 0,
        rows=counts,
        errors=log.errors,
        first_error=log.first_error,
        warning_count=log.warnings,
        warnings=tuple(log.listed_warnings),
        notes=tuple(notes),
        errors_path=log.write(),
        sent_path=sent_path,
        people=said,
        plan=header.plan if header else None,
        encoding=text.encoding,
        delimiter=header.delimiter if header else "",
        source_sha256=source.sha256.hexdigest(),
        source_bytes=source.bytes,
    )


def _notes(text: DecodedText, header: HeaderRow | None, rows: RowChecker | None) -> list[str]:
    """Return sentences about values that are changed or left out."""
    notes = []
    if text.encoding != UTF8:
        notes.append(f"converted from {text.encoding} to UTF-8")
    if header is None:
        return notes
    if header.delimiter != "comma":
        notes.append(f"converted from {header.delimiter}-separated to comma-separated")
    plan = header.plan
    notes.extend(plan.notes)
    notes.extend(
        f"column {column.label!r} is sent as {column.header}"
        for column in plan.columns
        if column.label != column.header
    )
    notes.extend(f"column {label!r} is left out: it is neither known nor mapped" for label in plan.left_out if label)
    if unnamed := plan.left_out.count(""):
        notes.append(
            "a column without header is left out" if unnamed == 1 else f"{unnamed} columns without header are left out"
        )
    if rows:
        if rows.blank:
            notes.append(f"{rows.blank} empty rows are left out")
        if rows.cut:
            notes.append(f"empty cells beyond the last header are left out in {rows.cut} rows")
        notes.extend(f"{change}: {', '.join(sorted(labels))}" for change, labels in sorted(rows.changes.items()))
    return notes
