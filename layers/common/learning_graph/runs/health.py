"""Health of the collection: the figures behind the alarms on failing runs and on stale data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.publish import Ended
from learning_graph.runs.run_documents import newest_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import decode
from learning_graph.store.manifest import RunStatus
from learning_graph.values.clock import Clock, from_milliseconds

_READ_AT_ONCE = 30
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class RunHealth:
    """Health of the collection now.

    Attributes:
        hours_since_success: since the start of the newest run that ended SUCCEEDED; where none did, of the first run
            that ended, else of the first one; 0 before the first run.
        partial_in_a_row: how many of the newest ended runs are PARTIAL, without a gap.
        data_age_days: since the end of LinkedIn's data in the newest snapshot, None before the first.
    """

    hours_since_success: float
    partial_in_a_row: int
    data_age_days: float | None


def run_health(bucket: Bucket, clock: Clock) -> RunHealth:
    """Measure the health of the collection."""
    now = clock()
    ended = _newest_ended(bucket)
    started = sorted(filter(graph_bucket.RUN_ID.fullmatch, bucket.folders("runs/")))
    succeeded = next((run for run, status in ended if status == "SUCCEEDED"), None)
    oldest = ended[-1][0] if ended else (started[0] if started else None)
    since = succeeded or oldest
    partial = next((number for number, (_, status) in enumerate(ended) if status != "PARTIAL"), len(ended))
    manifest = newest_manifest(bucket)
    covered_until = manifest.covered_until if manifest else None
    return RunHealth(
        hours_since_success=(now - graph_bucket.start_of(since)) / _HOUR if since else 0.0,
        partial_in_a_row=partial,
        data_age_days=None if covered_until is None else (now - from_milliseconds(covered_until)) / _DAY,
    )


def _newest_ended(bucket: Bucket) -> list[tuple[str, RunStatus]]:
    """Return the ended runs with their status, the newest first, back to one that succeeded or further."""
    runs = sorted(filter(graph_bucket.RUN_ID.fullmatch, bucket.folders("graph/")), reverse=True)
    ended: list[tuple[str, RunStatus]] = []
    for first in range(0, len(runs), _READ_AT_ONCE):
        some = runs[first : first + _READ_AT_ONCE]
        keys = [graph_bucket.ended_key(run) for run in some]
        found = zip(some, keys, bucket.read_all(keys), strict=True)
        ended += [(run, decode(stored.data, Ended, key).status) for run, key, stored in found if stored is not None]
        if any(status == "SUCCEEDED" for _, status in ended):
            break
    return ended
