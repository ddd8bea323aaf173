"""Damage that spreadsheets and exports do to identifiers: error values, rounded numbers, dates."""

from __future__ import annotations

import re
from typing import Final

from learning_graph.hr_file.problems import CellProblem

# English, German, French, Spanish, Italian, Dutch, Portuguese; in capitals they are part of an id, such as MAR-01.
_MONTHS: Final = (
    "(?-i:[Jj]an|[Jj]anv|[Ee]ne|[Gg]en|[Ff]eb|[Ff]évr?|[Ff]ev|[Mm]ar|[Mm]rz|[Mm]är|[Mm]ars|[Mm]rt|[Aa]pr|[Aa]vr|[Aa]br"
    "|[Mm]ay|[Mm]ai|[Mm]ei|[Mm]ag|[Jj]un|[Jj]uin|[Gg]iu|[Jj]ul|[Jj]uil|[Ll]ug|[Aa]ug|[Aa]oût|[Aa]go|[Ss]ept?|[Ss]et"
    "|[Oo]ct|[Oo]kt|[Oo]ut|[Oo]tt|[Nn]ov|[Dd]ec|[Dd]éc|[Dd]ez|[Dd]ic)"
)
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?Z?)?"
_ERROR_VALUES: Final = "n/a|nv|n/b|i/t|n/d|yok|hiányzik|není_k_dispozici|saknas|puuttuu|н/д|getting_data"
_KEEP_AS_TEXT: Final = (
    "Format the column as text in the spreadsheet and enter the value again, or drop the HR system's own export."
)
_Artefact = tuple[re.Pattern[str], str, str]


def _artefact(pattern: str, problem: str, resolution: str = _KEEP_AS_TEXT) -> _Artefact:
    return re.compile(pattern, re.IGNORECASE), problem, resolution


_ARTEFACTS: Final[tuple[_Artefact, ...]] = (
    _artefact(
        rf"#.*[!?]|#(?:{_ERROR_VALUES})|#{{2,}}|err:[0-9]{{3}}",
        "a spreadsheet's error value",
        "Correct the formula in the spreadsheet, or make the column wider, and export again.",
    ),
    _artefact("=.*", "a spreadsheet formula", "Export the value instead of the formula."),
    _artefact(
        r"\(?<?\[?(?:null|none|nan|undefined)\]?>?\)?|n/a|[-–—.?]+",  # noqa: RUF001 - dashes as exports write them
        "a placeholder for a missing value",
        "Leave the cell empty, or fill in the value.",
    ),
)
_ID_ARTEFACTS: Final[tuple[_Artefact, ...]] = (
    *_ARTEFACTS,
    _artefact(r"[+-]?[0-9]+(?:[.,][0-9]+e[+-]?|e[+-])[0-9]+", "a number that a spreadsheet rounded"),
    _artefact(r"[+-]?[0-9]+[.,]0{1,2}", "a number with decimal places"),
    _artefact(r"[+-]?[0-9]{1,3}(?:(['’,])[0-9]{3})(?:\1[0-9]{3})*", "a number with separators"),  # noqa: RUF001
    _artefact(r"'.*", "an apostrophe with which spreadsheets mark text", "Delete the apostrophe."),
    _artefact(
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}"
        rf"|{_DAY}([./]){_DAY}\1(?:[0-9]{{4}}|[0-9]{{2}}){_TIME}|{_DAY}-{_DAY}-[0-9]{{4}}{_TIME}"
        rf"|{_DAY}[-. ]{{1,2}}{_MONTHS}\.?(?:[- ][0-9]{{2,4}})?|{_MONTHS}\.?[- ][0-9]{{2}}",
        "a date, which spreadsheets make of ids such as 3-4 or MAR1",
    ),
    _artefact("true|false|wahr|falsch|vrai|faux|verdadero|falso|vero|onwaar", "a spreadsheet's logical value"),
)


def find_artefact(value: str, *, is_id: bool) -> CellProblem | None:
    """Return how a spreadsheet or an export has damaged an e-mail address or an id, None where it has not."""
    for pattern, problem, resolution in _ID_ARTEFACTS if is_id else _ARTEFACTS:
        if pattern.fullmatch(value):
            return CellProblem(problem, resolution)
    return None
