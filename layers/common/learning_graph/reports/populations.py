"""Population files, `config/populations/<name>.csv`: everybody in scope, also people unknown to LinkedIn."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from learning_graph.hr_file.decode import UTF8, DecodedText
from learning_graph.hr_file.problems import FileRefused
from learning_graph.reports.report_problems import ReportProblem
from learning_graph.values.identity import comparable_email, comparable_id

# The columns, by their header without case, spaces, hyphens and underscores.
_HEADERS: Final = {
    "email": "email",
    "emailaddress": "email",
    "uniqueuserid": "uniqueUserId",
    "name": "name",
    "group": "group",
    "startdate": "startDate",
    "enddate": "endDate",
    "pausedfrom": "pausedFrom",
    "pauseduntil": "pausedUntil",
}
_DATES: Final = ("startDate", "endDate", "pausedFrom", "pausedUntil")
_DELIMITERS: Final = ",;\t"
_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True)
class Listed:
    """A row of a population file; dates are ISO dates, unchanged."""

    line: int
    email: str | None
    unique_user_id: str | None
    name: str | None
    group: str | None
    start_date: date | None
    end_date: date | None
    paused_from: date | None
    paused_until: date | None

    @property
    def identifier(self) -> str:
        """The identifier of the person in the form for comparisons: the uniqueUserId, else the e-mail address."""
        return comparable_id(self.unique_user_id) if self.unique_user_id else comparable_email(self.email or "")


@dataclass(frozen=True)
class LearnerIds:
    """The identifiers of a learner whom LinkedIn knows."""

    key: str
    unique_user_id: str | None
    profile_urn: str | None
    emails: tuple[str, ...]


class LearnerIndex:
    """Finds a learner by an identifier, as `values.identity` compares them."""

    def __init__(self, learners: Iterable[LearnerIds]) -> None:
        self._by_id: dict[str, str] = {}
        self._by_email: dict[str, str] = {}
        for learner in learners:
            for identifier in (learner.unique_user_id, learner.profile_urn):
                if identifier:
                    self._by_id.setdefault(comparable_id(identifier), learner.key)
            for email in learner.emails:
                self._by_email.setdefault(comparable_email(email), learner.key)

    def find(self, person: str) -> str | None:
        """Return the `_key` of the learner with this uniqueUserId, profile URN or e-mail address."""
        return self._by_id.get(comparable_id(person)) or self._by_email.get(comparable_email(person))

    def find_listed(self, listed: Listed) -> tuple[str | None, bool]:
        """Return the learner's `_key`, and whether uniqueUserId and e-mail name two different learners."""
        by_id = self._by_id.get(comparable_id(listed.unique_user_id)) if listed.unique_user_id else None
        by_email = self._by_email.get(comparable_email(listed.email)) if listed.email else None
        return by_id or by_email, by_id is not None and by_email is not None and by_id != by_email


@dataclass(frozen=True)
class MatchedPerson:
    """A person of a population: the row, and the matching learner."""

    listed: Listed
    learner_key: str | None

    @property
    def key(self) -> str:
        """The learner's `_key`, else `population:` and the identifier."""
        return self.learner_key or f"population:{self.listed.identifier}"


def read_population(data: bytes, name: str) -> tuple[list[Listed], list[ReportProblem]]:
    """Return the rows of a population file, and what is wrong with single rows, which are left out.

    UTF-8 and UTF-16 with a byte order mark are read, and commas, semicolons and tabs, as in HR files.

    Raises:
        FileRefused: the file as a whole cannot be read: its encoding, its header, or it has no rows.
    """
    text = _text(data)
    lines = text.split("\n")
    skipped = 1 if lines[0].strip().strip('"').lower().startswith("sep=") else 0
    header = lines[skipped] if len(lines) > skipped else ""
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(lines[skipped:], delimiter=delimiter)
    columns = _columns(next(rows, []))
    problems: list[ReportProblem] = []
    people = [
        person
        for cells in rows
        if any(cell.strip() for cell in cells)
        and (person := _row(cells, columns, rows.line_num + skipped, name, problems)) is not None
    ]
    if not people:
        raise FileRefused("nobody stands in it", resolution="Export the people again, one per row below the header.")
    return people, _shortened(problems, name)


