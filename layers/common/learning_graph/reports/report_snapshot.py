"""Makes the reports of a snapshot in the bucket: fetch, compute, write, update Athena's tables, send alerts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.data_catalog import DataCatalog
from learning_graph.aws.events import EventBus
from learning_graph.aws.topics import Topic
from learning_graph.reports.alerts import (
    ACKNOWLEDGEMENTS,
    Acknowledgement,
    AlertChange,
    AlertsDocument,
    measure,
    next_state,
    read_acknowledgements,
    rules_of,
)
from learning_graph.reports.as_of import AsOf
from learning_graph.reports.athena import publish_tables
from learning_graph.reports.inputs import Configuration, load_rows
from learning_graph.reports.page.build import build_page
from learning_graph.reports.page.compliance_sections import EarlierSnapshot
from learning_graph.reports.page.index import People
from learning_graph.reports.report import EARLIER_TABLES, Report, load_problems, make_report
from learning_graph.reports.report_files import ReportManifest, write_report
from learning_graph.reports.report_problems import ConfigurationRefused, ReportProblem
from learning_graph.reports.requirements import NAME, RequirementsFile, read_requirements
from learning_graph.reports.snapshot import Snapshot, connect, keep_to
from learning_graph.reports.tables import ALERTS, PROOF_TABLES
from learning_graph.store.documents import decode, encode
from learning_graph.store.graph_bucket import (
    LATEST,
    RUN_ID,
    ended_key,
    manifest_key,
    page_key,
    reports_manifest_key,
    reports_prefix,
)
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.values.clock import time_zone
from learning_graph.values.errors import ConfigurationError

_log = logging.getLogger(__name__)

IN_FORCE: Final = "config/accepted/requirements.yaml"
STATE: Final = "alerts/state.json"
_RUNS_LOOKED_AT: Final = 10
_CONTENT_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".yaml": "application/yaml",
    ".html": "text/html; charset=utf-8",
}


def read_event(event: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the run of a *Graph Snapshot Ready* or *Graph Snapshot Cleaned* event, or of `{"runId": …}` given by hand.

    The second value says whether existing reports are made again (`again`).

    Raises:
        ConfigurationError: the event names no run.
    """
    detail = event.get("detail", event)
    run = detail.get("runId") if isinstance(detail, Mapping) else None
    if not isinstance(run, str) or not RUN_ID.fullmatch(run):
        raise ConfigurationError(
            "runId",
            "is missing, or names no run",
            resolution='Send {"runId": "20261121T160000Z-dbe33f5a"}, or the event.',
        )
    return run, bool(detail.get("again"))


