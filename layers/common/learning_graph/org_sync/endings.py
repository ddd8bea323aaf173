"""The end of a drop: its summary, its event, and the state that says so; each may be repeated, none is left out."""

from __future__ import annotations

import json
from typing import Any, Final

from learning_graph.aws.drops import DropBucket
from learning_graph.aws.events import EventBus
from learning_graph.org_sync.drops import facts_key
from learning_graph.org_sync.progress import Ended
from learning_graph.org_sync.state import Handle, Outcome

FINISHED: Final = "Org Sync Finished"


class Endings:
    """Ends drops."""

    def __init__(self, store: DropBucket, events: EventBus) -> None:
        self._store = store
        self._events = events

    def end(
        self,
        handle: Handle,
        outcome: Outcome,
        *,
        summary_key: str,
        reason: str = "",
        resolution: str = "",
        more: dict[str, Any] | None = None,
    ) -> Ended:
        """Write the summary, then end the drop.

        Args:
            handle: the drop.
            outcome: how it ended.
            summary_key: where its summary goes.
            reason: why, where it was not sent or not processed.
            resolution: what a person can do about it.
            more: members of the summary beside those that every summary has.

        Raises:
            Overtaken: another worker ends it.
        """
        summary = _summary(handle, outcome, reason, resolution) | (more or {})
        self._store.write(summary_key, json.dumps(summary, ensure_ascii=False, indent=2).encode())
        told = ("outcome", "file", "key", "versionId", "mode", "reason", "resolution", "jobId", "rows", "guard")
        event = {name: summary[name] for name in told if summary.get(name)}
        event |= {"bucket": self._store.name, "summary": summary_key}
        if "refusedCount" in summary:
            event["refusedByLinkedIn"] = summary["refusedCount"]
        handle.advance("ending", outcome=outcome, event=event)
        return self.finish(handle)

    def finish(self, handle: Handle) -> Ended:
        """Tell everybody and close; also after a worker died in the middle of it, so the event may come twice."""
        state = handle.state
        self._events.send(FINISHED, state.event)
        self._store.delete(facts_key(handle.drop))
        handle.advance("ended")
        rows = state.event.get("rows", {})
        counts = {
            "RowsSent": int(rows.get("sent", 0)),
            "RowsRefusedBeforeUpload": int(rows.get("refused", 0)),
            "RowsRefusedByLinkedIn": int(state.event.get("refusedByLinkedIn", 0)),
        }
        return Ended(state.outcome or "failed", handle.drop.file, state.event.get("reason", ""), counts)


def _summary(handle: Handle, outcome: Outcome, reason: str, resolution: str) -> dict[str, Any]:
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
