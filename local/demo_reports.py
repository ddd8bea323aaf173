"""The demo's requirements, population and exemptions, chosen so that every report shows something."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from learning_graph.reports.as_of import AsOf
from learning_graph.reports.snapshot import Snapshot, connect, create_views
from learning_graph.values.clock import time_zone
from local.stack import LocalStack

REPORT_SNAPSHOT = "ReportSnapshotFunction"
_COUNTED = ("met", "expiring", "due", "overdue", "exempt", "paused", "unknown")


def make_reports(stack: LocalStack, root: Path, run_id: str, *, own: bool) -> list[str]:
    """Write the demo's configuration, unless the account is another's, make the reports, and return their summary.

    `root` holds a copy of the graph bucket with the snapshot.
    """
    bucket = stack.bucket("GraphBucket")
    if own:
        for key, text in demo_configuration(Snapshot.open(root, run_id), root).items():
            stack.s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    # With the configuration the reports are made again, if the snapshot's event has already made some.
    manifest = stack.invoke(REPORT_SNAPSHOT, {"runId": run_id, "again": True})
    return [*compliance_lines(manifest), f"page  {root / 'graph' / run_id / 'page.html'}"]


def compliance_lines(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield a heading and a line for each of the first four requirements of a manifest of reports."""
    statuses: Mapping[str, Mapping[str, int]] = manifest["statuses"]
    if not statuses:
        return
    yield f"compliance on {manifest['asOfDate']} ({manifest['timeZone']})"
    for requirement, counts in list(statuses.items())[:4]:
        shares = ", ".join(f"{counts[status]:,} {status}" for status in _COUNTED if counts.get(status))
        obliged = sum(counts.values()) - counts.get("exempt", 0) - counts.get("paused", 0)
        met = counts.get("met", 0) + counts.get("expiring", 0)
        share = f"{100 * met / obliged:3.0f} %" if obliged else "  - "
        yield f"  {requirement:<24}{share}  {shares}"


def demo_configuration(snapshot: Snapshot, workspace: Path) -> dict[str, str]:
    """Return the demo's configuration files by key, made from a snapshot's people and content."""
    db = connect(workspace / "spill", memory_megabytes=512)
    try:
        create_views(db, snapshot)
        day = AsOf.of_instant(snapshot.manifest.started_at, time_zone("UTC")).day
        people = _people(db)
        return {
            "config/requirements.yaml": _requirements(db, people, day),
            "config/populations/employees.csv": _population(people, day),
        }
    finally:
        db.close()


def _people(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Return e-mail address, uniqueUserId and first group of everybody who has the first two."""
    return db.execute(
        "select email[1], uniqueUserId, coalesce(enterpriseGroupNames[1], '') from linkedin_learning_user"
        " where email[1] is not null and uniqueUserId is not null order by uniqueUserId"
    ).fetchall()


def _requirements(db: duckdb.DuckDBPyConnection, people: list[tuple[str, str, str]], day: date) -> str:
    courses = [row[0] for row in db.execute(_USED, {"rows": 12}).fetchall()]
    skills = [row[0] for row in db.execute(_SKILLS).fetchall()]
    groups = [row[0] for row in db.execute(_GROUPS).fetchall()]
    everybody = {"population": "employees"}
    exemptions = [
        {
            "person": email,
            "reason": reason,
            "decidedBy": "Head of Security",
            "from": day - timedelta(days=20),
            "until": day + timedelta(days=200),
        }
        for (email, _, _), reason in zip(people[5:7], ("Teaches the course", "Certified externally"), strict=False)
    ]
    return _HEAD + yaml.dump(
        {
            "requirements": [
                {
                    "id": "security-awareness",
                    "title": f"Security awareness {day.year}",
                    "owner": "ciso@example.com",
                    "controls": ["SOC 2 CC1.4", "ISO 27001 A.6.3", "NIST 800-53 AT-2"],
                    "content": {"anyOf": courses},
                    "who": everybody,
                    "due": {"date": day - timedelta(days=5), "graceDays": 2},
                    "exemptions": exemptions,
                },
                {
                    "id": "engineering-onboarding",
                    "title": "Onboarding of engineers",
                    "owner": "cto@example.com",
                    "controls": ["ISO 27001 A.6.3"],
                    "content": {"tagged": skills[:3]},
                    "who": {"population": "employees", "groups": groups[:2]},
                    "due": {"daysAfterStart": 30},
                },
                {
                    "id": "privacy-refresher",
                    "title": "Privacy, every three months",
                    "owner": "dpo@example.com",
                    "controls": ["SOC 2 CC2.2"],
                    "content": {"tagged": skills},
                    "who": everybody,
                    "due": {"everyMonths": 3, "firstDueDays": 14, "graceDays": 7},
                },
                {
                    "id": "ai-literacy",
                    "title": "AI literacy",
                    "owner": "ai-office@example.com",
                    "controls": ["EU AI Act Art. 4"],
                    "content": {"anyOf": courses},
                    "how": {"minimumSeconds": 600},
                    "who": {"everyone": True},
                    "due": {"date": day + timedelta(days=40)},
                },
            ],
            "skills": [
                {"skill": skill, "groups": groups[:3], "share": share}
                for skill, share in zip(skills[:3], (0.5, 0.3, 0.8), strict=False)
            ],
        },
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
    )


class _Dumper(yaml.SafeDumper):
    """Writes a repeated value in full instead of as an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _population(people: list[tuple[str, str, str]], day: date) -> str:
    """Two people whom LinkedIn does not know, one on leave, one who left, and everybody else."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["email", "uniqueUserId", "name", "group", "startDate", "endDate", "pausedFrom", "pausedUntil"])
    for number, (email, unique, group) in enumerate(people):
        start = day - timedelta(days=10 + 17 * (number % 60))
        left = day - timedelta(days=3) if number == 1 else ""
        leave = (day - timedelta(days=30), day + timedelta(days=60)) if number == 2 else ("", "")  # noqa: PLR2004
        writer.writerow([email, unique, "", group, start, left, *leave])
    for name, address in (("Noor Example", "noor.example@example.com"), ("Kim Sample", "kim.sample@example.com")):
        writer.writerow([address, "", name, people[0][2] if people else "", day - timedelta(days=45), "", "", ""])
    return text.getvalue()


_HEAD = "# Made by the demo to fit its account; config/requirements.template.yaml explains every member.\n"
_USED = """
select _toEntityKey from linkedin_learning_user_assigned_course
where completed
group by _toEntityKey order by count(*) desc, _toEntityKey limit $rows
"""
_SKILLS = """
select any_value(k.displayName)
from linkedin_learning_user_assigned_course a
join linkedin_learning_course_has_classification t on t._fromEntityKey = a._toEntityKey
join linkedin_learning_classification k on k._key = t._toEntityKey
where a.completed and k.classificationType = 'SKILL'
group by k._key order by count(*) desc, k._key limit 6
"""
_GROUPS = """
select groupName from (select unnest(enterpriseGroupNames) as groupName from linkedin_learning_user)
group by groupName order by case groupName when 'Engineering' then 0 else 1 end, count(*) desc, groupName
"""