@dataclass(frozen=True)
class SnapshotReporter:
    """Makes the reports of snapshots.

    Args:
        bucket: the graph bucket.
        bus: gets events about refused configurations, alerts and finished reports.
        topic: gets messages about alerts.
        catalog: Athena's tables; None leaves them out.
        workspace: opens a scratch folder.
        memory_megabytes: what DuckDB may use.
        zone: an IANA time zone for every calendar date.
        people: whether the page names people, or shows their ids alone.
    """

    bucket: Bucket
    bus: EventBus
    topic: Topic
    catalog: DataCatalog | None
    workspace: Callable[[], AbstractContextManager[Path]]
    memory_megabytes: int
    zone: str
    people: People = "names"

    def report(self, run_id: str, *, again: bool = False) -> ReportManifest | None:
        """Make the reports of a run; return their manifest, None where they exist or the snapshot was pruned.

        After a failure it may be repeated from the beginning; the snapshot is only read.

        Raises:
            ConfigurationError: there is no such snapshot, a file of it is damaged, or the time zone is unknown.
        """
        zone = time_zone(self.zone)
        if not again and self.bucket.exists(reports_manifest_key(run_id)):
            _log.info("the reports are there already", extra={"run": run_id})
            return None
        if not self.bucket.exists(manifest_key(run_id)) and self.bucket.exists(ended_key(run_id)):
            _log.info("the snapshot was pruned", extra={"run": run_id})
            return None
        with self.workspace() as workspace:
            snapshot = self._fetch_snapshot(run_id, workspace)
            configuration, sources, problems = self._read_configuration()
            earlier = self._fetch_earlier(run_id, workspace)
            db = connect(workspace, memory_megabytes=self.memory_megabytes)
            try:
                as_of = AsOf.of_instant(snapshot.manifest.started_at, zone)
                own = self._fetch_proofs(run_id, workspace)
                report = make_report(db, workspace, snapshot, configuration, as_of, earlier=earlier, own=own)
                report.problems[:0] = problems
                alerts, etag = self._alerts(report, workspace, configuration.requirements)
                load_problems(db, workspace, report.problems)
                folder = workspace / "reports"
                folder.mkdir()
                manifest = write_report(report, folder, sources, earlier_run=earlier[0] if earlier else None)
                page = self._page(report, workspace)
            finally:
                db.close()
            self._upload(folder, reports_prefix(run_id))
            self.bucket.write(page_key(run_id), page, content_type=_CONTENT_TYPES[".html"])
            if self.catalog is not None:
                publish_tables(self.catalog, self.bucket, snapshot, is_newest=self._is_newest(run_id))
            self._tell(alerts, etag)
            # Written last, since it marks the reports as complete.
            self.bucket.upload(folder / "manifest.json", reports_manifest_key(run_id), content_type="application/json")
        self.bus.send(
            "Graph Reports Ready",
            {
                "runId": run_id,
                "manifest": reports_manifest_key(run_id),
                "asOfDate": manifest.as_of_date,
                "timeZone": manifest.time_zone,
                "statuses": manifest.statuses,
                "problems": manifest.problems,
            },
        )
        return manifest

    def _page(self, report: Report, workspace: Path) -> bytes:
        earlier = [
            manifest for manifest in self._recent_manifests(report.snapshot)[:0:-1] if manifest.status != "FAILED"
        ]
        keys = [f"{reports_prefix(manifest.run_id)}compliance_totals.parquet" for manifest in earlier]
        found = [key for key in keys if self.bucket.exists(key)]
        self._fetch(found, workspace)
        totals = [workspace / key if key in found else None for key in keys]
        return build_page(
            report.db,
            msgspec.to_builtins(report.snapshot.manifest),
            people=self.people,
            time_zone=self.zone,
            earlier=[totals_of(report.db, *one) for one in zip(earlier, totals, strict=True)],
        )

    def _fetch_snapshot(self, run_id: str, workspace: Path) -> Snapshot:
        self._fetch([manifest_key(run_id)], workspace)
        snapshot = Snapshot.open(workspace, run_id)
        self._fetch([file.key for files in snapshot.files.values() for file in files], workspace)
        snapshot.verify()
        return snapshot

    def _fetch_earlier(self, run_id: str, workspace: Path) -> tuple[str, Path] | None:
        for earlier in sorted((run for run in self._runs() if run < run_id), reverse=True):
            prefix = reports_prefix(earlier)
            if self.bucket.exists(reports_manifest_key(earlier)):
                self._fetch([f"{prefix}{table.name}.parquet" for table in EARLIER_TABLES.values()], workspace)
                return earlier, workspace / prefix
        return None

    def _fetch_proofs(self, run_id: str, workspace: Path) -> Path:
        """Return a folder with what reports that are made anew proved: the run before may have been pruned since."""
        self._fetch([f"{reports_prefix(run_id)}{table.name}.parquet" for table in PROOF_TABLES], workspace)
        return workspace / reports_prefix(run_id)

    def _runs(self) -> list[str]:
        return [name for name in self.bucket.folders("graph/") if RUN_ID.fullmatch(name)]

    def _fetch(self, keys: list[str], workspace: Path) -> None:
        for key in keys:
            (workspace / key).parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: self.bucket.download(key, workspace / key), keys))

    def _upload(self, folder: Path, prefix: str) -> None:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda path: self.bucket.upload(
                        path,
                        prefix + path.relative_to(folder).as_posix(),
                        content_type=_CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
                    ),
                    paths,
                )
            )

    def _read_configuration(self) -> tuple[Configuration, dict[str, bytes], list[ReportProblem]]:
        """Return the configuration in force, the files it was read from, and the problems of a refused file."""
        given = self._read(NAME)
        problems: list[ReportProblem] = []
        content, data = RequirementsFile(), given
        try:
            content = read_requirements(given) if given is not None else content
        except ConfigurationRefused as refusal:
            data = self._read(IN_FORCE)
            content = read_requirements(data, IN_FORCE) if data is not None else content
            problems += refusal.problems
            self._tell_refused(refusal, in_force=data is not None)
        else:
            if given is not None and given != self._read(IN_FORCE):
                self.bucket.write(IN_FORCE, given, content_type=_CONTENT_TYPES[".yaml"])
        if given is None:
            problems.append(
                ReportProblem(NAME, "is not in the bucket", "Begin with config/requirements.template.yaml.", "warning")
            )
        names = {one.who.population for one in content.requirements if one.who.population is not None}
        found = {name: self._read(f"config/populations/{name}.csv") for name in sorted(names)}
        populations = {name: data for name, data in found.items() if data is not None}
        sources = {f"populations/{name}.csv": data for name, data in populations.items()}
        if data is not None:
            sources["requirements.yaml"] = data
        return Configuration(content, populations), sources, problems

    def _tell_refused(self, refusal: ConfigurationRefused, *, in_force: bool) -> None:
        stays = "the last good file stays in force" if in_force else "no requirement is in force"
        self.bus.send(
            "Requirements Refused",
            {
                "file": NAME,
                "inForce": IN_FORCE if in_force else None,
                "problems": [
                    {"place": one.place, "problem": one.without_quote, "resolution": one.resolution}
                    for one in refusal.problems
                ],
                "resolution": f"{refusal.resolution} Until then {stays}.",
            },
        )

    def _read(self, key: str) -> bytes | None:
        found = self.bucket.read(key)
        return None if found is None else found.data

    def _alerts(
        self, report: Report, workspace: Path, requirements: RequirementsFile
    ) -> tuple[AlertsDocument, str | None]:
        """Make the table `alerts`; return the alerts after this run, and the ETag of the state they follow."""
        manifests = self._recent_manifests(report.snapshot)
        load_alert_tables(report.db, workspace, report.snapshot, manifests)
        keep_to(report.db, workspace)
        rules = rules_of(requirements)
        measured, failed, problems = measure(report.db, rules)
        acknowledgements: tuple[Acknowledgement, ...] = ()
        try:
            acknowledgements = read_acknowledgements(self._read(ACKNOWLEDGEMENTS))
        except ConfigurationRefused as refusal:
            problems += refusal.problems
        report.problems += problems
        stored = self.bucket.read(STATE)
        before = decode(stored.data, AlertsDocument, STATE) if stored else AlertsDocument()
        after = next_state(
            before,
            rules,
            measured,
            run=report.snapshot.run_id,
            at=report.snapshot.manifest.started_at,
            failed=failed,
            acknowledgements=acknowledgements,
        )
        load_alerts(report.db, workspace, after)
        return after, stored.etag if stored else None

    def _recent_manifests(self, snapshot: Snapshot) -> list[Manifest]:
        runs = sorted((run for run in self._runs() if run < snapshot.run_id), reverse=True)[:_RUNS_LOOKED_AT]
        found = self.bucket.read_all([manifest_key(run) for run in runs])
        earlier = [
            decode(one.data, Manifest, manifest_key(run))
            for run, one in zip(runs, found, strict=True)
            if one is not None
        ]
        return [snapshot.manifest, *earlier]

    def _tell(self, alerts: AlertsDocument, etag: str | None) -> None:
        """Store the alerts, send their messages, record that they were sent: one may be sent twice, none is lost."""
        etag = self._store(alerts, etag)
        for change in alerts.untold:
            self.bus.send("Alert Changed", msgspec.to_builtins(change))
            self.topic.send(*_message(change))
        if alerts.untold:
            self._store(msgspec.structs.replace(alerts, untold=()), etag)

    def _store(self, alerts: AlertsDocument, etag: str | None) -> str | None:
        data = encode(alerts)
        if etag is None:
            written = self.bucket.write_if_absent(STATE, data)
        else:
            written = self.bucket.write_if_unchanged(STATE, data, etag)
        if written is None:
            raise ConfigurationError(
                STATE, "was changed by another run of report_snapshot meanwhile", resolution="Nothing: it is repeated."
            )
        return written

    def _is_newest(self, run_id: str) -> bool:
        found = self._read(LATEST)
        return found is not None and decode(found, Latest, LATEST).run_id == run_id


