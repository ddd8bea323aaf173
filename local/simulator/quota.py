"""Daily quotas per client and resource, reset at midnight UTC of the simulator's clock (API reference §7.4)."""

from __future__ import annotations

from collections import Counter

from local.simulator.clock import DAY, Clock
from local.simulator.errors import throttled_for_the_day


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
