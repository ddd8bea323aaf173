"""The simulator's clock: settable, running on, in epoch milliseconds (UTC)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY


class Clock:
    """Starts at a given instant and runs on as `monotonic` does, which returns seconds."""

    def __init__(self, start: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.set(start)

    def now(self) -> int:
        """The current instant in epoch milliseconds."""
        return self._base + round((self._monotonic() - self._origin) * 1000)

    def set(self, instant: int) -> None:
        """Jump to an instant (epoch milliseconds) and run on from there."""
        self._base = instant
        self._origin = self._monotonic()


def parse_instant(text: str | int) -> int:
    """Epoch milliseconds of an ISO 8601 text, of digits, or of an integer.

    Raises:
        ValueError: the text is neither.
    """
    if isinstance(text, int):
        return text
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def iso(instant: int) -> str:
    """An instant as ISO 8601 with milliseconds, for people and logs."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=65_536)
def pacific_midnight(day: date) -> int:
    """The instant at which a US Pacific day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=PACIFIC).timestamp() * 1000)


def pacific_day(instant: int) -> date:
    """The US Pacific calendar day an instant falls on."""
    return datetime.fromtimestamp(instant / 1000, PACIFIC).date()


def pacific_day_start(instant: int, days_back: int = 0) -> int:
    """Start of the Pacific day of an instant, or of a day before it."""
    return pacific_midnight(pacific_day(instant) - timedelta(days=days_back))


def utc_day_start(instant: int) -> int:
    """Midnight UTC of an instant."""
    return instant - instant % DAY
