"""Which snapshots are kept, by the calendar days on which they began (ADR 0015)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ALL: Final = "all"
_RETENTION: Final = re.compile(r"daily:([1-9]\d{0,3})(?:,monthly:(\d{1,3}))?")


@dataclass(frozen=True)
class Retention:
    """How many days and months keep the last snapshot of theirs; days and months without one do not count."""

    daily: int
    monthly: int

    def kept(self, starts: Mapping[str, datetime]) -> set[str]:
        """Return which of some snapshots are kept.

        It depends on the snapshots alone, not on the present time: where no run succeeds any more, nothing grows too
        old. What is kept today was kept every day before, so it does not matter how often one looks.

        Args:
            starts: by run, the local time at which it began.
        """
        last_of_day, last_of_month = {}, {}
        for start, run in sorted((start, run) for run, start in starts.items()):
            last_of_day[start.date()] = run
            last_of_month[start.year, start.month] = run
        days = sorted(last_of_day, reverse=True)[: self.daily]
        months = sorted(last_of_month, reverse=True)[: self.monthly]
        return {last_of_day[day] for day in days} | {last_of_month[month] for month in months}


def read_retention(text: str) -> Retention | None:
    """Return the retention that `daily:400,monthly:84` means; None for `all`.

    Raises:
        ValueError: it means nothing.
    """
    if text == ALL:
        return None
    found = _RETENTION.fullmatch(text)
    if found is None:
        raise ValueError("is neither 'all' nor like 'daily:400,monthly:84'")
    return Retention(int(found[1]), int(found[2] or 0))
