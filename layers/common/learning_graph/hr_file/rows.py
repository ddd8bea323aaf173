"""Rows of a dropped file: each is blank, refused with a reason, or sendable."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import Final, TextIO

from learning_graph.hr_file.cells import check_cells
from learning_graph.hr_file.headers import ColumnPlan, Kind
from learning_graph.hr_file.people import PeopleFile, PeopleTables, Repeat
from learning_graph.hr_file.problems import Problem, Report
from learning_graph.hr_file.records import Block, Stray, quote, rows_of


class RowChecker:
    """Takes blocks of rows and keeps the account: read = blank + refused + sendable.

    Args:
        report: gets every finding.
        target: gets LinkedIn's headers and the sendable rows, as CSV.
        people: keeps what the sendable rows say, and finds those that name somebody again.
        workspace: folder for scratch files.
    """

    def __init__(self, plan: ColumnPlan, report: Report, target: TextIO, people: PeopleTables, workspace: Path) -> None:
        self.read = 0
        self.blank = 0
        self.refused = 0
        self.sendable = 0
        self.trimmed: set[str] = set()
        self.refused_rows_are_sent = False
        self._plan = plan
        self._report = report
        self._target = target
        self._identifiers = [column for column in plan.columns if column.kind in {Kind.EMAIL, Kind.ID}]
        self._people = people
        self._folder = workspace / "people"
        self._written = people.writer(plan.columns, self._folder)
        self._repeated = bytearray()
        self._write([[column.header] for column in plan.columns])

    def take(self, block: Block) -> None:
        """Check the rows of a block; write the sendable ones."""
        self.read += len(block.rows) + len(block.strays)
        self.refused += len(block.strays)
        for stray in block.strays:
            self._report(self._stray(stray))
        lines, rows = self._whole_rows(block)
        if rows:
            self._check(lines, list(zip(*rows, strict=True)))

    def _whole_rows(self, block: Block) -> tuple[Sequence[int], list[list[str]]]:
        """Return the rows that have a cell for each header; count and report the others."""
        width = len(self._plan.labels)
        is_even = set(map(len, block.rows)) <= {width}
        if is_even and not block.has_nul and all(map(any, block.rows)):
            return block.lines, block.rows
        lines, rows = [], []
        for line, row in zip(block.lines, block.rows, strict=True):
            if not any(row):
                self.blank += 1
            elif len(row) != width:
                self._refuse(line, f"the row has {len(row)} cells, the header row has {width}", _RAGGED_RESOLUTION)
            elif nul := [label for label, cell in zip(self._plan.labels, row, strict=True) if "\0" in cell]:
                self.refused += 1
                for label in nul:
                    self._report(Problem(line, label, "the cell holds a NUL byte", "Remove it, or export again."))
            else:
                lines.append(line)
                rows.append(row)
        return lines, rows

    def _check(self, lines: Sequence[int], columns: Sequence[Sequence[str]]) -> None:
        bad: set[int] = set()
        sent: list[Sequence[str]] = []
        for column in self._plan.columns:
            checked = check_cells(column.kind, columns[column.index])
            sent.append(checked.cells)
            if checked.is_trimmed:
                self.trimmed.add(column.label)
            for finding in checked.findings:
                self._report(
                    Problem(lines[finding.row], column.label, finding.problem, finding.resolution, finding.severity)
                )
                if finding.severity == "error":
                    bad.add(finding.row)
        bad.update(self._without_identifier(lines, sent))
        if bad:
            self.refused += len(bad)
            keep = [row not in bad for row in range(len(lines))]
            lines = list(compress(lines, keep))
            sent = [list(compress(cells, keep)) for cells in sent]
        if lines:
            self._keep(lines, sent)

    def _without_identifier(self, lines: Sequence[int], sent: Sequence[Sequence[str]]) -> Iterator[int]:
        places = [place for place, column in enumerate(self._plan.columns) if column in self._identifiers]
        if not all(map(any, zip(*(sent[place] for place in places), strict=True))):
            names = " or ".join(column.label for column in self._identifiers)
            for row, cells in enumerate(zip(*(sent[place] for place in places), strict=True)):
                if not any(cells):
                    self._report(Problem(lines[row], names, "nothing identifies the person", f"Fill in {names}."))
                    yield row
        kinds = {column.kind: place for place, column in enumerate(self._plan.columns)}
        if Kind.OLD_EMAIL in kinds:
            new = sent[kinds[Kind.EMAIL]] if Kind.EMAIL in kinds else [""] * len(lines)
            label = self._plan.columns[kinds[Kind.OLD_EMAIL]].label
            for row, (old_email, email) in enumerate(zip(sent[kinds[Kind.OLD_EMAIL]], new, strict=True)):
                if old_email and not email:
                    resolution = "Write the new address in invited_email_address, or empty this cell."
                    self._report(Problem(lines[row], label, "an old e-mail address without a new one", resolution))
                    yield row

    def _keep(self, lines: Sequence[int], sent: Sequence[Sequence[str]]) -> None:
        self._write(sent)
        self._written.add(lines, sent)
        self.sendable += len(lines)

    def close(self) -> None:
        """Close the scratch files; `finish` does it too."""
        self._written.close()

    def _write(self, sent: Sequence[Sequence[str]]) -> None:
        quoted = [quote(cells) for cells in sent]
        self._target.write("\n".join(map(",".join, zip(*quoted, strict=True))) + "\n")

    def finish(self) -> PeopleFile:
        """Refuse the rows that name somebody again, and return what the other sendable rows say."""
        self.close()
        people, repeats = self._people.repeats(self._written, self._folder)
        self._repeated = bytearray(self.sendable // 8 + 1)
        labels = {column.kind: column.label for column in self._plan.columns}
        for repeat in repeats:
            self._refuse_repeat(repeat, labels[repeat.kind])
        if self.refused_rows_are_sent:
            rows = filter(self._is_repeated, range(self._written.rows))
            people = self._people.without(people, rows, self._folder)
        return people

    def drop_refused(self, sent_path: Path) -> None:
        """Take the rows that `finish` refused out of the file that is sent."""
        whole = sent_path.rename(sent_path.with_suffix(".all"))
        with (
            whole.open(encoding="utf-8", newline="") as source,
            sent_path.open("w", encoding="utf-8", newline="") as target,
        ):
            rows = rows_of(source)
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(next(rows))
            writer.writerows(row for number, row in enumerate(rows) if not self._is_repeated(number))
        whole.unlink()

    def _refuse_repeat(self, repeat: Repeat, label: str) -> None:
        problem = f"the same as on line {repeat.first_line}"
        self._report(Problem(repeat.line, label, problem, "Keep one row for each person."))
        if not self._is_repeated(repeat.row):
            self._repeated[repeat.row >> 3] |= 1 << (repeat.row & 7)
            self.refused_rows_are_sent = True
            self.refused += 1
            self.sendable -= 1

    def _is_repeated(self, row: int) -> bool:
        return bool(self._repeated[row >> 3] & 1 << (row & 7))

    def _refuse(self, line: int, problem: str, resolution: str) -> None:
        self.refused += 1
        self._report(Problem(line, "", problem, resolution))

    def _stray(self, stray: Stray) -> Problem:
        labels = self._plan.labels
        label = labels[stray.index] if stray.index < len(labels) else ""
        if stray.is_open:
            return Problem(stray.line, label, "a quote is opened and not closed", _QUOTE_RESOLUTION)
        return Problem(stray.line, label, "a stray quote", _QUOTE_RESOLUTION)


_RAGGED_RESOLUTION: Final = (
    "Put cells that hold the delimiter in quotes, and give every row as many cells as the header row."
)
_QUOTE_RESOLUTION: Final = 'Put the whole cell in quotes and double the quotes in it: "5"" pipe".'
