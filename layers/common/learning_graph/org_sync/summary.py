"""The end of a drop: its summary, its event and its final state. Each step may be repeated."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from learning_graph.aws.drops import DropBucket
from learning_graph.aws.events import EventBus
from learning_graph.hr_file.check_file import CheckedFile
from learning_graph.linkedin.org_sync import Job
from learning_graph.org_sync.guard import GuardReport
from learning_graph.org_sync.result_file import LISTED_ROWS, ResultReport
from learning_graph.org_sync.state import DropHandle, EndedDrop
from learning_graph.store.org_sync_bucket import DropOutcome, people_key

EVENT_TYPE: Final = "Org Sync Finished"
_LISTED: Final = 100
_IN_EVENT: Final = ("outcome", "file", "key", "versionId", "mode", "reason", "resolution", "jobId", "rows", "guard")


class OutcomeWriter:
    """Ends drops."""

    def __init__(self, bucket: DropBucket, events: EventBus) -> None:
        self._bucket = bucket
        self._events = events

    def end(
        self,
        handle: DropHandle,
        outcome: DropOutcome,
        *,
        summary_key: str,
        reason: str = "",
        resolution: str = "",
        members: dict[str, Any] | None = None,
    ) -> EndedDrop:
        """Write the summary, then end the drop.

        Args:
            handle: the drop.
            outcome: how it ended.
            summary_key: where its summary goes.
            reason: why not everything was applied, else empty.
            resolution: what a person can do about it.
            members: members of the summary beside those that every summary has.

        Raises:
            LostClaim: another worker has changed the state.
        """
        summary = _summary(handle, outcome, reason, resolution) | (members or {})
        self._bucket.write(summary_key, json.dumps(summary, ensure_ascii=False, indent=2).encode())
        event = {name: summary[name] for name in _IN_EVENT if summary.get(name)}
        event |= {"bucket": self._bucket.name, "summary": summary_key}
        for counted, name in (("refusedCount", "refusedByLinkedIn"), ("missingCount", "missingInResult")):
            if counted in summary:
                event[name] = summary[counted]
        handle.advance("ending", outcome=outcome, event=event)
        return self.finish(handle)

    def finish(self, handle: DropHandle) -> EndedDrop:
        """Send the event and write the final state; a repeat after an interruption may send the event twice."""
        state = handle.state
        self._events.send(EVENT_TYPE, state.event)
        self._bucket.delete(people_key(handle.drop))
        handle.advance("ended")
        rows = state.event.get("rows", {})
        counts = {
            "RowsSent": int(rows.get("sent", 0)),
            "RowsRefusedBeforeUpload": int(rows.get("refused", 0)),
            "RowsRefusedByLinkedIn": int(state.event.get("refusedByLinkedIn", 0)),
            "RowsMissing": int(state.event.get("missingInResult", 0)),
        }
        return EndedDrop(state.outcome or "failed", handle.drop.file, state.event.get("reason", ""), counts)


def check_members(
    checked: CheckedFile, guard: GuardReport | None, released_from: str, *, is_sent: bool
) -> dict[str, Any]:
    """Return the members of a summary that come from the check; the drop's state keeps them until its end.

    Args:
        checked: what the check found.
        guard: None where the file was rejected before.
        released_from: the held version that this one releases, if any.
        is_sent: whether the sendable rows go to LinkedIn.
    """
    rows = checked.rows
    members: dict[str, Any] = {
        "source": {
            "bytes": checked.source_bytes,
            "sha256": checked.source_sha256,
            "encoding": checked.encoding,
            "delimiter": checked.delimiter,
        },
        "rows": {
            "read": rows.read,
            "blank": rows.blank,
            "refused": rows.refused,
            "sendable": rows.sendable,
            "sent": rows.sendable if is_sent else 0,
        },
        "notes": list(checked.notes[:_LISTED]),
        "problems": checked.errors,
        "warningCount": checked.warning_count,
        "warnings": [asdict(warning) for warning in checked.warnings[:_LISTED]],
    }
    if checked.plan:
        members["columns"] = {
            "sent": {column.label: column.header for column in checked.plan.columns},
            "leftOut": list(checked.plan.left_out),
        }
    if guard:
        members["guard"] = guard.as_json()
        if warning := _zeros_warning(guard):
            members["warningCount"] += 1
            members["warnings"].insert(0, warning)
    if released_from:
        members["releasedFrom"] = released_from
    return members


def job_members(job: Job) -> dict[str, Any]:
    """Return the members of a summary that come from LinkedIn's job document."""
    return {
        "linkedin": {
            "status": job.status,
            "resultStats": job.stats,
            "messages": job.messages,
            "sourceMedia": job.source_media,
            "resultMedia": job.result_media,
            "created": job.created,
            "lastModified": job.last_modified,
        }
    }


def result_members(report: ResultReport, handle: DropHandle, job: Job) -> dict[str, Any]:
    """Return the members of a summary that come from LinkedIn's result."""
    sent = handle.state.check.get("rows", {}).get("sent", 0)
    # In a failed job, a row without a message may or may not have been applied: LinkedIn works in batches.
    is_done = job.state == "done"
    result: dict[str, Any] = {
        "rows": report.rows,
        "applied": report.applied if is_done else 0,
        "refused": report.refused,
        "undecided": report.undecided if is_done else report.applied + report.undecided,
        "missing": report.missing,
    }
    if report.repeated:
        result["repeated"] = report.repeated
    if report.unknown:
        result["notSent"] = report.unknown
    if report.text_above:
        result["textAboveHeaders"] = list(report.text_above)
    if report.critical_errors:
        result["criticalErrors"] = list(report.critical_errors)
    members: dict[str, Any] = {
        "result": result,
        "refusedCount": report.refused,
        "refusedRows": list(report.listed),
    }
    if report.refused > LISTED_ROWS:
        members["refusedRowsListed"] = f"{LISTED_ROWS:,} of {report.refused:,}; refused.csv has all"
    if report.missing:
        members["missingCount"] = report.missing
        members["missingLines"] = list(report.listed_missing[:_LISTED])
    counts = job.stats.get("totalCount"), job.stats.get("errorCount")
    if counts != (sent, report.refused):
        members["statsNote"] = (
            f"LinkedIn counts {counts[0]} rows and {counts[1]} errors; "
            f"{sent} rows were sent and {report.refused} came back with a message"
        )
    return members


def _zeros_warning(guard: GuardReport) -> dict[str, Any] | None:
    count = guard.changes.ids_without_zeros
    if not count:
        return None
    return {
        "line": 0,
        "column": "unique_user_id",
        "problem": f"{count:,} of the first numeric ids are known with leading zeros only",
        "resolution": "A spreadsheet removes leading zeros: format the column as text and export again. If the ids "
        "are meant as they are, nothing is to be done.",
        "severity": "warning",
    }


def _summary(handle: DropHandle, outcome: DropOutcome, reason: str, resolution: str) -> dict[str, Any]:
    state = handle.state
    summary: dict[str, Any] = {
        "outcome": outcome,
        "reason": reason,
        "resolution": resolution,
        "file": handle.drop.file,
        "key": state.key,
        "versionId": state.version_id,
        "mode": state.mode or "",
        "mediaUrn": state.media_urn,
        "jobId": state.job_id,
        **state.check,
    }
    if state.process_file_repeated:
        summary["processFileRepeated"] = True
    return {name: value for name, value in summary.items() if value != ""}
