"""Every change the fakes make, in order: a test can look at the order, or end the worker before any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Killed(BaseException):
    """The worker is gone between two changes. Not an Exception: no handler of the product may catch it."""


class Effects:
    """Changes that happened (`done`), each named `<what> <where>`; `before` is told of each one and may raise."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.before: Callable[[str], None] = lambda _effect: None
        self._lock = threading.RLock()

    def happen(self, effect: str) -> None:
        """Let one change happen, unless `before` raises."""
        with self._lock:
            self.before(effect)
            self.done.append(effect)

    def kill_before(self, number: int) -> None:
        """Let `number` changes from now on happen, and kill the worker before the next one."""
        first = len(self.done)

        def kill(effect: str) -> None:
            if len(self.done) - first >= number:
                raise Killed(effect)

        self.before = kill

    def spare(self) -> None:
        """Kill nobody any more."""
        self.before = lambda _effect: None
