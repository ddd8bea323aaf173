"""Close shards in the dead-letter queues and runs past their deadline, and repeat lost assemblies."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.runs.finish import finish_if_complete
from learning_graph.runs.publish import has_ended, publish
from learning_graph.runs.run_documents import (
    all_shards,
    find_shard,
    read_document,
    read_outcomes,
    read_plan,
    unfinished,
)
from learning_graph.runs.run_messages import AssemblyMessage, ShardMessage
from learning_graph.runs.run_report import by_step, failed_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import DocumentDamaged, UnknownFormat, encode
from learning_graph.store.run import LastError, Outcome, Plan, Shard
from learning_graph.values.clock import Clock, from_milliseconds
from learning_graph.values.errors import log_fields

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunCloser:
    """What ending runs needs."""

    bucket: Bucket
    assembly_queue: Queue
    bus: EventBus
    clock: Clock

    def close_overdue(self) -> dict[str, int]:
        """Write an outcome for every shard of an overdue run, and request lost assemblies again.

        Returns:
            the runs that were closed, each with the number of shards that failed because of it.
        """
        closed: dict[str, int] = {}
        for run_id in self.bucket.folders("runs/"):
            if not graph_bucket.RUN_ID.fullmatch(run_id) or has_ended(self.bucket, run_id):
                continue
            try:
                plan = read_document(self.bucket, graph_bucket.plan_key(run_id), Plan)
            except (UnknownFormat, DocumentDamaged) as error:
                # A run of an earlier release, which an update interrupted, keeps no other from being ended.
                _log.warning("the run's plan cannot be read", extra={"run": run_id, **log_fields(error)})
                continue
            if plan is None:
                continue  # the run's objects are expiring
            if self.clock() >= from_milliseconds(plan.deadline) and not self.bucket.exists(
                graph_bucket.manifest_key(run_id)
            ):
                closed[run_id] = self._close(plan)
            finish_if_complete(self.bucket, self.assembly_queue, plan)
        return closed

    def give_up_shard(self, message: ShardMessage) -> bool:
        """Record a shard as failed whose message was given up; return whether it had no outcome yet."""
        plan = read_plan(self.bucket, message.run)
        shard = find_shard(self.bucket, plan, message.step, message.shard)
        failed = self._fail(plan, shard, "the queue delivered it as often as it may")
        finish_if_complete(self.bucket, self.assembly_queue, plan)
        return failed

    def give_up_assembly(self, message: AssemblyMessage) -> bool:
        """End a run whose assembly failed every time; its parts and `latest.json` are not changed.

        Returns:
            whether it had not ended yet.
        """
        plan = read_plan(self.bucket, message.run)
        if has_ended(self.bucket, plan.run_id):
            return False
        outcomes = read_outcomes(self.bucket, plan.run_id)
        ended = tuple(s for s in all_shards(self.bucket, plan) if (s.step, s.name) in outcomes)
        steps = by_step(ended, outcomes)
        manifest = failed_manifest(plan, steps, "the assembly failed every time; see the log of assemble_graph")
        if not self.bucket.write_if_absent(graph_bucket.manifest_key(plan.run_id), encode(manifest)):
            return False
        publish(self.bucket, self.bus, manifest)
        return True

    def _close(self, plan: Plan) -> int:
        waiting = unfinished(self.bucket, plan.run_id, all_shards(self.bucket, plan))
        return sum(self._fail(plan, shard, "the run's deadline has passed") for shard in waiting)

    def _fail(self, plan: Plan, shard: Shard, reason: str) -> bool:
        last = read_document(self.bucket, graph_bucket.last_error_key(plan.run_id, shard.step, shard.name), LastError)
        outcome = Outcome(
            step=shard.step,
            shard=shard.name,
            status="FAILED",
            error=f"{reason}; {last.error if last else 'its worker left no word'}",
            error_kind=last.error_kind if last else "WorkerLost",
            resolution=(last.resolution if last else "")
            or "Start another run; if it fails again, see the worker's log.",
        )
        _log.warning("shard given up", extra={**shard.log_fields(plan.run_id), "reason": reason})
        key = graph_bucket.outcome_key(plan.run_id, shard.step, shard.name)
        return self.bucket.write_if_absent(key, encode(outcome)) is not None
