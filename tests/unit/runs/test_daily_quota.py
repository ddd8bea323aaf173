"""A used-up daily quota stops every worker of the pair until 00:00 UTC (API reference §7.3, §7.4)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from learning_graph.linkedin.auth import Credentials
from learning_graph.runs.run_messages import ShardMessage, read_message
from learning_graph.store import graph_bucket
from learning_graph.store.run import Limits
from tests.fakes.linkedin import CONTENT, DAILY_QUOTA, REPORT, FakeListings
from tests.unit.runs.collecting import (
    COURSE_LISTING,
    COURSES,
    FIRST,
    LISTING,
    RUN,
    USERS,
    Worker,
    body_of,
    numbered_courses,
    numbered_learners,
)


class TestDailyQuota:
    """After a DAY throttle nobody calls with that pair before 00:00 UTC; then the run goes on where it stood."""

    MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)

    def exhausted(self, *, shared_pair: bool = True) -> Worker:
        linkedin = FakeListings({COURSE_LISTING: numbered_courses(300), LISTING["users"]: numbered_learners(1)})
        linkedin.faults_at[COURSE_LISTING, 200] = [DAILY_QUOTA]
        worker = Worker(COURSES, USERS, linkedin=linkedin)
        if not shared_pair:
            worker.credentials = Credentials(CONTENT, REPORT)
        return worker

    def test_the_rest_waits_with_what_was_read(self) -> None:
        worker = self.exhausted()

        assert worker.collect(FIRST) is None
        (message,) = worker.queue.messages
        assert message.sent_delay == 900
        assert read_message(message.body, ShardMessage, "queue").start == 200
        limits = msgspec.json.decode(worker.bucket.objects[graph_bucket.limits_key(RUN, "Content")], type=Limits)
        assert limits == Limits(key_type="Content", quota_used_up_until=1_795_305_600_000)

    @pytest.mark.parametrize(("shared_pair", "calls"), [(True, 0), (False, 2)])
    def test_other_shards_of_the_pair_wait_too_and_those_of_another_pair_do_not(
        self, shared_pair: bool, calls: int
    ) -> None:
        worker = self.exhausted(shared_pair=shared_pair)
        worker.collect(FIRST)
        before = len(worker.linkedin.calls)

        worker.collect(ShardMessage(run=RUN, step="users", shard="w"))
        assert len(worker.linkedin.calls) - before == calls

    def test_a_message_that_comes_too_early_waits_on_and_one_after_midnight_goes_on(self) -> None:
        worker = self.exhausted()
        worker.collect(FIRST)
        rest = worker.handed_on()
        calls = len(worker.linkedin.calls)

        worker.clock.now = datetime(2026, 11, 21, 23, 59, 50, tzinfo=UTC)
        assert worker.collect(rest) is None
        (message,) = worker.queue.messages
        assert read_message(message.body, ShardMessage, "queue") == rest
        assert 10 <= message.sent_delay <= 12
        assert len(worker.linkedin.calls) == calls

        worker.clock.now = self.MIDNIGHT
        outcome = worker.collect(rest)
        assert outcome is not None
        assert outcome.rows == 300
        assert [start for name, start in worker.linkedin.places if name == COURSE_LISTING] == [0, 100, 200, 200]

    def test_shards_that_wait_for_the_quota_are_counted_as_throttled(self) -> None:
        worker = self.exhausted()
        assert worker.invoke(body_of(FIRST)).throttled == [COURSES]
        assert worker.invoke(body_of(worker.handed_on())).throttled == [COURSES]
