"""Retries, throttling and the daily quota (API reference §7.3, §7.4).

- An outage (5xx, time-out, broken body) is repeated with full jitter, a few times.
- A throttled call is repeated for as long as there is time, at a pace that LinkedIn was seen to allow.
- After the daily quota nothing is called before 00:00 UTC.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from learning_graph.values.errors import LearningGraphError, OutOfTime, Throttled, Unavailable
from learning_graph.values.steps import KeyType

ATTEMPTS: Final = 4  # calls in all before an outage is reported; throttling does not count
LONGEST_WAIT: Final = 120.0  # seconds; a longer wait is left to the queue
_LONGEST_BACK_OFF: Final = 30.0  # seconds
_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class LearntRate:
    """The calls a second that LinkedIn was seen to allow one worker, `age` seconds ago."""

    calls_a_second: float
    age: float = 0.0


class SharedLimits:
    """What the workers of a run share about LinkedIn's limits; this one keeps it in memory, for a client alone."""

    def __init__(self) -> None:
        self._quota: dict[KeyType, datetime] = {}
        self._rates: dict[KeyType, float] = {}

    def quota_used_up_until(self, key_type: KeyType) -> datetime | None:
        """Return until when no call may be made for a key type, None where its daily quota is not used up."""
        return self._quota.get(key_type)

    def use_up_quota(self, key_types: Iterable[KeyType], until: datetime) -> None:
        """Record that no call may be made for these key types, which share a pair, before `until`."""
        self._quota |= dict.fromkeys(key_types, until)

    def learnt_rate(self, key_type: KeyType, *, again: bool = False) -> LearntRate | None:
        """Return the rate that was recorded last, None where LinkedIn never throttled.

        With `again`, the rate that other workers have recorded since is read.
        """
        del again
        rate = self._rates.get(key_type)
        return None if rate is None else LearntRate(rate)

    def learn_rate(self, key_types: Iterable[KeyType], rate: float) -> None:
        """Record the calls a second that LinkedIn allows this worker for these key types, which share a pair."""
        self._rates |= dict.fromkeys(key_types, rate)


class Pacer:
    """Decides when the next call of a credential pair may start, from what LinkedIn allowed before.

    There is no limit until LinkedIn throttles. Then the rate falls below what LinkedIn allowed in the last seconds (the
    ceiling), rises towards it, stays level, and only after a while rises further: the curve of CUBIC (RFC 9438, §4.2),
    which stays close below a limit that can be found only by reaching it.

    All instants are seconds of one monotonic clock. Not safe for threads.

    A worker that begins goes on where the last 429 of the others has left the curve: workers of short invocations would
    else keep for ever to a rate that was measured too low.

    Args:
        learnt: what is known to be allowed, None for no limit.
        now: the present instant.
    """

    _FALL: Final = 0.1  # share of the ceiling by which the rate falls
    _RISE: Final = 10.0  # seconds in which it is back at the ceiling
    _SETTLES: Final = 1.0  # seconds after a change in which a further 429 is ignored: servers count per second
    _MEASURED: Final = 5.0  # seconds over which successes are counted
    _LEAST: Final = 0.9  # share of the rate that remains as the ceiling after a 429, which may be due to another worker
    _GIVEN_UP: Final = 10.0  # times the ceiling; a limit exceeded by so much has been lifted

    def __init__(self, learnt: LearntRate | None, now: float) -> None:
        self.ceiling: float | None = None
        self._changed_at = now
        self.follow(learnt, now)
        self._next_at = now
        self._successes: deque[float] = deque(maxlen=1000)
        self._refused_in_a_row = 0

    def follow(self, learnt: LearntRate | None, now: float) -> None:
        """Take over what another worker has learnt."""
        if learnt is not None:
            self.ceiling = learnt.calls_a_second
            self._changed_at = now - learnt.age

    def rate(self, now: float) -> float | None:
        """Return the calls a second that may start now, None without a limit."""
        if self.ceiling is None:
            return None
        distance = (now - self._changed_at - self._RISE) / self._RISE
        rate = self.ceiling * (1 + self._FALL * distance**3)
        if rate > self._GIVEN_UP * self.ceiling:
            self.ceiling = None
            return None
        return rate

    def reserve(self, now: float) -> float:
        """Return the seconds after which the next call may start, and take that place."""
        start = max(now, self._next_at)
        rate = self.rate(now)
        if rate is not None:
            self._next_at = start + 1 / rate
        return start - now

    def succeeded(self, now: float) -> None:
        """Count a call that was answered."""
        self._refused_in_a_row = 0
        self._successes.append(now)

    def throttled(self, started_at: float, now: float, retry_after: float | None) -> bool:
        """Slow down after a 429; return whether the ceiling changed.

        Args:
            started_at: when the call was made; calls made before the last change are ignored.
            now: when it was refused.
            retry_after: seconds LinkedIn asks to wait, None where it does not say.
        """
        if retry_after:
            self._next_at = max(self._next_at, now + retry_after)
        if self.ceiling is not None and started_at < self._changed_at + self._SETTLES:
            return False
        self._refused_in_a_row += 1
        if not retry_after and self._refused_in_a_row > 1:
            pause = min(_LONGEST_BACK_OFF, 2.0 ** (self._refused_in_a_row - 2))
            self._next_at = max(self._next_at, now + pause * random.uniform(0.5, 1))
        rate = self.rate(now)
        allowed = self._allowed(now)
        if rate is None:
            self.ceiling = allowed or 1.0
        else:
            self.ceiling = min(rate, max(allowed, self._LEAST * rate))
        self._changed_at = now
        self._next_at = max(self._next_at, now + 1 / self.ceiling)
        return True

    def _allowed(self, now: float) -> float:
        """Return the calls a second that were answered recently."""
        answered = [at for at in self._successes if at > now - self._MEASURED]
        seconds = answered[-1] - answered[0] if answered else 0.0
        return (len(answered) - 1) / seconds if seconds > 1 else float(len(answered))


class Throttle:
    """Paces the calls of one credential pair that the threads of an invocation make.

    Args:
        key_types: that are read with the pair.
        shared: what other workers of the run know.
        monotonic: the clock, in seconds.
        sleep: waits the given seconds.
    """

    def __init__(
        self,
        key_types: tuple[KeyType, ...],
        shared: SharedLimits,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._key_types = key_types
        self._shared = shared
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._pacer: Pacer | None = None

    def wait(self, time_left: float) -> float:
        """Sleep until the next call may start; return that instant.

        Raises:
            Throttled: the time left, in seconds, is shorter than the wait.
        """
        with self._lock:
            now = self._monotonic()
            if self._pacer is None:
                self._pacer = Pacer(self._shared.learnt_rate(self._key_types[0]), now)
            wait = self._pacer.reserve(now)
        if wait > LONGEST_WAIT or (wait and wait >= time_left):
            raise Throttled("LinkedIn throttles, and the next call would come too late", retry_after=wait)
        if wait:
            self._sleep(wait)
        return self._monotonic()

    def succeeded(self) -> None:
        """Count a call that was answered."""
        with self._lock:
            if self._pacer:
                self._pacer.succeeded(self._monotonic())

    def throttled(self, started_at: float, retry_after: float | None) -> None:
        """Slow down after a 429, and record the new rate for the other workers."""
        with self._lock:
            if not self._pacer:
                return
            now = self._monotonic()
            if self._pacer.ceiling is None:
                self._pacer.follow(self._shared.learnt_rate(self._key_types[0], again=True), now)
            changed = self._pacer.throttled(started_at, now, retry_after)
            ceiling = self._pacer.ceiling
        if changed and ceiling is not None:
            self._shared.learn_rate(self._key_types, ceiling)


@dataclass(frozen=True)
class Attempts:
    """Repeats a call after a failure that may pass, within one invocation.

    Args:
        most: calls in all before an outage is reported.
        time_left: seconds until the invocation must be done.
        sleep: waits the given seconds.
    """

    most: int
    time_left: Callable[[], float]
    sleep: Callable[[float], None]

    def call(
        self,
        action: Callable[[], T],
        *,
        what: str,
        throttle: Throttle | None = None,
        log_fields: Mapping[str, str] | None = None,
    ) -> T:
        """Return the result of `action`, repeating it after failures that may pass.

        Args:
            action: raises Unavailable or Throttled to be called again.
            what: path and place, for the log; no person's data, no secret.
            throttle: paces the attempts; a throttled one is then repeated for as long as there is time. Without it,
                being throttled counts as an outage.
            log_fields: what log lines say besides.

        Raises:
            RetriableError: the last failure, when attempts or time are used up; OutOfTime only where there was none.
            LearningGraphError: any other error of `action`, without repeating it.
        """
        failure: Unavailable | Throttled | None = None
        outages = 0
        while True:
            started_at = self._wait(throttle, failure)
            try:
                answer = action()
            except (Unavailable, Throttled) as error:
                failure = error
                _log.warning("call failed", extra={**(log_fields or {}), "call": what, "reason": str(error)})
                if throttle and isinstance(error, Throttled):
                    throttle.throttled(started_at, error.retry_after)
                else:
                    outages += 1
                    self._back_off(outages, error)
            except OutOfTime:
                if failure is not None:
                    raise failure from None
                raise
            else:
                if throttle:
                    throttle.succeeded()
                return answer

    def _wait(self, throttle: Throttle | None, failure: LearningGraphError | None) -> float:
        if throttle is None:
            return 0.0
        try:
            return throttle.wait(self.time_left())
        except Throttled as error:
            if isinstance(failure, Throttled):
                # LinkedIn's own message is more useful than that there is no time to wait.
                failure.retry_after = error.retry_after
                raise failure from None
            raise

    def _back_off(self, outages: int, error: Unavailable | Throttled) -> None:
        """Sleep with full jitter before the next attempt, or raise the error where there is none."""
        wait = random.uniform(0, min(_LONGEST_BACK_OFF, 2.0 ** (outages - 1)))
        if isinstance(error, Throttled) and error.retry_after:
            wait += error.retry_after
        if outages >= self.most or wait > LONGEST_WAIT or wait >= self.time_left():
            raise error
        self.sleep(wait)
