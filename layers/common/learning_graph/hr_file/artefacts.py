"""Damage that spreadsheets and exports do to identifiers: error values, rounded numbers, dates."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from learning_graph.hr_file.problems import CellProblem

# English, German, French, Spanish, Italian, Dutch, Portuguese, Scandinavian, Russian; in capitals they are part of
# an id, such as MAR-01.
_MONTHS: Final = (
    "(?-i:[Jj]an|[Jj]anv|[Ee]ne|[Gg]en|[Ff]eb|[Ff]évr?|[Ff]ev|[Mm]ar|[Mm]rz|[Mm]är|[Mm]ars|[Mm]rt|[Aa]pr|[Aa]vr|[Aa]br"
    "|[Mm]ay|[Mm]ai|[Mm]ei|[Mm]ag|[Jj]un|[Jj]uin|[Gg]iu|[Jj]ul|[Jj]uil|[Ll]ug|[Aa]ug|[Aa]oût|[Aa]go|[Ss]ept?|[Ss]et"
    "|[Oo]ct|[Oo]kt|[Oo]ut|[Oo]tt|[Nn]ov|[Dd]ec|[Dd]éc|[Dd]ez|[Dd]ic|[Mm]aj|[Dd]es"
    "|[Яя]нв|[Фф]ев|[Мм]ар|[Аа]пр|[Мм]а[йя]|[Ии]ю[нл]|[Аа]вг|[Сс]ен|[Оо]кт|[Нн]оя|[Дд]ек)"  # noqa: RUF001
)
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
_TIME: Final = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?(?: ?[AP]M| ?Z| ?[+-][0-9]{2}:?[0-9]{2})?)?"
_KEEP_AS_TEXT: Final = (
    "Format the column as text in the spreadsheet and enter the value again, or drop the HR system's own export."
)
_Artefact = tuple[re.Pattern[str], str, str]


def _artefact(pattern: str, problem: str, resolution: str = _KEEP_AS_TEXT) -> _Artefact:
    return re.compile(pattern, re.IGNORECASE), problem, resolution


_ARTEFACTS: Final[tuple[_Artefact, ...]] = (
    _artefact(
        # In every language; what has a digit, such as #12, or an @ may be an identifier.
        "#(?:.*[!?]|[^0-9@]+)|err:[0-9]{3}",
        "a spreadsheet's error value",
        "Correct the formula in the spreadsheet, or make the column wider, and export again.",
    ),
    _artefact("=.*", "a spreadsheet formula", "Export the value instead of the formula."),
    _artefact(
        # Of databases, pandas, Google Sheets and people; the dashes as exports write them.
        r"\(?<?\[?(?:null|none|nan|nat|undefined)\]?>?\)?|<na>|\\n|n/a|n\.a\.|loading\.{3}|[-–—−.?]+",  # noqa: RUF001
        "a placeholder for a missing value",
        "Leave the cell empty, or fill in the value.",
    ),
)
_ID_ARTEFACTS: Final[tuple[_Artefact, ...]] = (
    *_ARTEFACTS,
    _artefact(r"[+-]?[0-9]+(?:[.,][0-9]+e[+-]?|e[+-])[0-9]+", "a number that a spreadsheet rounded"),
    _artefact(r"[+-]?[0-9]+[.,]0{1,2}", "a number with decimal places"),
    _artefact(
        r"[+-]?[0-9]{1,3}(?:(['’,])[0-9]{3}(?:\1[0-9]{3})*|([.,'’ ])[0-9]{3}(?:\2[0-9]{3})*(?!\2)[.,][0-9]{1,2})",  # noqa: RUF001
        "a number with separators",
    ),
    _artefact(r"'.*", "an apostrophe with which spreadsheets mark text", "Delete the apostrophe."),
    _artefact(
        '["“”„«].*["“”»]', "a value in quotes of its own", "Export the value without the quotes, or quote it once."
    ),
    _artefact(
        rf"[0-9]{{4}}([-/]){_MONTH}\1{_DAY}{_TIME}|(?:[0-9]{{4}}年)?[0-9]{{1,2}}月[0-9]{{1,2}}日"
        rf"|{_DAY}([./]){_DAY}\2(?:[0-9]{{4}}|[0-9]{{2}}){_TIME}|{_DAY}-{_DAY}-[0-9]{{4}}{_TIME}"
        rf"|{_DAY}[-. ]{{1,2}}{_MONTHS}\.?(?:[- ][0-9]{{2,4}})?|{_MONTHS}\.?[- ][0-9]{{2}}",
        "a date, which spreadsheets make of ids such as 3-4 or MAR1",
    ),
    _artefact(
        "true|false|wahr|falsch|vrai|faux|verdadero|verdadeiro|falso|vero|waar|onwaar|sant|falskt|prawda|fałsz"
        "|истина|ложь",
        "a spreadsheet's logical value",
    ),
)


def find_artefact(value: str, *, is_id: bool) -> CellProblem | None:
    """Return how a spreadsheet or an export has damaged an e-mail address or an id, None where it has not."""
    plain = unicodedata.normalize("NFKC", value)  # full-width characters as the others
    for pattern, problem, resolution in _ID_ARTEFACTS if is_id else _ARTEFACTS:
        if pattern.fullmatch(plain):
            return CellProblem(problem, resolution)
    return None
