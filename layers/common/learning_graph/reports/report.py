"""Makes all reports of one snapshot from files on this machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path

import duckdb

from learning_graph.model.keys import USER_PREFIX
from learning_graph.reports.as_of import AsOf
from learning_graph.reports.inputs import Configuration, load_inputs, load_rows
from learning_graph.reports.report_problems import ReportProblem
from learning_graph.reports.snapshot import Snapshot, create_assigned_view, create_views
from learning_graph.reports.tables import (
    COMPLIANCE,
    FIRST_SEEN,
    FULFILMENTS,
    PROBLEMS,
    PROOF_TABLES,
    REQUIREMENTS,
    ReportTable,
)

EARLIER_TABLES = {
    "earlier_fulfilment": FULFILMENTS,
    "earlier_first_seen": FIRST_SEEN,
    "earlier_compliance": COMPLIANCE,
    "earlier_requirement": REQUIREMENTS,
}


@dataclass
class Report:
    """A database with the snapshot and every report table; `problems` lists what could not be used."""

    db: duckdb.DuckDBPyConnection
    snapshot: Snapshot
    as_of: AsOf
    problems: list[ReportProblem] = field(default_factory=list)


def make_report(
    db: duckdb.DuckDBPyConnection,
    workspace: Path,
    snapshot: Snapshot,
    configuration: Configuration,
    as_of: AsOf,
    *,
    earlier: tuple[str, Path] | None = None,
    own: Path | None = None,
) -> Report:
    """Compute compliance and skills of a snapshot as of a date.

    Args:
        db: a connection of `snapshot.connect`.
        workspace: a folder for scratch files.
        snapshot: its files lie on this machine and are verified.
        configuration: requirements and population files.
        as_of: the date.
        earlier: the previous run with the folder of its reports: their evidence is kept, and changes are reported.
        own: the folder of earlier reports of this snapshot, if there are any: their evidence is kept as well.
    """
    report = Report(db, snapshot, as_of)
    missing = create_views(db, snapshot)
    report.problems += _missing_types(missing) + _failed_steps(snapshot)
    create_assigned_view(db, snapshot)
    db.execute("set variable time_zone = ?", [as_of.zone.key])
    db.execute("set variable user_prefix = ?", [USER_PREFIX])
    load_rows(db, workspace, "report", _REPORT_COLUMNS, [_report_row(snapshot, as_of)])
    _load_earlier(db, earlier, own)
    run_sql(db, "base")
    report.problems += load_inputs(db, workspace, configuration, as_of)
    run_sql(db, "compliance")
    report.problems += _content_problems(db)
    db.execute("drop table candidate")  # as compliance.sql does: nothing else reads it
    load_rows(
        db,
        workspace,
        "skill_settings",
        {"minimumGroupSize": "BIGINT"},
        [{"minimumGroupSize": configuration.requirements.minimum_group_size}],
    )
    run_sql(db, "skills")
    report.problems += [ReportProblem(*row) for row in db.execute(_UNKNOWN_SKILLS).fetchall()]
    load_problems(db, workspace, report.problems)
    return report


_REPORT_COLUMNS = {"run": "VARCHAR", "asOfDate": "DATE", "asOfEnd": "BIGINT", "seenOn": "BIGINT", "timeZone": "VARCHAR"}
_UNKNOWN_SKILLS = """
select distinct 'config/requirements.yaml, skills', skill || ' is no skill, topic or subject of the catalogue',
       'Write the name as LinkedIn shows it, or the URN; the query skill_coverage lists the skills there are.'
from skill_target
where skill not in (select tagKey from tag) and lower(skill) not in (select lower(tagName) from tag)
order by all
"""


def run_sql(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run a file of `reports/sql/`."""
    db.execute((resources.files(__package__ or "") / "sql" / f"{name}.sql").read_text(encoding="utf-8"))


def load_problems(db: duckdb.DuckDBPyConnection, workspace: Path, problems: list[ReportProblem]) -> None:
    """Make the table `problems`, with `quote` as a column more for the page without names."""
    columns = {column.name: column.type for column in PROBLEMS.columns} | {"quote": "VARCHAR"}
    load_rows(db, workspace, "problems", columns, [asdict(one) for one in problems])


