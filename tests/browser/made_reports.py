"""Report tables for a made snapshot, in the columns of `reports.tables`: plausible, of every status, of any size."""

from __future__ import annotations

from typing import Any

import duckdb

from learning_graph.reports.tables import REPORT_TABLES
from tests.browser.made_snapshot import START

AS_OF = "2026-11-21"
_TITLES = (
    "Security awareness", "Data protection basics", "Secure coding", "Incident response", "Anti-bribery",
    "Leadership essentials", "Accessibility", "Risk management", "Cloud security", "AI literacy",
)  # fmt: skip
_OWNERS = ("GRC", "People", "Engineering")
_CONTROLS: tuple[list[str], ...] = (
    ["SOC 2 CC1.4", "ISO 27001 A.6.3"],
    ["ISO 27001 A.5.34"],
    ["NIST 800-53 AT-3"],
    [],
    ["AI Act Art. 4"],
)


def make_empty_reports(db: duckdb.DuckDBPyConnection) -> None:
    """Create every report table without a row."""
    for table in REPORT_TABLES:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        db.execute(f"CREATE OR REPLACE TABLE {table.name} ({columns})")
    db.execute("ALTER TABLE problems ADD COLUMN quote VARCHAR DEFAULT ''")


def make_reports(db: duckdb.DuckDBPyConnection, requirements: int = 5) -> None:
    """Create the report tables: the first course by popularity counts for the first requirement, and so on.

    The last requirement is recurring, so that some of its people are `expiring`; two people in the scope of the first are
    not known to LinkedIn; every 29th person is exempt and every 31st on leave.
    """
    make_empty_reports(db)
    for number in range(requirements):
        title = _TITLES[number % 10] + ("" if number < 10 else f" {number // 10 + 1}")
        _requirement(db, number, f"REQ-{number + 1:02}", title, last=number == requirements - 1)
    _totals(db)
    _changes(db)
    _skills(db)
    _add(
        db,
        "alerts",
        rule="requirement-share-fell", subject="REQ-01", severity="high", state="firing", value=0.61, threshold=0.7,
        sinceRun="20261120T160000Z-00000000", message="Security awareness: 61 % met, 9 points less than before",
        query="overdue",
    )  # fmt: skip
    _add(
        db,
        "problems",
        severity="warning", place="config/populations/staff.csv, line 4", problem="two rows name the same person",
        resolution="Remove one of the rows.",
    )  # fmt: skip
    _add(
        db,
        "problems",
        severity="warning", place="config/requirements.yaml, REQ-01, exemptions",
        problem="the person is unknown: robin.leaver@example.com", resolution="Correct the identifier.",
        quote=": robin.leaver@example.com",
    )  # fmt: skip


