"""What a seed stands for: the faults of LinkedIn, the misfortunes of each delivery, and how the run begins.

Whatever passes is rationed, so that no message can use up its five deliveries: at most two kills or overruns for a
shard, and fewer strikes of LinkedIn than three deliveries would repeat. What is left over is a permanent fault, which
must be named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from local.chaos.orders import Orders

DAY = 86_400_000
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
_STRIKES = 9  # of passing faults together: a delivery repeats a call four times before it gives up

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
class Schedule:
    """One seed's mishaps. `faults` pass, `permanent` does not.

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
    is_calm: bool = False
    _misfortunes: dict[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> tuple[str, ...]:
        """The steps that cannot succeed."""
        return PERMANENT[self.permanent_kind] if self.permanent_kind else ()

    def orders(self, function: str, place: str, receives: int) -> Orders:
        """Return what happens to a delivery: decided by the message, not by the order in which messages come.

        Args:
            function: that handles it.
            place: what names the message among all of the schedule.
            receives: how often it was delivered, this time included.
        """
        orders = Orders({"atOnce": 1 if self.workers == 1 else 8})
        if self.is_calm:
            return orders
        random = Random(f"{self.seed}/{function}/{place}/{receives}")
        rationed = self._misfortunes.get(place, 0) < 2
        if rationed and random.random() < self.kill_chance:
            most = 60 if function.startswith("Assemble") else 12
            orders.chaos["kill"] = {"call": random.randint(1, most), "after": random.random() < 0.5}
            self._misfortunes[place] = self._misfortunes.get(place, 0) + 1
        elif rationed and function.startswith("Collect") and random.random() < 0.05:
            orders.overrun = True
            self._misfortunes[place] = self._misfortunes.get(place, 0) + 1
        if function.startswith("Collect") and random.random() < 0.15:
            orders.chaos["lastCall"] = random.randint(4, 9)
        orders.twice = random.random() < 0.1
        return orders

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


def calm(permanent: str | None = None, kind: str | None = None) -> Schedule:
    """Return a schedule without mishaps but for a permanent fault."""
    return Schedule(
        seed=0,
        workers=3,
        faults=[],
        permanent=permanent,
        permanent_kind=kind,
        two_runs=False,
        earlier_snapshot=False,
        foreign_messages=False,
        kill_chance=0,
        is_calm=True,
    )


def draw(seed: int, windows: list[int]) -> Schedule:
    """Return the schedule of a seed; `windows` are the starts of the run's windows, epoch milliseconds."""
    random = Random(seed)
    faults: list[str] = []
    left = _STRIKES
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
    return Schedule(
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
