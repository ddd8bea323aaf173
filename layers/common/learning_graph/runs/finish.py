"""Fan-in: after an outcome is written, check whether it was the last one."""

from __future__ import annotations

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue
from learning_graph.runs.run_documents import all_shards, outcome_keys, unfinished
from learning_graph.runs.run_messages import AssemblyMessage
from learning_graph.store.run import Plan


def finish_if_complete(bucket: Bucket, assembly_queue: Queue, plan: Plan) -> bool:
    """Request the assembly if every shard has an outcome; return whether it was. Repeating it does no harm."""
    ended = outcome_keys(bucket, plan.run_id)
    if unfinished(bucket, plan.run_id, plan.shards, ended=ended):
        return False
    if unfinished(bucket, plan.run_id, all_shards(bucket, plan), ended=ended):
        return False
    assembly_queue.send(AssemblyMessage(run=plan.run_id).to_json(), group=plan.run_id)
    return True
