"""One delivery of a shard's message: what the handler of a shard queue does with it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from learning_graph.aws.queues import Queue, coming_back, name_of
from learning_graph.runs.collect_shard import Collector
from learning_graph.runs.messages import ShardMessage, read_message
from learning_graph.store.run import Outcome
from learning_graph.values.errors import Throttled

LONGEST_WAIT = 900.0


@dataclass(frozen=True)
class Delivery:
    """A message as SQS delivered it: `times` counts its deliveries, this one included."""

    body: str
    receipt_handle: str
    times: int
    queue_name: str


def delivery_of(record: SQSRecord) -> Delivery:
    """Return the delivery of an SQS record."""
    return Delivery(
        body=record.body,
        receipt_handle=record.receipt_handle,
        times=int(record.attributes.approximate_receive_count),
        queue_name=name_of(record.event_source_arn),
    )


def add_metrics(metrics: Metrics, outcome: Outcome | None) -> None:
    """Count a delivery, and the shard that ended with it."""
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    if outcome:
        metrics.add_metric(name=f"Shards{outcome.status.capitalize()}", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="LinkedInRequests", unit=MetricUnit.Count, value=outcome.requests)
        metrics.add_metric(name="Rows", unit=MetricUnit.Count, value=outcome.rows)


def handle_delivery(delivery: Delivery, collector: Collector, queue: Queue, *, retry_delay: float) -> Outcome | None:
    """Collect the shard of a delivery; whatever fails comes back sooner than the visibility time-out says.

    Args:
        delivery: the message.
        collector: reads the shard.
        queue: where the message came from.
        retry_delay: seconds before the second delivery; doubles from one delivery to the next, with jitter. Where
            LinkedIn asks for a longer wait, that is how long it takes.

    Returns:
        how the shard ended, if it did.

    Raises:
        LearningGraphError: the message must come back, or end in the dead-letter queue.
    """

    def wait(error: Exception) -> float:
        doubled = min(LONGEST_WAIT, retry_delay * 2.0 ** (delivery.times - 1)) * random.uniform(0.5, 1)
        asked = error.retry_after if isinstance(error, Throttled) else None
        return max(doubled, asked or 0)

    with coming_back(queue, delivery.receipt_handle, wait):
        message: ShardMessage = read_message(delivery.body, ShardMessage, delivery.queue_name)
        return collector.collect(message)
