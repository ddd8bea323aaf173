"""Throttling: the pace settles below what LinkedIn allows, for one worker and for several, and costs no shard."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from learning_graph.linkedin import queries
from learning_graph.linkedin.policy import LearntRate, Pacer, SharedLimits
from learning_graph.values.errors import Throttled
from tests.fakes.linkedin import FakeLinkedIn, FakeTime, Reply, make_client

COURSES = replace(queries.assets("COURSE", locale=None, licensed_only=True), record=int)


class TokenBucket:
    """Allows `rate` calls a second, and a burst of `burst`."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens, self._at = burst, 0.0

    def __call__(self, now: float) -> bool:
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class LastSecond:
    """Allows `rate` calls within any second."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._calls: deque[float] = deque()

    def __call__(self, now: float) -> bool:
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        if len(self._calls) >= self.rate:
            return False
        self._calls.append(now)
        return True


class EachSecond:
    """Allows `rate` calls in each second of the clock."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._second, self._count = -1, 0

    def __call__(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self.rate


@dataclass
class Traffic:
    """Instants of answered and of refused calls."""

    answered: list[float]
    refused: list[float]

    def per_second(self, begin: float, end: float) -> float:
        return sum(begin <= at < end for at in self.answered) / (end - begin)

    def refused_share(self, begin: float, end: float) -> float:
        refused = sum(begin <= at < end for at in self.refused)
        return refused / (refused + sum(begin <= at < end for at in self.answered))


def drive(
    allows: Callable[[float], bool],
    *,
    workers: int,
    seconds: float,
    retry_after: float | None = None,
    threads: int = 8,
    latency: float = 0.2,
    calls_an_invocation: int | None = None,
    learnt: tuple[float, float] | None = None,
) -> Traffic:
    """Let workers call as fast as their pacers let them, in simulated time.

    With `calls_an_invocation` a worker's pacer is a new one after so many answers, which begins with what the others
    have learnt; `learnt` is the rate that was recorded before, and when.
    """
    random.seed(7)
    pacers = [Pacer(None, 0.0) for _ in range(workers)]
    answered = [0] * workers

    def shared(now: float) -> LearntRate | None:
        return None if learnt is None else LearntRate(learnt[0], now - learnt[1])

    traffic = Traffic([], [])
    numbers = itertools.count()
    # (instant, number, worker, began): a thread that asks for its next call, or one whose call is answered.
    events: list[tuple[float, int, int, float | None]] = [
        (random.uniform(0, 0.1), next(numbers), worker, None) for worker in range(workers) for _ in range(threads)
    ]
    heapq.heapify(events)
    while events:
        now, _, worker, began = heapq.heappop(events)
        if now > seconds:
            break
        pacer = pacers[worker]
        if began is None:
            start = now + pacer.reserve(now)
            heapq.heappush(events, (start + latency / 2, next(numbers), worker, start))
            continue
        # The call has reached the server; its answer is known half a latency later, which changes nothing here.
        if allows(now):
            traffic.answered.append(now)
            pacer.succeeded(now)
            answered[worker] += 1
            if calls_an_invocation and answered[worker] % calls_an_invocation == 0:
                pacers[worker] = Pacer(shared(now), now)
        else:
            traffic.refused.append(now)
            if pacer.ceiling is None:
                pacer.follow(shared(now), now)
            if pacer.throttled(began, now, retry_after) and pacer.ceiling and (not learnt or now - learnt[1] >= 10):
                learnt = pacer.ceiling, now
        heapq.heappush(events, (now + latency / 2, next(numbers), worker, None))
    return traffic


BUCKET, LAST, EACH = "token bucket", "within any second", "in each second"


@pytest.mark.parametrize("retry_after", [None, 1.0], ids=["", "retry-after"])
@pytest.mark.parametrize(
    ("kind", "rate", "workers", "shares"),
    [
        (BUCKET, 3, 1, (0.9, 0.05)),
        (BUCKET, 3, 6, (0.9, 0.3)),
        (BUCKET, 20, 1, (0.9, 0.02)),
        (BUCKET, 20, 6, (0.9, 0.05)),
        (EACH, 3, 1, (0.9, 0.05)),
        # A handful of calls a second, by workers that do not see each other, meet in some seconds.
        (EACH, 3, 6, (0.85, 0.3)),
        (EACH, 20, 1, (0.9, 0.02)),
        (EACH, 20, 6, (0.9, 0.05)),
        (LAST, 3, 1, (0.8, 0.05)),
        (LAST, 20, 1, (0.9, 0.02)),
        (LAST, 20, 6, (0.85, 0.05)),
    ],
)
def test_the_pace_settles_close_below_what_is_allowed(
    kind: str, rate: int, workers: int, shares: tuple[float, float], retry_after: float | None
) -> None:
    servers: dict[str, Callable[[float], bool]] = {
        BUCKET: TokenBucket(rate, 2 * rate),
        LAST: LastSecond(rate),
        EACH: EachSecond(rate),
    }
    server = servers[kind]
    traffic = drive(server, workers=workers, seconds=300, retry_after=retry_after)

    least, most_refused = shares
    assert traffic.per_second(60, 300) >= least * rate
    assert traffic.refused_share(60, 300) <= most_refused


def test_a_rate_that_was_measured_too_low_is_left_although_no_invocation_is_as_long_as_a_rise() -> None:
    traffic = drive(
        EachSecond(50), workers=8, threads=16, latency=0.1, seconds=150, calls_an_invocation=25, learnt=(0.5, 0.0)
    )

    assert traffic.per_second(75, 150) >= 0.8 * 50
    assert traffic.refused_share(75, 150) <= 0.25


def test_a_limit_that_is_lifted_is_found_out() -> None:
    limited = TokenBucket(5, 5)
    traffic = drive(lambda now: now > 60 or limited(now), workers=1, seconds=150)

    assert traffic.per_second(30, 60) <= 5.5
    assert traffic.per_second(140, 150) > 35  # eight threads, 0.2 s each


def test_a_limit_that_falls_is_followed_without_a_storm() -> None:
    wide, narrow = TokenBucket(20, 20), TokenBucket(4, 4)
    traffic = drive(lambda now: wide(now) if now < 60 else narrow(now), workers=1, seconds=180)

    assert traffic.per_second(120, 180) >= 0.9 * 4
    assert traffic.refused_share(60, 180) <= 0.2


def server_of(clock: FakeTime, rate: float, pages: int) -> FakeLinkedIn:
    fake = FakeLinkedIn(list(range(100 * pages)))
    bucket = TokenBucket(rate, rate)
    fake.fault = lambda call: None if bucket(clock.seconds) else Reply(429, {"message": "Too many requests"})
    return fake


def test_a_hundred_pages_are_read_from_a_server_that_allows_three_a_second() -> None:
    clock = FakeTime()
    fake = server_of(clock, 3, pages=100)
    client = make_client(fake, clock=clock, at_once=1)
    rows = [row for page in client.pages(COURSES) for row in page.records]

    assert rows == list(range(10_000))
    assert len(fake.calls) <= 110
    assert clock.seconds <= 40


def test_where_the_next_call_would_come_too_late_the_wait_is_reported() -> None:
    clock = FakeTime()
    fake = FakeLinkedIn([1])
    fake.fault = lambda call: Reply(429, b"", {"Retry-After": "20"})
    client = make_client(fake, clock=clock, time_left=lambda: 30 - clock.seconds)
    with pytest.raises(Throttled) as caught:
        client.first_page(COURSES)
    assert (caught.value.retry_after, clock.seconds, len(fake.calls)) == (20, 20, 2)


def test_a_worker_begins_at_the_rate_that_others_have_learnt_and_passes_on_its_own() -> None:
    limits, clock = SharedLimits(), FakeTime()
    limits.learn_rate(("Content", "Report"), 2.0)
    fake = server_of(clock, 2, pages=20)
    client = make_client(fake, clock=clock, at_once=1, limits=limits)
    list(client.pages(COURSES))

    assert len(fake.calls) == 20
    assert 8 <= clock.seconds <= 12

    slower = server_of(clock, 1, pages=20)
    client.http.session.mount("https://", slower)
    list(client.pages(COURSES))
    learnt = limits.learnt_rate("Content")
    assert learnt is not None
    assert 0.8 <= learnt.calls_a_second <= 1.5
