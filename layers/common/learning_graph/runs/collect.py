"""Collect the shards of one invocation in parallel, with one LinkedIn client."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue, name_of
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.finish import finish_if_complete
from learning_graph.runs.limits import RunLimits
from learning_graph.runs.run_documents import all_shards, no_such_shard, outcome_keys, read_plan
from learning_graph.runs.run_messages import ShardMessage, read_message
from learning_graph.runs.shard_reading import Reading
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import LastError, Outcome, Shard
from learning_graph.values.clock import Clock, from_milliseconds
from learning_graph.values.errors import (
    DailyQuotaReached,
    FatalError,
    OutOfTime,
    RetriableError,
    Throttled,
    log_fields,
)
from learning_graph.values.steps import key_type_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

LONGEST_RETRY_DELAY: Final = 900.0  # seconds
_LAST_SECONDS: Final = 5.0  # at the end of an invocation, in which shards are no longer waited for
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """A shard's message as SQS delivered it: `times` counts its deliveries, this one included."""

    message_id: str
    body: str
    receipt_handle: str
    times: int
    queue_name: str


def deliveries_of(event: dict[str, Any]) -> list[Delivery]:
    """Return the deliveries of an SQS event.

    Read without Powertools' data classes, whose import takes longer than that of everything in `runs` (ADR 0002).
    """
    return [
        Delivery(
            message_id=record["messageId"],
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            times=int(record["attributes"]["ApproximateReceiveCount"]),
            queue_name=name_of(record["eventSourceARN"]),
        )
        for record in event["Records"]
    ]


@dataclass
class Collected:
    """The result of an invocation.

    Attributes:
        outcomes: of the shards that ended.
        failed: message ids that SQS must deliver again.
        throttled: shards that wait because LinkedIn throttles, or because the daily quota is used up.
        requests: calls of LinkedIn's resources, whatever became of their shards.
        retries: how many of them repeated one that failed.
        throttles: how many of them LinkedIn answered with 429.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    throttled: list[Shard] = field(default_factory=list)
    requests: int = 0
    retries: int = 0
    throttles: int = 0

    def count(self, client: LinkedInClient) -> None:
        """Add the calls of a shard's client."""
        self.requests += client.requests
        self.retries += client.retries
        self.throttles += client.throttled

    @property
    def response(self) -> PartialItemFailureResponse:
        """What the handler returns to SQS."""
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in self.failed]}


def add_metrics(metrics: Metrics, deliveries: Sequence[Delivery], collected: Collected) -> None:
    """Count the deliveries of an invocation, its calls, and the shards that ended in it."""
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=len(deliveries))
    if collected.requests:
        metrics.add_metric(name="LinkedInRequests", unit=MetricUnit.Count, value=collected.requests)
        metrics.add_metric(name="LinkedInRetries", unit=MetricUnit.Count, value=collected.retries)
        metrics.add_metric(name="LinkedInThrottles", unit=MetricUnit.Count, value=collected.throttles)
    for outcome in collected.outcomes:
        metrics.add_metric(name=f"Shards{outcome.status.capitalize()}", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="Rows", unit=MetricUnit.Count, value=outcome.rows)
        metrics.add_metric(name="Pages", unit=MetricUnit.Count, value=outcome.pages)
    if collected.throttled:
        metrics.add_metric(name="ShardsThrottled", unit=MetricUnit.Count, value=len(collected.throttled))


class _Run:
    """A run within one invocation: its plan is read once, its outcomes are listed once."""

    def __init__(self, bucket: Bucket, run_id: str, clock: Clock) -> None:
        self._bucket = bucket
        self.plan = read_plan(bucket, run_id)
        self.limits = RunLimits(bucket, run_id, clock)
        self._ended = outcome_keys(bucket, run_id)
        self._shards: dict[tuple[str, str], Shard] | None = None

    def shard(self, message: ShardMessage) -> Shard:
        """Return the shard of a message.

        Raises:
            ConfigurationError: the run has no such shard.
        """
        shard = self.plan.shard(message.step, message.shard)
        if shard is None:
            if self._shards is None:
                self._shards = {(one.step, one.name): one for one in all_shards(self._bucket, self.plan)}
            shard = self._shards.get((message.step, message.shard))
        if shard is None:
            raise no_such_shard(self.plan)
        return shard

    def has_ended(self, shard: Shard) -> bool:
        return graph_bucket.outcome_key(self.plan.run_id, shard.step, shard.name) in self._ended


