"""The shipped queries: Trino's grammar takes them, DuckDB's results are those computed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from learning_graph.reports.export import write_parquet
from learning_graph.reports.named_queries import named_queries
from learning_graph.reports.tables import PROOF_TABLES, REPORT_TABLES
from learning_graph.values.errors import ConfigurationError
from local import query
from tests.unit.reports.world import DAY, RUN, World, ms, requirement

EARLIER = "20260301T060000Z-00000000"
NEEDED = {"content": "urn:li:lyndaCourse:1", "earlier": EARLIER, "day": "2026-03-10"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots of an account; the later one has reports."""
    root = tmp_path_factory.mktemp("bucket")
    for run in (EARLIER, RUN):
        world = World(root, run=run)
        world.course("1", "security")
        world.course("2", "security", isRetired=True, availability="RETIRED")
        world.course("3")
        for name, groups in (("ann", ["Sales"]), ("bob", ["Sales", "Legal"]), ("cat", [])):
            world.learner(name, *groups)
        for number in range(4):
            world.learner(f"s{number}", "Sales")
        world.did("ann", "1", "2026-02-27T23:30:00")  # 28 February in Berlin
        if run == EARLIER:
            path = {"_toEntityKey": "urn:li:lyndaLearningPath:1", "_key": "path", "completedOn": None}
            ended_on = {"lastEngagedOn": ms("2026-02-26T10:00:00")}
            world.tables["linkedin_learning_user_assigned_learning_path"] = (
                "relationships",
                [world.engaged[0] | path | ended_on],
            )
        if run == RUN:
            world.did("bob", "1", "2026-03-31T10:00:00", secondsViewed=60)
            begun: dict[str, Any] = {
                "firstEngagedOn": ms("2026-03-30T10:00:00"),
                "lastEngagedOn": ms("2026-03-30T10:00:00"),
            }
            world.did("ann", "2", progressPercentage=40.0, secondsViewed=30, **begun)
            del world.learners["cat"]
            world.learner("dan")
        started = ms(f"{run[:4]}-{run[4:6]}-{run[6:8]}T06:00:00")
        ended = {"run": run, "status": "SUCCEEDED", "lookbackStart": started - 14 * DAY, "lookbackEnd": started}
        world.tables["snapshot"] = ("tables", [{**ended, "coveredUntil": started - DAY, "step": "users"}])
        report = world.report(requirement(due={"date": "2026-03-31"}))
        reports = root / "graph" / RUN / "reports"
        reports.mkdir(parents=True, exist_ok=True)
        for table in REPORT_TABLES:
            if run == RUN and table not in PROOF_TABLES and table.name != "alerts":
                write_parquet(report.db, table, reports / f"{table.name}.parquet")
    return root


