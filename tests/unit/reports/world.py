"""A small account: learners, contents, engagement, told in a line each, and the reports made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from learning_graph.reports.as_of import AsOf
from learning_graph.reports.inputs import Configuration
from learning_graph.reports.report import Report, make_report
from learning_graph.reports.requirements import read_requirements
from learning_graph.reports.snapshot import Snapshot, connect
from tests.unit.reports.parquet_fixture import Record, write_table

BERLIN = ZoneInfo("Europe/Berlin")
RUN = "20260401T060000Z-00000000"
COURSE = "linkedin_learning_course"
USER = "linkedin_learning_user"
CLASSIFICATION = "linkedin_learning_classification"
ASSIGNED = "linkedin_learning_user_assigned_course"
TAGGED = "linkedin_learning_course_has_classification"
DAY = 86_400_000


def ms(text: str) -> int:
    """Epoch milliseconds of an ISO instant; UTC where it names no offset."""
    instant = datetime.fromisoformat(text)
    return round((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() * 1000)


@dataclass
class World:
    """Records of a snapshot, and where it is written."""

    root: Path
    run: str = RUN
    learners: dict[str, Record] = field(default_factory=dict)
    courses: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, Record] = field(default_factory=dict)
    tagged: list[Record] = field(default_factory=list)
    engaged: list[Record] = field(default_factory=list)
    attributes: list[Record] = field(default_factory=list)
    status: str = "SUCCEEDED"
    without: tuple[str, ...] = ()
    tables: dict[str, tuple[str, list[Record]]] = field(default_factory=dict)

    def learner(self, name: str, *groups: str, email: str | None = "", unique: str | None = None) -> str:
        address = f"{name}@example.com" if email == "" else email
        self.learners[name] = {
            "_key": f"urn:li:p:{name}",
            "displayName": name.capitalize(),
            "profileUrn": f"urn:li:p:{name}",
            "uniqueUserId": unique,
            "email": [address] if address else [],
            "enterpriseGroupNames": list(groups),
        }
        return f"urn:li:p:{name}"

    def course(self, number: str, *tags: str, **properties: Any) -> str:
        urn = f"urn:li:lyndaCourse:{number}"
        self.courses[urn] = {
            "_key": urn,
            "displayName": f"Course {number}",
            "assetType": "COURSE",
            "availability": "AVAILABLE",
            "isRetired": False,
            **properties,
        }
        for tag in tags:
            key = f"urn:li:skill:{tag}"
            self.tags[key] = {"_key": key, "displayName": tag, "classificationType": "SKILL"}
            self.tagged.append({"_key": f"{urn}|has|{key}", "_fromEntityKey": urn, "_toEntityKey": key})
        return urn

    def did(self, name: str, number: str, completed: str | None = None, **values: Any) -> None:
        """An engagement; `completed` is the ISO instant of the completion."""
        learner, course = f"urn:li:p:{name}", f"urn:li:lyndaCourse:{number}"
        on = ms(completed) if completed else None
        times = {"firstEngagedOn": on, "lastEngagedOn": on}
        self.engaged.append(
            {
                "_key": f"{learner}|assigned|{course}",
                "_fromEntityKey": learner,
                "_toEntityKey": course,
                "completed": completed is not None,
                "completedOn": on,
                "progressPercentage": 100.0 if completed else 0.0,
                "secondsViewed": 0,
                "lookbackStart": ms("2026-03-18T06:00:00"),
                "lookbackEnd": ms("2026-04-01T06:00:00"),
                **times,
                **values,
            }
        )

    def write(self) -> Snapshot:
        tables: dict[str, tuple[str, Sequence[Record]]] = {
            USER: ("entities", list(self.learners.values())),
            COURSE: ("entities", list(self.courses.values())),
            CLASSIFICATION: ("entities", list(self.tags.values())),
            TAGGED: ("relationships", self.tagged),
            ASSIGNED: ("relationships", self.engaged),
            "learner_attributes": ("tables", self.attributes),
            **self.tables,
        }
        files = [
            write_table(self.root, self.run, kind, name, list(rows))
            for name, (kind, rows) in tables.items()
            if rows and name not in self.without
        ]
        started = ms(datetime.fromisoformat(self.run[:16]).isoformat())
        manifest = {
            "formatVersion": 2,
            "runId": self.run,
            "status": self.status,
            "accountName": "Example",
            "accountKeyRef": "example",
            "startedAt": started,
            "lookback": {"days": 14, "start": started - 14 * DAY, "end": started},
            "coveredUntil": started - DAY,
            "steps": {},
            "counts": {},
            "totals": {},
            "partialDatasets": {"types": []},
            "unmodelledContent": {},
            "reconciliation": None,
            "catalog": {},
            "bases": [],
            "mergedRuns": [],
            "files": files,
        }
        path = self.root / "graph" / self.run / "manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(manifest))
        return Snapshot.open(self.root, self.run)

    def report(
        self,
        requirements: str,
        *,
        day: date | str = "2026-04-01",
        zone: ZoneInfo = BERLIN,
        earlier: tuple[str, Path] | None = None,
        **populations: str,
    ) -> Report:
        """The reports as of a day; `populations` are CSV files by name."""
        snapshot = self.write()
        workspace = self.root / "workspace"
        workspace.mkdir(exist_ok=True)
        configuration = Configuration(
            read_requirements(requirements.encode()), {name: text.encode() for name, text in populations.items()}
        )
        as_of = AsOf(day if isinstance(day, date) else date.fromisoformat(day), zone)
        return make_report(
            connect(workspace, memory_megabytes=512), workspace, snapshot, configuration, as_of, earlier=earlier
        )


def rows(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column."""
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def statuses(report: Report, requirement: str = "r") -> dict[str, str]:
    """Status by person, whose key is shortened to the name."""
    found = report.db.execute("select personKey, status from compliance where requirementId = ?", [requirement])
    return {key.removeprefix("urn:li:p:").removeprefix("population:"): status for key, status in found.fetchall()}


def row_of(report: Report, person: str, requirement: str = "r") -> dict[str, Any]:
    [found] = [
        row
        for row in rows(report.db, "select * from compliance")
        if row["requirementId"] == requirement and row["personKey"].endswith(person)
    ]
    return found


def requirement(**members: Any) -> str:
    """requirements.yaml with one requirement `r`: everybody completes course 1, unless members say otherwise."""
    base: dict[str, Any] = {
        "id": "r",
        "title": "R",
        "owner": "o@example.com",
        "content": {"anyOf": ["urn:li:lyndaCourse:1"]},
        "who": {"everyone": True},
    }
    return json.dumps({"requirements": [{**base, **members}]})
