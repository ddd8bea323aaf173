"""How many calls run at once: fewer after LinkedIn throttles, slowly more again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

RECOVER_AFTER: Final = 20  # successes in a row before one more call may run at once


class AdaptiveLimit:
    """A semaphore whose size LinkedIn's answers move between 1 and `maximum`."""

    def __init__(self, maximum: int, *, recover_after: int = RECOVER_AFTER) -> None:
        self._maximum = maximum
        self._limit = maximum
        self._recover_after = recover_after
        self._running = 0
        self._successes = 0
        self._epoch = 0
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """Calls that may run at once just now."""
        return self._limit

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Wait for a free place and hold it; gives the epoch to hand to `throttled`."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._limit)
            self._running += 1
            epoch = self._epoch
        try:
            yield epoch
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def throttled(self, epoch: int) -> None:
        """Halve the limit; once per burst, however many of the calls that were under way are throttled together."""
        with self._changed:
            self._successes = 0
            if epoch == self._epoch:
                self._limit = max(1, self._limit // 2)
                self._epoch += 1

    def succeeded(self) -> None:
        """Count a success; enough of them in a row raise the limit by one."""
        with self._changed:
            self._successes += 1
            if self._successes >= self._recover_after and self._limit < self._maximum:
                self._limit += 1
                self._successes = 0
                self._changed.notify_all()
