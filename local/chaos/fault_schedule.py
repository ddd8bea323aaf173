"""The faults that a seed stands for: LinkedIn's, those of each delivery, and how the run begins.

What passes is limited, so that no message can use up its five deliveries: at most two kills or overruns for a shard,
and fewer faults of LinkedIn than three deliveries would repeat. What remains is a permanent fault, which must be named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

DAY = 86_400_000
# The member of an event that holds the invocation's faults, and the variable that names the function's own folder.
FAULTS_MEMBER = "_chaos"
FOLDER = "CHAOS_FUNCTION_FOLDER"
_PASSING = ("429", "429:retryAfter=1", "500", "502", "503", "504", "html", "empty", "truncated", "reset", "reset-body")
_PAGING = (
    "shift:by=1",
    "shift:by=-1",
    "total:by=3",
    "total:by=-2",
    "repeat-page",
    "empty-page",
    "loop-link",
    "no-links",
)
_TOKEN = (
    "401:path=/v2/learning",
    "expire:path=/v2/learning",
    "revoke:path=/v2/learning",
    "500:path=accessToken,times=2",
)
_SLOW = ("slow:seconds=0.2,times=3", "drip:seconds=0.3,times=2")
_QUOTA = ("429-day:path=learningActivityReports", "429-day:path=learningAssets", "429-day:path=learningClassifications")
_PLACES = (
    "",
    "path=learningAssets",
    "path=learningClassifications",
    "path=learningActivityReports",
    "assetType=COURSE",
)
_PASSING_FAULTS = 9  # of passing faults together: a delivery repeats a call four times before it gives up

# What is always refused or broken -> the steps that cannot be read in full.
PERMANENT: dict[str, tuple[str, ...]] = {
    "500:assetType=VIDEO,secondary=CONTENT": ("video-activity",),
    "html:assetType=COURSE,secondary=CONTENT,startedAt={window}": ("course-activity",),
    "500:startedAt={window}": ("users", "course-activity", "learning-path-activity", "video-activity"),
    "truncated:path=learningClassifications,type=TOPIC": ("classifications",),
    "403:path=learningClassifications": ("classifications",),
    "400:path=learningAssets,assetType=LEARNING_PATH": ("learning-paths",),
    "403:path=learningActivityReports": ("users", "course-activity", "learning-path-activity", "video-activity"),
}


@dataclass
class DeliveryFaults:
    """What happens to one delivery.

    `invocation` is for the worker (see `local.chaos.handler`); `overrun` lets the message come again while it is at
    work, `twice` delivers it again although it was finished.
    """

    invocation: dict[str, Any] = field(default_factory=dict)
    overrun: bool = False
    twice: bool = False


@dataclass
class FaultSchedule:
    """The faults of one seed. `faults` pass, `permanent` does not.

    With one worker, who makes one request after the other, a seed means the same each time; with three the order in
    which they get on is the machine's.
    """

    seed: int
    workers: int
    faults: list[str]
    permanent: str | None
    permanent_kind: str | None
    two_runs: bool
    earlier_snapshot: bool
    foreign_messages: bool
    kill_chance: float
    is_undisturbed: bool = False
    _delivery_fault_counts: dict[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> tuple[str, ...]:
        """The steps that cannot succeed."""
        return PERMANENT[self.permanent_kind] if self.permanent_kind else ()

    def delivery_faults(self, function: str, place: str, receives: int) -> DeliveryFaults:
        """Return the faults of a delivery: decided by the message, not by the order in which messages come.

        Args:
            function: that handles it.
            place: what names the message among all of the schedule.
            receives: how often it was delivered, this time included.
        """
        faults = DeliveryFaults({"atOnce": 1 if self.workers == 1 else 8})
        if self.is_undisturbed:
            return faults
        random = Random(f"{self.seed}/{function}/{place}/{receives}")
        allowed = self._delivery_fault_counts.get(place, 0) < 2
        if allowed and random.random() < self.kill_chance:
            most = 60 if function.startswith("Assemble") else 12
            faults.invocation["kill"] = {"call": random.randint(1, most), "after": random.random() < 0.5}
            self._delivery_fault_counts[place] = self._delivery_fault_counts.get(place, 0) + 1
        elif allowed and function.startswith("Collect") and random.random() < 0.05:
            faults.overrun = True
            self._delivery_fault_counts[place] = self._delivery_fault_counts.get(place, 0) + 1
        if function.startswith("Collect") and random.random() < 0.15:
            faults.invocation["lastCall"] = random.randint(4, 9)
        faults.twice = random.random() < 0.1
        return faults

    def __str__(self) -> str:
        parts = [f"{self.workers} workers" if self.workers > 1 else "1 worker", *self.faults]
        if self.permanent:
            parts.append(f"for ever {self.permanent}")
        named = (
            ("two runs", self.two_runs),
            ("earlier snapshot", self.earlier_snapshot),
            ("foreign", self.foreign_messages),
        )
        parts += [name for name, given in named if given]
        return ", ".join(parts)


def undisturbed_schedule(permanent: str | None = None, kind: str | None = None) -> FaultSchedule:
    """Return a schedule without faults but for a permanent fault."""
    return FaultSchedule(
        seed=0,
        workers=3,
        faults=[],
        permanent=permanent,
        permanent_kind=kind,
        two_runs=False,
        earlier_snapshot=False,
        foreign_messages=False,
        kill_chance=0,
        is_undisturbed=True,
    )


def random_schedule(seed: int, windows: list[int]) -> FaultSchedule:
    """Return the schedule of a seed; `windows` are the starts of the run's windows, epoch milliseconds."""
    random = Random(seed)
    faults: list[str] = []
    left = _PASSING_FAULTS
    while left > 0 and random.random() < 0.75:
        times = random.randint(1, min(4, left))
        place = random.choice(_PLACES)
        faults.append(_with(random.choice(_PASSING), place, f"times={times}", f"after={random.randint(0, 6)}"))
        left -= times
    for kinds, chance in ((_PAGING, 0.35), (_TOKEN, 0.3), (_SLOW, 0.2), (_QUOTA, 0.15)):
        if random.random() < chance:
            fault = random.choice(kinds)
            limits = [] if "times=" in fault else ["times=1"]
            faults.append(_with(fault, *limits, f"after={random.randint(0, 8)}"))
    kind = random.choice(list(PERMANENT)) if random.random() < 0.25 else None
    return FaultSchedule(
        seed=seed,
        workers=random.choice((1, 3)),
        faults=faults,
        permanent=kind and kind.replace("{window}", str(random.choice(windows))),
        permanent_kind=kind,
        two_runs=random.random() < 0.25,
        earlier_snapshot=random.random() < 0.4,
        foreign_messages=random.random() < 0.2,
        kill_chance=random.choice((0.0, 0.05, 0.15)),
    )


def _with(fault: str, *selectors: str) -> str:
    kind, _, given = fault.partition(":")
    return f"{kind}:{','.join(filter(None, [given, *selectors]))}"
