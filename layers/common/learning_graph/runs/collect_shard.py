"""Read one shard: pages become parts, the end becomes an outcome, what is left becomes a message."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.quota import DailyQuota
from learning_graph.runs.documents import find_shard, read_plan
from learning_graph.runs.finish import finish_if_complete
from learning_graph.runs.messages import ShardMessage
from learning_graph.runs.reading import Reading
from learning_graph.runs.throttles import RunQuota
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import LastError, Outcome, Plan, Shard
from learning_graph.values.clock import Clock
from learning_graph.values.errors import DailyQuotaReached, FatalError, RetriableError, Throttled
from learning_graph.values.steps import key_type_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collector:
    """What reading a shard needs.

    `client` makes a LinkedIn client for this invocation alone, which looks at the run's quota before each call;
    `time_left` is in seconds, and a shard is handed on when fewer than `margin` are left.
    """

    bucket: Bucket
    queue: Queue
    assembly_queue: Queue
    client: Callable[[DailyQuota], LinkedInClient]
    time_left: Callable[[], float]
    clock: Clock
    margin: float = 45.0

    def collect(self, message: ShardMessage) -> Outcome | None:
        """Read the shard of a message to its end, or as far as time and quota allow.

        Returns:
            how the shard ended; None where the rest was handed on, or where it had ended before.

        Raises:
            ConfigurationError: the message names no shard of ours.
            RetriableError: nothing could be read now; the queue should bring the message back.
        """
        plan = read_plan(self.bucket, message.run)
        shard = find_shard(self.bucket, plan, message.step, message.shard)
        key = graph_bucket.outcome_key(plan.run_id, shard.step, shard.name)
        outcome = None
        if not self.bucket.exists(key):
            outcome = self._read(plan, shard, message)
            if outcome is None:
                return None
            self.bucket.write_if_absent(key, encode(outcome))
            _log.info("shard done", extra={"shard": shard.label, "status": outcome.status, "rows": outcome.rows})
        finish_if_complete(self.bucket, self.assembly_queue, plan)
        return outcome

    def _read(self, plan: Plan, shard: Shard, message: ShardMessage) -> Outcome | None:
        quota = RunQuota(self.bucket, plan.run_id)
        if wait := self._wait(quota, shard):
            self._send(message, delay=wait)
            return None
        reading = Reading(self.bucket, plan, shard, message)
        try:
            with closing(self.client(quota)) as client:
                outcome = reading.run(client, lambda: self.time_left() < self.margin)
        except DailyQuotaReached:
            self._send(reading.rest(), delay=self._wait(quota, shard))
            return None
        except RetriableError as error:
            note = LastError(error=str(error), error_kind=type(error).__name__, resolution=error.resolution)
            self.bucket.write(graph_bucket.last_error_key(plan.run_id, shard.step, shard.name), encode(note))
            if not reading.has_progressed:
                raise
            _log.info("shard interrupted", extra={"shard": shard.label, "error": type(error).__name__})
            asked = error.retry_after if isinstance(error, Throttled) else None
            self._send(reading.rest(), delay=asked or 0)
            return None
        except FatalError as error:
            return reading.failed(error)
        if outcome is None:
            self._send(reading.rest(), delay=0)
        return outcome

    def _wait(self, quota: DailyQuota, shard: Shard) -> float:
        """Return the seconds until the shard's credential pair may call again, 0 where it may now."""
        now = self.clock()
        until = quota.used_up_until(key_type_of(shard.step))
        return (until - now).total_seconds() + 1 if until and now < until else 0

    def _send(self, message: ShardMessage, *, delay: float) -> None:
        self.queue.send(message.model_dump_json(by_alias=True, exclude_defaults=True), delay=delay)