def load_alert_tables(
    db: duckdb.DuckDBPyConnection, workspace: Path, snapshot: Snapshot, manifests: list[Manifest]
) -> None:
    """Make the tables `run_status` (place 0 is this run, 1 the one before) and `reconciliation_difference`."""
    columns = {
        "place": "BIGINT",
        "run": "VARCHAR",
        "status": "VARCHAR",
        "lookbackStart": "BIGINT",
        "lookbackEnd": "BIGINT",
        "coveredUntil": "BIGINT",
    }
    rows = [
        {
            "place": place,
            "run": manifest.run_id,
            "status": manifest.status,
            "lookbackStart": manifest.lookback.start,
            "lookbackEnd": manifest.lookback.end,
            "coveredUntil": manifest.covered_until,
        }
        for place, manifest in enumerate(manifests)
    ]
    load_rows(db, workspace, "run_status", columns, rows)
    found = snapshot.manifest.reconciliation
    differences = [{"metric": one.metric, "exceeds": one.exceeds} for one in found.differences] if found else []
    load_rows(db, workspace, "reconciliation_difference", {"metric": "VARCHAR", "exceeds": "BOOLEAN"}, differences)


def load_alerts(db: duckdb.DuckDBPyConnection, workspace: Path, alerts: AlertsDocument) -> None:
    """Make the table `alerts`."""
    rows = [{**msgspec.to_builtins(alert), "sinceRun": alert.since_run} for alert in alerts.alerts]
    names = {column.name: column.type for column in ALERTS.columns}
    load_rows(db, workspace, "alerts", names, [{name: row.get(name) for name in names} for row in rows])


