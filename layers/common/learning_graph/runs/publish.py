"""The last steps of a run: update `graph/latest.json`, send the event, and mark the run as ended."""

from __future__ import annotations

from typing import Any

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.store import graph_bucket
from learning_graph.store.documents import Document, decode, encode
from learning_graph.store.manifest import Latest, Manifest, RunStatus


class Ended(Document, frozen=True, kw_only=True):
    """`graph/<run>/ended.json`: the run has ended, and its event was sent.

    `pruned_at` (epoch milliseconds) is when its snapshot was deleted by rule, None while it exists.
    """

    status: RunStatus
    pruned_at: int | None = None


def has_ended(bucket: Bucket, run_id: str) -> bool:
    """Tell whether a run has ended completely; a snapshot that was deleted since is not made again."""
    return bucket.exists(graph_bucket.ended_key(run_id))


def publish(bucket: Bucket, bus: EventBus, manifest: Manifest) -> None:
    """Take the last steps of a run whose manifest is written; each may be repeated."""
    if manifest.status != "FAILED":
        move_latest(bucket, manifest)
    announce(bus, manifest)
    bucket.write(graph_bucket.ended_key(manifest.run_id), encode(Ended(status=manifest.status)))


def move_latest(bucket: Bucket, manifest: Manifest) -> bool:
    """Point `latest.json` to this snapshot unless it names a later run's; return whether it names this one now."""
    latest = Latest(
        run_id=manifest.run_id,
        status=manifest.status,
        manifest=graph_bucket.manifest_key(manifest.run_id),
        started_at=manifest.started_at,
    )
    while True:
        present = bucket.read(graph_bucket.LATEST)
        if present is None:
            moved = bucket.write_if_absent(graph_bucket.LATEST, encode(latest))
        else:
            known = decode(present.data, Latest, graph_bucket.LATEST)
            if known.run_id >= latest.run_id:
                return known.run_id == latest.run_id
            moved = bucket.write_if_unchanged(graph_bucket.LATEST, encode(latest), present.etag)
        if moved:
            return True


def announce(bus: EventBus, manifest: Manifest) -> None:
    """Send the event about the end of the run; it may be sent twice."""
    detail: dict[str, Any] = {
        "runId": manifest.run_id,
        "status": manifest.status,
        "accountName": manifest.account_name,
        "manifest": graph_bucket.manifest_key(manifest.run_id),
        "counts": manifest.counts,
        "totals": manifest.totals,
        "failedSteps": [name for name, step in manifest.steps.items() if step.status != "SUCCEEDED"],
        "rejectedRecords": {
            name: sum(rejected.count for rejected in step.rejected)
            for name, step in manifest.steps.items()
            if step.rejected
        },
    }
    if manifest.status == "FAILED":
        bus.send("Graph Run Failed", {**detail, "reason": manifest.reason})
        return
    bus.send("Graph Snapshot Ready", detail)
    beyond = [d for d in manifest.reconciliation.differences if d.exceeds] if manifest.reconciliation else []
    if beyond:
        bus.send(
            "Reconciliation Difference",
            {
                "runId": manifest.run_id,
                "manifest": graph_bucket.manifest_key(manifest.run_id),
                "count": len(beyond),
                "differences": msgspec.to_builtins(beyond[:20]),
            },
        )
