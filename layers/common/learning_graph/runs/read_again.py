"""A shard whose parts are not what its outcome says is read again, a few times at most."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue
from learning_graph.runs.documents import read_value
from learning_graph.runs.start_run import send_shards
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Outcome, Shard

_log = logging.getLogger(__name__)

MOST_OFTEN = 3


class Reread(msgspec.Struct, frozen=True):
    """How often a shard was sent to be read again."""

    times: int


def read_again(bucket: Bucket, run_id: str, damaged: Sequence[Shard], queue_of: Callable[[Shard], Queue]) -> bool:
    """Take back the outcomes of these shards and send them again; one that was sent too often fails instead.

    Returns:
        whether there is something to wait for.

    The mark is written before the outcome goes, so that an assembly that dies between the two sends the rest.
    """
    for shard in damaged:
        mark_key = graph_bucket.reread_key(run_id, shard.step, shard.name)
        mark = read_value(bucket, mark_key, Reread) or Reread(0)
        outcome_key = graph_bucket.outcome_key(run_id, shard.step, shard.name)
        if mark.times >= MOST_OFTEN:
            bucket.write(outcome_key, encode(_given_up(shard)))
            continue
        _log.warning("parts do not match their outcome, reading again", extra={"shard": shard.label})
        bucket.write(mark_key, encode(Reread(mark.times + 1)))
        bucket.delete(outcome_key)
    return resend_marked(bucket, run_id, damaged, queue_of)


def resend_marked(bucket: Bucket, run_id: str, shards: Sequence[Shard], queue_of: Callable[[Shard], Queue]) -> bool:
    """Send those of the shards again that were marked to be read again and have no outcome yet; were there any?"""
    waiting = [
        shard
        for shard in shards
        if not bucket.exists(graph_bucket.outcome_key(run_id, shard.step, shard.name))
        and bucket.exists(graph_bucket.reread_key(run_id, shard.step, shard.name))
    ]
    send_shards(run_id, waiting, queue_of)
    return bool(waiting)


def _given_up(shard: Shard) -> Outcome:
    return Outcome(
        step=shard.step,
        shard=shard.name,
        status="FAILED",
        error=f"after {MOST_OFTEN} readings its parts still do not match their SHA-256",
        error_kind="PartsDamaged",
        resolution="See that nothing else writes to the run's folder in the graph bucket, then start another run.",
    )
