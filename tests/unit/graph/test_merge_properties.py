"""What holds for any rows: order does not matter, keys are unique, both ends exist, windows add up."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning_graph.graph.rows import LearnerRow, Row
from learning_graph.values.steps import ASSET_TYPES, AssetType
from tests.unit.graph.catalogue import courses, listed, read, topic
from tests.unit.graph.merging import DAY, END, EVERY_TYPE, Engaged, Rows, Snapshot, engaged, learner, merged

# One merging takes a noticeable part of a second: few examples, each with many rows.
merging = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])

IDENTIFIERS = ("profile_urn", "unique_user_id", "email")
PROFILES = [f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{number})" for number in range(3)]
CONTENT: dict[AssetType, list[str]] = {
    "COURSE": ["urn:li:lyndaCourse:800001", "urn:li:lyndaCourse:800002"],
    "LEARNING_PATH": ["urn:li:lyndaLearningPath:5f00"],
    "VIDEO": ["urn:li:lyndaVideo:(urn:li:lyndaCourse:800001,12)"],
}
WINDOWS = [(42, 14), (28, 14), (14, 14)]
LATER = (END - 13 * DAY, END + DAY)

# Anybody under anything: identifiers contradict each other as they may in no account, and nothing may break.
anybody: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "profile_urn": st.none() | st.sampled_from(PROFILES),
        "unique_user_id": st.none() | st.sampled_from(["E1", "E2", "a@example.com"]),
        "email": st.none() | st.sampled_from(["a@example.com", "A@Example.com", "b@example.com", "zoë@example.com"]),
        "name": st.none() | st.sampled_from(["Ada", "Bo"]),
        "groups": st.none() | st.lists(st.sampled_from(["X", "Y"]), max_size=2, unique=True),
    }
).filter(lambda one: any(one[key] for key in IDENTIFIERS))
# People who share nothing, each shown by some of what they have.
PEOPLE: list[dict[str, Any]] = [
    {"profile_urn": PROFILES[0], "unique_user_id": "E0", "email": "ada@example.com", "name": "Ada"},
    {"profile_urn": PROFILES[1], "unique_user_id": "E1", "email": "bo@example.com", "name": "Bo"},
    {"profile_urn": None, "unique_user_id": "E2", "email": "cy@example.com", "name": "Cy"},
]


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """One of the people, named by a part of their identifiers."""
    person = draw(st.sampled_from(PEOPLE))
    own = [key for key in IDENTIFIERS if person[key]]
    shown = draw(st.sets(st.sampled_from(own), min_size=1))
    return {key: person[key] if key in shown else None for key in IDENTIFIERS} | {
        "name": person["name"],
        "groups": None,
    }


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    """What LinkedIn counts of a learner and a content; all of it grows together, as it does while one learns."""
    level = draw(st.integers(min_value=0, max_value=7))
    first = draw(st.none() | st.integers(min_value=1, max_value=50))
    return {
        "views": level,
        "seconds_viewed": 60 * level,
        "completions": level // 3,
        "progress_percentage": min(100, 20 * level) or None,
        "completed_on": first if level >= 3 else None,
        "full_progress_on": 50 + level if level >= 5 else None,
        "first_engaged_on": first,
        "last_engaged_on": 50 + level,
    }


@st.composite
def report_parts(draw: st.DrawFn, named: st.SearchStrategy[dict[str, Any]] = anybody) -> list[Rows]:
    """Parts of the three activity steps and of the users step, over three windows."""
    parts = []
    for window in WINDOWS:
        learners = draw(st.lists(named, max_size=2))
        parts.append(Rows([learner(**one) for one in learners], window=window))
        for asset_type in ASSET_TYPES:
            rows = draw(st.lists(st.tuples(named, numbers(), st.sampled_from(CONTENT[asset_type])), max_size=3))
            engagements = [engaged(content, **one, **values) for one, values, content in rows]
            parts.append(Rows(engagements, asset_type, window))
    return parts


def catalogue_parts() -> list[Rows]:
    return [
        courses(read(CONTENT["COURSE"][0], tags=[topic(), topic("urn:li:skill:2", "Other")])),
        Rows(read(CONTENT["VIDEO"][0], kind="VIDEO", tags=[topic(name="Named by a tag")]), "VIDEO"),
        listed(topic("urn:li:skill:3", "Listed")),
    ]


def shuffled(parts: list[Rows], seed: int) -> list[Rows]:
    """Shuffle parts, shuffle their rows, and cut each part in two."""
    random = Random(seed)
    pieces = []
    for part in parts:
        rows = list(part.rows)
        random.shuffle(rows)
        cut = random.randint(0, len(rows))
        pieces += [Rows(piece, part.asset_type, part.window) for piece in (rows[:cut], rows[cut:]) if piece]
    random.shuffle(pieces)
    return pieces


def assert_whole(snapshot: Snapshot) -> None:
    assert snapshot.repeated == []
    assert snapshot.dangling == []
    for name, data in snapshot.files.items():
        if not name.endswith(".jsonl.gz") or name.startswith("tables/"):
            continue
        record_type = name.split("/")[1]
        keys = [record["_key"] for record in snapshot.of_type(record_type)]
        assert keys == sorted(keys)
        assert data


@merging
@given(parts=report_parts(), seed=st.integers(min_value=0, max_value=1000))
def test_the_order_of_parts_and_rows_does_not_matter_to_a_single_byte(parts: list[Rows], seed: int) -> None:
    every = [*parts, *catalogue_parts()]

    assert merged(*shuffled(every, seed)).files == merged(*every).files


@merging
@given(before=report_parts(), now=report_parts())
def test_keys_are_unique_and_both_ends_exist_run_after_run(before: list[Rows], now: list[Rows]) -> None:
    first = merged(*before, *catalogue_parts())

    assert_whole(first)
    assert_whole(merged(*now, bases=[first], lookback=LATER))


@merging
@given(parts=report_parts())
def test_parts_that_are_there_twice_change_nothing(parts: list[Rows]) -> None:
    assert merged(*parts, *catalogue_parts(), *parts).files == merged(*parts, *catalogue_parts()).files


def users_by_union(rows: list[Row | Engaged]) -> dict[str, str]:
    """Return the expected key of each person's every identifier: rows that share one are one person."""
    groups: list[set[str]] = []
    for row in rows:
        named = row.learner if isinstance(row, Engaged) else row
        assert isinstance(named, LearnerRow)
        own = {value for value in (named.profile_urn, named.unique_user_id, named.email) if value}
        touching = [group for group in groups if group & own]
        groups = [group for group in groups if not group & own] + [own.union(*touching)]
    # `urn:` for a profile, `E` for an own id, else the address.
    best = {
        min(group, key=lambda value: (not value.startswith("urn:"), not value.startswith("E"))): group
        for group in groups
    }
    return {
        value: key if key.startswith("urn:") else f"linkedin_learning_user:{key}"
        for key, group in best.items()
        for value in group
    }


