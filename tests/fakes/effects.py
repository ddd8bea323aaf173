"""Every change the fakes make, in order: a test can look at the order, or end the worker before any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Killed(BaseException):
    """The worker is gone between two changes. Not an Exception: no handler of the product may catch it."""


class Effects:
    """Changes that happened (`done`), each named `<what> <where>`.

    Attributes:
        before: is told of each change before it happens, one at a time, and may raise.
        meanwhile: is told as well, before `before`; whatever it does may make changes itself, in any thread.
    """

    def __init__(self) -> None:
        self.done: list[str] = []
        self.before: Callable[[str], None]
        self.meanwhile: Callable[[str], None]
        self.spare()
        self._lock = threading.RLock()

    def happen(self, effect: str) -> None:
        """Let one change happen, unless a hook raises."""
        self.meanwhile(effect)
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
        """Kill and interrupt nobody any more."""
        self.before = lambda _effect: None
        self.meanwhile = lambda _effect: None
