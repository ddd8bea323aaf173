"""Processes an uploaded CSV: first a scan of the whole file, then the rows in batches (API reference §9.4)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.simulator.org_sync.rows import Columns, RowApplier, RowError, read_columns
from local.simulator.org_sync.users import UserTable

BATCH = 1000
_CELL_LIMIT = 10 * 1024 * 1024


class CriticalError(Exception):
    """The file as a whole is refused; nothing (or only earlier batches) is applied."""


@dataclass(slots=True)
class Outcome:
    """What became of a file; ``critical`` is the message of a file-level error."""

    total: int = 0
    updated: int = 0
    errors: int = 0
    warnings: int = 0
    messages: list[str] = field(default_factory=list)
    critical: str | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """``rows`` a file and ``licences`` of a kind, 0 is without; ``interrupt_after`` rows a critical error comes."""

    rows: int = 100_000
    licences: int = 0
    interrupt_after: int | None = None


class Processor:
    """Processes one file at a time."""

    def __init__(self, users: UserTable) -> None:
        self._users = users

    def run(self, job: int, source: Path, result: Path, limits: Limits) -> Outcome:
        """Apply a file and write its result CSV with the column ``Messages``."""
        outcome = Outcome()
        try:
            columns = self._scan(source, limits)
        except CriticalError as refused:
            outcome.critical = str(refused)
            _write_critical(source, result, outcome)
            return outcome
        for name in columns.unknown:
            outcome.messages.append(f"Column {name!r} is not known and was ignored")
            outcome.warnings += 1
        self._apply(RowApplier(self._users, columns, job, limits.licences), source, result, limits, outcome)
        return outcome

    def _scan(self, source: Path, limits: Limits) -> Columns:
        """The first scan: readable as UTF-8, a usable header, not too many rows."""
        try:
            rows = _read(source)
            header = next(rows, None)
            if header is None:
                raise CriticalError("The file is empty")
            columns = read_columns(header, self._users.groups)
            if len(set(header)) != len(header):
                raise CriticalError("The header line names a column twice")
            if not columns.identifying:
                raise CriticalError("No column identifies the users: invited_email_address is missing")
            count = sum(1 for _ in rows)
        except (UnicodeDecodeError, csv.Error) as broken:
            raise CriticalError(f"The file cannot be read: {broken}") from broken
        if limits.rows and count > limits.rows:
            raise CriticalError(f"The file has {count} rows; {limits.rows} are allowed")
        return columns

    def _apply(self, applier: RowApplier, source: Path, result: Path, limits: Limits, outcome: Outcome) -> None:
        rows = _read(source)
        header = next(rows)
        self._users.begin()
        with result.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header, "Messages"])
            for cells in rows:
                outcome.total += 1
                if limits.interrupt_after is not None and outcome.total > limits.interrupt_after:
                    outcome.critical = "Critical error: processing was interrupted"
                    outcome.interrupted = True
                    writer.writerow([*_fitted(cells, len(header)), outcome.critical])
                    break
                message = _message(applier, header, cells)
                outcome.errors += bool(message)
                outcome.updated += not message
                writer.writerow([*_fitted(cells, len(header)), message])
                if outcome.total % BATCH == 0:
                    self._users.commit()
                    self._users.begin()
        self._users.commit()


def _message(applier: RowApplier, header: list[str], cells: list[str]) -> str:
    if len(cells) > len(header):
        return "The row has more cells than the header line"
    try:
        applier.apply({name: cell.strip() for name, cell in zip(header, cells, strict=False)})
    except RowError as refused:
        return str(refused)
    return ""


def _read(source: Path) -> Iterator[list[str]]:
    """Rows that are not blank; a byte order mark is tolerated (§9.3)."""
    csv.field_size_limit(_CELL_LIMIT)
    with source.open(encoding="utf-8-sig", newline="") as file:
        yield from (row for row in csv.reader(file) if row)


def _fitted(cells: list[str], width: int) -> list[str]:
    return cells[:width] + [""] * (width - len(cells))


def _write_critical(source: Path, result: Path, outcome: Outcome) -> None:
    """The file as it came, with the error in the first data row's ``Messages`` (§9.4)."""
    lines = source.read_bytes()[: 1024 * 1024].decode("utf-8-sig", "replace").splitlines()
    rows = list(csv.reader(lines)) or [[]]
    with result.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*rows[0], "Messages"])
        first = rows[1] if len(rows) > 1 else []
        writer.writerow([*_fitted(first, len(rows[0])), outcome.critical])
        writer.writerows([*_fitted(row, len(rows[0])), ""] for row in rows[2:])
