"""Rows of a dropped file: each is blank, refused with a reason, or sendable."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress
from pathlib import Path
from typing import Final, TextIO

from learning_graph.hr_file.cells import check_cells
from learning_graph.hr_file.headers import Column, ColumnPlan, Kind
from learning_graph.hr_file.identifiers import (
    LINK_ONLY,
    REPEATS_ONLY,
    Digests,
    aliases,
    repeats,
)
from learning_graph.hr_file.people_table import LINE, PeopleTable, codes_of, line_of, strike_out
from learning_graph.hr_file.problems import Problem, Report
from learning_graph.hr_file.records import Block, Stray, quote, rows_of

_EMAIL_SPACE: Final = b"e:"
_ID_SPACE: Final = b"u:"


class RowChecker:
    """Takes blocks of rows and keeps the account: read = blank + refused + sendable.

    Args:
        report: gets every finding.
        target: gets LinkedIn's headers and the sendable rows, as CSV.
        workspace: folder for scratch files.
    """

    def __init__(self, plan: ColumnPlan, report: Report, target: TextIO, workspace: Path) -> None:
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
        self._named = [column for column in plan.columns if column.kind in _SPACES]
        self._digests = Digests(workspace)
        self._facts = PeopleTable(
            workspace / "facts",
            (LINE, *(column.header for column in plan.columns)),
            frozenset(column.header for column in plan.columns if column.kind is Kind.LICENSE),
            0,
        )
        self._facts_file = self._facts.rows_path.open("wb", buffering=1 << 20)
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
        cells_of = dict(zip(self._plan.columns, sent, strict=True))
        for source, column in enumerate(self._named):
            cells = cells_of[column]
            for space, is_folded, role in _SPACES[column.kind]:
                values = list(map(str.casefold, cells)) if is_folded else cells
                self._digests.add(space, values, self.sendable, LINK_ONLY if role == LINK_ONLY else source + role)
        codes = [_codes(column.kind, cells_of[column]) for column in self._plan.columns]
        array("I", chain.from_iterable(zip(lines, *codes, strict=True))).tofile(self._facts_file)
        self.sendable += len(lines)

    def close(self) -> None:
        """Close the scratch file; `finish` does it too."""
        self._facts_file.close()

    def _write(self, sent: Sequence[Sequence[str]]) -> None:
        quoted = [quote(cells) for cells in sent]
        self._target.write("\n".join(map(",".join, zip(*quoted, strict=True))) + "\n")

    def finish(self) -> PeopleTable:
        """Refuse the rows that name somebody again, and return what the sendable rows say."""
        self.close()
        facts = PeopleTable(self._facts.folder, self._facts.columns, self._facts.licenses, self.sendable)
        self._repeated = bytearray(self.sendable // 8 + 1)
        with facts.aliases_path.open("wb") as file, facts.rows_path.open("rb") as facts_rows:
            for row, first, source in chain(self._digests.taken_out(), self._repeats_of_heaps(file.write)):
                line, first_line = line_of(facts, facts_rows, row), line_of(facts, facts_rows, first)
                self._repeat(row, line, first_line, self._named[source])
        if self.refused_rows_are_sent:
            strike_out(facts, filter(self._is_repeated, range(facts.rows)))
        return facts

    def _repeats_of_heaps(self, write_aliases: Callable[[bytes], object]) -> Iterator[tuple[int, int, int]]:
        for heap in self._digests.heaps():
            write_aliases(aliases(heap))
            yield from repeats(heap)

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

    def _repeat(self, row: int, line: int, first_line: int, column: Column) -> None:
        self._report(Problem(line, column.label, f"the same as on line {first_line}", "Keep one row for each person."))
        if not self._is_repeated(row):
            self._repeated[row >> 3] |= 1 << (row & 7)
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


def _codes(kind: Kind, cells: Sequence[str]) -> list[int]:
    # The case of an address is no difference between two: not in what is known of a person, nor in LinkedIn's result.
    compared = list(map(str.casefold, cells)) if kind in {Kind.EMAIL, Kind.OLD_EMAIL} else cells
    return codes_of(compared, is_license=kind is Kind.LICENSE)


_RAGGED_RESOLUTION: Final = (
    "Put cells that hold the delimiter in quotes, and give every row as many cells as the header row."
)
_QUOTE_RESOLUTION: Final = 'Put the whole cell in quotes and double the quotes in it: "5"" pipe".'
# What of a column is looked at for repeats, and what names a person: (space, is case folded, role).
_SPACES: Final[dict[Kind, tuple[tuple[bytes, bool, int], ...]]] = {
    Kind.EMAIL: ((_EMAIL_SPACE, True, 0),),
    Kind.ID: ((_ID_SPACE, False, 0),),
    Kind.OLD_EMAIL: ((b"old:", True, REPEATS_ONLY), (_EMAIL_SPACE, True, LINK_ONLY)),
    Kind.NEW_ID: ((b"new:", False, REPEATS_ONLY), (_ID_SPACE, False, LINK_ONLY)),
}
