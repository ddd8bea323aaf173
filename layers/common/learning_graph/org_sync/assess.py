"""Decides whether a drop is sent: the check of its rows, the guard, the release of a held file, the dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from learning_graph.aws.drops import DropBucket, DroppedObject
from learning_graph.hr_file.check_file import CheckedFile, OnBadRows, check_hr_file
from learning_graph.hr_file.decode import check_encoding
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.people import PeopleTables
from learning_graph.org_sync.guard import GuardLimits, check_revocations
from learning_graph.org_sync.ledger import load_ledger
from learning_graph.org_sync.state import DropHandle, DropStates
from learning_graph.org_sync.summary import check_members
from learning_graph.store.org_sync_bucket import RELEASE_TAG, Drop, UploadMode

_FAILED: Final = ("failed", "rejected")


@dataclass(frozen=True)
class OrgSyncRules:
    """The settings that apply to a drop.

    Args:
        encoding: of files that are neither UTF-8 nor have a byte order mark.
        column_map: HR's headers to LinkedIn's, the value of the setting.
        guard: when a file is held.
    """

    mode: UploadMode
    encoding: str
    column_map: Mapping[str, str]
    on_bad_rows: OnBadRows
    guard: GuardLimits
    dry_run: bool


@dataclass(frozen=True)
class Assessment:
    """What is to be done with a drop.

    Args:
        checked: what the check found.
        members: of the summary.
        outcome: None where it is sent.
        reason: why it is not sent, else empty.
        resolution: what to do about it.
        releases: the held drop that this one releases.
    """

    checked: CheckedFile
    members: dict[str, Any]
    outcome: Literal["rejected", "held", "dry-run"] | None
    reason: str = ""
    resolution: str = ""
    releases: DropHandle | None = None


def assess(
    bucket: DropBucket,
    states: DropStates,
    drop: Drop,
    dropped: DroppedObject,
    *,
    rules: OrgSyncRules,
    tables: PeopleTables,
    folder: Path,
) -> Assessment:
    """Check a drop and compare it with the ledger; nothing is sent, and nothing is written outside `folder`.

    Raises:
        ConfigurationError: ORG_SYNC_COLUMN_MAP or ORG_SYNC_ENCODING names something unknown, or the ledger cannot be
            read.
    """
    checked = check_hr_file(
        lambda: bucket.stream(drop.key, drop.version, dropped.size),
        encoding=check_encoding(rules.encoding),
        column_map=ColumnMap(rules.column_map),
        on_bad_rows=rules.on_bad_rows,
        people=tables,
        workspace=folder,
    )
    released = dropped.tags.get(RELEASE_TAG, "")
    if not checked.is_sendable:
        reason, resolution = _why_rejected(checked)
        return Assessment(checked, check_members(checked, None, "", is_sent=False), "rejected", reason, resolution)
    releases = states.find(Drop(drop.key, released)) if released else None
    if released and (reason := _why_no_release(states, drop, released, releases, checked)):
        resolution = "Release a held file once, with the command of its summary; drop a changed file without the tag."
        return Assessment(checked, check_members(checked, None, "", is_sent=False), "rejected", reason, resolution)
    ledger = load_ledger(bucket, tables, folder / "ledger")
    changes = tables.compare(checked.people, ledger.people, folder)
    report = check_revocations(changes, rules.guard, active=ledger.active_licenses, known=ledger.known_licenses)
    outcome: Literal["held", "dry-run"] | None = None
    reason = ""
    if rules.dry_run:
        outcome, reason = "dry-run", "ORG_SYNC_DRY_RUN is on: nothing was sent"
        if report.is_held and not released:
            reason += f". Without it the file would be held: {report.reason}"
    elif report.is_held and not released:
        outcome, reason = "held", report.reason
    members = check_members(checked, report, released, is_sent=outcome is None)
    return Assessment(checked, members, outcome, reason, releases=releases)


def _why_rejected(checked: CheckedFile) -> tuple[str, str]:
    first = checked.first_error
    if first is None:
        return "no row can be sent", "Export the people again."
    place = ", ".join(filter(None, (f"line {first.line}" if first.line else "", first.column)))
    problem = f"{place}: {first.problem}" if place else first.problem
    if checked.errors == 1:
        return problem, first.resolution
    rows = "1 row" if checked.rows.refused == 1 else f"{checked.rows.refused:,} rows"
    resolution = "Correct what rejected/….errors.csv lists and drop the file again."
    return f"{checked.errors:,} problems in {rows}; the first: {problem}", resolution


def _why_no_release(states: DropStates, drop: Drop, version: str, held: DropHandle | None, checked: CheckedFile) -> str:
    """Return why a file does not release the version that its tag names; empty where it does."""
    tag = f"its tag {RELEASE_TAG} names version {version}, "
    if held is None or held.state.outcome != "held" or held.state.source_sha256 != checked.source_sha256:
        return tag + "which is not a held version with the same content"
    earlier = held.state.released_by
    if earlier and earlier != drop.version:
        release = states.find(Drop(drop.key, earlier))
        if release and release.state.outcome not in _FAILED:
            return tag + f"which version {earlier} has released before"
    return ""
