"""Is a drop sent? The check of its rows, the guard, the release of a held file, and the dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from learning_graph.aws.drops import DropBucket, DroppedObject
from learning_graph.hr_file.check import CheckedFile, OnBadRows, check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.merge import compare
from learning_graph.org_sync.drops import RELEASE_TAG, Drop
from learning_graph.org_sync.findings import findings_of
from learning_graph.org_sync.guard import judge
from learning_graph.org_sync.ledger import load_ledger
from learning_graph.org_sync.state import Mode, States


@dataclass(frozen=True)
class Rules:
    """The settings a drop is treated by.

    Args:
        column_map: HR's headers to LinkedIn's, as the setting has it.
        max_revocations: percentage of the active licences that a file may revoke without being held.
    """

    mode: Mode
    column_map: Mapping[str, str]
    on_bad_rows: OnBadRows
    max_revocations: float
    dry_run: bool


@dataclass(frozen=True)
class Assessment:
    """What is to be done with a drop: sent where `ending` is None."""

    checked: CheckedFile
    findings: dict[str, Any]
    ending: Literal["rejected", "held", "dry-run"] | None
    reason: str = ""
    resolution: str = ""

    @property
    def has_errors(self) -> bool:
        return self.checked.errors > 0


def assess(
    store: DropBucket, states: States, drop: Drop, dropped: DroppedObject, *, rules: Rules, folder: Path
) -> Assessment:
    """Check and weigh a drop; nothing is sent and nothing written but scratch files in `folder`.

    Raises:
        ConfigurationError: ORG_SYNC_COLUMN_MAP names a header that LinkedIn does not have.
    """
    checked = check_hr_file(
        store.stream(drop.key, drop.version, dropped.size),
        column_map=ColumnMap(rules.column_map),
        on_bad_rows=rules.on_bad_rows,
        workspace=folder,
    )
    released = dropped.tags.get(RELEASE_TAG, "")
    if not checked.is_sendable:
        reason, resolution = _why_rejected(checked)
        return Assessment(checked, findings_of(checked, None, "", is_sent=False), "rejected", reason, resolution)
    if released and not _is_release(states, drop, released, checked):
        findings = findings_of(checked, None, "", is_sent=False)
        reason = f"its tag {RELEASE_TAG} names version {released}, which is not a held version with the same content"
        resolution = "Release a held file with the command of its summary; drop a changed file without the tag."
        return Assessment(checked, findings, "rejected", reason, resolution)
    ledger = load_ledger(store, folder / "ledger")
    verdict = judge(compare(checked.facts, ledger.table), ledger.active_licenses, rules.max_revocations)
    ending: Literal["held", "dry-run"] | None = None
    reason = ""
    if rules.dry_run:
        ending, reason = "dry-run", "ORG_SYNC_DRY_RUN is on: nothing was sent"
    elif verdict.is_held and not released:
        changes = verdict.changes
        ending = "held"
        reason = (
            f"it would revoke {changes.revocations} of {verdict.active_licenses} licences known to be active; "
            f"{verdict.allowed} pass (ORG_SYNC_MAX_REVOCATIONS is {rules.max_revocations:g} %)"
        )
    return Assessment(checked, findings_of(checked, verdict, released, is_sent=ending is None), ending, reason)


def _why_rejected(checked: CheckedFile) -> tuple[str, str]:
    resolution = "Correct what rejected/….errors.csv lists and drop the file again."
    if checked.errors == 1 and checked.first_error:
        where = f"line {checked.first_error.line}: " if checked.first_error.line else ""
        return f"{where}{checked.first_error.problem}", checked.first_error.resolution
    return f"{checked.errors} problems in {checked.rows.refused} rows", resolution


def _is_release(states: States, drop: Drop, version: str, checked: CheckedFile) -> bool:
    held = states.find(Drop(drop.key, version))
    return held is not None and held.state.outcome == "held" and held.state.source_sha256 == checked.source_sha256
