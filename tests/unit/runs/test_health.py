"""What the alarms on runs that do not succeed and on stale data watch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from learning_graph.runs.health import RunHealth, run_health
from learning_graph.runs.publish import Ended, move_latest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import RunStatus
from tests.fakes.bucket import FakeBucket
from tests.unit.runs.test_publish import manifest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY_MS = 86_400_000


def run_of(day: int) -> str:
    return f"202611{day:02}T060000Z-00000000"


def bucket_with(**statuses: RunStatus) -> FakeBucket:
    """Return a bucket with ended runs by the day of November on which they began, e.g. `d19="PARTIAL"`."""
    bucket = FakeBucket()
    for name, status in statuses.items():
        run = run_of(int(name[1:]))
        bucket.write(graph_bucket.ended_key(run), encode(Ended(status=status)))
    return bucket


@pytest.mark.parametrize(
    ("statuses", "hours", "partial"),
    [
        ({"d20": "SUCCEEDED", "d21": "SUCCEEDED"}, 6, 0),
        ({"d19": "SUCCEEDED", "d20": "FAILED", "d21": "PARTIAL"}, 54, 1),
        ({"d19": "SUCCEEDED", "d20": "PARTIAL", "d21": "PARTIAL"}, 54, 2),
        ({"d19": "PARTIAL", "d20": "FAILED"}, 54, 0),
        ({"d18": "PARTIAL", "d19": "PARTIAL", "d20": "PARTIAL"}, 78, 3),
    ],
)
def test_time_runs_from_the_newest_run_that_succeeded_and_partial_ones_are_counted(
    statuses: dict[str, RunStatus], hours: float, partial: int
) -> None:
    assert run_health(bucket_with(**statuses), lambda: NOW) == RunHealth(hours, partial, None)


def test_time_runs_from_the_last_success_however_many_runs_failed_since() -> None:
    bucket = bucket_with(d1="SUCCEEDED", d2="SUCCEEDED")
    for hour in range(100):
        run = f"202611{3 + hour // 24:02}T{hour % 24:02}0000Z-00000000"
        bucket.write(graph_bucket.ended_key(run), encode(Ended(status="PARTIAL")))
    assert run_health(bucket, lambda: NOW) == RunHealth(19 * 24 + 6, 100, None)


def test_before_any_run_no_time_has_passed() -> None:
    assert run_health(FakeBucket(), lambda: NOW) == RunHealth(0.0, 0, None)


def test_time_runs_from_the_first_run_while_none_has_ended() -> None:
    bucket = FakeBucket()
    bucket.write(graph_bucket.plan_key(run_of(19)), b"{}")
    bucket.write(graph_bucket.plan_key(run_of(20)), b"{}")
    bucket.write(graph_bucket.manifest_key(run_of(19)), b"{}")
    assert run_health(bucket, lambda: NOW) == RunHealth(54.0, 0, None)


def test_the_age_of_the_data_is_that_of_the_newest_snapshot() -> None:
    bucket = bucket_with(d21="SUCCEEDED")
    covered = round(NOW.timestamp() * 1000) - 3 * DAY_MS
    newest = manifest(run_of(21), covered_until=covered)
    bucket.write(graph_bucket.manifest_key(newest.run_id), encode(newest))
    move_latest(bucket, newest)
    assert run_health(bucket, lambda: NOW) == RunHealth(6.0, 0, 3.0)
