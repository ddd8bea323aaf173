"""LinkedIn's result file: which rows it refused, and on which lines they were dropped (API reference §9.4)."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from learning_graph.hr_file.people_table import PeopleTable
from learning_graph.hr_file.records import LONGEST_CELL, rows_of
from learning_graph.values.errors import Unavailable

MESSAGES: Final = "messages"
LISTED: Final = 10_000
_SEARCHED_OUT_OF_ORDER: Final = 500_000  # rows of facts that may be held in memory to find a row that moved
_STRANGERS: Final = 20  # rows that may be looked for in vain in a longer file; each costs a walk to its end
_EMAILS: Final = frozenset({"invited_email_address", "primary_email_address", "existing_email_address"})
_IDENTIFYING: Final = (
    "invited_email_address",
    "primary_email_address",
    "unique_user_id",
    "existing_email_address",
    "new_unique_user_id",
)

Key = tuple[int, ...]


@dataclass
class ResultRows:
    """What the result file says.

    Args:
        rows: in it.
        without_message: of them, those that LinkedIn took.
        refused: of them, those with a message.
        listed: the first 10 000 refused ones: line of the dropped file (None: it cannot be told), identifier, message.
        struck: the facts' rows of the refused ones.
    """

    rows: int = 0
    without_message: int = 0
    refused: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)
    struck: array[int] = field(default_factory=lambda: array("I"))


def read_result(path: Path, facts: PeopleTable, refused_path: Path) -> ResultRows:
    """Read a result file and write its refused rows as CSV (line, identifier, message) to `refused_path`.

    Raises:
        Unavailable: it is no result of this file: empty, without a header that was sent, or a cell does not end.
    """
    try:
        return _read(path, facts, refused_path)
    except csv.Error as error:
        raise Unavailable(f"LinkedIn's result has a cell of more than {LONGEST_CELL:,} characters") from error


def _read(path: Path, facts: PeopleTable, refused_path: Path) -> ResultRows:
    found = ResultRows()
    with (
        path.open(encoding="utf-8-sig", errors="replace", newline="") as file,
        refused_path.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = rows_of(file, strict=False)
        header = [cell.strip() for cell in next(rows, [])]
        folded = [cell.lower() for cell in header]
        message_at = len(folded) - 1 - folded[::-1].index(MESSAGES) if MESSAGES in folded else None
        places = [header.index(name) for name in _IDENTIFYING if name in header and name in facts.columns]
        if not places:
            raise Unavailable("LinkedIn's result does not begin with the headers that were sent")
        finder = _Finder(facts, [header[place] for place in places])
        writer = csv.writer(target)
        writer.writerow(("line", "identifier", "message"))
        for cells in rows:
            if not any(cells):
                continue
            found.rows += 1
            identifiers = [cells[place] if place < len(cells) else "" for place in places]
            row, line = finder.find(identifiers)
            message = cells[message_at].strip() if message_at is not None and message_at < len(cells) else ""
            if not message:
                found.without_message += 1
                continue
            found.refused += 1
            identifier = next(filter(None, identifiers), "")
            writer.writerow((line or "", identifier, message))
            if row is not None:
                found.struck.append(row)
            if len(found.listed) < LISTED:
                found.listed.append({"line": line, "identifier": identifier, "message": message})
    return found


class _Finder:
    """Finds the facts of a result row: LinkedIn keeps the order of rows, so they are walked side by side.

    Once a row is not found ahead, the rest is looked up by identifiers, where the file is not too long for that. In a
    longer one the walk goes on from where it was, so that a row that was never sent costs no other row its line.
    """

    def __init__(self, facts: PeopleTable, headers: Sequence[str]) -> None:
        self._facts = facts
        self._places = [facts.columns.index(header) for header in headers]
        self._is_email = [header in _EMAILS for header in headers]
        self._ahead: Iterator[tuple[int, tuple[int, ...]]] = enumerate(facts.read_rows())
        self._next = 0
        self._strangers = 0
        self._moved: dict[Key, tuple[int, int]] | None = None

    def find(self, identifiers: Sequence[str]) -> tuple[int | None, int | None]:
        """Return (row of facts, line of the dropped file), or twice None; the case of addresses does not matter."""
        pairs = zip(identifiers, self._is_email, strict=True)
        key = tuple(crc32((value.casefold() if is_email else value).encode()) for value, is_email in pairs)
        if not any(key):
            return None, None
        if self._moved is None:
            for row, codes in self._ahead:
                if codes[0] and self._key(codes) == key:
                    self._next = row + 1
                    return row, codes[0]
            self._lose()
        return (self._moved or {}).get(key, (None, None))

    def _lose(self) -> None:
        """Decide how the next rows are looked for, now that one was not found ahead."""
        if self._facts.rows <= _SEARCHED_OUT_OF_ORDER:
            rows = enumerate(self._facts.read_rows())
            self._moved = {self._key(codes): (row, codes[0]) for row, codes in rows if codes[0]}
        elif self._strangers == _STRANGERS:
            self._moved = {}
        else:
            self._strangers += 1
            self._ahead = enumerate(self._facts.read_rows(self._next), self._next)

    def _key(self, codes: Sequence[int]) -> Key:
        return tuple(codes[place] for place in self._places)
