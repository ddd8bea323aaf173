"""What is wrong with content, groups and snapshots is said, and the rest still appears."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import duckdb
import pytest

from learning_graph.reports.export import create_export_macros
from learning_graph.reports.inputs import load_rows
from learning_graph.reports.report_files import write_report
from learning_graph.reports.tables import ALERTS
from tests.unit.reports.world import World, requirement, statuses


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.course("1", "security")
    made.learner("ann", "Engineering")
    made.did("ann", "1", "2026-03-20T10:00:00", secondsViewed=60)
    return made


@pytest.mark.parametrize(
    ("members", "problem", "people"),
    [
        (
            {"content": {"anyOf": ["urn:li:lyndaCourse:1", "urn:li:lyndaCourse:9"]}},
            "content urn:li:lyndaCourse:9 is not in the catalogue",
            {"ann": "met"},
        ),
        (
            {"content": {"allOf": ["urn:li:lyndaCourse:1", "urn:li:lyndaCourse:9"]}},
            "urn:li:lyndaCourse:9",
            {"ann": "due"},
        ),
        ({"content": {"tagged": ["security", "sekurity"]}}, "nothing is tagged sekurity", {"ann": "met"}),
        ({"who": {"groups": ["Engineering", "Enginering"]}}, "the group Enginering has no member", {"ann": "met"}),
        ({"who": {"groups": ["Nobody"]}}, "nobody is in scope on 2026-04-01", {}),
        (
            {"exemptions": [{"person": "x@y.org", "reason": "r", "decidedBy": "d", "from": "2026-01-01"}]},
            "the person is neither known to LinkedIn nor in the population file: x@y.org",
            {"ann": "met"},
        ),
    ],
)
def test_a_requirement_that_does_not_fit_the_account(
    world: World, members: dict[str, object], problem: str, people: dict[str, str]
) -> None:
    report = world.report(requirement(**members))
    assert any(problem in one.problem for one in report.problems), report.problems
    assert all(one.resolution for one in report.problems)
    assert statuses(report) == people


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("linkedin_learning_user_assigned_course", {"ann": "overdue"}),
        ("linkedin_learning_course", {"ann": "met"}),
        ("linkedin_learning_user", {}),
        ("linkedin_learning_course_has_classification", {"ann": "met"}),
    ],
)
def test_a_partial_snapshot_without_a_type(world: World, missing: str, expected: dict[str, str]) -> None:
    world.status, world.without = "PARTIAL", (missing,)
    report = world.report(requirement(due={"date": "2026-03-31"}))
    assert statuses(report) == expected
    assert any("has nothing of" in one.problem and missing in one.problem for one in report.problems)


@pytest.mark.parametrize("before", ["", "  ", "\n", "\v", "\t", "\r\n "])
@pytest.mark.parametrize("first", "=+-@\uff1d")
def test_a_cell_that_begins_as_a_formula_is_text_whatever_space_is_before(before: str, first: str) -> None:
    with duckdb.connect() as db:
        create_export_macros(db)
        cells = [f"{before}{first}1", f"a{before}{first}1"]
        safe = [db.execute("select safe_cell(?::varchar)", [cell]).fetchone() for cell in cells]
    assert safe == [(f"'{cells[0]}",), (cells[1],)]


def test_cells_are_safe_and_names_of_all_scripts_arrive(world: World, tmp_path: Path) -> None:
    world.learners["ann"]["displayName"] = '=HYPERLINK("http://x","Ann")'
    world.learner("bob")
    world.learners["bob"]["displayName"] = 'Bób "B", 田'
    report = world.report(requirement(controls=["SOC 2 CC1.4", "ISO 27001 A.6.3"]))
    workspace = tmp_path / "workspace"
    load_rows(report.db, workspace, "alerts", {column.name: column.type for column in ALERTS.columns}, [])
    folder = tmp_path / "reports"
    folder.mkdir()
    write_report(report, folder, {}, earlier_run=None)
    text = (folder / "compliance.csv").read_text(encoding="utf-8")
    assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == [
        '\'=HYPERLINK("http://x","Ann")',
        'Bób "B", 田',
    ]
    vanta = list(csv.DictReader(io.StringIO((folder / "vanta.csv").read_text(encoding="utf-8"))))
    assert [(row["status"], row["traineeEmail"], row["trainingCompletedTimestamp"]) for row in vanta] == [
        ("COMPLETE", "ann@example.com", "2026-03-20T10:00:00Z"),
        ("INCOMPLETE", "bob@example.com", ""),
    ]
    assert json.loads(vanta[0]["frameworksFulfilled"]) == ["SOC2", "ISO27001"]
    assert len({row["uniqueId"] for row in vanta}) == 2


def test_a_completion_is_an_xapi_statement_without_nulls(world: World, tmp_path: Path) -> None:
    import uuid

    report = world.report(requirement())
    load_rows(report.db, tmp_path / "workspace", "alerts", {column.name: column.type for column in ALERTS.columns}, [])
    folder = tmp_path / "reports"
    folder.mkdir()
    write_report(report, folder, {}, earlier_run=None)
    [line] = gzip.decompress((folder / "xapi.jsonl.gz").read_bytes()).splitlines()
    assert json.loads(line) == {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:li:p:ann|assigned|urn:li:lyndaCourse:1")),
        "actor": {"objectType": "Agent", "name": "Ann", "mbox": "mailto:ann@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-US": "completed"}},
        "object": {
            "objectType": "Activity",
            "id": "urn:li:lyndaCourse:1",
            "definition": {"type": "http://adlnet.gov/expapi/activities/course", "name": {"und": "Course 1"}},
        },
        "result": {"completion": True, "duration": "PT60S"},
        "context": {"platform": "LinkedIn Learning"},
        "timestamp": "2026-03-20T10:00:00Z",
        "version": "1.0.3",
    }
