"""Messages, workers and clocks misbehave at random; whatever comes of it, no run is lost and no word is broken.

A Hypothesis state machine over the real use cases. Between any two changes of one handler a second one may run, as on
two machines at once. At the end everything is delivered, and what the runs left is set beside an undisturbed one.
"""

from __future__ import annotations

from functools import cache

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from learning_graph.runs.listings import query_of
from learning_graph.runs.run_documents import read_plan
from learning_graph.store import graph_bucket
from learning_graph.store.run import Outcome, Plan
from tests.fakes.linkedin import DAILY_QUOTA, FORBIDDEN, OUTAGE, THROTTLED, Reply, listing_of
from tests.unit.runs_lifecycle.account import small_account
from tests.unit.runs_lifecycle.test_crash_points import assert_sound
from tests.unit.runs_lifecycle.world import ACTIVITY, ASSEMBLY, CATALOG, World, facts_of, settings_of

FORTNIGHT = settings_of(lookback_days=14)
QUEUES = (CATALOG, ACTIVITY, ASSEMBLY, f"dead-{CATALOG}", f"dead-{ACTIVITY}", f"dead-{ASSEMBLY}")
REPLIES = {"unavailable": OUTAGE, "throttled": THROTTLED, "day": DAILY_QUOTA, "forbidden": FORBIDDEN}
MOST_DELIVERIES = 5
MOST_REPEATS = 3  # of a start event; each sends every unfinished shard again


@cache
def undisturbed() -> tuple[dict[str, bytes], dict[str, object]]:
    world = World(small_account())
    run_id = world.start("reference", settings=FORTNIGHT).run_id
    world.settle()
    return world.snapshot(run_id), facts_of(world.manifest(run_id))