def match(people: Iterable[Listed], index: LearnerIndex, name: str) -> tuple[list[MatchedPerson], list[ReportProblem]]:
    """Return each person once, with the matching learner, and warnings about other rows."""
    problems: list[ReportProblem] = []
    found: dict[str, MatchedPerson] = {}
    for listed in people:
        learner_key, two_learners = index.find_listed(listed)
        place = f"{name}, line {listed.line}"
        if two_learners:
            problems.append(
                ReportProblem(
                    place,
                    "uniqueUserId and e-mail address belong to two different learners; the uniqueUserId is used",
                    "Correct one of them.",
                    "warning",
                )
            )
        person = MatchedPerson(listed, learner_key)
        first = found.setdefault(person.key, person)
        if first is not person:
            same = first.listed.identifier == listed.identifier
            problems.append(
                ReportProblem(
                    place,
                    f"the person of line {first.listed.line} stands here again"
                    + ("" if same else " under another identifier")
                    + "; this row is not used",
                    "Keep one row for each person.",
                    "warning",
                )
            )
    return list(found.values()), _shortened(problems, name)


def _text(data: bytes) -> str:
    if not data.strip():
        raise FileRefused("the file is empty", resolution="Export the people again, one per row below the header.")
    try:
        return "".join(DecodedText([data], UTF8, lambda: iter([data])))
    except FileRefused as refusal:
        raise FileRefused(
            str(refusal.args[0]), resolution="Save it as UTF-8 (in Excel: file type “CSV UTF-8”)."
        ) from refusal


def _columns(header: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for number, cell in enumerate(header):
        folded = "".join(letter for letter in cell.lower() if letter.isalnum())
        if folded in _HEADERS:
            if _HEADERS[folded] in columns:
                raise FileRefused(f"the column {_HEADERS[folded]} is there twice", resolution="Remove one of the two.")
            columns[_HEADERS[folded]] = number
    if not {"email", "uniqueUserId"} & set(columns):
        raise FileRefused(
            "there is neither a column email nor a column uniqueUserId",
            resolution="Name one of the header's columns `email` or `uniqueUserId`.",
        )
    return columns


def _row(
    cells: list[str], columns: dict[str, int], line: int, name: str, problems: list[ReportProblem]
) -> Listed | None:
    values = {column: cells[at].strip() or None if at < len(cells) else None for column, at in columns.items()}
    if not values.get("email") and not values.get("uniqueUserId"):
        problems.append(
            ReportProblem(
                f"{name}, line {line}", "has no identifier; the row is left out", "Give e-mail or uniqueUserId."
            )
        )
        return None
    dates: dict[str, date | None] = {}
    for column in _DATES:
        try:
            dates[column] = date.fromisoformat(values.get(column) or "") if values.get(column) else None
        except ValueError:
            problems.append(
                ReportProblem(
                    f"{name}, line {line}, {column}",
                    "is no date; the person is in scope without it",
                    "Write dates as 2026-12-31.",
                    "warning",
                )
            )
            dates[column] = None
    return Listed(
        line,
        values.get("email"),
        values.get("uniqueUserId"),
        values.get("name"),
        values.get("group"),
        dates["startDate"],
        dates["endDate"],
        dates["pausedFrom"],
        dates["pausedUntil"],
    )


def _shortened(problems: list[ReportProblem], name: str) -> list[ReportProblem]:
    if len(problems) <= _MOST_PROBLEMS:
        return problems
    more = len(problems) - _MOST_PROBLEMS
    rest = ReportProblem(name, f"has {more:,} more problems like these", "Correct those that are listed first.")
    return [*problems[:_MOST_PROBLEMS], rest]
