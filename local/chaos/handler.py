"""The handler that chaos workers run in place of a function's own: the same code, with faults.

An event may carry the invocation's faults under `_chaos`, which the function never sees:

    {"now": ISO 8601, "atOnce": N, "lastCall": K, "kill": {"call": K, "after": true}}

what time it is, how many requests may run at once, after which HTTP exchange (with AWS or LinkedIn, counted from 1)
the invocation's time is over, and before or after which one the process ends as by SIGKILL. Waits are shortened, and
pages and parts are small, so that a small account has many of them.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3.connectionpool

from local.chaos.fault_schedule import FAULTS_MEMBER, FOLDER

_LONGEST_WAIT = 0.02
_LEFT_FOR_THE_REST = 30_000  # milliseconds, less than the product keeps as its margin
_CATALOG_PAGE, _REPORT_PAGE, _ROWS_A_PART = 20, 25, 30

_sleep = time.sleep
_exchange = urllib3.connectionpool.HTTPConnectionPool.urlopen


class _Invocation:
    """The faults of the present invocation, and how many HTTP exchanges it has had."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.exchanges = 0
        self.kill_at = 0
        self.kill_after = False
        self.ahead = timedelta()

    def begin(self, faults: dict[str, Any], now: datetime) -> None:
        kill = faults.get("kill", {})
        with self.lock:
            self.exchanges, self.kill_at, self.kill_after = 0, kill.get("call", 0), kill.get("after", False)
            self.ahead = datetime.fromisoformat(faults["now"]) - now if "now" in faults else timedelta()

    def count(self) -> int:
        with self.lock:
            self.exchanges += 1
            return self.exchanges

    def kill_if_due(self, number: int, *, after: bool) -> None:
        if number == self.kill_at and after == self.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)


_present = _Invocation()


def _counted_exchange(*arguments: Any, **named: Any) -> Any:
    number = _present.count()
    _present.kill_if_due(number, after=False)
    try:
        return _exchange(*arguments, **named)
    finally:
        _present.kill_if_due(number, after=True)


class _ShortContext:
    """A Lambda context whose time is over after an exchange: what is left is for handing the rest on."""

    def __init__(self, context: Any, last_call: int) -> None:
        self._context = context
        self._last_call = last_call

    def get_remaining_time_in_millis(self) -> int:
        is_over = _present.exchanges >= self._last_call
        return _LEFT_FOR_THE_REST if is_over else int(self._context.get_remaining_time_in_millis())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


def _prepare() -> Callable[[Any, Any], Any]:
    """Shorten waits and pages before the product is imported, then load the function's own handler."""
    time.sleep = lambda seconds: _sleep(min(float(seconds), _LONGEST_WAIT))
    urllib3.connectionpool.HTTPConnectionPool.urlopen = _counted_exchange  # type: ignore[method-assign]
    from learning_graph.linkedin import queries  # noqa: PLC0415 - its waits are set when it is imported
    from learning_graph.runs import part_writer  # noqa: PLC0415
    from learning_graph.values import clock  # noqa: PLC0415

    present = clock.utc_now
    clock.utc_now = lambda: present() + _present.ahead
    vars(queries).update(CATALOG_PAGE=_CATALOG_PAGE, REPORT_PAGE=_REPORT_PAGE)
    vars(part_writer).update(ROWS_A_PART=_ROWS_A_PART)
    path = Path(os.environ[FOLDER]) / "app.py"
    spec = importlib.util.spec_from_file_location("app", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own: Callable[[Any, Any], Any] = module.handler

    def handle(event: Any, context: Any) -> Any:
        faults = event.pop(FAULTS_MEMBER, {})
        _present.begin(faults, present())
        os.environ["MAX_CONCURRENT_REQUESTS"] = str(faults.get("atOnce", 1))
        return own(event, _ShortContext(context, faults["lastCall"]) if "lastCall" in faults else context)

    return handle


handler = _prepare()