class Lives(RuleBasedStateMachine):
    """Two runs at most; `lethal` says what may rightly have cost a run something."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(small_account())
        self.plans: list[Plan] = []
        self.lethal: list[str] = []
        self.outcomes: dict[str, bytes] = {}
        self.repeats = self.quotas_used_up = 0

    @initialize(pages=st.sampled_from([None, 1, 2]))
    def begin(self, pages: int | None) -> None:
        self.world.pages = pages
        self._start(0)

    @precondition(lambda self: len(self.plans) == 1)
    @rule()
    def start_another(self) -> None:
        self._start(1)

    @precondition(lambda self: self.repeats < MOST_REPEATS)
    @rule()
    def start_again(self) -> None:
        """The same event once more."""
        self.repeats += 1
        self.world.start("0", settings=FORTNIGHT)

    @rule(queue=st.sampled_from(QUEUES), place=st.integers(0, 9), times=st.integers(1, 4))
    def deliver(self, queue: str, place: int, times: int) -> None:
        for _ in range(times):
            self._bring_forward(queue, place)
            self.world.deliver(queue)

    @rule(queue=st.sampled_from(QUEUES), place=st.integers(0, 9), after=st.integers(0, 30))
    def deliver_and_kill(self, queue: str, place: int, after: int) -> None:
        self._bring_forward(queue, place)
        self.world.effects.kill_before(after)
        self.world.deliver(queue)
        self.world.effects.spare()
        self._note_exhausted()

    @rule(queue=st.sampled_from((CATALOG, ACTIVITY, ASSEMBLY)), place=st.integers(0, 9))
    def deliver_twice(self, queue: str, place: int) -> None:
        """The message is handled and comes back all the same."""
        self._bring_forward(queue, place)
        message = self.world.queues[queue].receive()
        if message is not None:
            self.world.handle(queue, message, delete=False)
            message.visible_at = self.world.clock.now
            self._note_exhausted()

    @rule(
        queue=st.sampled_from((CATALOG, ACTIVITY, ASSEMBLY)),
        other=st.sampled_from(QUEUES),
        after=st.integers(0, 12),
        same=st.booleans(),
    )
    def deliver_two_at_once(self, queue: str, other: str, after: int, same: bool) -> None:
        """After some changes of one handler another one runs; with `same` it has the very message."""
        message = self.world.queues[queue].receive()
        if message is None:
            return
        left = [after]

        def interrupt(_effect: str) -> None:
            left[0] -= 1
            if left[0] == -1:
                if same and queue != ASSEMBLY:
                    self.world.handle(queue, message, delete=False)
                else:
                    self.world.deliver(other)

        self.world.effects.meanwhile = interrupt
        self.world.handle(queue, message)
        self.world.effects.spare()

    @rule(seconds=st.sampled_from([20, 60, 400, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule()
    def close_runs(self) -> None:
        self.world.close_runs()

    @precondition(lambda self: len(self.lethal) == 0)
    @rule()
    def deadline(self) -> None:
        if self.world.open_runs():
            self.lethal.append("deadline")
        self.world.clock.advance(27 * 3600)
        self.world.close_runs()

    @rule(number=st.integers(0, 40), kind=st.sampled_from(["unavailable", "throttled", "day"]), page=st.integers(0, 1))
    def linkedin_fails(self, number: int, kind: str, page: int) -> None:
        self._fail(number, page, [REPLIES[kind]])
        self.quotas_used_up += kind == "day"
        if self.quotas_used_up > 1:
            self.lethal.append("the second midnight is beyond the deadline")

    @precondition(lambda self: len(self.lethal) == 0)
    @rule(number=st.integers(0, 40), kind=st.sampled_from(["forbidden", "unavailable"]))
    def linkedin_fails_for_ever(self, number: int, kind: str) -> None:
        self.lethal.append(f"{kind} for ever")
        self._fail(number, 0, [REPLIES[kind]] * 100)

    @rule(number=st.integers(0, 40))
    def a_part_is_altered(self, number: int) -> None:
        parts = sorted(key for key in self.world.bucket.objects if "/parts/" in key)
        if parts:
            key = parts[number % len(parts)]
            self.world.bucket.objects[key] = self.world.bucket.objects[key][:-5]
            if self._rereads(key) > 1:
                self.lethal.append("altered too often")

    @invariant()
    def an_outcome_stands_unless_its_shard_is_read_again(self) -> None:
        now = {key: data for key, data in self.world.bucket.objects.items() if "/outcomes/" in key}
        for key, data in self.outcomes.items():
            if now.get(key) != data:
                assert key.replace("/outcomes/", "/rereads/") in self.world.bucket.objects, f"{key} has changed"
        self.outcomes = now

    @invariant()
    def what_stands_in_the_bucket_is_true(self) -> None:
        assert_sound(self.world)

    def teardown(self) -> None:
        self.world.effects.spare()
        self._note_exhausted()
        self.world.settle()
        snapshot, facts = undisturbed()
        for plan in self.plans:
            manifest = self.world.manifest(plan.run_id)
            if manifest.status == "SUCCEEDED":
                assert self.world.snapshot(plan.run_id) == snapshot
                assert facts_of(manifest) == facts
            else:
                assert self.lethal, f"{manifest.status}: {facts_of(manifest)['failed']}, and nothing explains it"
                self._is_reported(plan, manifest.status)
            assert plan.run_id in [detail["runId"] for _, detail in self.world.bus.sent]
        kept = [plan.run_id for plan in self.plans if self.world.manifest(plan.run_id).status != "FAILED"]
        assert self.world.latest[-1:] == ([max(kept)] if kept else [])
        assert_sound(self.world)

    def _start(self, number: int) -> None:
        self.plans.append(self.world.start(str(number), settings=FORTNIGHT))

    def _bring_forward(self, queue: str, place: int) -> None:
        messages = self.world.queues[queue].messages
        if queue != ASSEMBLY and messages:
            messages.insert(0, messages.pop(place % len(messages)))

    def _fail(self, number: int, page: int, replies: list[Reply]) -> None:
        plan = self.plans[number % len(self.plans)]
        shard = plan.shards[number % len(plan.shards)]
        name = listing_of(dict(query_of(shard, plan).parameters))
        self.world.account.faults_at.setdefault((name, 2 * page), []).extend(replies)

    def _note_exhausted(self) -> None:
        """A message that was delivered as often as it may is given up, whatever it could still have become."""
        for queue in self.world.queues.values():
            if any(message.receives >= MOST_DELIVERIES - 1 for message in queue.messages):
                self.lethal.append(f"deliveries on {queue.name}")
        for replies in self.world.account.faults_at.values():
            if len(replies) >= MOST_DELIVERIES - 1:
                self.lethal.append("failed too often")

    def _rereads(self, part: str) -> int:
        step, shard = part.split("/")[3:5]
        data = self.world.bucket.objects.get(graph_bucket.reread_key(part.split("/")[1], step, shard))
        return int(msgspec.json.decode(data)["times"]) if data else 0

    def _is_reported(self, plan: Plan, status: str) -> None:
        """Every shard has an outcome, and a failed one says why."""
        stored = read_plan(self.world.bucket, plan.run_id)
        for shard in stored.shards:
            data = self.world.bucket.objects.get(graph_bucket.outcome_key(plan.run_id, shard.step, shard.name))
            if data is None:
                assert status == "FAILED"
                continue
            outcome = msgspec.json.decode(data, type=Outcome)
            assert outcome.status == "SUCCEEDED" or outcome.error


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=20,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
