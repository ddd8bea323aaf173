"""All reports and the page of a large snapshot: 50,000 learners, 1,000,000 engagements, 20 requirements.

Made twice, each time in a process of its own with the function's memory: first alone, then over the reports of the day
before, as every day after the first.

python benchmarks/reports.py [--learners N] [--engagements N] [--memory MB]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]

import duckdb  # noqa: E402
import msgspec  # noqa: E402

from learning_graph.reports.as_of import AsOf  # noqa: E402
from learning_graph.reports.columns import TABLE_COLUMNS  # noqa: E402
from learning_graph.reports.inputs import Configuration, load_rows  # noqa: E402
from learning_graph.reports.page.build import build_page  # noqa: E402
from learning_graph.reports.report import make_report  # noqa: E402
from learning_graph.reports.report_files import write_report  # noqa: E402
from learning_graph.reports.requirements import read_requirements  # noqa: E402
from learning_graph.reports.snapshot import Snapshot, connect  # noqa: E402
from learning_graph.reports.tables import ALERTS  # noqa: E402
from learning_graph.values.clock import time_zone  # noqa: E402

RUN, RUN_BEFORE = "20261121T160000Z-00000000", "20261120T160000Z-00000000"
NOW = 1_795_276_800_000
CONTENTS = 24_000
ZONE = "Europe/Berlin"
SHARE = 0.6  # of the function's memory, as in learning_graph.wiring

ENTITIES = {
    "linkedin_learning_user": """
        select 'urn:li:p:' || i as _key, 'Person ' || i as displayName, ['p' || i || '@example.com'] as email,
               'E' || i as uniqueUserId, ['Group ' || (i % 50), 'Site ' || (i % 7)] as enterpriseGroupNames
        from range({learners}) t(i)""",
    "linkedin_learning_course": """
        select 'urn:li:lyndaCourse:' || i as _key, 'Course ' || i as displayName, 'COURSE' as assetType,
               'AVAILABLE' as availability, false as isRetired,
               'https://www.linkedin.com/learning/c' || i as webLaunchUrl
        from range({contents}) t(i)""",
    "linkedin_learning_classification": """
        select 'urn:li:skill:' || i as _key, 'Skill ' || i as displayName, 'SKILL' as classificationType
        from range(500) t(i)""",
}
RELATIONSHIPS = {
    "linkedin_learning_course_has_classification": """
        select 'urn:li:lyndaCourse:' || i || '|has|urn:li:skill:' || ((i * 7 + k * 31) % 500) as _key,
               'urn:li:lyndaCourse:' || i as _fromEntityKey, 'urn:li:skill:' || ((i * 7 + k * 31) % 500) as _toEntityKey
        from range({contents}) t(i), range(3) s(k)""",
    # A few contents are used by many, most by few.
    "linkedin_learning_user_assigned_course": """
        select _fromEntityKey || '|assigned|' || _toEntityKey as _key, *,
               case when completed then lastEngagedOn end as completedOn, 1 as completions, 1 as views,
               case when completed then 100.0 else 40.0 end as progressPercentage
        from (
            select distinct on (_fromEntityKey, _toEntityKey) *, lastEngagedOn - 60000 as firstEngagedOn from (
                select 'urn:li:p:' || (hash(i) % {learners}) as _fromEntityKey,
                       'urn:li:lyndaCourse:' || cast(floor({contents} * pow(random(), 3)) as bigint) as _toEntityKey,
                       random() < 0.6 as completed, cast(random() * 4000 as bigint) as secondsViewed,
                       cast({now} - random() * 600 * 86400000 as bigint) as lastEngagedOn,
                       {now} - 14 * 86400000 as lookbackStart, {now} as lookbackEnd
                from range({engagements}) t(i)))""",
}


def write_snapshot(root: Path, learners: int, engagements: int) -> None:
    files = []
    values = {"learners": learners, "engagements": engagements, "contents": CONTENTS, "now": NOW}
    db = duckdb.connect()
    db.execute("select setseed(0.5)")
    for kind, tables in (("entities", ENTITIES), ("relationships", RELATIONSHIPS)):
        for name, query in tables.items():
            key = f"graph/{RUN}/parquet/{kind}/{name}/part-00000.parquet"
            path = root / key
            path.parent.mkdir(parents=True)
            db.execute(f"create or replace table made as {query.format(**values)}")
            present = {row[0] for row in db.execute("describe made").fetchall()}
            columns = ", ".join(
                f'"{column}"::{type_} as "{column}"' if column in present else f'null::{type_} as "{column}"'
                for column, type_ in TABLE_COLUMNS[name].items()
            )
            db.execute(
                f"copy (select {columns} from made order by _key) to '{path}' (format parquet, compression zstd)"
            )
            count = db.execute("select count(*) from made").fetchone()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            files.append(
                {
                    "key": key,
                    "kind": kind,
                    "type": name,
                    "format": "parquet",
                    "rows": count and count[0],
                    "bytes": path.stat().st_size,
                    "sha256": digest,
                }
            )
            print(f"  {name}: {count and count[0]:,} rows, {path.stat().st_size / 1e6:.1f} MB")
    manifest = {
        "formatVersion": 2,
        "runId": RUN,
        "status": "SUCCEEDED",
        "accountName": "Example",
        "accountKeyRef": "example",
        "startedAt": NOW,
        "lookback": {"days": 14, "start": NOW - 14 * 86_400_000, "end": NOW},
        "coveredUntil": NOW,
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
    (root / "graph" / RUN / "manifest.json").write_text(json.dumps(manifest))


def configuration(learners: int) -> tuple[bytes, bytes]:
    requirements = []
    for number in range(20):
        urns = [f"urn:li:lyndaCourse:{number * 3 + i}" for i in range(3)]
        content = ({"anyOf": urns}, {"tagged": [f"Skill {number}"]}, {"allOf": urns[:2]})[number % 3]
        due = ({"date": "2026-10-31"}, {"everyMonths": 12}, {"daysAfterStart": 90})[number % 3]
        requirements.append(
            {
                "id": f"r{number}",
                "title": f"Requirement {number}",
                "owner": "owner@example.com",
                "content": content,
                "due": due,
                "who": {"everyone": True} if number % 2 else {"population": "staff"},
            }
        )
    skills = [{"skill": f"Skill {i}", "groups": [f"Group {g}" for g in range(10)], "share": 0.5} for i in range(10)]
    rows = [f"p{i}@example.com,E{i},2025-{1 + i % 12:02d}-15" for i in range(learners + learners // 100)]
    population = "\n".join(["email,uniqueUserId,startDate", *rows])
    return json.dumps({"requirements": requirements, "skills": skills}).encode(), population.encode()


def report(root: Path, memory: int, learners: int, *, over: bool) -> None:
    """Time the parts in this process; `over` the reports that an earlier call made."""
    requirements, population = configuration(learners)
    earlier = (RUN_BEFORE, (root / "reports").rename(root / "earlier")) if over else None
    began = time.perf_counter()
    snapshot = Snapshot.open(root, RUN)
    snapshot.verify()
    folder = root / "reports"
    folder.mkdir()
    with (
        tempfile.TemporaryDirectory(dir=root) as name,
        connect(Path(name), memory_megabytes=round(memory * SHARE)) as db,
    ):
        workspace = Path(name)
        asked = Configuration(read_requirements(requirements), {"staff": population})
        as_of = AsOf(date(2026, 11, 21), time_zone(ZONE))
        made = make_report(db, workspace, snapshot, asked, as_of, earlier=earlier)
        computed = time.perf_counter()
        load_rows(db, workspace, "alerts", {column.name: column.type for column in ALERTS.columns}, [])
        manifest = write_report(made, folder, {}, earlier_run=earlier[0] if earlier else None)
        written = time.perf_counter()
        page = build_page(db, msgspec.to_builtins(snapshot.manifest), people="names", time_zone=ZONE, earlier=[])
        ended = time.perf_counter()
    rows = sum(sum(found.values()) for found in manifest.statuses.values())
    size = sum(file.bytes for file in manifest.files) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("over earlier reports:" if over else "alone:")
    print(
        f"  compute {computed - began:.1f} s, write {written - computed:.1f} s, page {ended - written:.1f} s,"
        f" all {ended - began:.1f} s wall clock, {time.process_time():.1f} s of CPU"
    )
    print(
        f"  {rows:,} statuses, {size:.0f} MB of files, page {len(page) / 1e6:.1f} MB,"
        f" peak memory {peak:.0f} MB of {memory} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=50_000)
    parser.add_argument("--engagements", type=int, default=1_000_000)
    parser.add_argument("--memory", type=int, default=3008, help="MB of the function")
    parser.add_argument("--in-child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--over", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_child:
        report(options.in_child, options.memory, options.learners, over=options.over)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_snapshot(Path(folder), options.learners, options.engagements)
        command = [sys.executable, __file__, "--in-child", folder, "--memory", str(options.memory)]
        command += ["--learners", str(options.learners)]
        subprocess.run(command, check=True)
        subprocess.run([*command, "--over"], check=True)


if __name__ == "__main__":
    main()
