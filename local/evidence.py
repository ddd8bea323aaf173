"""`python -m local evidence`: an evidence package for an auditor, from a demo's folder or a copy of the bucket."""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from learning_graph.reports.as_of import AsOf
from learning_graph.reports.evidence import EvidenceRequest, write_package
from learning_graph.reports.inputs import Configuration
from learning_graph.reports.report import make_report
from learning_graph.reports.report_problems import ReportProblem
from learning_graph.reports.requirements import NAME, Requirement, RequirementsFile, read_requirements
from learning_graph.reports.snapshot import Snapshot, connect, run_ids
from learning_graph.values.clock import from_milliseconds, time_zone
from learning_graph.values.errors import ConfigurationError, LearningGraphError
from local.deployed_stack import DeployedStack, aws_errors_explained
from local.place import ROOT
from local.snapshots import bucket_folder

_MEMORY_MEGABYTES = 4096


def main(arguments: list[str]) -> int:
    """Write a package: 0, or 2 where it can't be made."""
    options = _options(arguments)
    try:
        return _of_stack(options) if options.stack else _make(options, bucket_folder(options.folder))
    except LearningGraphError as error:
        print(f"evidence: {error.args[0]}\n{error.resolution}", file=sys.stderr)
        return 2


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local evidence",
        description="Proves who met a requirement by a date, and names who did not: a ZIP file that can be verified"
        " without this software. Reads a demo's folder or a copy of the graph bucket with its config/ folder.",
    )
    parser.add_argument("requirement", help="id of a requirement of config/requirements.yaml")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="default: the newest snapshot's date")
    parser.add_argument(
        "--known",
        choices=["then", "now"],
        default="then",
        help="with what the snapshot of that date knew (default), or what the newest knows of that date",
    )
    parser.add_argument(
        "--sample", type=_count, default=25, metavar="N", help="people in the random sample (default 25)"
    )
    parser.add_argument(
        "--seed", default="1", metavar="S", help="draws the sample; let the auditor choose it (default 1)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("build/demo"), metavar="DIR", help="demo or copy (default build/demo)"
    )
    parser.add_argument("--stack", metavar="NAME", help="a deployed stack, in place of a folder")
    parser.add_argument("--time-zone", metavar="NAME", help="default: that of the snapshot's reports, else UTC")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of people")
    return int(text)


def _of_stack(options: argparse.Namespace) -> int:
    """Make the package from a copy of what it needs of a deployed stack's bucket; the copy is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder, aws_errors_explained(options.stack):
        root, stack = Path(folder), DeployedStack(options.stack)
        stack.newest_run()
        stack.copy_manifests(root)
        snapshot, _ = _snapshot(root, options)
        stack.copy_snapshot(snapshot.run_id, root)
        stack.copy_configuration(root)
        return _make(options, root)


def _make(options: argparse.Namespace, root: Path) -> int:
    snapshot, as_of = _snapshot(root, options)
    snapshot.verify()
    found = _configuration(root, snapshot, options.requirement, options.known)
    reports = root / "graph" / snapshot.run_id / "reports"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        db = connect(workspace, memory_megabytes=_MEMORY_MEGABYTES)
        report = make_report(db, workspace, snapshot, found.configuration, as_of, earlier=(snapshot.run_id, reports))
        report.problems += _covered(snapshot, as_of)
        request = EvidenceRequest(
            requirement=found.requirement,
            sample=options.sample,
            seed=options.seed,
            extracted_at=datetime.now(tz=UTC),
            version=tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
            basis=found.basis,
            sources=found.sources,
        )
        statuses = write_package(report, request, workspace, options.out)
        db.close()
    print(f"{found.requirement.title}, as of {as_of.day} ({as_of.zone.key}), snapshot {snapshot.run_id}")
    print(f"  {', '.join(f'{count:,} {status}' for status, count in statuses.items()) or 'nobody is in scope'}")
    print(f"  {options.out}: README.txt says what it holds and how to verify it")
    return 0


def _snapshot(root: Path, options: argparse.Namespace) -> tuple[Snapshot, AsOf]:
    """Return the snapshot that counts, and the date in its zone."""
    snapshots = [Snapshot.open(root, run) for run in run_ids(root)]
    if not snapshots:
        raise ConfigurationError("--folder", f"{root / 'graph'} has no snapshot", resolution="Run `make demo` first.")
    zone = time_zone(options.time_zone or _zone_of(root, snapshots[-1]))
    newest = AsOf.of_instant(snapshots[-1].manifest.started_at, zone)
    as_of = AsOf(options.as_of or newest.day, zone, options.known)
    if options.known == "now":
        return snapshots[-1], as_of
    known = [one for one in snapshots if AsOf.of_instant(one.manifest.started_at, zone).day <= as_of.day]
    if not known:
        first = AsOf.of_instant(snapshots[0].manifest.started_at, zone).day
        raise ConfigurationError(
            "--as-of",
            f"there is no snapshot of {as_of.day} or before; the first is of {first}",
            resolution="Add --known now: what the newest snapshot knows of that date, and the package says so.",
        )
    return known[-1], as_of


def _zone_of(root: Path, snapshot: Snapshot) -> str:
    path = root / "graph" / snapshot.run_id / "reports" / "manifest.json"
    return str(msgspec.json.decode(path.read_bytes())["timeZone"]) if path.is_file() else "UTC"


@dataclass(frozen=True)
class _Found:
    requirement: Requirement
    configuration: Configuration
    basis: str
    sources: dict[str, bytes]


def _configuration(root: Path, snapshot: Snapshot, requirement_id: str, known: str) -> _Found:
    """Return the requirement with its population: as they stood at the snapshot, else as they stand now."""
    then, now = root / "graph" / snapshot.run_id / "reports" / "inputs", root / "config"
    for folder in (then, now) if known == "then" else (now, then):
        path = folder / "requirements.yaml"
        if not path.is_file():
            continue
        file = read_requirements(path.read_bytes(), NAME if folder == now else str(path.relative_to(root)))
        for requirement in file.requirements:
            if requirement.id == requirement_id:
                return _found(folder, requirement, "at the time of the snapshot" if folder == then else "now")
    listed = _ids(now / "requirements.yaml") or _ids(then / "requirements.yaml")
    raise ConfigurationError(
        "requirement",
        f"there is no requirement {requirement_id}",
        resolution=f"There are {', '.join(listed)}." if listed else f"Write {root / NAME} first (docs/reports.md).",
    )


def _ids(path: Path) -> list[str]:
    return [one.id for one in read_requirements(path.read_bytes()).requirements] if path.is_file() else []


def _found(folder: Path, requirement: Requirement, when: str) -> _Found:
    name = requirement.who.population
    path = folder / "populations" / f"{name}.csv"
    populations = {name: path.read_bytes()} if name is not None and path.is_file() else {}
    return _Found(
        requirement,
        Configuration(RequirementsFile(requirements=(requirement,)), populations),
        f"Requirement and population file are used as they stood {when}.",
        {f"populations/{name}.csv": data for name, data in populations.items()},
    )


def _covered(snapshot: Snapshot, as_of: AsOf) -> list[ReportProblem]:
    covered = snapshot.manifest.covered_until
    if covered is None or covered >= as_of.end:
        return []
    until = f"{from_milliseconds(covered):%Y-%m-%d %H:%M} UTC"
    return [
        ReportProblem(
            "snapshot",
            f"LinkedIn's data in it ends at {until}, before the end of {as_of.day}: LinkedIn delivers about a day late,"
            " so that completions of the last days may be missing",
            "Make the package again with a later snapshot and --known now.",
            "warning",
        )
    ]