def _report_row(snapshot: Snapshot, as_of: AsOf) -> dict[str, object]:
    return {
        "run": snapshot.run_id,
        "asOfDate": as_of.day,
        "asOfEnd": as_of.end,
        "seenOn": snapshot.manifest.started_at,
        "timeZone": as_of.zone.key,
    }


def _load_earlier(db: duckdb.DuckDBPyConnection, earlier: tuple[str, Path] | None, own: Path | None) -> None:
    run, folder = earlier or (None, None)
    db.execute("create table earlier_report (run varchar)")
    if run is not None:
        db.execute("insert into earlier_report values (?)", [run])
    for name, table in EARLIER_TABLES.items():
        folders = [folder, own] if table in PROOF_TABLES else [folder]
        paths = [path / f"{table.name}.parquet" for path in folders if path is not None]
        if found := [str(path) for path in paths if path.is_file()]:
            db.execute(f"create table {name} as select * from read_parquet(?, union_by_name = true)", [found])
        else:
            _create_empty(db, name, table)


def _create_empty(db: duckdb.DuckDBPyConnection, name: str, table: ReportTable) -> None:
    nothing = ", ".join(f'null::{column.type} as "{column.name}"' for column in table.columns)
    db.execute(f"create table {name} as select {nothing} where false")


def _missing_types(missing: list[str]) -> list[ReportProblem]:
    types = [name for name in missing if name.startswith("linkedin_learning_")]
    if not types:
        return []
    return [
        ReportProblem(
            "snapshot",
            f"has nothing of {', '.join(types)}",
            "If that can't be, look at `steps` of the manifest: it names what failed and why.",
            "warning",
        )
    ]


def _failed_steps(snapshot: Snapshot) -> list[ReportProblem]:
    return [
        ReportProblem(
            f"snapshot, step {name}",
            f"{step.status}: what it did not bring is carried over from earlier snapshots"
            + (f" ({step.failures[0].error})" if step.failures else ""),
            (step.failures[0].resolution if step.failures else None) or "Start another run.",
            "warning",
        )
        for name, step in snapshot.manifest.steps.items()
        if step.status != "SUCCEEDED"
    ]


_CONTENT_PROBLEMS = """
select severity, 'config/requirements.yaml, ' || requirementId as place, problem, resolution
from (
    select 'error' as severity, requirementId, 'content ' || contentKey || ' is not in the catalogue' as problem,
           'Correct the URN: nobody can meet the requirement by it. The query most_used_content lists URNs.'
               as resolution
    from requirement_urn where contentKey not in (select contentKey from content)
    union all
    select 'error', requirementId, 'nothing is tagged ' || tag,
           'Write the name of the skill or topic as LinkedIn shows it, or its URN.'
    from requirement_tag t
    where not exists (from tag where tag.tagKey = t.tag or lower(tag.tagName) = lower(t.tag))
    union all
    select 'warning', requirementId, 'nobody is in scope on ' || asOfDate,
           'Check the names of groups and attributes, and the start and end dates of the population file.'
    from requirement cross join report
    where requirementId not in (select requirementId from compliance)
    union all
    select 'warning', requirementId, 'the group ' || groupName || ' has no member',
           'Check its spelling: names are compared letter by letter.'
    from (select requirementId, population, unnest(groups) as groupName from requirement) r
    where not exists (
        from candidate c where c.requirementId = r.requirementId and list_contains(c.groups, r.groupName))
    union all
    select 'warning', requirementId, 'LinkedIn does not know ' || count(*) || ' of the people in scope',
           'They have status unknown: give them a licence, or correct their identifiers in the population file.'
    from compliance where status = 'unknown' group by requirementId
)
order by all
"""


def _content_problems(db: duckdb.DuckDBPyConnection) -> list[ReportProblem]:
    found = db.execute(_CONTENT_PROBLEMS).fetchall()
    return [ReportProblem(place, problem, resolution, severity) for severity, place, problem, resolution in found]
