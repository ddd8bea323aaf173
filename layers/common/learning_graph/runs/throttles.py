"""A used-up daily quota, told to every worker of a run (API reference §7.3, §7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from learning_graph.aws.bucket import Bucket
from learning_graph.linkedin.quota import DailyQuota
from learning_graph.runs.documents import read_value
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Throttle
from learning_graph.values.clock import from_milliseconds, to_milliseconds
from learning_graph.values.steps import KeyType


class RunQuota(DailyQuota):
    """The quotas of a run's credential pairs, as objects in the graph bucket; looked at before each call."""

    def __init__(self, bucket: Bucket, run_id: str) -> None:
        super().__init__()
        self._bucket = bucket
        self._run_id = run_id

    def used_up_until(self, key_type: KeyType) -> datetime | None:
        throttle = read_value(self._bucket, graph_bucket.throttle_key(self._run_id, key_type), Throttle)
        return None if throttle is None else from_milliseconds(throttle.until)

    def use_up(self, key_types: Iterable[KeyType], until: datetime) -> None:
        for key_type in key_types:
            throttle = Throttle(key_type=key_type, until=to_milliseconds(until))
            self._bucket.write(graph_bucket.throttle_key(self._run_id, key_type), encode(throttle))
