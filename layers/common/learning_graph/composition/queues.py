"""Which queue a shard goes to."""

from __future__ import annotations

from collections.abc import Callable

from learning_graph.aws.queues import Queue
from learning_graph.composition.settings import QueueSettings
from learning_graph.values.plan import Shard
from learning_graph.values.steps import CATALOG_STEPS


def queue_of(settings: QueueSettings) -> Callable[[Shard], Queue]:
    """Return which queue a shard goes to: Content's and Report's quotas are apart, and so are their queues."""
    catalog, activity = Queue(settings.catalog_queue_url), Queue(settings.activity_queue_url)
    return lambda shard: catalog if shard.step in CATALOG_STEPS else activity
