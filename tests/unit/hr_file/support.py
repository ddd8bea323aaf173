"""Checks a file in one call and reads the findings back."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from learning_graph.hr_file.check import CheckedFile, OnBadRows, check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.people import PeopleTables

TABLES = PeopleTables(b"k" * 32, memory_megabytes=200)


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
    piece: int = 1 << 16,
) -> Checked:
    """Check a file that arrives in pieces of `piece` bytes."""
    raw = data.encode() if isinstance(data, str) else data
    with tempfile.TemporaryDirectory() as folder:
        file = check_hr_file(
            (raw[at : at + piece] for at in range(0, len(raw), piece)),
            column_map=ColumnMap(column_map or {}),
            on_bad_rows=on_bad_rows,
            people=TABLES,
            workspace=Path(folder),
        )
        sent = file.sent_path.read_bytes().decode() if file.is_sendable else ""
        with file.errors_path.open(encoding="utf-8", newline="") as errors:
            return Checked(file, sent, list(csv.DictReader(errors)))
