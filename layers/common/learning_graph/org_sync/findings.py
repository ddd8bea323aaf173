"""What the check of a drop found, as the summary tells it; kept in the drop's state until its end."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from learning_graph.hr_file.check import CheckedFile
from learning_graph.org_sync.guard import Verdict

_LISTED: Final = 100


def findings_of(checked: CheckedFile, verdict: Verdict | None, released_from: str, *, is_sent: bool) -> dict[str, Any]:
    """Return the members of a summary that come from the check.

    Args:
        checked: what the check found.
        verdict: the guard's, None where the file did not come so far.
        released_from: the held version that this one releases, or nothing.
        is_sent: whether the sendable rows go to LinkedIn.
    """
    rows = checked.rows
    found: dict[str, Any] = {
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
        found["columns"] = {
            "sent": {column.label: column.header for column in checked.plan.columns},
            "leftOut": list(checked.plan.left_out),
        }
    if verdict:
        found["guard"] = verdict.as_json()
    if released_from:
        found["releasedFrom"] = released_from
    return found