def ask(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert query.main(["--folder", str(folder), "--format", "json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("name", named_queries())
def test_trino_takes_it_and_it_runs(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    shipped = named_queries()[name]
    needed = {one.name: NEEDED[one.name] for one in shipped.parameters if one.default is None}
    sqlglot.parse_one(shipped.sql(needed), read="trino")
    ask(folder, capsys, name, *(part for key, value in needed.items() for part in ("--param", f"{key}={value}")))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["completions_by_learner", "--param", "timeZone=Europe/Berlin"],
            [("Ann", "ann@example.com", 1, 0, 0, "2026-02-28"), ("Bob", "bob@example.com", 1, 0, 0, "2026-03-31")],
        ),
        (["completions_by_group"], [("Sales", 6, 2, 2), ("Legal", 1, 1, 1)]),
        (["completions_by_month"], [("2026-02-01", 1, 1), ("2026-03-01", 1, 1)]),
        (
            ["not_completed", "--param", "content=urn:li:lyndaCourse:2", "--param", "group=Legal"],
            [("Bob", "bob@example.com", "Sales; Legal", 0.0, False)],
        ),
        (
            ["most_used_content", "--param", "rows=1"],
            [("urn:li:lyndaCourse:1", "Course 1", "COURSE", None, 2, 2, 60)],
        ),
        (["least_used_content", "--param", "rows=1"], [("urn:li:lyndaCourse:3", "Course 3", "COURSE", 0)]),
        (
            ["skill_coverage"],
            [("Sales", "security", "urn:li:skill:security", 6, 2, 0.333)],
        ),
        (
            ["retired_content_in_use"],
            [("urn:li:lyndaCourse:2", "Course 2", "COURSE", 1, 1, "2026-03-30")],
        ),
        (
            ["engagement_without_completion"],
            [("Ann", "ann@example.com", "Course 2", "COURSE", "urn:li:lyndaCourse:2", 40.0, 30, "2026-03-30")],
        ),
        (
            ["changes_since", "--param", f"earlier={EARLIER}"],
            [
                ("completed", "Bob", "bob@example.com", "Course 1", "2026-03-31"),
                ("learner gone", "Cat", "cat@example.com", None, None),
                ("new learner", "Dan", "dan@example.com", None, None),
            ],
        ),
        (
            ["completed_by", "--param", "content=urn:li:lyndaCourse:1", "--param", "day=2026-03-31"],
            [("Ann", "ann@example.com", "2026-02-27", EARLIER)],
        ),
        (["completed_by", "--param", "content=urn:li:lyndaCourse:1", "--param", "day=2026-02-20"], []),
        (
            ["completed_by", "--param", "content=urn:li:lyndaLearningPath:1", "--param", "day=2026-03-31"],
            [("Ann", "ann@example.com", "2026-02-26", EARLIER)],
        ),
    ],
)
def test_results_by_hand(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: list[tuple[Any, ...]]
) -> None:
    assert [tuple(row.values()) for row in ask(folder, capsys, *arguments)] == expected


def test_learners_without_engagement(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ask(folder, capsys, "inactive_learners", "--param", "days=1")
    assert {row["learner"] for row in rows} == {"Ann", "Dan", "S0", "S1", "S2", "S3"}


def test_overdue_and_who_is_due(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ask(folder, capsys, "overdue_and_expiring")
    assert {(row["name"], row["status"], row["daysOverdue"]) for row in rows} == {
        (name, "overdue", 1) for name in ("Dan", "S0", "S1", "S2", "S3")
    }


def test_a_run_and_the_folder_of_a_run_name_a_snapshot(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted = "select count(*) as n from linkedin_learning_user_assigned_course"
    assert ask(folder, capsys, counted, "--snapshot", EARLIER) == [{"n": 1}]
    assert ask(folder, capsys, counted, "--snapshot", str(folder / "graph" / EARLIER)) == [{"n": 1}]
    assert ask(folder, capsys, counted) == [{"n": 3}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["select nme from linkedin_learning_user"], "Columns: linkedin_learning_user (_class, _key"),
        (["select 1 from people"], "Tables, each also with _history: alerts, compliance"),
        (["complete"], "there is no query complete"),
        (["not_completed"], "Give --param content=VALUE."),
        (["not_completed", "--param", "urn=x"], "It has content, group."),
        (["inactive_learners", "--param", "days=many"], "'many' is no number"),
        (["select 1", "--snapshot", "20990101T000000Z-00000000"], "there is no run 20990101T000000Z-00000000"),
        (["select 1", "--snapshot", "/nowhere"], "holds no folder graph/"),
    ],
)
def test_what_is_wrong_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert query.main(["--folder", str(folder), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_values_of_parameters_are_values_alone() -> None:
    sql = named_queries()["not_completed"].sql({"content": "x' or :group = '", "group": "O'Hara"})
    assert "= 'x'' or :group = '''" in sql
    assert "'O''Hara'" in sql
    with pytest.raises(ConfigurationError):
        named_queries()["inactive_learners"].sql({"days": "1; drop table x"})


def test_the_list_explains_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert query.main(["--list"]) == 0
    out = capsys.readouterr().out
    for name, shipped in named_queries().items():
        assert f"{name}: {shipped.title}\n    {shipped.description}" in out


def test_cells_of_csv_are_safe_in_a_spreadsheet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select '=cmd()' as a, ' +1' as b, '-x' as c, 'a-b' as d, -1 as e, date '2026-01-02' as f"
    assert query.main([sql, "--folder", str(folder), "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "'=cmd(),' +1,'-x,a-b,-1,2026-01-02"


def test_cypher(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ladybug")
    cypher = (
        "MATCH (u:linkedin_learning_user)-[a:linkedin_learning_user_assigned_course]->(c:linkedin_learning_course)"
        " WHERE a.completed RETURN u.displayName AS learner, a.completedOn AS at ORDER BY learner"
    )
    assert ask(folder, capsys, "--cypher", cypher) == [
        {"learner": "Ann", "at": ms("2026-02-27T23:30:00")},
        {"learner": "Bob", "at": ms("2026-03-31T10:00:00")},
    ]
    assert query.main(["--folder", str(folder), "--cypher", "MATCH (x:nothing) RETURN x"]) == 2
    assert "Tables: linkedin_learning_account" in capsys.readouterr().err


def test_a_date_in_a_result_is_a_date(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(folder, capsys, "select date '2026-01-02' as d") == [{"d": "2026-01-02"}]
