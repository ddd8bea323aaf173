"""Checks of cells: a block's column at a time with one regular expression, cell by cell only where that fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from learning_graph.hr_file.headers import Kind
from learning_graph.hr_file.problems import Severity

ACTIVE: Final = "active"
INACTIVE: Final = "inactive"
_LONGEST_EMAIL: Final = 254

# Liberal in letters (zoë@example.com is LinkedIn's own example), strict in form: no blanks, one @, a dotted domain.
_ATOM = r'[^\s@,;:<>()\[\]\\".\x00-\x1f\u200b-\u200f\ufeff]++'
_LABEL = r"[^\W_]++(?:-++[^\W_]++)*+"
_EMAIL = rf"(?=[^@\n]{{1,64}}@){_ATOM}(?:\.{_ATOM})*+@(?:{_LABEL}\.)++(?=[^\W_]{{2}}){_LABEL}"
_ONE_EMAIL = re.compile(_EMAIL)
_EMAILS = re.compile(rf"(?:{_EMAIL})?+(?:\n(?:{_EMAIL})?+)*+")
_FORMULA = re.compile(r"[=+\-@\t\r][^\n]")
_FORMULA_SIGNS = frozenset("=+-@\t\r")
_GROUP_SCOPE = re.compile(r"group:\s*\S.*")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the cell of the `row`-th row of a block."""

    row: int
    problem: str
    resolution: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class CheckedCells:
    """A column's cells as they are sent, what is wrong with them, and whether blanks around them were taken away."""

    cells: Sequence[str]
    findings: Sequence[Finding] = ()
    is_trimmed: bool = False


def check_cells(kind: Kind, cells: Sequence[str]) -> CheckedCells:
    """Check the cells of one column of a block."""
    joined = "\n".join(cells)
    warnings = _warnings(joined, cells)
    if kind is Kind.TEXT or _FAST[kind](joined, cells):
        return CheckedCells(cells, warnings)
    trimmed = [cell.strip() for cell in cells]
    if kind in {Kind.LICENSE, Kind.YES}:
        trimmed = [cell.lower() for cell in trimmed]
    problem, resolution = _TOLD[kind]
    is_good = _ONE[kind]
    findings = [Finding(row, problem, resolution) for row, cell in enumerate(trimmed) if cell and not is_good(cell)]
    return CheckedCells(trimmed, [*findings, *warnings], any(map(_is_padded, cells)))


def is_email(text: str) -> bool:
    return len(text) <= _LONGEST_EMAIL and _ONE_EMAIL.fullmatch(text) is not None


def _warnings(joined: str, cells: Sequence[str]) -> list[Finding]:
    found: list[Finding] = []
    if not _FORMULA_SIGNS.isdisjoint({cell[:1] for cell in cells}):
        resolution = (
            "It is sent as it is; if it is not meant so, correct it. Do not open the file in a spreadsheet unchecked."
        )
        found.extend(
            Finding(row, "the cell begins like a formula", resolution, "warning")
            for row, cell in enumerate(cells)
            if _FORMULA.match(cell)
        )
    if "\ufffd" in joined:
        resolution = "A letter was lost before the file was dropped: export it again."
        found.extend(
            Finding(row, "the cell holds a replacement sign instead of a letter", resolution, "warning")
            for row, cell in enumerate(cells)
            if "\ufffd" in cell
        )
    return found


def _is_padded(cell: str) -> bool:
    return cell != cell.strip()


def _all_emails(joined: str, cells: Sequence[str]) -> bool:
    if joined.count("\n") != len(cells) - 1 or max(map(len, cells)) > _LONGEST_EMAIL:
        return False
    return _EMAILS.fullmatch(joined) is not None


def _one_line_unpadded(joined: str, cells: Sequence[str]) -> bool:
    if joined.count("\n") != len(cells) - 1:
        return False
    return "\n".join(joined.split()) == joined or not any(map(_is_padded, cells))


def _all_in(choices: frozenset[str]) -> Callable[[str, Sequence[str]], bool]:
    return lambda _, cells: choices.issuperset(cells)


_LICENSE_VALUES: Final = frozenset({ACTIVE, INACTIVE, ""})
_YES_VALUES: Final = frozenset({"yes", "no", ""})

_FAST: Final[dict[Kind, Callable[[str, Sequence[str]], bool]]] = {
    Kind.EMAIL: _all_emails,
    Kind.OLD_EMAIL: _all_emails,
    Kind.ID: _one_line_unpadded,
    Kind.NEW_ID: _one_line_unpadded,
    Kind.LICENSE: _all_in(_LICENSE_VALUES),
    Kind.YES: _all_in(_YES_VALUES),
    Kind.GROUP_SCOPE: _all_in(frozenset({""})),
}


def _is_one_line(cell: str) -> bool:
    return cell.isprintable()


_ONE: Final[dict[Kind, Callable[[str], bool]]] = {
    Kind.EMAIL: is_email,
    Kind.OLD_EMAIL: is_email,
    Kind.ID: _is_one_line,
    Kind.NEW_ID: _is_one_line,
    Kind.LICENSE: _LICENSE_VALUES.__contains__,
    Kind.YES: _YES_VALUES.__contains__,
    Kind.GROUP_SCOPE: lambda cell: _GROUP_SCOPE.fullmatch(cell) is not None,
}
_BAD_EMAIL: Final = ("not an e-mail address", "Write one address of the form name@company.example.")
_BAD_ID: Final = ("the id holds a line break or a control character", "Write the id on one line.")
_TOLD: Final[dict[Kind, tuple[str, str]]] = {
    Kind.EMAIL: _BAD_EMAIL,
    Kind.OLD_EMAIL: _BAD_EMAIL,
    Kind.ID: _BAD_ID,
    Kind.NEW_ID: _BAD_ID,
    Kind.LICENSE: ("not a licence value", "Write active, inactive, or nothing to leave the licence as it is."),
    Kind.YES: ("neither yes nor no", "Write yes, no, or nothing."),
    Kind.GROUP_SCOPE: ("not a group permission", "Write group:<name of the group>, or nothing."),
}
