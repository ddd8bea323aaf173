"""Population files, `config/populations/<name>.csv`: everybody in scope, also people unknown to LinkedIn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from learning_graph.hr_file.csv_rows import QUOTE_RESOLUTION, RowGrammar, read_blocks
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
_TWO_LEARNERS: Final = (
    "uniqueUserId and e-mail address belong to two different learners; the uniqueUserId is used",
    "Correct one of them.",
)
# Where several fit, nothing is guessed (ADR 0005): a new hire may have a predecessor's address.
_SHARED_EMAIL: Final = (
    "several learners have or had this e-mail address, so the person counts as unknown",
    "Give the uniqueUserId.",
)


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
    """Finds learners by an identifier, as `values.identity` compares them. Several may have had one e-mail address."""

    def __init__(self, learners: Iterable[LearnerIds]) -> None:
        self._by_id: dict[str, str] = {}
        self._by_email: dict[str, set[str]] = {}
        for learner in learners:
            for identifier in (learner.unique_user_id, learner.profile_urn):
                if identifier:
                    self._by_id.setdefault(comparable_id(identifier), learner.key)
            for email in learner.emails:
                self._by_email.setdefault(comparable_email(email), set()).add(learner.key)

    def find(self, person: str) -> set[str]:
        """Return the `_key` of each learner with this uniqueUserId, profile URN or e-mail address."""
        return self._of_id(person) or self._of_email(person)

    def find_listed(self, listed: Listed) -> tuple[str | None, tuple[str, str] | None]:
        """Return the learner's `_key`, and what is wrong with the identifiers with its resolution."""
        by_id, by_email = self._of_id(listed.unique_user_id), self._of_email(listed.email)
        if by_id:
            return min(by_id), _TWO_LEARNERS if by_email and not by_id <= by_email else None
        if len(by_email) > 1:
            return None, _SHARED_EMAIL
        return min(by_email, default=None), None

    def _of_id(self, identifier: str | None) -> set[str]:
        key = self._by_id.get(comparable_id(identifier)) if identifier else None
        return {key} if key else set()

    def _of_email(self, email: str | None) -> set[str]:
        return self._by_email.get(comparable_email(email), set()) if email else set()


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
    text, first = _text(data), 1
    if text.lstrip('"').lower().startswith("sep="):
        text, first = text.partition("\n")[2], 2
    grammar = RowGrammar(max(_DELIMITERS, key=text.partition("\n")[0].count))
    blocks = list(read_blocks([text], grammar, first))
    strays = [stray.line for block in blocks for stray in block.strays]
    if first in strays:
        raise FileRefused("the header has a quote out of place", resolution=QUOTE_RESOLUTION)
    rows = ((line, cells) for block in blocks for line, cells in zip(block.lines, block.rows, strict=True))
    _, header = next(rows, (first, []))
    columns, width = _columns(header), len(header)
    problems = [
        ReportProblem(f"{name}, line {line}", "has a quote out of place; the row is left out", QUOTE_RESOLUTION)
        for line in strays
    ]
    people = [
        person
        for line, cells in rows
        if any(cell.strip() for cell in cells)
        and _has_width(cells, width, f"{name}, line {line}", problems)
        and (person := _row(cells, columns, line, name, problems)) is not None
    ]
    if not people:
        raise FileRefused("nobody stands in it", resolution="Export the people again, one per row below the header.")
    return people, _shortened(problems, name)


def match(people: Iterable[Listed], index: LearnerIndex, name: str) -> tuple[list[MatchedPerson], list[ReportProblem]]:
    """Return each person once, with the matching learner, and warnings about other rows."""
    problems: list[ReportProblem] = []
    found: dict[str, MatchedPerson] = {}
    for listed in people:
        learner_key, wrong = index.find_listed(listed)
        place = f"{name}, line {listed.line}"
        if wrong is not None:
            problems.append(ReportProblem(place, *wrong, "warning"))
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


def _has_width(cells: list[str], width: int, place: str, problems: list[ReportProblem]) -> bool:
    """Tell whether the row has no value beyond the header; Excel leaves out empty cells at the end of a row."""
    fits = not any(cell.strip() for cell in cells[width:])
    if not fits:
        problem = f"the row has {len(cells)} cells, the header {width}; the row is left out"
        problems.append(ReportProblem(place, problem, "Put cells that hold the delimiter in quotes."))
    return fits


def _row(
    cells: list[str], columns: dict[str, int], line: int, name: str, problems: list[ReportProblem]
) -> Listed | None:
    place = f"{name}, line {line}"
    values = {column: cells[at].strip() or None if at < len(cells) else None for column, at in columns.items()}
    if not values.get("email") and not values.get("uniqueUserId"):
        problems.append(ReportProblem(place, "has no identifier; the row is left out", "Give e-mail or uniqueUserId."))
        return None
    dates: dict[str, date | None] = {}
    for column in _DATES:
        try:
            dates[column] = date.fromisoformat(values.get(column) or "") if values.get(column) else None
        except ValueError:
            problems.append(
                ReportProblem(
                    f"{place}, {column}",
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
