"""The date that a report is judged at, in the report's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from learning_graph.values.clock import from_milliseconds, to_milliseconds
from learning_graph.values.errors import ConfigurationError

# `then`: with what the snapshot of that time knew; `now`: with what the newest snapshot knows of that time.
Knowledge = Literal["then", "now"]


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


@dataclass(frozen=True)
class AsOf:
    """A date in a zone, and which knowledge of it counts."""

    day: date
    zone: ZoneInfo
    knowledge: Knowledge = "then"

    @classmethod
    def of_instant(cls, milliseconds: int, zone: ZoneInfo) -> AsOf:
        """Return the date in which an instant lies."""
        return cls(from_milliseconds(milliseconds).astimezone(zone).date(), zone)

    @property
    def end(self) -> int:
        """The first instant after the date, epoch milliseconds: local midnight, whatever length the day has."""
        following = self.day + timedelta(days=1)
        return to_milliseconds(datetime(following.year, following.month, following.day, tzinfo=self.zone))
