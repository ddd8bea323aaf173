"""Daily quotas that are used up: nobody calls with such a pair before 00:00 UTC (API reference §7.3, §7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from learning_graph.values.steps import KeyType


class DailyQuota:
    """What one client knows of used-up quotas; whoever shares the pair with other workers gives it a shared one."""

    def __init__(self) -> None:
        self._until: dict[KeyType, datetime] = {}

    def used_up_until(self, key_type: KeyType) -> datetime | None:
        """Return the end of the time in which no call may be made for a key type, None where nobody met one."""
        return self._until.get(key_type)

    def use_up(self, key_types: Iterable[KeyType], until: datetime) -> None:
        """Take down that no call may be made for these key types, which share a pair, before `until`."""
        self._until |= dict.fromkeys(key_types, until)
