"""A LinkedIn account of a handful of people, computed from its events: any window and any delta can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from learning_graph.linkedin.decoding import Decoded
from learning_graph.linkedin.paging import Page
from learning_graph.linkedin.queries import Query
from learning_graph.values.clock import MILLISECONDS_A_DAY, to_milliseconds
from learning_graph.values.steps import AssetType
from tests.fakes.linkedin import FakeLinkedIn, listing_of

Json = dict[str, Any]
NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
NOW_MS = to_milliseconds(NOW)
EN_US = {"language": "en", "country": "US"}


@dataclass
class Item:
    """A course, path or video. `listed` ones are in the catalogue, `known` ones at least answer to their URN."""

    urn: str
    kind: AssetType
    title: str
    updated: int = NOW_MS - 400 * MILLISECONDS_A_DAY
    listed: bool = True
    known: bool = True
    retired: bool = False
    curated: bool = False
    tags: tuple[str, ...] = ("urn:li:skill:1",)


@dataclass
class Person:
    """A learner as LinkedIn shows them now."""

    profile: str
    name: str
    email: str | None = None
    user_id: str | None = None

    def details(self) -> Json:
        given = {"name": self.name, "email": self.email, "uniqueUserId": self.user_id, "enterpriseGroups": ["All"]}
        return {name: value for name, value in given.items() if value} | {"entity": {"profileUrn": self.profile}}


@dataclass(frozen=True)
class Sitting:
    """One person with one item, `days_ago` before NOW."""

    person: str
    urn: str
    days_ago: float
    seconds: int = 60
    completed: bool = False

    @property
    def at(self) -> int:
        return NOW_MS - round(self.days_ago * MILLISECONDS_A_DAY)


@dataclass
class Account(FakeLinkedIn):
    """Answers every listing of the product from items, people and sittings."""

    items: list[Item] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)

    def page(self, query: Query, start: int) -> Page:
        self.listings[listing_of(query)] = self._rows(query)
        self.assets = {item.urn: _asset(item) for item in self.items if item.known}
        return super().page(query, start)

    def asset(self, urn: str) -> Decoded:
        self.assets = {item.urn: _asset(item) for item in self.items if item.known}
        return super().asset(urn)

    def _rows(self, query: Query) -> list[Json]:
        kind, *rest = listing_of(query).split("/")
        match kind:
            case "classifications":
                return [_classification(rest[0], number) for number in range(2)]
            case "assets":
                asked = dict(query.parameters)
                after = int(asked.get("assetFilteringCriteria.lastModifiedAfter", 0))
                return [
                    _asset(item)
                    for item in self.items
                    if item.listed and (item.kind, True) == (rest[0], item.updated > after)
                ]
            case "curated":
                return [{"urn": item.urn} for item in self.items if item.curated and item.kind == "VIDEO"]
        asset_type = rest.pop(0) if kind == "engagements" else None
        begin = int(rest[0])
        end = begin + int(rest[1]) * MILLISECONDS_A_DAY
        inside = [sitting for sitting in self.sittings if begin <= sitting.at < end]
        if kind == "account":
            return [{"latestDataAt": NOW_MS, "activities": self._totals(inside)}]
        if kind == "learners":
            return [{"latestDataAt": NOW_MS, "activities": [], "learnerDetails": one.details()} for one in self.people]
        return self._engagements(inside, asset_type)

    def _engagements(self, inside: list[Sitting], asset_type: str | None) -> list[Json]:
        types = {item.urn: item for item in self.items}
        by_profile = {person.profile: person for person in self.people}
        pairs = dict.fromkeys(
            (sitting.person, sitting.urn) for sitting in inside if types[sitting.urn].kind == asset_type
        )
        return [
            {
                "latestDataAt": NOW_MS,
                "learnerDetails": by_profile[person].details(),
                "contentDetails": {"contentUrn": urn, "name": types[urn].title, "locale": EN_US},
                "activities": _activities([s for s in inside if (s.person, s.urn) == (person, urn)], asset_type),
            }
            for person, urn in pairs
        ]

    def _totals(self, inside: list[Sitting]) -> list[Json]:
        types = {item.urn: item.kind for item in self.items}
        by_type: dict[str, list[Sitting]] = {}
        for sitting in inside:
            by_type.setdefault(types[sitting.urn], []).append(sitting)
        return [activity for kind, own in sorted(by_type.items()) for activity in _activities(own, kind)]


def small_account(page_size: int | None = 2) -> Account:
    """Four people, three courses, a path, two videos; a course that only its URN finds, and one that is gone."""
    courses = [Item(f"urn:li:lyndaCourse:{number}", "COURSE", f"Course {number}") for number in (1, 2, 3)]
    courses[0].tags = ("urn:li:skill:1", "urn:li:skill:2")
    others = [
        Item("urn:li:lyndaCourse:8", "COURSE", "Unlisted course", listed=False),
        Item("urn:li:lyndaCourse:9", "COURSE", "Gone course", listed=False, known=False),
        Item("urn:li:lyndaLearningPath:1", "LEARNING_PATH", "Path 1"),
        Item("urn:li:lyndaVideo:1", "VIDEO", "Video 1", curated=True),
        Item("urn:li:lyndaVideo:2", "VIDEO", "Video 2", retired=True),
    ]
    people = [
        Person(
            f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{number})",
            f"Person {number}",
            f"p{number}@example.com",
        )
        for number in range(4)
    ]
    people[1].user_id = "E1"
    items = [*courses, *others]
    sittings = [
        Sitting(
            person.profile, item.urn, 1 + 3 * place + number, seconds=100 + place, completed=(place + number) % 2 == 0
        )
        for number, person in enumerate(people[:3])
        for place, item in enumerate(items)
    ]
    return Account(items=items, people=people, sittings=sittings, page_size=page_size)


def _activities(own: list[Sitting], asset_type: str | None) -> list[Json]:
    values = {
        "VIEWS": len(own),
        "SECONDS_VIEWED": sum(sitting.seconds for sitting in own),
        "COMPLETIONS": sum(sitting.completed for sitting in own),
    }
    return [
        {
            "engagementType": name,
            "engagementValue": value,
            "engagementMetricQualifier": "TOTAL",
            "assetType": asset_type,
            "firstEngagedAt": min(sitting.at for sitting in own),
            "lastEngagedAt": max(sitting.at for sitting in own),
        }
        for name, value in values.items()
        if value
    ]


def _asset(item: Item) -> Json:
    tags = [{"associatedClassification": {"urn": urn, "type": "SKILL", "name": _text(urn)}} for urn in item.tags]
    details = {
        "availability": "RETIRED" if item.retired else "AVAILABLE",
        "classifications": tags,
        "lastUpdatedAt": item.updated,
        "publishedAt": item.updated,
    }
    return {"urn": item.urn, "type": item.kind, "title": _text(item.title), "details": details}


def _classification(kind: str, number: int) -> Json:
    return {"urn": f"urn:li:category:{kind}{number}", "type": kind, "name": _text(f"{kind} {number}")}


def _text(value: str) -> Json:
    return {"value": value, "locale": EN_US}