def rows_of(*runs: list[Rows]) -> list[Row | Engaged]:
    return [row for run in runs for part in run for row in part.rows]


@merging
@given(parts=report_parts(people()))
def test_rows_that_share_an_identifier_are_one_user_and_no_others(parts: list[Rows]) -> None:
    assert set(merged(*parts).users) == set(users_by_union(rows_of(parts)).values())


@merging
@given(before=report_parts(people()), now=report_parts(people()))
def test_no_completion_is_lost_from_one_run_to_the_next(before: list[Rows], now: list[Rows]) -> None:
    second = merged(*now, bases=[merged(*before)], lookback=LATER)

    keys = users_by_union(rows_of(before, now))
    for row in rows_of(before, now):
        if isinstance(row, Engaged) and row.metrics["completions"]:
            key = keys[row.learner.profile_urn or row.learner.unique_user_id or row.learner.email or ""]
            edge = second.relationships[f"{key}|assigned|{row.content.urn}"]
            assert edge["completed"]
            assert row.metrics["completed_on"] is None or edge["completedOn"] <= row.metrics["completed_on"]


@merging
@given(parts=report_parts(people()))
def test_a_run_that_reads_nothing_leaves_the_snapshot_as_it_was(parts: list[Rows]) -> None:
    before = merged(*parts, *catalogue_parts())
    after = merged(bases=[before], kept_types=EVERY_TYPE, keep_classifications=True, read_in_full=frozenset())

    assert after.files == before.files


@st.composite
def event_logs(draw: st.DrawFn) -> list[tuple[int, str, str, int]]:
    """Views: (day before the end, learner, content, seconds), at most one a learner, content and day."""
    event = st.tuples(
        st.integers(min_value=0, max_value=41),
        st.sampled_from(PROFILES),
        st.sampled_from(CONTENT["COURSE"]),
        st.integers(min_value=1, max_value=600),
    )
    return draw(st.lists(event, max_size=25))


def windowed(log: list[tuple[int, str, str, int]], windows: list[tuple[int, int]]) -> list[Rows]:
    """Report the log as LinkedIn does: one row per window, learner and content."""
    parts = []
    for days_ago, days in windows:
        found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for day, who, what, seconds in log:
            if days_ago - days <= day < days_ago:
                found[who, what].append((END - day * DAY, seconds))
        rows: list[Row | Engaged] = [
            engaged(
                what,
                profile_urn=who,
                views=len(seen),
                seconds_viewed=sum(seconds for _, seconds in seen),
                first_engaged_on=min(at for at, _ in seen),
                last_engaged_on=max(at for at, _ in seen),
            )
            for (who, what), seen in found.items()
        ]
        parts.append(Rows(rows, "COURSE", (days_ago, days)))
    return parts


@merging
@given(log=event_logs(), cuts=st.lists(st.integers(min_value=1, max_value=41), max_size=4, unique=True))
def test_an_event_log_adds_up_however_it_is_cut_into_windows(
    log: list[tuple[int, str, str, int]], cuts: list[int]
) -> None:
    borders = [42, *sorted(cuts, reverse=True), 0]
    windows = [(border, border - following) for border, following in pairwise(borders)]
    snapshot = merged(*windowed(log, windows))

    expected: dict[str, dict[str, Any]] = {}
    for day, who, what, seconds in log:
        at = END - day * DAY
        pair = expected.setdefault(
            f"{who}|assigned|{what}",
            {"views": 0, "secondsViewed": 0, "firstEngagedOn": at, "lastEngagedOn": at},
        )
        pair["views"] += 1
        pair["secondsViewed"] += seconds
        pair["firstEngagedOn"] = min(pair["firstEngagedOn"], at)
        pair["lastEngagedOn"] = max(pair["lastEngagedOn"], at)
    edges = {key: edge for key, edge in snapshot.relationships.items() if edge["_class"] == "ASSIGNED"}
    assert {key: {name: edge[name] for name in expected[key]} for key, edge in edges.items()} == expected
