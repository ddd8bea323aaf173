"""The peer's activity reports: rows computed from the sittings within the window that was asked for."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.peer.catalogue import CUSTOM_COURSE, ENGLISH, GONE_VIDEO
from tests.peer.people import SPECIAL, Person, Sitting, hash_of

Json = dict[str, Any]


def content_rows(sittings: Iterable[Sitting], base: int, start: int, end: int, kind: str) -> list[Json]:
    """One row per learner and content item of one asset type; whatever `contentSource` was asked for."""
    pairs: dict[tuple[int, str], list[Sitting]] = defaultdict(list)
    for sitting in sittings:
        if sitting.kind == kind and start <= sitting.at(base) < end:
            pairs[id(sitting.person), sitting.content].append(sitting)
    rows = [_content_row(found, base, end) for found in pairs.values()]
    if kind == "COURSE":
        rows.insert(len(rows) // 2, _row_without_content(base))
        rows.append(_row_without_learner(base))
    return rows


def learner_rows(sittings: Iterable[Sitting], base: int, start: int, end: int) -> list[Json]:
    """One row per learner with anything in the window, and those who are always listed."""
    people: dict[int, tuple[Person, list[Sitting]]] = {}
    for person in SPECIAL:
        if person.always_listed:
            people[id(person)] = (person, [])
    for sitting in sittings:
        if start <= sitting.at(base) < end:
            people.setdefault(id(sitting.person), (sitting.person, []))[1].append(sitting)
    return [_learner_row(person, found, base) for person, found in people.values()]


def account_row(sittings: Iterable[Sitting], base: int, start: int, end: int) -> Json:
    """The account's totals over the window."""
    found = [sitting for sitting in sittings if start <= sitting.at(base) < end]
    activities = []
    for kind in ("COURSE", "VIDEO", "LEARNING_PATH"):
        of_kind = [sitting for sitting in found if sitting.kind == kind]
        activities.append(_activity("COMPLETIONS", sum(sitting.completions for sitting in of_kind), kind))
        activities.append(_activity("VIEWS", sum(sitting.views for sitting in of_kind), kind))
    seconds = sum(sitting.seconds for sitting in found)
    activities.append(_activity("SECONDS_VIEWED", seconds, "VIDEO"))
    return {"activities": activities, "learnerDetails": {"entity": {"accountUrn": "urn:li:enterpriseAccount:77"}}}


def _activity(name: str, value: int, kind: str | None, times: Json | None = None, qualifier: str = "TOTAL") -> Json:
    row: Json = {"engagementValue": value, "engagementMetricQualifier": qualifier, "engagementType": name}
    return row | ({"assetType": kind} if kind else {}) | (times or {})


def _times(found: list[Sitting], base: int) -> Json:
    quirks = {sitting.quirk for sitting in found}
    if "all-zero" in quirks:
        return {"firstEngagedAt": None, "lastEngagedAt": None}
    if "no-times" in quirks:
        return {}
    instants = [sitting.at(base) for sitting in found]
    first = None if "null-first" in quirks else min(instants)
    return {"firstEngagedAt": first, "lastEngagedAt": max(instants)}


def _content_row(found: list[Sitting], base: int, end: int) -> Json:
    person, kind, content = found[0].person, found[0].kind, found[0].content
    quirks = {sitting.quirk for sitting in found}
    times = _times(found, base)
    activities = [
        _activity("VIEWS", sum(sitting.views for sitting in found), kind, times),
        _activity("PROGRESS_PERCENTAGE", max(sitting.progress for sitting in found), kind, times),
        _activity("SECONDS_VIEWED", sum(sitting.seconds for sitting in found), kind, times),
    ]
    completing = [sitting for sitting in found if sitting.completions]
    if completing:
        completions = sum(sitting.completions for sitting in completing)
        activities.insert(0, _activity("COMPLETIONS", completions, kind, _times(completing, base)))
    elif quirks & {"zero-completions", "all-zero"}:
        activities.append(_activity("COMPLETIONS", 0, kind, times))
    if "extra-rows" in quirks:
        activities = [*_extra_activities(times), *activities]
    row: Json = {
        "activities": activities,
        "contentDetails": {"contentUrn": content, "name": _name_of(content), "badge": None},
        "learnerDetails": person.details(kind),
    }
    if content == CUSTOM_COURSE:
        row["contentDetails"] |= {"contentSource": "ORGANIZATION", "websiteUrl": "https://intranet.example.com/41"}
    else:
        row["contentDetails"]["locale"] = ENGLISH
    # The newest data is an hour old; every other row leaves the member out, as older payloads did.
    return row | ({"latestDataAt": min(base, end) - 3_600_000} if hash_of(content) % 2 else {})


def _name_of(content: str) -> str:
    return {CUSTOM_COURSE: "Our own fire drill", GONE_VIDEO: "A video long gone"}.get(content, f"Named {content}")


def _extra_activities(times: Json) -> list[Json]:
    """Rows of metrics, qualifiers and asset types that say nothing about this content item's totals."""
    return [
        _activity("VIEWS", 77, "COURSE", times, "UNIQUE"),
        _activity("DAYS_ACTIVE", 2, None, times, "UNIQUE"),
        _activity("LOGINS", 9, None, times),
        _activity("MARKED_AS_DONE", 5, "COURSE", times),
        _activity("STREAK_LENGTH", 4, "COURSE", times, "RUNNING"),
        _activity("SECONDS_VIEWED", 7777, "VIDEO", times),
        _activity("COMPLETIONS", 3, "VIDEO", times),
    ]


def _learner_row(person: Person, found: list[Sitting], base: int) -> Json:
    times = _times(found, base) if found else {"firstEngagedAt": None, "lastEngagedAt": None}
    activities = [_activity("DAYS_ACTIVE", len({int(sitting.days) for sitting in found}), None, times)]
    seconds = sum(sitting.seconds for sitting in found if sitting.kind == "VIDEO")
    activities.append(_activity("SECONDS_VIEWED", seconds, "VIDEO", times))
    return {"learnerDetails": person.details("PEOPLE"), "activities": activities, "shard": 4}


def _row_without_content(base: int) -> Json:
    nothing = {"name": "No URN at all"}
    return {"activities": [], "contentDetails": nothing, "learnerDetails": SPECIAL[0].details("PEOPLE")}


def _row_without_learner(base: int) -> Json:
    """Nobody can say who this was: counted and left out."""
    times = {"firstEngagedAt": base - 86_400_000, "lastEngagedAt": base - 86_400_000}
    activities = [_activity("SECONDS_VIEWED", 1, "COURSE", times)]
    content = {"contentUrn": "urn:li:lyndaCourse:9001", "name": "Plain"}
    return {"activities": activities, "contentDetails": content, "learnerDetails": {"name": "No Body", "email": ""}}
