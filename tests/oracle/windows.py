"""Judges the activity windows a collection asked for, from the simulator's request log."""

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

Window = tuple[int, int]

DAY: Final = 86_400_000
LONGEST: Final = 14 * DAY
ASSET_TYPES: Final = ("COURSE", "LEARNING_PATH", "VIDEO")
_UNITS: Final = {"DAY": DAY, "WEEK": 7 * DAY}


def windows_asked(requests: Iterable[dict[str, Any]]) -> dict[str, set[Window]]:
    """Per asset type the windows [start, end), epoch ms, of all reports by learner and content."""
    asked: dict[str, set[Window]] = defaultdict(set)
    for request in requests:
        query = request["query"]
        by_both = {query.get("aggregationCriteria.primary"), query.get("aggregationCriteria.secondary")}
        if request["path"].endswith("/learningActivityReports") and by_both == {"INDIVIDUAL", "CONTENT"}:
            start = int(query["startedAt"])
            length = int(query["timeOffset.duration"]) * _UNITS[query["timeOffset.unit"]]
            asked[query.get("assetType", "")].add((start, start + length))
    return dict(asked)


def judge_windows(asked: dict[str, set[Window]], start: int, end: int) -> list[str]:
    """Each activity step covers [start, end) with as few windows of 14 days as it takes, without overlap or gap."""
    wanted = math.ceil((end - start) / LONGEST)
    wrong = []
    for kind in ASSET_TYPES:
        windows = sorted(asked.get(kind, ()))
        if len(windows) != wanted:
            wrong.append(f"{kind}: {len(windows)} windows, wanted {wanted}")
        wrong += [
            f"{kind}: window longer than 14 days: {window}" for window in windows if window[1] - window[0] > LONGEST
        ]
        for before, after in pairwise(windows):
            if before[1] != after[0]:
                wrong.append(f"{kind}: {'overlap' if before[1] > after[0] else 'gap'} between {before} and {after}")
        if windows and (windows[0][0], windows[-1][1]) != (start, end):
            wrong.append(f"{kind}: windows cover {(windows[0][0], windows[-1][1])}, wanted {(start, end)}")
    wrong += [f"asset type not asked for by the model: {kind!r}" for kind in sorted(asked.keys() - set(ASSET_TYPES))]
    return wrong


def cut(start: int, end: int, *, short_one_first: bool) -> list[Window]:
    """[start, end) cut into windows of 14 days; what is left over is a shorter one, first or last."""
    from_start, from_end = [*range(start, end, LONGEST), end], [*range(end, start, -LONGEST), start]
    edges = from_end[::-1] if short_one_first else from_start
    return list(pairwise(edges))
