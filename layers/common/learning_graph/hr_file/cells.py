"""Checks cells. The result for a cell depends only on the cell and the kind of its column.

Cells that match the pattern for plain values of their kind are sent unchanged; other cells are checked one by one.
Both ways agree: the patterns accept nothing that the second way would refuse or change.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from learning_graph.hr_file.artefacts import find_artefact
from learning_graph.hr_file.headers import Kind
from learning_graph.hr_file.invisible import character_name, find_invisible
from learning_graph.hr_file.problems import CellProblem

ACTIVE: Final = "active"
INACTIVE: Final = "inactive"
TRIMMED: Final = "blanks around values are left out"
LOWER_CASE: Final = "values are sent in lower case"
COMPOSED: Final = "values are sent in Unicode NFC"

_BLANKS: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_ADDRESSES: Final = frozenset({Kind.EMAIL, Kind.OLD_EMAIL})
_IDS: Final = frozenset({Kind.ID, Kind.NEW_ID})
_LICENSE_VALUES: Final = frozenset({"", ACTIVE, INACTIVE})
_YES_VALUES: Final = frozenset({"", "yes", "no"})
_GROUP_SCOPE = re.compile(r"group:\s*\S.*")
_LONGEST_EMAIL: Final = 254

# Plain ASCII addresses with a domain of at most 63 characters: email-validator accepts every one of them.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAIN_EMAIL = re.compile(
    r"(?=[A-Za-z0-9][^@]{0,63}@[^@]{1,63}\Z)"
    rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+"
    rf"(?!(?i:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z)[A-Za-z]{{2,}}|",
    re.ASCII,
)
# Numbers with a prefix, names, UUIDs and addresses are what most companies use as ids.
_PLAIN_ID = re.compile(
    r"[A-Za-z]{0,8}[0-9]{1,15}"
    r"|[A-Za-z]{1,8}[-_][0-9]{3,15}"
    r"|[A-Za-z]{2,}[._-][A-Za-z]{2,}"
    r"|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
    r"|[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+"
    r"|",
    re.ASCII,
)
_FORMULA_SIGNS: Final = frozenset("=+-@\t\r")
_FORMULA = re.compile(r"[=+\-@\t\r][^\n]")
_LOST_LETTER: Final = "\ufffd"
_NEVER_PART_OF_A_WORD = re.compile("[\u00ad\u200b\u2060\ufeff]")  # joiners and marks of direction are, in some scripts
_ROUNDED_DIGITS = re.compile(r"[0-9]{15}0+")


@dataclass(frozen=True, slots=True)
class CheckedCells:
    """The cells of a column.

    Args:
        values: the cells to send.
        problems: (index of the cell, what is wrong with it).
        changes: how the values differ from the cells: `TRIMMED`, `LOWER_CASE`, `COMPOSED`.
    """

    values: Sequence[str]
    problems: tuple[tuple[int, CellProblem], ...] = ()
    changes: frozenset[str] = frozenset()


def check_cells(kind: Kind, cells: Sequence[str]) -> CheckedCells:
    """Check cells of one column."""
    if kind is Kind.TEXT:
        return CheckedCells(cells, tuple(_text_warnings(cells)))
    is_plain = _IS_PLAIN[kind]
    others = [index for index, plain in enumerate(map(is_plain, cells)) if not plain]
    if not others:
        return CheckedCells(cells)
    values = list(cells)
    problems: list[tuple[int, CellProblem]] = []
    changes: set[str] = set()
    for index in others:
        value, found = check_cell(kind, cells[index])
        if value != cells[index]:
            changes.update(_changes(cells[index], value))
            values[index] = value
        problems.extend((index, problem) for problem in found)
    return CheckedCells(values, tuple(problems), frozenset(changes))


def check_cell(kind: Kind, cell: str) -> tuple[str, list[CellProblem]]:
    """Return the value to send for a cell of a column that is not free text, and what is wrong with it."""
    value = cell.strip(_BLANKS)
    if problem := _find_invisible(kind, cell, value):
        return value, [problem]
    if kind in {Kind.LICENSE, Kind.YES}:
        value = value.lower()
    elif kind in _ADDRESSES | _IDS:
        value = unicodedata.normalize("NFC", value)
    if not value:
        return value, []
    if _LOST_LETTER in value:
        return value, [replace(_HAS_LOST_A_LETTER, severity="error")]
    if problem := _CHECKS[kind](value):
        return value, [problem]
    return value, list(_id_warnings(value)) if kind in _IDS else []


def is_email(text: str) -> bool:
    """Tell whether the text is one deliverable e-mail address (RFC 5321, RFC 6531)."""
    if not text or len(text) > _LONGEST_EMAIL:
        return False
    if _PLAIN_EMAIL.fullmatch(text):
        return True
    try:
        validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    # email-validator replaces such characters; what is sent would keep them.
    return not _has_compatibility_characters(text.rpartition("@")[2])


def _has_compatibility_characters(text: str) -> bool:
    """Tell whether a text has full-width characters, an ideographic full stop, ligatures or the like."""
    return "\u3002" in text or unicodedata.normalize("NFKC", text) != unicodedata.normalize("NFC", text)


def _changes(cell: str, value: str) -> Iterator[str]:
    trimmed = cell.strip(_BLANKS)
    if trimmed != cell:
        yield TRIMMED
    if value != trimmed:
        yield LOWER_CASE if value == trimmed.lower() else COMPOSED


def _find_invisible(kind: Kind, cell: str, value: str) -> CellProblem | None:
    found = find_invisible(value, blanks=kind in _ADDRESSES | _IDS)
    if found is None:
        return None
    place, name = found
    place += len(cell) - len(cell.lstrip(_BLANKS)) + 1
    return CellProblem(
        f"the invisible character {name} stands at position {place} of the cell",
        "Delete it: type the value anew, or export the file again.",
    )


def _text_warnings(cells: Sequence[str]) -> list[tuple[int, CellProblem]]:
    found: list[tuple[int, CellProblem]] = []
    if not _FORMULA_SIGNS.isdisjoint({cell[:1] for cell in cells}):
        found.extend((index, _BEGINS_LIKE_A_FORMULA) for index, cell in enumerate(cells) if _FORMULA.match(cell))
    joined = "".join(cells)
    if joined.isascii():
        return found
    if _LOST_LETTER in joined:
        found.extend((index, _HAS_LOST_A_LETTER) for index, cell in enumerate(cells) if _LOST_LETTER in cell)
    if _NEVER_PART_OF_A_WORD.search(joined):
        found.extend(
            (index, _invisible_in_text(match[0]))
            for index, cell in enumerate(cells)
            if (match := _NEVER_PART_OF_A_WORD.search(cell))
        )
    return found


def _invisible_in_text(character: str) -> CellProblem:
    return CellProblem(
        f"the cell holds the invisible character {character_name(character)}",
        "It is sent as it is, and a group or an attribute with it is another one than without; delete it.",
        "warning",
    )


_BEGINS_LIKE_A_FORMULA: Final = CellProblem(
    "the cell begins like a formula",
    "It is sent as it is; if it is not meant so, correct it. Do not open the file in a spreadsheet unchecked.",
    "warning",
)
_HAS_LOST_A_LETTER: Final = CellProblem(
    "the cell holds a replacement character (U+FFFD) instead of a letter",
    "A letter was lost before the file was dropped: export it again.",
    "warning",
)


def _check_email(value: str) -> CellProblem | None:
    if found := find_artefact(value, is_id=False):
        return found
    if is_email(value):
        return None
    resolution = "Write one address of the form name@company.example, and nothing else."
    why = ""
    if value.count("@") > 1 and re.search(r"[;,\s/|]", value):
        why = ": there are several"
    elif value.lower().startswith("mailto:"):
        why = ": it is a mailto link"
    elif "<" in value or ">" in value:
        why = ": it stands in angle brackets"
    elif _has_compatibility_characters(value):
        why = ": it has full-width characters, ligatures or the like"
    return CellProblem(f"not an e-mail address{why}", resolution)


def _check_id(value: str) -> CellProblem | None:
    return find_artefact(value, is_id=True)


def _id_warnings(value: str) -> Iterator[CellProblem]:
    if _FORMULA.match(value):
        yield _BEGINS_LIKE_A_FORMULA
    if _ROUNDED_DIGITS.fullmatch(value):
        yield CellProblem(
            "a number of more than 15 digits that ends in zeros: a spreadsheet may have rounded it",
            "It is sent as it is; compare it with the HR system.",
            "warning",
        )


def _one_of(values: frozenset[str], problem: str, resolution: str) -> Callable[[str], CellProblem | None]:
    return lambda value: None if value in values else CellProblem(problem, resolution)


def _check_group_scope(value: str) -> CellProblem | None:
    if _GROUP_SCOPE.fullmatch(value):
        return None
    return CellProblem("not a group permission", "Write group:<name of the group>, or nothing.")


_CHECKS: Final[Mapping[Kind, Callable[[str], CellProblem | None]]] = {
    Kind.EMAIL: _check_email,
    Kind.OLD_EMAIL: _check_email,
    Kind.ID: _check_id,
    Kind.NEW_ID: _check_id,
    Kind.LICENSE: _one_of(
        _LICENSE_VALUES,
        "not a licence value",
        "Write active, inactive, or nothing to leave the licence as it is; LinkedIn takes no other words.",
    ),
    Kind.YES: _one_of(_YES_VALUES, "neither yes nor no", "Write yes, no, or nothing."),
    Kind.GROUP_SCOPE: _check_group_scope,
}
_IS_PLAIN: Final[Mapping[Kind, Callable[[str], object]]] = {
    Kind.EMAIL: _PLAIN_EMAIL.fullmatch,
    Kind.OLD_EMAIL: _PLAIN_EMAIL.fullmatch,
    Kind.ID: _PLAIN_ID.fullmatch,
    Kind.NEW_ID: _PLAIN_ID.fullmatch,
    Kind.LICENSE: _LICENSE_VALUES.__contains__,
    Kind.YES: _YES_VALUES.__contains__,
    Kind.GROUP_SCOPE: frozenset({""}).__contains__,
}
