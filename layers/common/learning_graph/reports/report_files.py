"""The files below `graph/<run>/reports/`: tables, exports, inputs, and their hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import msgspec

from learning_graph.reports.export import create_export_macros, write_csv, write_csv_of, write_parquet
from learning_graph.reports.report import Report, run_sql
from learning_graph.reports.tables import PROOF_TABLES, REPORT_TABLES
from learning_graph.store.documents import Document
from learning_graph.values.files import sha256_of
from learning_graph.values.sql import quoted

# xAPI's namespace for URLs, as RFC 4122 has it; the names are keys of this graph.
_NAMESPACE: Final = "6ba7b8119dad11d180b400c04fd430c8"  # pragma: allowlist secret


class ReportFile(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A file below `reports/`: its name there, rows (null where it has none), bytes and SHA-256."""

    name: str
    rows: int | None
    bytes: int
    sha256: str


class ReportManifest(Document, frozen=True, kw_only=True):
    """`graph/<run>/reports/manifest.json`: the inputs and files of the reports."""

    run_id: str
    as_of_date: str
    time_zone: str
    covered_until: int | None
    earlier_run: str | None
    statuses: dict[str, dict[str, int]]
    problems: int
    files: tuple[ReportFile, ...]


def write_report(report: Report, folder: Path, sources: dict[str, bytes], *, earlier_run: str | None) -> ReportManifest:
    """Write all files of a report into a folder and return its manifest, which is written last.

    Args:
        report: with its tables computed, `alerts` among them.
        folder: an empty folder.
        sources: the configuration files as they were read, by their path below `inputs/`.
        earlier_run: the run that it was compared with.
    """
    db = report.db
    create_export_macros(db)
    create_exports(db)
    rows: dict[str, int | None] = {}
    for table in REPORT_TABLES:
        count = _count(db, table.name)
        write_parquet(db, table, folder / f"{table.name}.parquet")
        rows[f"{table.name}.parquet"] = count
        if table not in PROOF_TABLES:
            write_csv(db, table, folder / f"{table.name}.csv")
            rows[f"{table.name}.csv"] = count
    write_csv_of(db, "select * from vanta", folder / "vanta.csv")
    rows["vanta.csv"] = _count(db, "vanta")
    rows["xapi.jsonl.gz"] = _write_xapi(db, folder / "xapi.jsonl.gz")
    for name, data in sources.items():
        path = folder / "inputs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        rows[f"inputs/{name}"] = None
    manifest = ReportManifest(
        run_id=report.snapshot.run_id,
        as_of_date=report.as_of.day.isoformat(),
        time_zone=report.as_of.zone.key,
        covered_until=report.snapshot.manifest.covered_until,
        earlier_run=earlier_run,
        statuses=statuses_of(db),
        problems=len(report.problems),
        files=tuple(_file(folder, name, count) for name, count in sorted(rows.items())),
    )
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1))
    return manifest


def statuses_of(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Return the number of people per requirement and status."""
    found: dict[str, dict[str, int]] = {}
    counted = "select requirementId, status, count(*) from compliance group by all order by all"
    for requirement, status, count in db.execute(counted).fetchall():
        found.setdefault(requirement, {})[status] = count
    return found


def create_exports(db: duckdb.DuckDBPyConnection) -> None:
    """Make the views `vanta` and `xapi`, and the macros they need."""
    db.execute("create macro utc_text(instant) as strftime(instant at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ')")
    db.execute("create macro local_midnight(day) as cast(day as timestamp) at time zone getvariable('time_zone')")
    db.execute(f"create macro sha1_of(name) as sha1(unhex('{_NAMESPACE}') || encode(name))")
    variant = "substr('89ab', 1 + (('0x' || substr(digest, 17, 1))::integer % 4), 1)"
    db.execute(
        "create macro uuid_of(digest) as substr(digest, 1, 8) || '-' || substr(digest, 9, 4) || '-5' ||"
        f" substr(digest, 14, 3) || '-' || {variant} || substr(digest, 18, 3) || '-' || substr(digest, 21, 12)"
    )
    run_sql(db, "exports")


def _write_xapi(db: duckdb.DuckDBPyConnection, path: Path) -> int:
    # JSON text contains no raw tab and no line end, so lines of CSV without quotes are JSON lines.
    written = db.execute(
        f"copy (select statement::varchar from xapi) to {quoted(path)}"
        " (format csv, header false, delimiter '\t', quote '', escape '', compression gzip)"
    ).fetchone()
    return int(written[0]) if written else 0


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    found = db.execute(f'select count(*) from "{table}"').fetchone()
    return int(found[0]) if found else 0


def _file(folder: Path, name: str, rows: int | None) -> ReportFile:
    path = folder / name
    return ReportFile(name=name, rows=rows, bytes=path.stat().st_size, sha256=sha256_of(path))
