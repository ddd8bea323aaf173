"""Time in one place: every instant in this project is epoch milliseconds or an aware UTC datetime."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from learning_graph.values.errors import ConfigurationError

Clock = Callable[[], datetime]

MILLISECONDS_A_DAY = 86_400_000


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(tz=UTC)


def to_milliseconds(instant: datetime) -> int:
    """Return epoch milliseconds of an aware datetime."""
    return round(instant.timestamp() * 1000)


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the aware UTC datetime of epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def next_utc_midnight(now: datetime) -> datetime:
    """Return the next 00:00 UTC, when LinkedIn's daily quotas reset (API reference §7.4)."""
    return (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def time_zone(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise ConfigurationError(
            "ReportTimeZone", f"{name!r} is no IANA time zone", resolution="Write e.g. Europe/Berlin or UTC."
        ) from error
