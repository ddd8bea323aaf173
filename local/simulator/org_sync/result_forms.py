"""Other forms of the result file than the documented one (API reference §9.4), by the assumption ``result-form``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_CRITICAL = "Critical error: the file was not processed to its end"


def _title_case(text: str) -> str:
    header, newline, rows = text.partition("\n")
    return header.replace("_", " ").title() + newline + rows


def _without_messages(text: str) -> str:
    return "".join(line.rpartition(",")[0] + "\n" for line in text.splitlines())


def _without_last_row(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


def _with_critical_message(text: str) -> str:
    header, _, rows = text.partition("\n")
    first, newline, others = rows.partition("\n")
    return f"{header}\n{first.rpartition(',')[0]},{_CRITICAL}{newline}{others}"


def _with_critical_row(text: str) -> str:
    header, _, rows = text.partition("\n")
    return f"{header}\n{',' * header.count(',')}{_CRITICAL}\n{rows}"


def _reversed(text: str) -> str:
    header, *rows = text.splitlines(keepends=True)
    return header + "".join(reversed(rows))


_FORMS: dict[str, Callable[[str], str]] = {
    "critical-line": lambda text: f"{_CRITICAL}\n{text}",
    "critical-message": _with_critical_message,
    "critical-row": _with_critical_row,
    "blank-line": lambda text: f"\n{text}",
    "title-case": _title_case,
    "utf-16": lambda text: text,
    "semicolons": lambda text: text.replace(",", ";"),
    "no-messages": _without_messages,
    "short": _without_last_row,
    "reversed": _reversed,
    "twice": lambda text: text + text.partition("\n")[2],
    "no-header": lambda text: text.partition("\n")[2],
    "html": lambda _: "<!doctype html>\n<title>502 Bad Gateway</title>\n",
    "empty": lambda _: "",
}
NAMES = ("documented", *_FORMS)


def write_in_form(path: Path, form: str) -> None:
    """Rewrite a small result file, whose cells have no line breaks, in one of ``NAMES``."""
    if form == "documented":
        return
    text = _FORMS[form](path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-16" if form == "utf-16" else "utf-8")
