"""The oracle finds a snapshot that says something else than the ground truth."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from local.verify import open_snapshot
from tests.oracle.compare import compare
from tests.oracle.facts import compute_facts, pacific_cut_off
from tests.oracle.truth import Truth
from tests.oracle.windows import DAY, cut, judge_windows
from tests.snapshot_documents import relationship
from tests.unit.local.tiny import (
    ACCOUNT_KEY,
    COURSE_KEY,
    LOOKBACK,
    PATH_KEY,
    ROBIN_KEY,
    TOPIC_KEY,
    VIDEO_KEY,
    Records,
    assigned,
    training,
    user,
    write,
)

START, END = LOOKBACK
CUT_OFF = 1_795_248_000_000


def event(instant: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "instant": instant,
        "profileUrn": ROBIN_KEY,
        "contentUrn": COURSE_KEY,
        "assetType": "COURSE",
        "views": 1,
        "seconds": 60,
        "progress": 50,
        "completed": False,
    }
    return plain | changes


def engagement(*events: dict[str, Any], start: int = START) -> dict[str, Any]:
    """The facts of Robin and the course, from these events alone."""
    facts = compute_facts(
        Truth(list(events), [], [], [], []), cut(start, END, short_one_first=False), licensed_only=True
    )
    return facts.assigned[ROBIN_KEY, COURSE_KEY]


def test_counts_add_up_and_times_span_all_windows() -> None:
    early, late = START - 20 * DAY, CUT_OFF - DAY
    facts = engagement(event(late, progress=70), event(early, completed=True, progress=100), start=START - 30 * DAY)
    assert facts == {
        "completed": True,
        "completedOn": early,
        "completions": 1,
        "views": 2,
        "secondsViewed": 120,
        "progressPercentage": 100,
        "firstEngagedOn": early,
        "lastEngagedOn": late,
    }


def test_progress_alone_completes_at_the_end_of_the_first_window_that_shows_it() -> None:
    first, second = START + DAY, START + 2 * DAY
    facts = engagement(event(first, progress=100), event(second, progress=100))
    assert (facts["completed"], facts["completions"], facts["completedOn"]) == (True, 0, second)


def test_the_completion_is_the_windows_last_one_and_a_later_one_hides_no_earlier_progress() -> None:
    twice = engagement(event(START + DAY, completed=True), event(START + 2 * DAY, completed=True))
    assert (twice["completedOn"], twice["completions"]) == (START + 2 * DAY, 2)
    before = START - 10 * DAY
    both = engagement(event(before, progress=100), event(START + 9 * DAY, completed=True), start=START - 14 * DAY)
    assert both["completedOn"] == before


def test_what_lies_outside_the_lookback_or_after_the_pacific_day_is_not_counted() -> None:
    assert pacific_cut_off(END) == CUT_OFF
    facts = engagement(event(START - 1), event(START), event(CUT_OFF - 1), event(CUT_OFF))
    assert (facts["views"], facts["firstEngagedOn"], facts["lastEngagedOn"]) == (2, START - 1, CUT_OFF - 1)


@pytest.mark.parametrize(("days", "number"), [(14, 1), (30, 3), (90, 7), (180, 13), (365, 27)])
def test_windows_without_gap_or_overlap_are_right(days: int, number: int) -> None:
    for short_one_first in (False, True):
        windows = cut(END - days * DAY, END, short_one_first=short_one_first)
        assert len(windows) == number
        asked = {kind: set(windows) for kind in ("COURSE", "LEARNING_PATH", "VIDEO")}
        assert judge_windows(asked, END - days * DAY, END) == []


def test_gaps_overlaps_long_and_missing_windows_are_found() -> None:
    right = set(cut(END - 28 * DAY, END, short_one_first=False))
    middle = END - 14 * DAY

    def wrong(windows: set[tuple[int, int]]) -> str:
        asked = {"COURSE": windows, "LEARNING_PATH": right, "VIDEO": right}
        return " ".join(judge_windows(asked, END - 28 * DAY, END))

    assert "gap" in wrong({(END - 28 * DAY, middle), (middle + 1, END)})
    assert "overlap" in wrong({(END - 28 * DAY, middle + 1), (middle, END)})
    assert "longer" in wrong({(END - 28 * DAY, END)})
    assert "cover" in wrong({(END - 28 * DAY, middle), (middle, END - 1)})
    assert "1 windows" in wrong({(middle, END)})


def truth() -> Truth:
    identity = {"since": 0, "name": "Robin Sample", "email": "robin@example.com", "uniqueUserId": "E1001"}
    asset = {
        "inCatalogue": True,
        "retired": False,
        "retiredAt": None,
        "licensed": True,
        "curated": False,
        "removed": False,
        "publishedAt": 1_664_841_600_000,
        "lastUpdatedAt": 1_700_000_001_000,
        "level": "BEGINNER",
        "duration": [6332, "SECOND"],
        "classifications": [TOPIC_KEY],
        "locale": "en_US",
    }
    kinds = {"COURSE": COURSE_KEY, "LEARNING_PATH": PATH_KEY, "VIDEO": VIDEO_KEY}
    return Truth(
        events=[
            event(1_794_900_000_000, progress=40, seconds=100),
            event(1_795_000_000_000, progress=100, seconds=200, completed=True),
        ],
        learners=[{"profileUrn": ROBIN_KEY, "joinedAt": 0, "identities": [identity | {"groups": ["Engineering"]}]}],
        content=[asset | {"urn": urn, "type": kind, "name": f"A {kind}"} for kind, urn in kinds.items()],
        classifications=[{"urn": TOPIC_KEY, "type": "TOPIC", "name": "Data Pipelines", "locale": "en_US"}],
        requests=[],
    )


def true_records() -> Records:
    topic = {
        "_key": TOPIC_KEY,
        "_class": ["Group"],
        "name": "Data Pipelines",
        "classificationType": "TOPIC",
        "locale": "en_US",
    }
    account = {"_key": ACCOUNT_KEY, "_class": ["Account"]}
    records: Records = {
        "entities/linkedin_learning_account": [account],
        "entities/linkedin_learning_classification": [topic],
        "entities/linkedin_learning_user": [user(ROBIN_KEY)],
        "relationships/linkedin_learning_user_assigned_course": [
            assigned(ROBIN_KEY, COURSE_KEY, "course", views=2, secondsViewed=300)
        ],
    }
    for kind, key in (("COURSE", COURSE_KEY), ("LEARNING_PATH", PATH_KEY), ("VIDEO", VIDEO_KEY)):
        records[f"entities/linkedin_learning_{kind.lower()}"] = [training(key, kind)]
        name = f"linkedin_learning_{kind.lower()}_has_classification"
        records[f"relationships/{name}"] = [relationship(name, key, TOPIC_KEY)]
    for folder, items in records.items():
        for item in items:
            item["_type"] = folder.split("/")[1]
    return records


def differences(out: Path, records: Records) -> list[str]:
    write(out, records)
    return compare(open_snapshot(out), truth())


def test_a_true_snapshot_has_no_difference(tmp_path: Path) -> None:
    assert differences(tmp_path, true_records()) == []


COURSE = "entities/linkedin_learning_course"
DID_COURSE = "relationships/linkedin_learning_user_assigned_course"
WRONG: dict[str, Callable[[Records], object]] = {
    "user-missing": lambda records: records["entities/linkedin_learning_user"].clear(),
    "user-name": lambda records: records["entities/linkedin_learning_user"][0].update(name="Rob"),
    "user-email": lambda records: records["entities/linkedin_learning_user"][0].update(email=None),
    "user-uniqueUserId": lambda records: records["entities/linkedin_learning_user"][0].update(uniqueUserId=None),
    "content-missing": lambda records: records[COURSE].clear(),
    "content-too-much": lambda records: records[COURSE].append(training("urn:li:lyndaCourse:9", "COURSE")),
    "content-durationSeconds": lambda records: records[COURSE][0].update(durationSeconds=1),
    "content-type": lambda records: records[COURSE][0].update(_type="linkedin_learning_video"),
    "classification-missing": lambda records: records["entities/linkedin_learning_classification"].clear(),
    "tag-missing": lambda records: records["relationships/linkedin_learning_course_has_classification"].clear(),
    "assigned-views": lambda records: records[DID_COURSE][0].update(views=3),
    "assigned-completedOn": lambda records: records[DID_COURSE][0].update(completedOn=1_794_900_000_000),
    "assigned-firstEngagedOn": lambda records: records[DID_COURSE][0].update(firstEngagedOn=None),
    "assigned-too-much": lambda records: records[DID_COURSE].append(assigned(ROBIN_KEY, PATH_KEY, "course")),
    "lookback": lambda records: records[DID_COURSE].append(
        assigned(ROBIN_KEY, PATH_KEY, "course", lookbackStart=START + 1)
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_untrue_snapshot_is_found(what: str, tmp_path: Path) -> None:
    records = deepcopy(true_records())
    WRONG[what](records)
    found = differences(tmp_path, records)
    assert [one.partition(": ")[0] for one in found].count(what) == 1
