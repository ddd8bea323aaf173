"""The graph's facts computed straight from a simulator's ground truth, with plain dictionaries over single events.

Rules: the design ("The graph") for what is added up and how; API reference §6.6 for what a row's times are and §6.8 for
the cut-off: the current Pacific day is never in the reports.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.oracle.truth import Truth
from tests.oracle.windows import Window

Json = dict[str, Any]
Pair = tuple[str, str]

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
MODEL_TYPES: Final = ("COURSE", "LEARNING_PATH", "VIDEO")
LISTED: Final = ("LIBRARY", "SUBJECT", "TOPIC")
_SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


@dataclass
class Facts:
    """What a first run's snapshot must say."""

    users: dict[str, Json] = field(default_factory=dict)
    content: dict[str, Json] = field(default_factory=dict)
    classifications: dict[str, Json] = field(default_factory=dict)
    tags: set[Pair] = field(default_factory=set)
    assigned: dict[Pair, Json] = field(default_factory=dict)


def pacific_cut_off(instant: int) -> int:
    """00:00 US Pacific of the day an instant (epoch ms) falls in, as epoch ms: data ends before it."""
    moment = datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=instant)
    midnight = moment.astimezone(PACIFIC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp()) * 1000


def compute_facts(truth: Truth, windows: list[Window], *, licensed_only: bool) -> Facts:
    """The facts of a lookback, given the windows it was read in (each [start, end), epoch ms, in order)."""
    cut_off = min(windows[-1][1], pacific_cut_off(windows[-1][1]))
    facts = Facts()
    for learner in truth.learners:
        if learner["joinedAt"] < cut_off:
            facts.users[learner["profileUrn"]] = _user(learner, cut_off)
    facts.assigned = _assigned(truth.events, windows, cut_off)
    engaged = {content for _, content in facts.assigned}
    for item in truth.content:
        listed = item["inCatalogue"] and (item["licensed"] or not licensed_only)
        if item["type"] in MODEL_TYPES and (listed or item["urn"] in engaged):
            facts.content[item["urn"]] = _content(item)
            if "classifications" in item and not item["removed"]:
                facts.tags |= {(item["urn"], urn) for urn in item["classifications"]}
    tagged = {urn for _, urn in facts.tags}
    for item in truth.classifications:
        if item["type"] in LISTED or item["urn"] in tagged:
            wanted = {"classificationType": item["type"], "locale": item["locale"], "name": item["name"]}
            facts.classifications[item["urn"]] = wanted
    return facts


def _user(learner: Json, cut_off: int) -> Json:
    """The learner as the newest identity known at the cut-off shows them; an id once known is not unlearned."""
    known = [one for one in learner["identities"] if one["since"] < cut_off] or learner["identities"][:1]
    newest = known[-1]
    unique_ids = [one["uniqueUserId"] for one in known if one["uniqueUserId"]]
    return {
        "profileUrn": learner["profileUrn"],
        "name": newest["name"],
        "uniqueUserId": unique_ids[-1] if unique_ids else None,
        "enterpriseGroupNames": sorted(newest["groups"]),
        "emails": sorted({one["email"] for one in known if one["email"]}),
    }


def _content(item: Json) -> Json:
    wanted: Json = {"name": item["name"], "assetType": item["type"]}
    if "licensed" not in item or item["removed"]:
        # Nothing but what an activity row says of it.
        return wanted | {"titleLocale": item["locale"], "publishedOn": None, "durationSeconds": None}
    duration = item["duration"]
    wanted |= {
        "titleLocale": item["locale"],
        "publishedOn": item["publishedAt"],
        "lastUpdatedOn": item["lastUpdatedAt"],
        "level": item["level"],
        "isRetired": item["retired"],
        "availability": "RETIRED" if item["retired"] else "AVAILABLE",
        "durationSeconds": duration[0] * _SECONDS[duration[1]] if duration else None,
    }
    # The curated listing shows what is curated; whether another video is "not curated" or "unknown" is left open.
    return wanted | ({"isCuratedForLms": True} if item["curated"] and item["licensed"] else {})


def _assigned(events: Iterable[Json], windows: list[Window], cut_off: int) -> dict[Pair, Json]:
    seen: dict[Pair, list[Json]] = defaultdict(list)
    first: dict[Pair, int] = {}
    for event in events:
        pair = (event["profileUrn"], event["contentUrn"])
        first[pair] = min(event["instant"], first.get(pair, event["instant"]))
        in_reach = windows[0][0] <= event["instant"] < min(windows[-1][1], cut_off)
        if in_reach and event["assetType"] in MODEL_TYPES:
            seen[pair].append(event)
    return {pair: _engagement(found, first[pair], windows) for pair, found in seen.items()}


def _engagement(events: list[Json], first: int, windows: list[Window]) -> Json:
    completed_on = _completed_on(events, windows)
    return {
        "completed": bool(completed_on),
        "completedOn": min(completed_on, default=None),
        "completions": sum(event["completed"] for event in events),
        "views": sum(event["views"] for event in events),
        "secondsViewed": sum(event["seconds"] for event in events),
        "progressPercentage": max(event["progress"] for event in events),
        # All activities of a row bear the learner's first engagement ever with the content (§6.6).
        "firstEngagedOn": first,
        "lastEngagedOn": max(event["instant"] for event in events),
    }


def _completed_on(events: list[Json], windows: list[Window]) -> list[int]:
    """Per window with a completion its last one, which is the COMPLETIONS row's `lastEngagedAt`; in a window without
    one whose row shows full progress, that row's `lastEngagedAt`: its last event's time."""
    found = []
    for start, end in windows:
        within = [event for event in events if start <= event["instant"] < end]
        completed = [event["instant"] for event in within if event["completed"]]
        if completed:
            found.append(max(completed))
        elif any(event["progress"] == 100 for event in within):
            found.append(max(event["instant"] for event in within))
    return found
