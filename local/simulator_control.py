"""What a chaos run and the tests ask of a running simulator, over its control plane."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

_SECONDS = 60


class SimulatorControl:
    """Faults, clock, account and request log of the simulator at an address."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/_simulator/"

    def add_fault(self, fault: str | dict[str, Any]) -> None:
        """Put a fault in force; see `python -m local simulator --list-faults`."""
        self._ask("POST", "faults", fault)

    def clear_faults(self) -> None:
        self._ask("DELETE", "faults")

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults in force with how often each `matched` and `fired`."""
        found: list[dict[str, Any]] = self._ask("GET", "faults")
        return found

    def set_clock(self, now: datetime) -> None:
        self._ask("POST", "clock", {"now": now.isoformat()})

    def change_account(self, *changes: dict[str, Any]) -> None:
        """Apply changes; see `local.simulator.account_changes`."""
        self._ask("POST", "account", list(changes))

    def assume(self, **values: str) -> None:
        """Answer assumed statements of the API reference otherwise; names with `_` for `-`."""
        self._ask("POST", "assumptions", {name.replace("_", "-"): value for name, value in values.items()})

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests since the last `forget_requests`, in order."""
        found: list[dict[str, Any]] = self._ask("GET", "requests")
        return found

    def forget_requests(self) -> None:
        self._ask("DELETE", "requests")

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Return `learners`, `content`, `classifications` or `event-log`."""
        with urlopen(self._url + name, timeout=_SECONDS) as answer:  # noqa: S310 - the simulator's own address
            return [json.loads(line) for line in answer.read().split(b"\n") if line]

    def _ask(self, method: str, name: str, value: Any = None) -> Any:
        data = None if value is None else json.dumps(value).encode()
        request = Request(self._url + name, data=data, method=method)  # noqa: S310 - the simulator's own address
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the simulator's own address
            body = answer.read()
        return json.loads(body) if body else None
