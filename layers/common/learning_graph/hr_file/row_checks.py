"""Checks the rows of a dropped file: each is blank, refused with a reason, or sendable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Final, TextIO

from learning_graph.hr_file.cells import check_cells
from learning_graph.hr_file.csv_rows import QUOTE_RESOLUTION, Block, StrayQuote, quote, rows_of
from learning_graph.hr_file.headers import ColumnPlan, Kind
from learning_graph.hr_file.people import PeopleFile, PeopleTables, Repeat
from learning_graph.hr_file.problems import FileProblem, Report


class RowChecker:
    """Checks blocks of rows and counts them: read = blank + refused + sendable.

    `cut` counts rows with empty cells beyond the last header, `changes` names the columns in which values are changed
    before they are sent.

    Args:
        report: gets every problem.
        target: gets LinkedIn's headers and the sendable rows, as CSV.
        people: collects the people of the sendable rows, and finds those who are repeated.
        workspace: folder for scratch files.
    """

    def __init__(self, plan: ColumnPlan, report: Report, target: TextIO, people: PeopleTables, workspace: Path) -> None:
        self.read = 0
        self.blank = 0
        self.refused = 0
        self.sendable = 0
        self.cut = 0
        self.changes: dict[str, set[str]] = {}
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
        # A row of white space is blank, whatever its cells would be found to be one by one.
        if is_even and not block.has_nul and all(map(str.strip, map("".join, block.rows))):
            return block.lines, block.rows
        lines, rows = [], []
        for line, row in zip(block.lines, block.rows, strict=True):
            cells = row
            if not any(map(str.strip, row)):
                self.blank += 1
                continue
            if len(row) > width and not any(map(str.strip, row[width:])):
                cells = row[:width]
                self.cut += 1
            if len(cells) != width:
                self._refuse(line, f"the row has {len(row)} cells, the header row has {width}", _RAGGED_RESOLUTION)
            elif nul := [label for label, cell in zip(self._plan.labels, cells, strict=True) if "\0" in cell]:
                self.refused += 1
                for label in nul:
                    self._report(FileProblem(line, label, "the cell holds a NUL byte", "Remove it, or export again."))
            else:
                lines.append(line)
                rows.append(cells)
        return lines, rows

    def _check(self, lines: Sequence[int], columns: Sequence[Sequence[str]]) -> None:
        refused: set[int] = set()
        sent: list[Sequence[str]] = []
        for column in self._plan.columns:
            checked = check_cells(column.kind, columns[column.index])
            sent.append(checked.values)
            for change in checked.changes:
                self.changes.setdefault(change, set()).add(column.label)
            for row, found in checked.problems:
                self._report(FileProblem(lines[row], column.label, found.problem, found.resolution, found.severity))
                if found.severity == "error":
                    refused.add(row)
        refused.update(self._without_identifier(lines, sent), self._without_new_address(lines, sent))
        self.refused += len(refused)
        if refused:
            keep = [row not in refused for row in range(len(lines))]
            lines = list(compress(lines, keep))
            sent = [list(compress(cells, keep)) for cells in sent]
        if lines:
            self._keep(lines, sent)

    def _without_identifier(self, lines: Sequence[int], sent: Sequence[Sequence[str]]) -> list[int]:
        """Return the rows without an identifier, and report them."""
        places = [place for place, column in enumerate(self._plan.columns) if column in self._identifiers]
        rows = [row for row, cells in enumerate(zip(*(sent[place] for place in places), strict=True)) if not any(cells)]
        names = " or ".join(column.label for column in self._identifiers)
        for row in rows:
            self._report(FileProblem(lines[row], names, "nothing identifies the person", f"Fill in {names}."))
        return rows

    def _without_new_address(self, lines: Sequence[int], sent: Sequence[Sequence[str]]) -> set[int]:
        """Return the rows with an old e-mail address and no new one, and report them."""
        kinds = {column.kind: place for place, column in enumerate(self._plan.columns)}
        if Kind.OLD_EMAIL not in kinds:
            return set()
        old = sent[kinds[Kind.OLD_EMAIL]]
        new = sent[kinds[Kind.EMAIL]] if Kind.EMAIL in kinds else [""] * len(lines)
        rows = {row for row, (old_email, email) in enumerate(zip(old, new, strict=True)) if old_email and not email}
        label = self._plan.columns[kinds[Kind.OLD_EMAIL]].label
        resolution = "Write the new address in invited_email_address, or empty this cell."
        for row in sorted(rows):
            self._report(FileProblem(lines[row], label, "an old e-mail address without a new one", resolution))
        return rows

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
        """Refuse the rows with repeated people, and return the people of the other sendable rows."""
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
        """Remove the rows that `finish` refused from the file to send."""
        whole = sent_path.rename(sent_path.with_suffix(".all"))
        with (
            whole.open(encoding="utf-8", newline="") as source,
            sent_path.open("w", encoding="utf-8", newline="") as target,
        ):
            rows = rows_of(source)
            target.write(",".join(quote(next(rows))) + "\n")
            for number, row in enumerate(rows):
                if not self._is_repeated(number):
                    target.write(",".join(quote(row)) + "\n")
        whole.unlink()

    def _refuse_repeat(self, repeat: Repeat, label: str) -> None:
        problem = f"the same as on line {repeat.first_line}"
        self._report(FileProblem(repeat.line, label, problem, "Keep one row for each person."))
        if not self._is_repeated(repeat.row):
            self._repeated[repeat.row >> 3] |= 1 << (repeat.row & 7)
            self.refused_rows_are_sent = True
            self.refused += 1
            self.sendable -= 1

    def _is_repeated(self, row: int) -> bool:
        return bool(self._repeated[row >> 3] & 1 << (row & 7))

    def _refuse(self, line: int, problem: str, resolution: str) -> None:
        self.refused += 1
        self._report(FileProblem(line, "", problem, resolution))

    def _stray(self, stray: StrayQuote) -> FileProblem:
        labels = self._plan.labels
        label = labels[stray.index] if stray.index < len(labels) else ""
        if stray.is_open:
            return FileProblem(stray.line, label, "a quote is opened and not closed", QUOTE_RESOLUTION)
        return FileProblem(stray.line, label, "a stray quote", QUOTE_RESOLUTION)


_RAGGED_RESOLUTION: Final = (
    "Put cells that hold the delimiter in quotes, and give every row as many cells as the header row."
)