@dataclass(frozen=True)
class _Task:
    """A delivery whose shard is to be read."""

    delivery: Delivery
    message: ShardMessage
    run: _Run
    shard: Shard

    @property
    def log_fields(self) -> dict[str, str]:
        return self.shard.log_fields(self.run.plan.run_id)


@dataclass(frozen=True)
class Collector:
    """What collecting shards needs.

    Args:
        client: makes the LinkedIn client of an invocation, given the limits that the workers of the run share.
        erased: reads which learners were erased.
        time_left: seconds until the invocation must be done; a shard is handed over when fewer than `margin` are left.
        retry_delay: seconds before the second delivery of a message that failed; doubles with each delivery.
    """

    bucket: Bucket
    queue: Queue
    assembly_queue: Queue
    client: Callable[[SharedLimits], LinkedInClient]
    erased: Callable[[], ErasedLearners]
    time_left: Callable[[], float]
    clock: Clock
    retry_delay: float
    margin: float = 45.0

    def collect(self, deliveries: Sequence[Delivery]) -> Collected:
        """Read the shards of the deliveries to their end, or as far as time and LinkedIn's limits allow.

        A shard that fails, is slow or hangs does not affect the others. After a failure that may pass, the message is
        delivered again after a wait; a shard that ran out of time or was throttled continues with a new message.
        """
        collected = Collected()
        tasks = self._tasks(deliveries, collected)
        todo = [task for task in tasks if not task.run.has_ended(task.shard)]
        ended = [task for task in tasks if task.run.has_ended(task.shard)]
        for task, outcome in self._read_all(todo, collected):
            if outcome is not None:
                collected.outcomes.append(outcome)
                ended.append(task)
        self._finish(ended, collected)
        return collected

    def _tasks(self, deliveries: Sequence[Delivery], collected: Collected) -> list[_Task]:
        runs: dict[str, _Run] = {}
        tasks: list[_Task] = []
        messages: list[ShardMessage] = []
        for delivery in deliveries:
            try:
                message = read_message(delivery.body, ShardMessage, delivery.queue_name)
                if message in messages:
                    _log.info("message is a duplicate", extra={"message_id": delivery.message_id})
                    continue
                messages.append(message)
                if message.run not in runs:
                    runs[message.run] = _Run(self.bucket, message.run, self.clock)
                run = runs[message.run]
                tasks.append(_Task(delivery, message, run, run.shard(message)))
            except Exception as error:  # noqa: BLE001 - reported to SQS, and logged
                self._redeliver(delivery, error, collected)
        return tasks

    def _read_all(self, tasks: list[_Task], collected: Collected) -> Iterable[tuple[_Task, Outcome | None]]:
        """Read the shards of some tasks in parallel; yield those that were read, with their outcome if they ended."""
        if not tasks:
            return
        try:
            # The limits of one run apply to all: they are those of the credential pairs.
            client = self.client(tasks[0].run.limits)
            erased = self.erased()
        except Exception as error:  # noqa: BLE001 - reported to SQS, and logged
            for task in tasks:
                self._redeliver(task.delivery, error, collected, task.log_fields)
            return
        pool = ThreadPoolExecutor(len(tasks), thread_name_prefix="shard")
        with closing(client):
            clients = [client.for_shard(task.log_fields) for task in tasks]
            futures = {
                pool.submit(self._read, task, own, erased, collected): task
                for task, own in zip(tasks, clients, strict=True)
            }
            wait(futures, timeout=max(0.0, self.time_left() - _LAST_SECONDS))
            pool.shutdown(wait=False, cancel_futures=True)
        for own in clients:
            collected.count(own)
        for future, task in futures.items():
            try:
                yield task, _result_of(future)
            except Exception as error:  # noqa: BLE001 - reported to SQS, and logged
                self._redeliver(task.delivery, error, collected, task.log_fields)

    def _read(
        self, task: _Task, client: LinkedInClient, erased: ErasedLearners, collected: Collected
    ) -> Outcome | None:
        """Read one shard; return its outcome, None where the rest was handed over.

        Raises:
            RetriableError: nothing could be read; the queue should deliver the message again.
        """
        plan, shard = task.run.plan, task.shard
        if delay := self._quota_wait(task):
            collected.throttled.append(shard)
            self._hand_on(task, task.message, delay)
            return None
        reading = Reading(self.bucket, plan, shard, task.message, erased=erased)
        try:
            outcome = reading.run(client, lambda: self.time_left() < self.margin)
        except FatalError as error:
            outcome = reading.failed(error)
        except RetriableError as error:
            note = LastError(error=str(error), error_kind=type(error).__name__, resolution=error.resolution)
            self.bucket.write(graph_bucket.last_error_key(plan.run_id, shard.step, shard.name), encode(note))
            if not (reading.has_progressed or isinstance(error, DailyQuotaReached | Throttled | OutOfTime)):
                raise
            if isinstance(error, DailyQuotaReached | Throttled):
                collected.throttled.append(shard)
            _log.info("shard interrupted", extra={**task.log_fields, "error": type(error).__name__})
            self._hand_on(task, reading.rest(), self._delay_of(error))
            return None
        if outcome is None:
            self._hand_on(task, reading.rest(), 0)
            return None
        self.bucket.write_if_absent(graph_bucket.outcome_key(plan.run_id, shard.step, shard.name), encode(outcome))
        _log.info("shard done", extra={**task.log_fields, "status": outcome.status, "rows": outcome.rows})
        return outcome

    def _quota_wait(self, task: _Task) -> float:
        """Return the seconds until the shard's credential pair may call again, 0 where it may now."""
        until = task.run.limits.quota_used_up_until(key_type_of(task.shard.step))
        return self._seconds_until(until) if until and self.clock() < until else 0

    def _seconds_until(self, instant: datetime) -> float:
        return (instant - self.clock()).total_seconds() + 1

    def _delay_of(self, error: RetriableError) -> float:
        """Return the seconds after which the rest of an interrupted shard should be read."""
        if isinstance(error, DailyQuotaReached):
            return self._seconds_until(error.until)
        if isinstance(error, Throttled):
            return self.retry_delay if error.retry_after is None else error.retry_after
        return 0

    def _hand_on(self, task: _Task, message: ShardMessage, delay: float) -> None:
        """Send a message to continue a shard, unless the run is past its deadline: then close_runs ends it."""
        if self.clock() >= from_milliseconds(task.run.plan.deadline):
            _log.warning("the run's deadline has passed", extra=task.log_fields)
            return
        self.queue.send(message.to_json(), delay=delay)

    def _finish(self, tasks: list[_Task], collected: Collected) -> None:
        """Request the assembly of complete runs; the tasks have ended, now or before."""
        for run_id in dict.fromkeys(task.run.plan.run_id for task in tasks):
            own = [task for task in tasks if task.run.plan.run_id == run_id]
            try:
                finish_if_complete(self.bucket, self.assembly_queue, own[0].run.plan)
            except Exception as error:  # noqa: BLE001 - reported to SQS, and logged
                for task in own:
                    self._redeliver(task.delivery, error, collected, task.log_fields)

    def _redeliver(
        self, delivery: Delivery, error: Exception, collected: Collected, fields: Mapping[str, str] | None = None
    ) -> None:
        """Have SQS deliver a message again before its visibility time-out, which is meant for killed workers.

        `fields` identify the shard in the log, if the message is about one.
        """
        doubled = min(LONGEST_RETRY_DELAY, self.retry_delay * 2.0 ** (delivery.times - 1)) * random.uniform(0.5, 1)
        about = fields or {"message_id": delivery.message_id}
        _log.warning("message comes back", extra={**about, **log_fields(error), "seconds": round(doubled)})
        collected.failed.append(delivery.message_id)
        self.queue.hide(delivery.receipt_handle, doubled)


def _result_of(future: Future[Outcome | None]) -> Outcome | None:
    if not future.done():
        raise OutOfTime("the shard's worker hangs")
    return future.result()
