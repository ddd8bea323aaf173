"""A used-up daily quota, told to every worker of a run (API reference §7.3, §7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from learning_graph.aws.bucket import Bucket
from learning_graph.runs.store import encode, read_value
from learning_graph.values import keys
from learning_graph.values.clock import from_milliseconds, to_milliseconds
from learning_graph.values.plan import Throttle
from learning_graph.values.steps import KeyType


def note_throttle(bucket: Bucket, run_id: str, key_types: Iterable[KeyType], until: datetime) -> None:
    """Tell the run's workers that no call may be made for these key types before `until`."""
    for key_type in key_types:
        throttle = Throttle(key_type=key_type, until=to_milliseconds(until))
        bucket.write(keys.throttle_key(run_id, key_type), encode(throttle))


def throttled_until(bucket: Bucket, run_id: str, key_type: KeyType, now: datetime) -> datetime | None:
    """Return when calls for a key type may be made again, None where they may be made now."""
    throttle = read_value(bucket, keys.throttle_key(run_id, key_type), Throttle)
    if throttle is None:
        return None
    until = from_milliseconds(throttle.until)
    return until if now < until else None
