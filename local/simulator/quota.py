"""Limits of requests: per day, client and resource until midnight UTC (API reference §7.4), and per second."""

from __future__ import annotations

import time
from collections import Counter, deque

from local.simulator.clock import DAY, Clock
from local.simulator.errors import throttled, throttled_for_the_day


class Quotas:
    """``limit`` calls a day for each client and resource; 0 is without limit."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self.limit = limit
        self._day = -1
        self._calls: Counter[tuple[str, str]] = Counter()
        self._exhausted: set[tuple[str, str]] = set()

    def count(self, client: str, resource: str) -> None:
        """Count a call; 429 with the DAY text where the quota is used up."""
        self._turn()
        key = (client, resource)
        self._calls[key] += 1
        if key in self._exhausted or (self.limit and self._calls[key] > self.limit):
            raise throttled_for_the_day()

    def exhaust(self, client: str, resource: str) -> None:
        """Use up the quota until midnight UTC, whatever its size."""
        self._turn()
        self._exhausted.add((client, resource))

    def reset(self) -> None:
        self._calls.clear()
        self._exhausted.clear()

    def _turn(self) -> None:
        day = self._clock.now() // DAY
        if day != self._day:
            self._day = day
            self.reset()


class RateLimit:
    """``per_second`` requests in any second, 0 is without limit; counts all requests and those refused."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.requests = 0
        self.refused = 0
        self._recent: deque[float] = deque()

    def count(self) -> None:
        """Count a request; 429 without Retry-After where there were too many in the last second (real time)."""
        self.requests += 1
        if not self.per_second:
            return
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.per_second:
            self.refused += 1
            raise throttled()
        self._recent.append(now)

    def shown(self) -> dict[str, float]:
        return {"perSecond": self.per_second, "requests": self.requests, "throttled": self.refused}

    def set(self, per_second: float) -> None:
        """Set the limit, and begin to count anew."""
        self.per_second, self.requests, self.refused = per_second, 0, 0
        self._recent.clear()