def _add(db: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


def _requirement(db: duckdb.DuckDBPyConnection, number: int, identifier: str, title: str, *, last: bool) -> None:
    _add(
        db,
        "requirements",
        requirementId=identifier, title=title, owner=_OWNERS[number % 3], controls=_CONTROLS[number % 5],
        definition=f"Everybody completes one of 2 contents by the due date; 14 days of grace ({title}).",
        population="population file staff" if number == 0 else "learners known to LinkedIn",
        populationIsComplete=number == 0, contents=2, cycleStart="2026-01-01" if last else None, asOfDate=AS_OF,
        definitionSha256="0" * 64,
    )  # fmt: skip
    db.execute(
        """
        INSERT INTO compliance BY NAME
        WITH content AS (SELECT _key FROM linkedin_learning_course WHERE number IN ($number, $number + 1)),
        met AS (
            SELECT _fromEntityKey AS learner, min(completedOn) AS metOn, arg_min(_toEntityKey, completedOn) AS contentKey
            FROM linkedin_learning_user_assigned_course WHERE completed AND _toEntityKey IN (SELECT _key FROM content)
            GROUP BY 1
        ),
        facts AS (
            SELECT u.number AS n, _key, displayName, email[1] AS email, uniqueUserId, enterpriseGroupNames AS groups, metOn,
                   contentKey, DATE '2026-10-20' - (draw(u.number, 'start') % 700)::INTEGER AS start,
                   CASE $number % 3 WHEN 0 THEN DATE '2026-10-31' WHEN 1 THEN start + 30 ELSE DATE '2026-12-15' END AS due,
                   (epoch_ms(metOn))::DATE AS met_date
            FROM linkedin_learning_user u LEFT JOIN met ON learner = _key
            WHERE $number % 3 <> 2 OR u.number % 4 = 0
        )
        SELECT $id AS requirementId, $title AS requirementTitle, _key AS personKey, _key AS learnerKey, displayName AS name,
               email, uniqueUserId, CASE WHEN $number = 0 AND n % 5 = 0 THEN list_append(coalesce(groups, []), 'Contractors')
                                         ELSE coalesce(groups, []) END AS groups,
               CASE WHEN n % 29 = 28 THEN 'exempt' WHEN n % 31 = 30 THEN 'paused'
                    WHEN metOn IS NOT NULL THEN CASE WHEN $last AND n % 2 = 0 THEN 'expiring' ELSE 'met' END
                    WHEN due + 14 < DATE '2026-11-21' THEN 'overdue' ELSE 'due' END AS status,
               metOn IS NOT NULL AND met_date > due + 14 AS metLate,
               CASE WHEN status = 'due' OR status = 'expiring' THEN 30 END AS withinDays,
               start AS startDate, 'first seen' AS startBasis, due AS dueDate, due + 14 AS graceUntil,
               CASE WHEN status = 'overdue' THEN DATE '2026-11-21' - due WHEN metLate THEN met_date - due END AS daysOverdue,
               CASE WHEN status IN ('met', 'expiring') THEN met_date END AS metDate,
               CASE WHEN status IN ('met', 'expiring') THEN metOn END AS metOn,
               CASE WHEN status IN ('met', 'expiring') THEN contentKey END AS contentKey,
               CASE WHEN status = 'exempt' THEN 'long-term contractor' END AS exemptReason,
               CASE WHEN status = 'exempt' THEN 'C. Officer' END AS exemptDecidedBy,
               CASE WHEN status = 'exempt' THEN DATE '2026-01-01' END AS exemptFrom,
               CASE WHEN status = 'paused' THEN DATE '2026-10-01' END AS pausedFrom,
               CASE WHEN status IN ('met', 'expiring') THEN 'completedOn' END AS metBasis,
               CASE WHEN status IN ('met', 'expiring') THEN '20261121T160000Z-0badcafe' END AS proofSnapshot,
               CASE WHEN status IN ('met', 'expiring')
                    THEN 'graph/20261121T160000Z-0badcafe/parquet/relationships/linkedin_learning_user_assigned_course/part-00000.parquet'
                    END AS proofFile,
               CASE WHEN status IN ('met', 'expiring') THEN met_date - start END AS daysFromStart
        FROM facts
        """,
        {"id": identifier, "title": title, "number": number, "last": last},
    )
    if number == 0:
        for name in ("new.starter@example.com", "E99999"):
            _add(
                db,
                "compliance",
                requirementId=identifier, requirementTitle=title, personKey=f"population:{name}", name=None,
                email=name if "@" in name else None, uniqueUserId=None if "@" in name else name, groups=["Contractors"],
                status="unknown", dueDate="2026-10-15", graceUntil="2026-10-29", daysOverdue=37,
            )  # fmt: skip


def _totals(db: duckdb.DuckDBPyConnection) -> None:
    statuses = ("met", "expiring", "due", "overdue", "exempt", "paused", "unknown")
    counts = ", ".join(f"count(*) FILTER (status = '{status}') AS \"{status}\"" for status in statuses)
    db.execute(f"""
        INSERT INTO compliance_totals BY NAME
        WITH rows AS (
            SELECT requirementId, requirementTitle, status, metLate, NULL AS groupName FROM compliance
            UNION ALL
            SELECT requirementId, requirementTitle, status, metLate, unnest(groups) FROM compliance
        )
        SELECT requirementId, any_value(requirementTitle) AS requirementTitle, groupName, count(*) AS people, {counts},
               count(*) FILTER (metLate AND status IN ('met', 'expiring')) AS metLate,
               count(*) FILTER (status NOT IN ('exempt', 'paused')) AS obliged,
               count(*) FILTER (status IN ('met', 'expiring')) / nullif(count(*) FILTER (status NOT IN ('exempt', 'paused')), 0) AS metShare,
               count(*) FILTER (status IN ('met', 'expiring')) AS everMet,
               count(*) FILTER (status IN ('due', 'overdue', 'unknown')) AS neverMet,
               count(*) FILTER (status IN ('met', 'expiring')) AS current,
               metShare AS initialCoverage, 1.0 AS refreshCoverage
        FROM rows GROUP BY requirementId, groupName
    """)


def _changes(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("""
        INSERT INTO compliance_changes BY NAME
        SELECT requirementId, requirementTitle, personKey, name, email, 'due' AS statusBefore, status,
               '20261114T160000Z-00000000' AS snapshotBefore, false AS definitionChanged
        FROM compliance WHERE status = 'overdue' AND daysOverdue BETWEEN 15 AND 21
    """)


def _skills(db: duckdb.DuckDBPyConnection) -> None:
    """Ten skills in every group of at least five; eight of them are asked for."""
    db.execute(
        """
        INSERT INTO skills BY NAME
        WITH member AS (SELECT _key AS learner, unnest(enterpriseGroupNames) AS groupName FROM linkedin_learning_user),
        skill AS (
            SELECT _key AS skillKey, displayName AS skill FROM linkedin_learning_classification
            WHERE classificationType = 'SKILL' ORDER BY _key LIMIT 10
        ),
        edge AS (
            SELECT e._fromEntityKey AS learner, t._toEntityKey AS skillKey, completed, completedOn, secondsViewed
            FROM linkedin_learning_user_assigned_course e
            JOIN linkedin_learning_course_has_classification t ON t._fromEntityKey = e._toEntityKey
            WHERE t._toEntityKey IN (SELECT skillKey FROM skill)
        ),
        reached AS (
            SELECT groupName, skillKey, count(DISTINCT learner) AS engaged,
                   count(DISTINCT learner) FILTER (completed) AS covered,
                   count(DISTINCT learner) FILTER (completed AND completedOn > $start - 365::BIGINT * 86400000) AS coveredRecently,
                   median(secondsViewed) FILTER (completed) AS medianSeconds
            FROM member JOIN edge USING (learner) GROUP BY 1, 2
        ),
        size AS (SELECT groupName, count(*) AS groupSize FROM member GROUP BY 1)
        SELECT groupName, skill, skillKey, s.groupSize < 5 AS withheld,
               draw(length(skill), skill) % 5 > 0 AS asked,
               CASE WHEN NOT withheld THEN s.groupSize END AS groupSize,
               CASE WHEN NOT withheld THEN coalesce(covered, 0) END AS covered,
               CASE WHEN NOT withheld THEN coalesce(covered, 0) / s.groupSize END AS coverage,
               CASE WHEN NOT withheld THEN coalesce(coveredRecently, 0) END AS coveredRecently,
               CASE WHEN NOT withheld THEN coalesce(coveredRecently, 0) / s.groupSize END AS recentCoverage,
               12 AS withinMonths, CASE WHEN NOT withheld THEN coalesce(engaged, 0) END AS engaged,
               CASE WHEN NOT withheld THEN coalesce(engaged, 0) / s.groupSize END AS engagedShare,
               CASE WHEN asked THEN 0.2 + (draw(length(skill), skill) % 4) * 0.1 END AS target,
               CASE WHEN NOT withheld AND asked THEN greatest(0, target - coverage) END AS gap,
               CASE WHEN NOT withheld AND asked THEN greatest(0, ceil(target * s.groupSize) - coalesce(covered, 0)) END AS peopleToTrain,
               CASE WHEN NOT withheld AND asked THEN greatest(0, target - recentCoverage) END AS recentGap,
               CASE WHEN NOT withheld AND asked THEN greatest(0, ceil(target * s.groupSize) - coalesce(coveredRecently, 0)) END AS peopleToTrainRecently,
               medianSeconds
        FROM size s CROSS JOIN skill LEFT JOIN reached r USING (groupName, skillKey)
        """,
        {"start": START},
    )
    db.execute("""
        INSERT INTO skill_contents BY NAME
        SELECT groupName, skill, rank, c._key AS contentKey, c.displayName AS contentTitle, 'COURSE' AS assetType, level,
               durationSeconds, learners, 0 AS started
        FROM skills s JOIN (
            SELECT *, row_number() OVER (PARTITION BY skillKey ORDER BY learners DESC, _key) AS rank
            FROM (
                SELECT t._toEntityKey AS skillKey, c._key, c.displayName, level, durationSeconds, count(e._key) AS learners
                FROM linkedin_learning_course c
                JOIN linkedin_learning_course_has_classification t ON t._fromEntityKey = c._key
                LEFT JOIN linkedin_learning_user_assigned_course e ON e._toEntityKey = c._key
                WHERE NOT isRetired GROUP BY ALL
            )
        ) c USING (skillKey)
        WHERE gap > 0 AND rank <= 5
    """)
