"""Checks a file in one call and reads the findings back."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from learning_graph.hr_file.check_file import CheckedFile, OnBadRows, check_hr_file
from learning_graph.hr_file.headers import ColumnMap, Kind
from learning_graph.hr_file.people import IDENTIFIERS, PeopleFile, PeopleTables, PeopleWriter, Repeat


class PeopleInMemory(PeopleTables):
    """Finds repeats without a database, which takes longer to start than to check a file of some rows."""

    def repeats(self, written: PeopleWriter, folder: Path) -> tuple[PeopleFile, Iterator[Repeat]]:
        rows = [line.split(",") for line in written.path.read_text(encoding="ascii").splitlines()]
        return PeopleFile(columns=written.columns), self._repeats(written.kinds, rows)

    def without(self, people: PeopleFile, rows: Iterable[int], folder: Path) -> PeopleFile:
        return people

    @staticmethod
    def _repeats(kinds: Sequence[Kind], rows: Sequence[Sequence[str]]) -> Iterator[Repeat]:
        for place, kind in enumerate(kinds, 2):
            lines: dict[str, int] = {}
            for row in rows if kind in IDENTIFIERS else ():
                number, line = int(row[0]), int(row[1])
                if row[place] and lines.setdefault(row[place], line) != line:
                    yield Repeat(number, line, lines[row[place]], kind)


KEY = b"a key of the tests"
IN_MEMORY = PeopleInMemory(KEY, memory_megabytes=1)
DUCKDB = PeopleTables(KEY, memory_megabytes=64)


@dataclass(frozen=True)
class Checked:
    file: CheckedFile
    sent: str
    findings: list[dict[str, str]]

    @property
    def sent_rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.sent, newline="")))

    @property
    def error_lines(self) -> list[int]:
        return [int(finding["line"] or 0) for finding in self.findings if finding["severity"] == "error"]


def check(
    data: bytes | str,
    *,
    column_map: Mapping[str, str] | None = None,
    on_bad_rows: OnBadRows = "refuse",
    encoding: str = "utf-8",
    people: PeopleTables = IN_MEMORY,
    piece: int = 1 << 16,
) -> Checked:
    """Check a file that arrives in pieces of `piece` bytes."""
    raw = data.encode() if isinstance(data, str) else data
    with tempfile.TemporaryDirectory() as folder:
        file = check_hr_file(
            lambda: (raw[at : at + piece] for at in range(0, len(raw), piece)),
            encoding=encoding,
            column_map=ColumnMap(column_map or {}),
            on_bad_rows=on_bad_rows,
            people=people,
            workspace=Path(folder),
        )
        sent = file.sent_path.read_bytes().decode() if file.is_sendable else ""
        with file.errors_path.open(encoding="utf-8", newline="") as errors:
            return Checked(file, sent, list(csv.DictReader(errors)))
