"""Delete old snapshots; the newest, which has the evidence of all, some daily and some monthly ones stay (ADR 0015)."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.data_catalog import DataCatalog
from learning_graph.runs.publish import Ended
from learning_graph.runs.run_documents import newest_manifest, read_document
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.retention import Retention

_log = logging.getLogger(__name__)

# No queue keeps a message longer: after that no function can be at work on the snapshot any more.
IN_USE: Final = timedelta(days=14)
Keys = dict[str, list[str]]


@dataclass(frozen=True)
class SnapshotPruner:
    """What pruning needs.

    Args:
        bucket: the graph bucket.
        catalog: Athena's tables, whose `_history` has a partition for each snapshot.
        retention: which snapshots are kept; None keeps all.
        zone: of the calendar days, that of the reports.
        clock: gives the present instant.
    """

    bucket: Bucket
    catalog: DataCatalog
    retention: Retention | None
    zone: ZoneInfo
    clock: Clock

    def prune(self) -> list[str]:
        """Delete what is not to be kept, and what is left of earlier prunings and of runs that failed.

        A snapshot is one by its manifest, so the manifest goes before anything else. That it goes is noted in
        `ended.json`, by which a pruning that was interrupted is finished by the next one.

        Returns:
            the runs whose snapshots are gone now.
        """
        keys = self._keys()
        for run in (prunable := self._prunable(keys)):
            self._take_back(run)
            keys[run].remove(graph_bucket.manifest_key(run))
        surplus = {run: found for run in keys if (found := self._surplus(run, keys[run]))}
        half_pruned = (run for run in surplus if graph_bucket.manifest_key(run) not in keys[run])
        pruned = sorted({*prunable, *half_pruned})
        self.catalog.delete_partitions(pruned)
        self.bucket.delete_all([key for run in sorted(surplus) for key in surplus[run]])
        if surplus:
            _log.info("snapshots pruned", extra={"runs": pruned, "objects": sum(map(len, surplus.values()))})
        return pruned

    def _keys(self) -> Keys:
        """Return the objects of every run below `graph/`."""
        keys: Keys = defaultdict(list)
        for key in self.bucket.keys("graph/"):
            if run := graph_bucket.run_of(key):
                keys[run].append(key)
        return dict(keys)

    def _prunable(self, keys: Keys) -> list[str]:
        """Return the snapshots that may go: old ones in the newest, not to be kept, of runs that have ended.

        The reports of the newest snapshot take over what those before it proved; until they are there, nothing goes.
        """
        newest = newest_manifest(self.bucket) if self.retention else None
        if self.retention is None or newest is None:
            return []
        if graph_bucket.reports_manifest_key(newest.run_id) not in keys.get(newest.run_id, ()):
            _log.warning("nothing is pruned: the newest snapshot has no reports yet", extra={"run": newest.run_id})
            return []
        snapshots = {
            run: graph_bucket.start_of(run).astimezone(self.zone)
            for run in {*newest.merged_runs, newest.run_id}
            if graph_bucket.manifest_key(run) in keys.get(run, ())
        }
        kept = {newest.run_id, *self.retention.kept(snapshots)}
        return sorted(
            run
            for run in snapshots.keys() - kept
            if self._is_out_of_use(run) and graph_bucket.ended_key(run) in keys[run]
        )

    def _is_out_of_use(self, run: str) -> bool:
        return graph_bucket.start_of(run) < self.clock() - IN_USE

    def _take_back(self, run: str) -> None:
        """Note that a snapshot is pruned, then make that it is none any more."""
        key = graph_bucket.ended_key(run)
        ended = read_document(self.bucket, key, Ended)
        if ended is not None and ended.pruned_at is None:
            self.bucket.write(key, encode(Ended(status=ended.status, pruned_at=to_milliseconds(self.clock()))))
        self.bucket.delete(graph_bucket.manifest_key(run))

    def _surplus(self, run: str, keys: list[str]) -> list[str]:
        """Return the objects of a run that are part of no snapshot: it was pruned, or failed while it was assembled."""
        manifest, ended = graph_bucket.manifest_key(run), graph_bucket.ended_key(run)
        others = [key for key in keys if key not in (manifest, ended)]
        if not others or ended not in keys or not self._is_out_of_use(run):
            return []
        end = read_document(self.bucket, ended, Ended)
        if end is None or (end.status != "FAILED" and (end.pruned_at is None or manifest in keys)):
            return []
        return others
