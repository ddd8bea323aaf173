"""The date of a report, in the report's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from learning_graph.values.clock import from_milliseconds, to_milliseconds

# `then`: from the snapshot of that time; `now`: from the newest snapshot's data about that time.
Knowledge = Literal["then", "now"]


@dataclass(frozen=True)
class AsOf:
    """A date in a zone, and which snapshot's data is used."""

    day: date
    zone: ZoneInfo
    knowledge: Knowledge = "then"

    @classmethod
    def of_instant(cls, milliseconds: int, zone: ZoneInfo) -> AsOf:
        """Return the date in which an instant lies."""
        return cls(from_milliseconds(milliseconds).astimezone(zone).date(), zone)

    @property
    def end(self) -> int:
        """The first instant after the date, epoch milliseconds: local midnight."""
        following = self.day + timedelta(days=1)
        return to_milliseconds(datetime(following.year, following.month, following.day, tzinfo=self.zone))
