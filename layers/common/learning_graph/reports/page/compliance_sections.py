"""The sections about requirements: one with their totals, and one per requirement with everybody in its scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import duckdb

from learning_graph.reports.page.graph_sections import columns_of
from learning_graph.reports.page.index import People
from learning_graph.reports.page.section import Section, differences
from learning_graph.reports.tables import STATUSES

_TOTALS: Final = ("people", *STATUSES, "metLate", "obliged", "everMet", "neverMet", "current")


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


def requirements_section(db: duckdb.DuckDBPyConnection) -> Section:
    """Requirements with definition and totals, in all and per group, and what changed since the snapshot before."""
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
            SELECT requirementId, statusBefore, status, count(*), any_value(snapshotBefore), bool_or(definitionChanged)
            FROM compliance_changes GROUP BY ALL ORDER BY ALL
        """).fetchall(),
    )
    return section


# A day that depends on another is stored as its distance from it: most distances are equal and compress well.
_PEOPLE_OF_REQUIREMENT = """
WITH facts AS (
    SELECT p.i AS person, nullif(p.start, 0) AS start, x.i AS content,
           nullif(page_day(CASE WHEN e.completed THEN e.completedOn ELSE e.lastEngagedOn END), 0) AS engaged,
           nullif(page_date(metDate), 0) AS met, nullif(page_date(dueDate), 0) AS due,
           nullif(page_date(graceUntil), 0) AS grace, b.personKey IS NOT NULL AS changed, b.statusBefore,
           list_filter(c.groups, lambda g: g IS NOT NULL AND NOT list_contains(p.groups, g)) AS more_groups, c.*
    FROM compliance c JOIN page_person p ON p.key = c.personKey
    LEFT JOIN page_content x ON x.key = c.contentKey
    LEFT JOIN page_required_edge e ON e.person = p.i AND e.content = x.i
    LEFT JOIN compliance_changes b ON b.requirementId = c.requirementId AND b.personKey = c.personKey
    WHERE c.requirementId = $2 AND ($3 OR c.status NOT IN ('met', 'exempt', 'paused'))
),
bases AS (
    SELECT ['nothing', 'start', 'met'][list_position(counts, list_min(counts))] AS dueFrom
    FROM (
        SELECT [count(DISTINCT due), count(DISTINCT due - coalesce(start, 0)),
                count(DISTINCT due - coalesce(met, 0))] AS counts
        FROM facts
    )
)
SELECT person, list_position($1, status), (metLate IS TRUE)::INTEGER, coalesce(withinDays, 0),
       coalesce(content + 1, 0), page_signed(met - coalesce(engaged, 0)),
       page_signed(due - CASE dueFrom WHEN 'start' THEN coalesce(start, 0) WHEN 'met' THEN coalesce(met, 0) ELSE 0 END),
       page_signed(grace - coalesce(due, 0)),
       page_signed(daysOverdue - (coalesce(met, $4) - coalesce(due, 0))),
       page_signed(daysFromStart - (coalesce(met, 0) - coalesce(start, 0))),
       coalesce(greatest(round(progressPercentage)::BIGINT, 0) + 1, 0),
       CASE WHEN changed THEN coalesce(list_position($1, statusBefore), 0) + 1 ELSE 0 END,
       CASE WHEN len(more_groups) > 0 THEN to_json(more_groups)::VARCHAR END,
       CASE WHEN proofSnapshot IS NOT NULL THEN to_json(struct_pack(
           snapshot := proofSnapshot, file := proofFile, sha256 := proofFileSha256, start := proofWindowStart,
           until := proofWindowEnd, basis := metBasis))::VARCHAR END,
       CASE WHEN status = 'exempt' THEN to_json(struct_pack(
           reason := CASE WHEN $5 THEN exemptReason END, decidedBy := CASE WHEN $5 THEN exemptDecidedBy END,
           since := exemptFrom, until := exemptUntil
       ))::VARCHAR END,
       CASE WHEN status = 'paused' THEN to_json(struct_pack(since := pausedFrom, until := pausedUntil))::VARCHAR END,
       dueFrom
FROM facts, bases ORDER BY person
"""
_NUMBERS: Final = (
    "status", "metLate", "within", "content", "met", "due", "grace", "overdue", "fromStart", "progress", "before",
)  # fmt: skip
_DICTIONARIES: Final = ("groups", "proof", "exempt", "paused")


def people_of_requirement_section(
    db: duckdb.DuckDBPyConnection, requirement_id: str, number: int, *, everybody: bool, people: People
) -> Section:
    """Everybody in the scope of a requirement, or, where those are too many, the people who have something to do.

    `status` and `before` are places in the list of statuses from 1; `before` is 0 where the status was the same, 1
    where there was none, else one more than its place. `content` and `progress` are plus one, 0 for none. Days and
    numbers of days are signed distances (`page_signed`): `met` from the day in the engagement with `content`, `due`
    from what `dueFrom` names, `grace` from `due`, `overdue` from the days between `due` and `met` or the report's date,
    `fromStart` from the days between the person's start and `met`.

    With ids only, an exemption has neither reason nor `decidedBy`: both are free text about people.
    """
    section = Section(f"requirement-{number}")
    as_of = db.execute(
        "SELECT page_date(max(asOfDate)) FROM requirements WHERE requirementId = ?", [requirement_id]
    ).fetchone()
    as_of_day = as_of[0] if as_of else 0
    arguments = [list(STATUSES), requirement_id, everybody, as_of_day, people == "names"]
    persons, *columns = columns_of(db, _PEOPLE_OF_REQUIREMENT, arguments)
    *columns, due_from = columns
    section.value("everybody", everybody)
    section.value("asOf", as_of_day)
    section.value("dueFrom", due_from[0] if due_from else "nothing")
    section.column("person", differences(persons))
    for name, numbers in zip(_NUMBERS, columns, strict=False):
        section.column(name, numbers)
    for name, values in zip(_DICTIONARIES, columns[len(_NUMBERS) :], strict=True):
        _add_dictionary(section, name, values)
    return section


def _add_dictionary(section: Section, name: str, documents: Sequence[str | None]) -> None:
    """Add JSON documents of which few differ: the list of them, and per row the place in it plus one, 0 for none."""
    different = sorted({document for document in documents if document is not None})
    places: dict[str | None, int] = {document: place for place, document in enumerate(different, 1)}
    section.value(name, [json.loads(document) for document in different])
    section.column(f"{name}At", map(places.get, documents, repeat(0)) if different else [0] * len(documents))


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return an answer as dictionaries that JSON can hold: dates as ISO 8601."""
    answer = db.execute(query)
    names = [column[0] for column in answer.description or []]
    return [
        {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in zip(names, row, strict=True)
        }
        for row in answer.fetchall()
    ]
