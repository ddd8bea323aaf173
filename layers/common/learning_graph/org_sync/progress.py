"""What a worker has to say about a drop when it is through with it for now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from learning_graph.org_sync.drops import Drop
from learning_graph.org_sync.state import Outcome

LIMIT: Final = timedelta(hours=24)  # no drop is worked on for longer
_SOONEST: Final = 5.0  # seconds
_LATEST: Final = 300.0
_SHARE: Final = 0.1


@dataclass(frozen=True)
class Later:
    """Come back: the message is sent again with this delay.

    Args:
        seconds: at most 900, SQS's limit.
        lost: an earlier version of the file that nobody works on.
    """

    seconds: float
    reason: str
    lost: Drop | None = None


@dataclass(frozen=True)
class Passed:
    """Nothing more to do with this message."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """The drop has ended, and everybody was told.

    Args:
        counts: numbers for the metrics, by name.
    """

    outcome: Outcome
    file: str
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)


Progress = Later | Passed | Ended


def patience(waited_ms: int) -> float:
    """Return how long to wait after having waited so long (milliseconds): a tenth more, 5 to 300 seconds."""
    return max(_SOONEST, min(_LATEST, waited_ms / 1000 * _SHARE))
