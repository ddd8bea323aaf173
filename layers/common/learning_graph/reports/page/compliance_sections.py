"""The sections about requirements: one with their totals, and one per requirement with everybody in its scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from learning_graph.reports.page.graph_sections import columns_of
from learning_graph.reports.page.index import People
from learning_graph.reports.page.section import Section, differences

STATUSES: Final = ("met", "expiring", "due", "overdue", "exempt", "paused", "unknown")
_TOTALS: Final = (
    "people", *STATUSES, "metLate", "obliged", "metShare", "everMet", "neverMet", "current", "initialCoverage",
    "refreshCoverage",
)  # fmt: skip


@dataclass(frozen=True)
class EarlierSnapshot:
    """Totals of a snapshot before this one, for the courses over time; `met_shares` by the requirement's id, 0 to 1."""

    run_id: str
    started_at: int
    learners: int
    completed: int
    met_shares: dict[str, float | None]


def requirement_ids(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of the requirements that have somebody in scope or are in force, in order."""
    query = "SELECT requirementId FROM requirements UNION SELECT requirementId FROM compliance ORDER BY 1"
    return [row[0] for row in db.execute(query).fetchall()]


def requirements_section(db: duckdb.DuckDBPyConnection, *, people: People) -> Section:
    """Requirements with their definition, and totals in all and per group; what changed since the snapshot before."""
    section = Section("requirements")
    section.value("statuses", STATUSES)
    section.value("requirements", _rows(db, "SELECT * FROM requirements ORDER BY requirementId"))
    totals = ", ".join(f'"{name}"' for name in _TOTALS)
    section.value("totalNames", _TOTALS)
    section.value(
        "totals",
        db.execute(
            f"SELECT requirementId, groupName, {totals} FROM compliance_totals "
            "ORDER BY requirementId, groupName NULLS FIRST"
        ).fetchall(),
    )
    section.value(
        "changes",
        db.execute("""
            SELECT requirementId, i, statusBefore, c.status, definitionChanged, snapshotBefore
            FROM compliance_changes c LEFT JOIN page_person p ON p.key = personKey ORDER BY requirementId, i
        """).fetchall(),
    )
    section.value("people", people)
    return section


_PEOPLE_OF_REQUIREMENT = """
SELECT p.i, list_position($1, c.status), (c.metLate IS TRUE)::INTEGER, coalesce(withinDays, 0), page_date(dueDate),
       page_date(graceUntil), coalesce(greatest(daysOverdue, 0) + 1, 0), page_date(metDate), coalesce(x.i + 1, 0),
       coalesce(round(progressPercentage)::BIGINT + 1, 0),
       list_filter(c.groups, g -> g IS NOT NULL AND NOT list_contains(p.groups, g)),
       struct_pack(snapshot := proofSnapshot, file := proofFile, sha256 := proofFileSha256, start := proofWindowStart,
                   until := proofWindowEnd, basis := metBasis),
       struct_pack(reason := exemptReason, decidedBy := exemptDecidedBy, since := exemptFrom::VARCHAR,
                   until := exemptUntil::VARCHAR),
       struct_pack(since := pausedFrom::VARCHAR, until := pausedUntil::VARCHAR),
       CASE WHEN daysFromStart IS NULL THEN 0 WHEN daysFromStart >= 0 THEN 2 * daysFromStart + 1 ELSE -2 * daysFromStart END
FROM compliance c JOIN page_person p ON p.key = c.personKey LEFT JOIN page_content x ON x.key = c.contentKey
WHERE requirementId = $2 AND ($3 OR c.status NOT IN ('met', 'exempt', 'paused'))
ORDER BY p.i
"""


def people_of_requirement_section(
    db: duckdb.DuckDBPyConnection, requirement_id: str, number: int, *, everybody: bool
) -> Section:
    """Everybody in the scope of a requirement, or, where that is too much, those with something to do.

    Days are as `page_day` gives them; days overdue and progress are plus one, 0 for none; days from the start are twice
    their number plus one, where they are negative twice their size.
    """
    section = Section(f"requirement-{number}")
    (people, status, late, within, due, grace, overdue, met, content, progress, groups, proof, exempt, paused, since) = (
        columns_of(db, _PEOPLE_OF_REQUIREMENT, [list(STATUSES), requirement_id, everybody])
    )
    section.value("everybody", everybody)
    section.column("person", differences(people))
    for name, numbers in (
        ("status", status),
        ("metLate", late),
        ("within", within),
        ("due", due),
        ("grace", grace),
        ("overdue", overdue),
        ("met", met),
        ("content", content),
        ("progress", progress),
        ("fromStart", since),
    ):
        section.column(name, numbers)
    for name, values in (("groups", groups), ("proof", proof), ("exempt", exempt), ("paused", paused)):
        _add_dictionary(section, name, values)
    return section


def _add_dictionary(section: Section, name: str, values: Sequence[Any]) -> None:
    """Add values of which there are few different ones: a list of them, and for each row its place in it plus one."""
    places: dict[str, int] = {}
    different: list[Any] = []
    numbers: list[int] = []
    for value in values:
        empty = not value or (isinstance(value, dict) and not any(value.values()))
        marked = repr(value)
        if not empty and marked not in places:
            different.append(value)
            places[marked] = len(different)
        numbers.append(0 if empty else places[marked])
    section.value(name, different)
    section.column(f"{name}At", numbers)


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return an answer as dictionaries that JSON can hold: dates as ISO 8601."""
    answer = db.execute(query)
    names = [column[0] for column in answer.description or []]
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in zip(names, row, strict=True)}
        for row in answer.fetchall()
    ]
