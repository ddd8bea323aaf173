"""The first and the last section of the page: the run in short with its charts, and the whole manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import duckdb

from learning_graph.reports.page.compliance_sections import EarlierSnapshot
from learning_graph.reports.page.index import People
from learning_graph.reports.page.section import Section

_MOST_USED: Final = 10
_DAYS_AS_DAYS: Final = 62  # about two months of bars fit a phone
_DAYS_AS_WEEKS: Final = 400


def overview_section(
    db: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    earlier: Sequence[EarlierSnapshot],
    *,
    people: People,
    time_zone: str,
) -> Section:
    """The data of the first view, so that it appears before the rest is decompressed."""
    section = Section("overview")
    for name in ("runId", "status", "reason", "accountName", "accountKeyRef", "startedAt", "lookback", "coveredUntil",
                 "counts", "totals", "partialDatasets"):  # fmt: skip
        section.value(name, manifest.get(name))
    section.value("timeZone", time_zone)
    section.value("people", people)
    section.value("steps", {name: step["status"] for name, step in manifest["steps"].items()})
    section.value("carriedOver", sum(step["carriedOver"] for step in manifest["steps"].values()))
    section.value("rejected", sum(shard["count"] for step in manifest["steps"].values() for shard in step["rejected"]))
    section.value("earlier", [asdict(snapshot) for snapshot in earlier])
    section.value("completionsOverTime", _completions_over_time(db))
    section.value("activeLearners", _active_learners(db, manifest["lookback"]["start"]))
    section.value(
        "mostUsed",
        db.execute(
            "SELECT i, key, title, kind, learners, completed FROM page_content WHERE learners > 0 ORDER BY i LIMIT ?",
            [_MOST_USED],
        ).fetchall(),
    )
    section.value(
        "requirements",
        db.execute("""
            SELECT requirementId, requirementTitle, people, met, expiring, due, overdue, exempt, paused, "unknown",
                   metShare
            FROM compliance_totals WHERE groupName IS NULL ORDER BY requirementId
        """).fetchall(),
    )
    section.value("alerts", _alerts(db, people))
    return section


def _alerts(db: duckdb.DuckDBPyConnection, people: People) -> list[tuple[Any, ...]]:
    """The active alerts; subject and text may name a person, so with ids only both are left out."""
    texts = "subject, message" if people == "names" else "NULL, NULL"
    return db.execute(f"""
        SELECT rule, severity, state, value, threshold, sinceRun, {texts} FROM alerts
        WHERE state <> 'resolved' ORDER BY rule, subject
    """).fetchall()


def _active_learners(db: duckdb.DuckDBPyConnection, since: int) -> int:
    row = db.execute("SELECT count(DISTINCT person) FROM page_edge WHERE lastEngagedOn >= ?", [since]).fetchone()
    return int(row[0]) if row else 0


def _completions_over_time(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Completions and distinct learners per day, week (from Monday) or month, as the span asks for.

    `buckets` are `[first day of the bucket as ISO 8601, completions, learners]`; completions without an instant are
    counted in `undated`.
    """
    db.execute("""
        CREATE OR REPLACE TEMP TABLE page_completion AS
        SELECT person, DATE '1970-01-01' + (page_day(completedOn) - 1)::INTEGER AS day
        FROM page_edge WHERE completed AND page_day(completedOn) > 0
    """)
    span = db.execute("SELECT date_diff('day', min(day), max(day)) FROM page_completion").fetchone()
    days = span[0] if span and span[0] is not None else 0
    unit = "day" if days <= _DAYS_AS_DAYS else "week" if days <= _DAYS_AS_WEEKS else "month"
    buckets = db.execute(
        """
        SELECT date_trunc($1, day)::DATE::VARCHAR, count(*), count(DISTINCT person)
        FROM page_completion GROUP BY 1 ORDER BY 1
        """,
        [unit],
    ).fetchall()
    undated = db.execute("SELECT count(*) FROM page_edge WHERE completed AND page_day(completedOn) = 0").fetchone()
    return {"unit": unit, "buckets": buckets, "undated": undated[0] if undated else 0}


def data_section(db: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], *, people: People) -> Section:
    """The manifest, and the problems of configuration and snapshot, which quote no file where people have ids only."""
    section = Section("data")
    section.value("manifest", dict(manifest))
    section.value(
        "problems",
        db.execute(
            """
            SELECT severity, place, left(problem, length(problem) - CASE WHEN $1 THEN 0 ELSE length(quote) END),
                   resolution
            FROM problems ORDER BY severity, place, problem
            """,
            [people == "names"],
        ).fetchall(),
    )
    return section
