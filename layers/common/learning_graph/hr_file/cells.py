"""Checks of cells: a block's column at a time with one regular expression, cell by cell only where that fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from learning_graph.hr_file.headers import Kind
from learning_graph.hr_file.problems import Severity

ACTIVE: Final = "active"
INACTIVE: Final = "inactive"
_LONGEST_EMAIL: Final = 254
# Plain ASCII addresses with a domain of at most 63 characters: email-validator accepts every one of them.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAIN_EMAIL = re.compile(
    r"(?=[^@]{1,64}@[^@]{1,63}\Z)"
    rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+"
    rf"(?!(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z)[A-Za-z]{{2,}}",
    re.IGNORECASE | re.ASCII,
)
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
    """Tell whether the text is one e-mail address that can receive mail from anywhere (RFC 5321, RFC 6531)."""
    if len(text) > _LONGEST_EMAIL:
        return False
    if _PLAIN_EMAIL.fullmatch(text):
        return True
    try:
        validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return True


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


def _all_emails(_: str, cells: Sequence[str]) -> bool:
    return all(map(_PLAIN_EMAIL.fullmatch, filter(None, cells)))


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
