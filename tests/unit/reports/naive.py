"""Compliance and skills computed again, person by person, without the product's code and without SQL."""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


def local_day(milliseconds: int, zone: str) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone(ZoneInfo(zone)).date()


def months_after(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def compliance(
    requirement: Json,
    *,
    learners: Iterable[Json],
    engaged: Iterable[Json],
    tagged: Json,
    people: list[Json] | None,
    day: date,
    zone: str,
) -> dict[str, Json]:
    """Status, metDate, metLate and daysOverdue by person key; `tagged` maps a tag's name to its contents' keys."""
    by_learner: dict[str, list[Json]] = {}
    for edge in engaged:
        by_learner.setdefault(edge["_fromEntityKey"], []).append(edge)
    known = {learner["_key"]: learner for learner in learners}
    emails = {address.lower(): key for key, learner in known.items() for address in learner["email"]}
    scope: list[tuple[str, str | None, list[str], Json]] = []
    if people is None:
        scope = [(key, key, learner["enterpriseGroupNames"], {}) for key, learner in known.items()]
    else:
        for person in people:
            key = emails.get(person["email"].lower())
            groups = list(known[key]["enterpriseGroupNames"]) if key else []
            groups += [person["group"]] if person.get("group") else []
            scope.append((key or f"population:{person['email'].lower()}", key, groups, person))
    found = {}
    for person_key, learner_key, groups, row in scope:
        begins, ends = row.get("startDate"), row.get("endDate")
        if (begins and begins > day) or (ends and ends < day):
            continue
        wanted = requirement["who"].get("groups")
        if wanted and not set(wanted) & set(groups):
            continue
        edges = by_learner.get(learner_key or "", [])
        found[person_key] = _judge(
            requirement,
            learner_key,
            row,
            edges=edges,
            contents=_wanted(requirement["content"], tagged),
            day=day,
            zone=zone,
        )
    return found


def _wanted(content: Json, tagged: Json) -> set[str]:
    wanted = set(content.get("anyOf") or content.get("allOf") or [])
    for tag in content.get("tagged", ()):
        wanted |= set(tagged.get(tag, ()))
    return wanted


def _judge(
    requirement: Json,
    learner_key: str | None,
    row: Json,
    *,
    edges: list[Json],
    contents: set[str],
    day: date,
    zone: str,
) -> Json:
    times = {}
    for edge in edges:
        if edge["_toEntityKey"] in contents and edge["completed"] and local_day(edge["completedOn"], zone) <= day:
            times[edge["_toEntityKey"]] = edge["completedOn"]
    if requirement["content"].get("allOf"):
        occasions = [max(times.values())] if set(times) == contents else []
    else:
        occasions = sorted(times.values())
    days = [local_day(instant, zone) for instant in occasions]
    first_engaged = [edge["firstEngagedOn"] for edge in edges if local_day(edge["firstEngagedOn"], zone) <= day]
    start = row.get("startDate") or (local_day(min(first_engaged), zone) if first_engaged else None)
    due, grace = requirement["due"], timedelta(days=requirement["due"].get("graceDays", 0))
    met, required, following = _dates(due, start, days)
    if met and ("everyMonths" not in due or (following and day <= following)):
        late = bool(required and met > required + grace)
        soon = "everyMonths" in due and following is not None and (following - day).days <= 90
        overdue = (met - required).days if late and required else None
        return _row("expiring" if soon else "met", met, late, overdue, following)
    passed = following is not None and day > following + grace
    overdue = (day - following).days if passed and following else None
    if row.get("exemptFrom") and _within(row["exemptFrom"], row.get("exemptUntil"), day):
        return _row("exempt", met, False, None, following)
    paused = row.get("pausedFrom") or row.get("pausedUntil")
    if paused and _within(row.get("pausedFrom"), row.get("pausedUntil"), day):
        return _row("paused", met, False, None, following)
    if learner_key is None:
        return _row("unknown", met, False, overdue, following)
    return _row("overdue" if passed else "due", met, False, overdue, following)


def _dates(due: Json, start: date | None, days: list[date]) -> tuple[date | None, date | None, date | None]:
    """The day it was met, the day by which that was required, and the day by which it is required now."""
    if "date" in due:
        day = date.fromisoformat(due["date"])
        return days[0] if days else None, day, day
    if "daysAfterStart" in due:
        day_or_none = start + timedelta(days=due["daysAfterStart"]) if start else None
        return days[0] if days else None, day_or_none, day_or_none
    first = start + timedelta(days=due.get("firstDueDays", 30)) if start else None
    if not days:
        return None, first, first
    required = months_after(days[-2], due["everyMonths"]) if len(days) > 1 else first
    return days[-1], required, months_after(days[-1], due["everyMonths"])


def _row(status: str, met: date | None, late: bool, overdue: int | None, due: date | None) -> Json:
    return {"status": status, "metDate": met, "metLate": late, "daysOverdue": overdue, "dueDate": due}


def _within(begins: date | None, ends: date | None, day: date) -> bool:
    return (begins is None or begins <= day) and (ends is None or ends >= day)


def skill(
    group: str,
    contents: set[str],
    *,
    learners: Iterable[Json],
    engaged: Iterable[Json],
    share: float,
    months: int,
    day: date,
    zone: str,
) -> Json:
    """The figures of a skill in a group of at least five."""
    members = {one["_key"] for one in learners if group in one["enterpriseGroupNames"]}
    covered, recent, begun = set(), set(), set()
    since = months_after(day, -months)
    for edge in engaged:
        who = edge["_fromEntityKey"]
        if who not in members or edge["_toEntityKey"] not in contents or local_day(edge["firstEngagedOn"], zone) > day:
            continue
        if edge["completed"] and local_day(edge["completedOn"], zone) <= day:
            covered.add(who)
            if local_day(edge["completedOn"], zone) > since:
                recent.add(who)
        if who in covered or (edge["progressPercentage"] > 0 and local_day(edge["lastEngagedOn"], zone) <= day):
            begun.add(who)
    size = len(members)
    needed = math.ceil(round(share * size, 9))
    return {
        "groupSize": size,
        "covered": len(covered),
        "coverage": len(covered) / size,
        "coveredRecently": len(recent),
        "engaged": len(begun),
        "gap": max(0.0, share - len(covered) / size),
        "peopleToTrain": max(0, needed - len(covered)),
        "peopleToTrainRecently": max(0, needed - len(recent)),
    }
