"""An evidence package: one requirement as of a date, for an auditor who does not know this project.

What it holds follows what auditors ask of information produced by the entity: source, scope, the query and its
parameters, time of extraction, row counts tied to the delivered files, and hashes.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from learning_graph.model.keys import USER_PREFIX
from learning_graph.reports.as_of import AsOf
from learning_graph.reports.evidence_guide import guide
from learning_graph.reports.export import create_export_macros, write_csv_of
from learning_graph.reports.inputs import load_rows
from learning_graph.reports.report import Report, run_sql
from learning_graph.reports.requirements import Requirement
from learning_graph.store.graph_bucket import manifest_key
from learning_graph.values.errors import ConfigurationError

_TABLES: Final = {
    "statuses.csv": "select * exclude (personKey), personKey from evidence_statuses order by number",
    "not-met.csv": "select * from evidence_not_met",
    "totals.csv": "select * from evidence_totals",
    "exemptions.csv": "select * from evidence_exemptions",
    "sample.csv": "select * from evidence_sample order by place",
}
_SQL: Final = ("base", "compliance", "evidence")


@dataclass(frozen=True)
class EvidenceRequest:
    """The request for a package.

    Args:
        requirement: the requirement.
        sample: how many people the sample has.
        seed: of the random sample.
        extracted_at: the present instant, aware.
        version: the version of this software.
        basis: a text that names the requirements file and population files used.
        sources: the configuration files that the report was made from, by name.
    """

    requirement: Requirement
    sample: int
    seed: str
    extracted_at: datetime
    version: str
    basis: str
    sources: Mapping[str, bytes]


def write_package(report: Report, request: EvidenceRequest, workspace: Path, out: Path) -> dict[str, int]:
    """Write the package as a ZIP file; return the number of people per status.

    Raises:
        ConfigurationError: the requirement was left out of the report; says why.
    """
    db, folder = report.db, workspace / "package"
    folder.mkdir()
    definition = _definition(report, request.requirement)
    parameters = {"requirementId": request.requirement.id, "sampleSize": request.sample, "seed": request.seed}
    columns = {"requirementId": "VARCHAR", "sampleSize": "BIGINT", "seed": "VARCHAR"}
    load_rows(db, workspace, "evidence_parameters", columns, [parameters])
    create_export_macros(db)
    run_sql(db, "evidence")
    rows = {name: _write_table(report, query, folder / name) for name, query in _TABLES.items()}
    rows["sample-records.jsonl"] = _write_sample_records(report, folder / "sample-records.jsonl")
    _write_method(folder, report.as_of, parameters)
    for name, data in request.sources.items():
        _write(folder / "source" / name, data)
    _write(folder / "source" / "requirement.json", _json(_plain(request.requirement)))
    manifest = (report.snapshot.root / manifest_key(report.snapshot.run_id)).read_bytes()
    _write(folder / "source" / "snapshot-manifest.json", manifest)
    counted = "select status, count(*) from evidence_statuses group by status order by status"
    statuses = dict(db.execute(counted).fetchall())
    _write(folder / "extraction.json", _json(_extraction(report, request, rows, statuses, manifest)))
    text = guide(report, request, definition, rows, statuses)
    _write(folder / "README.txt", text.encode())
    _write(folder / "SHA256SUMS", _sums(folder).encode())
    _zip(folder, out, request.extracted_at)
    return statuses


def _definition(report: Report, requirement: Requirement) -> str:
    found = report.db.execute(
        "select definition from requirements where requirementId = ?", [requirement.id]
    ).fetchone()
    if found is None:
        reasons = [str(one) for one in report.problems if requirement.id in one.place or requirement.id in one.problem]
        raise ConfigurationError(
            requirement.id,
            "can't be reported as of this date" + (f": {'; '.join(reasons)}" if reasons else ""),
            resolution="Resolve that, or choose another date.",
        )
    return str(found[0])


def _write_table(report: Report, query: str, path: Path) -> int:
    write_csv_of(report.db, query, path, byte_order_mark=True)
    counted = report.db.execute(f"select count(*) from ({query})").fetchone()
    return int(counted[0]) if counted else 0


def _write_sample_records(report: Report, path: Path) -> int:
    """Write the snapshot's records that prove the status of the sampled people, one per line, unchanged."""
    found = report.db.execute(
        "select to_json(assigned)::varchar from assigned"
        " where _key in (select proofRecordKey from evidence_sample where proofSnapshot = ?) order by _key",
        [report.snapshot.run_id],
    ).fetchall()
    lines = []
    for (text,) in found:
        record = json.loads(text)
        record.pop("path", None)
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _write_method(folder: Path, as_of: AsOf, parameters: Mapping[str, object]) -> None:
    sql = resources.files(__package__ or "") / "sql"
    for number, name in enumerate(_SQL, 1):
        _write(folder / "method" / f"{number}-{name}.sql", (sql / f"{name}.sql").read_bytes())
    used = {
        **parameters,
        "asOfDate": as_of.day.isoformat(),
        "asOfEnd": as_of.end,
        "timeZone": as_of.zone.key,
        "knowledge": as_of.knowledge,
        "userPrefix": USER_PREFIX,
    }
    _write(folder / "method" / "parameters.json", _json(used))


def _extraction(
    report: Report, request: EvidenceRequest, rows: Mapping[str, int], statuses: Mapping[str, int], manifest: bytes
) -> dict[str, Any]:
    snapshot = report.snapshot
    used = [file for files in snapshot.files.values() for file in files]
    return {
        "extractedAt": request.extracted_at.isoformat(timespec="seconds"),
        "software": f"LinkedIn Learning graph collector {request.version}",
        "requirement": request.requirement.id,
        "asOfDate": report.as_of.day.isoformat(),
        "timeZone": report.as_of.zone.key,
        "knowledge": report.as_of.knowledge,
        "snapshot": snapshot.run_id,
        "snapshotStatus": snapshot.manifest.status,
        "snapshotManifest": {"key": manifest_key(snapshot.run_id), "sha256": hashlib.sha256(manifest).hexdigest()},
        "snapshotFiles": [{"key": file.key, "rows": file.rows, "sha256": file.sha256} for file in used],
        "statuses": dict(statuses),
        "rows": dict(rows),
        "problems": [
            {"severity": one.severity, "place": one.place, "problem": one.problem, "resolution": one.resolution}
            for one in report.problems
        ],
    }


def _sums(folder: Path) -> str:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def _zip(folder: Path, out: Path, at: datetime) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _plain(requirement: Requirement) -> dict[str, Any]:
    plain: dict[str, Any] = requirement.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain
