"""Back-off within one invocation: full jitter, `Retry-After` honoured, never past the time left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from learning_graph.values.errors import OutOfTime, RetriableError, Throttled, Unavailable

LONGEST_WAIT: Final = 120.0  # seconds; whoever must wait longer gives the work back to the queue
_full_jitter = wait_random_exponential(multiplier=1, max=30)
_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class BackOff:
    """Repeats a call that failed in a way that passes.

    Args:
        attempts: calls in all.
        time_left: seconds until the invocation must be done.
        sleep: waits the given seconds.
    """

    attempts: int
    time_left: Callable[[], float]
    sleep: Callable[[float], None]

    def call(self, action: Callable[[], T], *, what: str) -> T:
        """Return what `action` returns in the end.

        Args:
            action: raises Unavailable or Throttled to be called again.
            what: path and place, for the log; no person's data, no secret.

        Raises:
            RetriableError: the last failure, when attempts or time are used up; OutOfTime only where there was none.
            LearningGraphError: whatever else `action` raises, at once.
        """
        failures: list[RetriableError] = []

        def attempt() -> T:
            try:
                return action()
            except (Unavailable, Throttled) as error:
                failures.append(error)
                _log.warning("call failed", extra={"call": what, "attempt": len(failures), "reason": str(error)})
                raise

        retrying = Retrying(
            retry=retry_if_exception_type((Unavailable, Throttled)),
            stop=self._stop,
            wait=_wait,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except OutOfTime:
            if failures:
                raise failures[-1] from None
            raise

    def _stop(self, state: RetryCallState) -> bool:
        if state.attempt_number >= self.attempts:
            return True
        return state.upcoming_sleep > LONGEST_WAIT or state.upcoming_sleep >= self.time_left()


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.retry_after if isinstance(error, Throttled) else None
    return (asked or 0.0) + _full_jitter(state)
