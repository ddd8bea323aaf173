"""Requirements, populations and exemptions as tables, besides those of the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from learning_graph.hr_file.problems import FileRefused
from learning_graph.reports.as_of import AsOf
from learning_graph.reports.populations import LearnerIds, LearnerIndex, MatchedPerson, match, read_population
from learning_graph.reports.report_problems import ReportProblem
from learning_graph.reports.requirements import NAME, Cycle, Requirement, RequirementsFile
from learning_graph.reports.wording import definition_of
from learning_graph.values.identity import comparable_email, comparable_id

FIRST_DUE_DAYS: Final = 30
_TABLES: Final = {
    "requirement": {
        "requirementId": "VARCHAR",
        "title": "VARCHAR",
        "owner": "VARCHAR",
        "controls": "VARCHAR[]",
        "definition": "VARCHAR",
        "definitionSha256": "VARCHAR",
        "population": "VARCHAR",
        "groups": "VARCHAR[]",
        "attributeCount": "BIGINT",
        "how": "VARCHAR",
        "threshold": "DOUBLE",
        "allOf": "BOOLEAN",
        "contentCount": "BIGINT",
        "dueKind": "VARCHAR",
        "dueDate": "DATE",
        "dueDays": "INTEGER",
        "months": "INTEGER",
        "firstDueDays": "INTEGER",
        "graceDays": "INTEGER",
        "cycleStart": "DATE",
    },
    "requirement_urn": {"requirementId": "VARCHAR", "contentKey": "VARCHAR", "notBefore": "DATE"},
    "requirement_tag": {"requirementId": "VARCHAR", "tag": "VARCHAR"},
    "requirement_attribute": {"requirementId": "VARCHAR", "attribute": "VARCHAR", "value": "VARCHAR"},
    "population_person": {
        "population": "VARCHAR",
        "personKey": "VARCHAR",
        "learnerKey": "VARCHAR",
        "identifier": "VARCHAR",
        "name": "VARCHAR",
        "email": "VARCHAR",
        "uniqueUserId": "VARCHAR",
        "groupName": "VARCHAR",
        "startDate": "DATE",
        "endDate": "DATE",
        "pausedFrom": "DATE",
        "pausedUntil": "DATE",
    },
    "active_exemption": {
        "requirementId": "VARCHAR",
        "personKey": "VARCHAR",
        "reason": "VARCHAR",
        "decidedBy": "VARCHAR",
        "exemptFrom": "DATE",
        "exemptUntil": "DATE",
    },
    "skill_target": {
        "skill": "VARCHAR",
        "groupName": "VARCHAR",
        "share": "DOUBLE",
        "people": "BIGINT",
        "withinMonths": "INTEGER",
    },
}


@dataclass(frozen=True)
class Configuration:
    """The configuration: the requirements, and the bytes of the existing population files by name."""

    requirements: RequirementsFile
    populations: Mapping[str, bytes]


def load_inputs(
    db: duckdb.DuckDBPyConnection, workspace: Path, configuration: Configuration, as_of: AsOf
) -> list[ReportProblem]:
    """Make the input tables of compliance.sql and skills.sql; return what could not be used."""
    problems: list[ReportProblem] = []
    index = _learner_index(db)
    titles = dict(db.execute("select contentKey, title from content").fetchall())
    people = _populations(configuration, index, problems)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _TABLES}
    for requirement in configuration.requirements.requirements:
        population = requirement.who.population
        if population is not None and population not in people:
            continue  # reported by _populations
        cycle = requirement.cycle_at(as_of.day)
        if requirement.cycles and cycle is None:
            problems.append(_not_begun(requirement, as_of))
            continue
        _add_requirement(rows, requirement, cycle, titles)
        listed = people[population] if population is not None else None
        rows["active_exemption"] += _exemptions(requirement, index, listed, as_of.day, problems)
    rows["population_person"] = [_person_row(name, person) for name, found in people.items() for person in found]
    rows["skill_target"] = _skill_targets(configuration.requirements)
    for name, columns in _TABLES.items():
        load_rows(db, workspace, name, columns, rows[name])
    return problems


def _learner_index(db: duckdb.DuckDBPyConnection) -> LearnerIndex:
    found = db.execute(
        "select learnerKey, uniqueUserId, profileUrn, emails from learner order by learnerKey"
    ).fetchall()
    return LearnerIndex(LearnerIds(key, unique, urn, tuple(emails)) for key, unique, urn, emails in found)


def _populations(
    configuration: Configuration, index: LearnerIndex, problems: list[ReportProblem]
) -> dict[str, list[MatchedPerson]]:
    people: dict[str, list[MatchedPerson]] = {}
    named: dict[str, list[str]] = {}
    for requirement in configuration.requirements.requirements:
        if requirement.who.population is not None:
            named.setdefault(requirement.who.population, []).append(requirement.id)
    for name, requirements in named.items():
        path = f"config/populations/{name}.csv"
        without = f"; left out: {', '.join(requirements)}"
        if name not in configuration.populations:
            problems.append(ReportProblem(path, f"there is no such file{without}", "Put the file into the bucket."))
            continue
        try:
            listed, wrong = read_population(configuration.populations[name], path)
        except FileRefused as refusal:
            problems.append(ReportProblem(path, f"{refusal.args[0]}{without}", refusal.resolution))
            continue
        people[name], twice = match(listed, index, path)
        problems += wrong + twice
    return people


def _not_begun(requirement: Requirement, as_of: AsOf) -> ReportProblem:
    first = requirement.cycles[0].starts if requirement.cycles else as_of.day
    return ReportProblem(
        f"{NAME}, {requirement.id}",
        f"its first cycle begins on {first}, after the date of the report ({as_of.day}); it is left out",
        "Nothing to do, unless the report should know an earlier cycle: then add it.",
        "warning",
    )


def _add_requirement(
    rows: dict[str, list[dict[str, Any]]], requirement: Requirement, cycle: Cycle | None, titles: dict[str, str]
) -> None:
    content = cycle.content if cycle else requirement.content
    if content is None:
        return
    who, due, how = requirement.who, requirement.due, requirement.how
    attributes = [
        {"requirementId": requirement.id, "attribute": name, "value": value}
        for name, values in (who.attributes or {}).items()
        for value in values
    ]
    kind, threshold = "completed", None
    if how.minimum_progress is not None:
        kind, threshold = "progress", how.minimum_progress
    elif how.minimum_seconds is not None:
        kind, threshold = "seconds", float(how.minimum_seconds)
    row: dict[str, Any] = {
        "requirementId": requirement.id,
        "title": requirement.title,
        "owner": requirement.owner,
        "controls": requirement.controls,
        "definition": definition_of(requirement, cycle, titles),
        "definitionSha256": requirement.definition_sha256(cycle),
        "population": who.population,
        "groups": who.groups or (),
        "attributeCount": len(who.attributes or {}),
        "how": kind,
        "threshold": threshold,
        "allOf": content.all_of is not None,
        "contentCount": len(content.all_of or ()),
        "dueKind": "none",
        "graceDays": 0,
        "cycleStart": cycle and cycle.starts,
    }
    if cycle is not None:
        row |= {"dueKind": "date", "dueDate": cycle.due, "graceDays": requirement.grace_days or 0}
    elif due is not None:
        row |= {"dueDate": due.on, "dueDays": due.days_after_start, "months": due.every_months}
        row |= {"graceDays": due.grace_days}
        row["dueKind"] = "date" if due.on else "months" if due.every_months else "start"
        row["firstDueDays"] = FIRST_DUE_DAYS if due.first_due_days is None else due.first_due_days
    rows["requirement"].append(row)
    rows["requirement_attribute"] += attributes
    earlier = {
        urn for one in requirement.cycles or () if cycle and one.starts < cycle.starts for urn in one.content.urns
    }
    rows["requirement_urn"] += [
        {
            "requirementId": requirement.id,
            "contentKey": urn,
            "notBefore": cycle.starts if cycle and urn in earlier else None,
        }
        for urn in content.urns
    ]
    rows["requirement_tag"] += [{"requirementId": requirement.id, "tag": tag} for tag in content.tagged or ()]


def _exemptions(
    requirement: Requirement,
    index: LearnerIndex,
    listed: list[MatchedPerson] | None,
    day: date,
    problems: list[ReportProblem],
) -> list[dict[str, Any]]:
    """Return the exemptions in force on a day, one per person: the one that began last."""
    unknown = _unknown_people(listed or [])
    active: dict[str, dict[str, Any]] = {}
    for exemption in sorted(requirement.exemptions, key=lambda one: one.starts):
        person = exemption.person
        known = index.find(person)
        key = min(known) if len(known) == 1 else None
        key = key or unknown.get(comparable_id(person)) or unknown.get(comparable_email(person))
        if key is None:
            problems.append(_not_found(requirement, person, several=len(known) > 1))
        elif exemption.starts <= day and (exemption.until is None or day <= exemption.until):
            active[key] = {
                "requirementId": requirement.id,
                "personKey": key,
                "reason": exemption.reason,
                "decidedBy": exemption.decided_by,
                "exemptFrom": exemption.starts,
                "exemptUntil": exemption.until,
            }
    return list(active.values())


def _not_found(requirement: Requirement, person: str, *, several: bool) -> ReportProblem:
    problem, resolution = "the person is neither known to LinkedIn nor in the population file", "Correct the identifier"
    if several:
        problem, resolution = "several learners have or had the e-mail address", "Give the uniqueUserId"
    place, quote = f"{NAME}, {requirement.id}, exemptions", f": {person}"
    return ReportProblem(place, problem + quote, f"{resolution}, or remove the exemption.", "warning", quote)


def _unknown_people(listed: Iterable[MatchedPerson]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for person in listed:
        if person.learner_key is None:
            if person.listed.unique_user_id:
                keys[comparable_id(person.listed.unique_user_id)] = person.key
            if person.listed.email:
                keys[comparable_email(person.listed.email)] = person.key
    return keys


def _person_row(population: str, person: MatchedPerson) -> dict[str, Any]:
    listed = person.listed
    return {
        "population": population,
        "personKey": person.key,
        "learnerKey": person.learner_key,
        "identifier": listed.identifier,
        "name": listed.name,
        "email": listed.email,
        "uniqueUserId": listed.unique_user_id,
        "groupName": listed.group,
        "startDate": listed.start_date,
        "endDate": listed.end_date,
        "pausedFrom": listed.paused_from,
        "pausedUntil": listed.paused_until,
    }


def _skill_targets(file: RequirementsFile) -> list[dict[str, Any]]:
    return [
        {
            "skill": target.skill,
            "groupName": group,
            "share": None if target.people is not None else target.share or 1.0,
            "people": target.people,
            "withinMonths": target.within_months,
        }
        for target in file.skills
        for group in target.groups
    ]


def load_rows(
    db: duckdb.DuckDBPyConnection, workspace: Path, name: str, columns: Mapping[str, str], rows: list[dict[str, Any]]
) -> None:
    """Make a table of rows given as JSON-like values; members that a row lacks are null."""
    described = "{" + ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items()) + "}"
    if not rows:
        nothing = ", ".join(f'null::{kind} as "{column}"' for column, kind in columns.items())
        db.execute(f'create or replace table "{name}" as select {nothing} where false')
        return
    path = workspace / f"{name}.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    db.execute(
        f'create or replace table "{name}" as'
        f" select * from read_json(?, format = 'newline_delimited', columns = {described})",
        [str(path)],
    )
    path.unlink()