def totals_of(db: duckdb.DuckDBPyConnection, manifest: Manifest, compliance_totals: Path | None) -> EarlierSnapshot:
    """Return an earlier snapshot's totals, and the shares of met requirements where its reports have them."""
    shares = (
        db.execute(
            "SELECT requirementId, metShare FROM read_parquet(?) WHERE groupName IS NULL", [str(compliance_totals)]
        ).fetchall()
        if compliance_totals
        else []
    )
    return EarlierSnapshot(
        run_id=manifest.run_id,
        started_at=manifest.started_at,
        learners=manifest.totals.get("learners", 0),
        completed=manifest.totals.get("completed", 0),
        met_shares=dict(shares),
    )


def _message(change: AlertChange) -> tuple[str, str]:
    what = {"opened": "opened", "worse": "is worse", "resolved": "is resolved"}[change.change]
    subject = f"[{change.severity}] {change.rule} {what}"
    query = change.query if " " not in change.query else f'"{change.query}"'
    text = (
        f"{change.message}.\n\nAlert {change.rule}{f' ({change.subject})' if change.subject else ''} {what}."
        f" Value {change.value:,.10g}, threshold {change.threshold:,.10g}. Run {change.run_id}.\n"
        f"More: python -m local query {query}\n"
        f"To acknowledge it, add an entry to {ACKNOWLEDGEMENTS} in the graph bucket.\n"
    )
    return subject, text
