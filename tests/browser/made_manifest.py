"""A manifest for a made snapshot: a run that is PARTIAL, with a failure, rejected records and a reconciliation."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.browser.made_snapshot import DAY, START

RUN = "20261121T160000Z-0badcafe"
_STEPS = (
    "classifications",
    "courses",
    "learning-paths",
    "videos",
    "users",
    "course-activity",
    "learning-path-activity",
    "video-activity",
)


def made_manifest(db: duckdb.DuckDBPyConnection, account_name: str = "Example Corporation") -> dict[str, Any]:
    """Return the manifest of the tables in `db`: counts are counted."""
    counts: dict[str, dict[str, int]] = {"entities": {}, "relationships": {}}
    files: list[dict[str, Any]] = []
    tables = db.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'linkedin_%' ORDER BY 1"
    ).fetchall()
    for (name,) in tables:
        row = db.execute(f"SELECT count(*) FROM {name}").fetchone()
        kind = "relationships" if "_has_" in name or "_assigned_" in name else "entities"
        counts[kind][name] = row[0] if row else 0
        files.append(
            {
                "key": f"graph/{RUN}/parquet/{kind}/{name}/part-00000.parquet",
                "kind": kind,
                "type": name,
                "format": "parquet",
                "rows": counts[kind][name],
                "bytes": 100 + 40 * counts[kind][name],
                "sha256": f"{len(files):064x}",
            }
        )
    return {
        "formatVersion": 1,
        "runId": RUN,
        "status": "PARTIAL",
        "accountName": account_name,
        "accountKeyRef": "made",
        "startedAt": START,
        "lookback": {"days": 14, "start": START - 14 * DAY, "end": START},
        "coveredUntil": START - 8 * 3_600_000,
        "steps": {name: _step(name) for name in _STEPS},
        "counts": counts,
        "totals": _totals(db),
        "partialDatasets": {"types": ["linkedin_learning_video", "linkedin_learning_account_has_video"]},
        "unmodelledContent": {"ARTICLE": {"completions": 5, "views": 12}, "AUDIO": {"views": 2}},
        "reconciliation": {
            "tolerancePercent": 1.0,
            "windows": 1,
            "unavailable": [],
            "totals": {
                "COURSE": {
                    "completions": {"account": 113, "learners": 113},
                    "views": {"account": 215, "learners": 214},
                },
                "VIDEO": {"secondsViewed": {"account": 205829, "learners": 200001}},
            },
            "differences": [
                {
                    "windowStart": START - 14 * DAY,
                    "assetType": "VIDEO",
                    "metric": "secondsViewed",
                    "learners": 200001,
                    "account": 205829,
                    "exceeds": True,
                },
            ],
        },
        "catalog": {
            "courses": {
                "readAt": START,
                "fullReadAt": START - 5 * DAY,
                "locales": ["en_US", "de_DE"],
                "licensedOnly": True,
            },
        },
        "bases": ["20261120T160000Z-00000000"],
        "mergedRuns": ["20261120T160000Z-00000000"],
        "files": files,
        "erasures": "",
        "reason": None,
    }


def _step(name: str) -> dict[str, Any]:
    failed = name == "videos"
    return {
        "status": "PARTIAL" if failed else "SUCCEEDED",
        "mode": "full" if name in {"courses", "learning-paths", "videos"} else None,
        "shards": 3,
        "windows": 1 if name.endswith("activity") or name == "users" else 0,
        "rows": 1234,
        "pages": 3,
        "requests": 4,
        "latestDataAt": START - 8 * 3_600_000 if name.endswith("activity") else None,
        "carriedOver": 17 if failed else 0,
        "failures": [
            {
                "shard": "videos-de_DE",
                "error": "GET /v2/learningAssets answered 503 five times",
                "errorKind": "Unavailable",
                "resolution": "Start another run: its windows cover the same days.",
            }
        ]
        if failed
        else [],
        "rejected": [{"shard": "videos-en_US", "count": 2, "first": [{"row": 17, "problem": "urn: missing"}]}]
        if failed
        else [],
        "notes": ["learningAssets gives no total for this locale"] if failed else [],
    }


def _totals(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    row = db.execute(
        """
        SELECT count(*) FILTER (completed), coalesce(sum(completions) FILTER (lookbackEnd = $start), 0),
               coalesce(sum(views) FILTER (lookbackEnd = $start), 0),
               coalesce(sum(secondsViewed) FILTER (lookbackEnd = $start), 0)
        FROM (
            SELECT completed, completions, views, secondsViewed, lookbackEnd FROM linkedin_learning_user_assigned_course
            UNION ALL SELECT completed, completions, views, secondsViewed, lookbackEnd FROM linkedin_learning_user_assigned_learning_path
            UNION ALL SELECT completed, completions, views, secondsViewed, lookbackEnd FROM linkedin_learning_user_assigned_video
        )
        """,
        {"start": START},
    ).fetchone()
    learners = db.execute("SELECT count(*) FROM linkedin_learning_user").fetchone()
    assert row
    assert learners
    return {
        "completed": row[0], "completions": int(row[1]), "learners": learners[0], "secondsViewed": int(row[3]), "views": int(row[2]),
    }  # fmt: skip
