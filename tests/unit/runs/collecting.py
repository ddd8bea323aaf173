"""One worker of a run, over a bucket and queues in memory and a scripted LinkedIn."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from learning_graph.linkedin.auth import Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.runs.collect import Collected, Collector, Delivery
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.run_messages import ShardMessage, read_message
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Outcome, Plan, Shard
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.linkedin import COMBINED, FakeListings, make_sequential_client
from tests.fakes.queue import FakeQueue

DAY = 86_400_000
END = 1_795_276_800_000  # 2026-11-21T16:00:00Z
START = END - 14 * DAY
RUN = "20261121T160000Z-1c291ca3"

COURSES = Shard(step="courses", name="en_US", kind="assets", locale="en_US", asset_type="COURSE")
CURATED = Shard(step="videos", name="en_US-curated", kind="curated", locale="en_US", optional=True)
USERS = Shard(step="users", name="w", kind="learners", window_start=START, window_days=14)
ACTIVITY = Shard(
    step="course-activity", name="w", kind="engagements", asset_type="COURSE", window_start=START, window_days=14
)
LOOKUP = Shard(step="courses", name="lookup-00000", kind="lookup", asset_type="COURSE", lookup_key="lookups.json")
LISTING = {
    "courses": "assets/COURSE/en_US",
    "videos": "curated/en_US",
    "users": f"learners/{START}/14",
    "course-activity": f"engagements/COURSE/{START}/14",
}
ACCOUNT = f"account/{START}/14"
COURSE_LISTING = LISTING["courses"]
KEY = b"0123456789abcdef"  # of the hashes that stand for erased learners
FIRST = ShardMessage(run=RUN, step="courses", shard="en_US")


def plan_of(*shards: Shard) -> Plan:
    return Plan(
        run_id=RUN,
        started_at=END,
        deadline=END + DAY,
        account_name="Acme",
        tag_account_name=True,
        account_key_ref="86client",
        lookback_days=14,
        lookback_start=START,
        lookback_end=END,
        locales=("en_US",),
        all_locales=False,
        licensed_only=True,
        modes={"courses": "full", "learning-paths": "full", "videos": "full"},
        shards=shards,
    )


class Worker:
    """Collects the shards of a plan, one invocation after the other.

    `pages_before_late`: how many pages an invocation reads before its time runs short; None for all.
    """

    credentials = Credentials(COMBINED, None)

    def __init__(self, *shards: Shard, linkedin: FakeListings, pages_before_late: int | None = None) -> None:
        self.plan = plan_of(*shards)
        self.bucket = FakeBucket()
        self.bucket.write(graph_bucket.plan_key(RUN), encode(self.plan))
        self.clock = FakeClock()
        self.queue = FakeQueue("work", clock=self.clock)
        self.assembly = FakeQueue("assembly.fifo", clock=self.clock)
        self.linkedin = linkedin
        self.pages_before_late = pages_before_late
        self.invocations = self.clients = 0
        self.seconds_left = 600.0
        self.secret_error: Exception | None = None

    def collect(self, *messages: ShardMessage, times: int = 1) -> Outcome | None:
        """Run one invocation on some messages; return the outcome of the first shard that ended in it."""
        return next(iter(self.invoke(*(body_of(message) for message in messages), times=times).outcomes), None)

    def invoke(self, *bodies: str, times: int = 1) -> Collected:
        """Run one invocation on a batch of messages that were delivered so often."""
        self.invocations += 1
        already = len(self.linkedin.calls)

        def time_left() -> float:
            read = len(self.linkedin.calls) - already
            late = self.pages_before_late is not None and read >= self.pages_before_late
            return 10 if late else self.seconds_left

        deliveries = []
        for place, body in enumerate(bodies):
            self.queue.send(body)
            received = self.queue.receive()
            assert received is not None
            deliveries.append(Delivery(f"m{place}", body, received.receipt_handle, times, "catalog"))
        collector = Collector(
            bucket=self.bucket,
            queue=self.queue,
            assembly_queue=self.assembly,
            client=self._client,
            erased=lambda: ErasedLearners(self.bucket, lambda: KEY),
            time_left=time_left,
            clock=self.clock,
            retry_delay=30,
        )
        collected = collector.collect(deliveries)
        for delivery in deliveries:
            if delivery.message_id not in collected.failed:
                self.queue.delete(delivery.receipt_handle)
        return collected

    def _client(self, limits: SharedLimits) -> LinkedInClient:
        self.clients += 1
        if self.secret_error:
            raise self.secret_error
        return make_sequential_client(self.linkedin, self.credentials, now=self.clock, limits=limits)

    def collect_all(self, shard: Shard) -> Outcome:
        """Run invocations on a shard, as its queue brings its messages back, until it ends."""
        outcome = self.collect(message_of(shard))
        while outcome is None:
            outcome = self.collect(self.handed_on())
        return outcome

    def handed_on(self) -> ShardMessage:
        """Return the one message that the last invocation handed on."""
        (body,) = self.queue.take_all()
        return read_message(body, ShardMessage, "queue")

    def outcome(self, shard: Shard) -> Outcome | None:
        """Return the outcome that lies in the bucket."""
        stored = self.bucket.objects.get(graph_bucket.outcome_key(RUN, shard.step, shard.name))
        return None if stored is None else msgspec.json.decode(stored, type=Outcome)

    def rows(self, outcome: Outcome) -> list[dict[str, Any]]:
        """Return the rows of an outcome's parts."""
        return [
            json.loads(line)
            for part in outcome.parts
            for line in gzip.decompress(self.bucket.objects[part.key]).splitlines()
        ]


def message_of(shard: Shard) -> ShardMessage:
    return ShardMessage(run=RUN, step=shard.step, shard=shard.name)


def body_of(message: ShardMessage) -> str:
    return message.to_json()


def numbered_courses(count: int) -> list[dict[str, Any]]:
    return [{"urn": f"urn:li:lyndaCourse:{number}", "type": "COURSE"} for number in range(count)]


def numbered_learners(count: int) -> list[dict[str, Any]]:
    return [{"learnerDetails": {"uniqueUserId": f"E{number}"}, "activities": []} for number in range(count)]


def urns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["urn"] for row in rows]
