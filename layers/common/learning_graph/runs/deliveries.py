"""One delivery of a shard's message: what the handler of a shard queue does with it."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass

from learning_graph.aws.queues import Queue
from learning_graph.runs.collect_shard import Collector
from learning_graph.runs.messages import ShardMessage, read_message
from learning_graph.values.errors import RetriableError
from learning_graph.values.plan import Outcome

_log = logging.getLogger(__name__)

LONGEST_WAIT = 900.0


@dataclass(frozen=True)
class Delivery:
    """A message as SQS delivered it: `times` counts its deliveries, this one included."""

    body: str
    receipt_handle: str
    times: int
    queue_name: str


def handle_delivery(delivery: Delivery, collector: Collector, queue: Queue, *, retry_delay: float) -> Outcome | None:
    """Collect the shard of a delivery; what may succeed later comes back sooner than the visibility time-out says.

    Args:
        delivery: the message.
        collector: reads the shard.
        queue: where the message came from.
        retry_delay: seconds before the second delivery; doubles from one delivery to the next, with jitter.

    Returns:
        how the shard ended, if it did.

    Raises:
        LearningGraphError: the message must come back, or end in the dead-letter queue.
    """
    message: ShardMessage = read_message(delivery.body, ShardMessage, delivery.queue_name)
    try:
        return collector.collect(message)
    except RetriableError as error:
        wait = min(LONGEST_WAIT, retry_delay * 2.0 ** (delivery.times - 1)) * random.uniform(0.5, 1)
        _log.warning(
            "shard comes back later",
            extra={"step": message.step, "shard": message.shard, "error": type(error).__name__, "seconds": round(wait)},
        )
        queue.hide(delivery.receipt_handle, wait)
        raise
