"""LinkedIn's limits as the workers of a run share them, in the graph bucket (API reference §7.3, §7.4)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.linkedin.policy import LearntRate, SharedLimits
from learning_graph.runs.run_documents import read_document
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Limits
from learning_graph.values.clock import Clock, from_milliseconds, to_milliseconds
from learning_graph.values.steps import KeyType

_WRITE_EVERY: Final = timedelta(seconds=10)  # between two writes of a rate, with which other workers only begin


class RunLimits(SharedLimits):
    """The limits of a run: read once for each key type and invocation, written when LinkedIn shows a new one.

    Several workers may write the same object; the last one wins, which costs at most a few refused calls.
    """

    def __init__(self, bucket: Bucket, run_id: str, clock: Clock) -> None:
        self._bucket = bucket
        self._run_id = run_id
        self._clock = clock
        self._known: dict[KeyType, Limits] = {}
        self._rate_written_at: datetime | None = None
        self._lock = threading.Lock()

    def quota_used_up_until(self, key_type: KeyType) -> datetime | None:
        with self._lock:
            until = self._read(key_type).quota_used_up_until
        return None if until is None else from_milliseconds(until)

    def use_up_quota(self, key_types: Iterable[KeyType], until: datetime) -> None:
        with self._lock:
            self._change(key_types, quota_used_up_until=to_milliseconds(until))

    def learnt_rate(self, key_type: KeyType, *, again: bool = False) -> LearntRate | None:
        with self._lock:
            known = self._read(key_type, again=again)
        if known.requests_per_second is None or known.rate_learnt_at is None:
            return None
        age = (self._clock() - from_milliseconds(known.rate_learnt_at)).total_seconds()
        return LearntRate(known.requests_per_second, max(0.0, age))

    def learn_rate(self, key_types: Iterable[KeyType], rate: float) -> None:
        with self._lock:
            now = self._clock()
            if self._rate_written_at is not None and now - self._rate_written_at < _WRITE_EVERY:
                return
            self._rate_written_at = now
            self._change(key_types, requests_per_second=round(rate, 2), rate_learnt_at=to_milliseconds(now))

    def _read(self, key_type: KeyType, *, again: bool = False) -> Limits:
        if again or key_type not in self._known:
            stored = read_document(self._bucket, graph_bucket.limits_key(self._run_id, key_type), Limits)
            self._known[key_type] = stored or Limits(key_type=key_type)
        return self._known[key_type]

    def _change(self, key_types: Iterable[KeyType], **members: Any) -> None:
        for key_type in key_types:
            limits = msgspec.structs.replace(self._read(key_type, again=True), **members)
            self._known[key_type] = limits
            self._bucket.write(graph_bucket.limits_key(self._run_id, key_type), encode(limits))
