"""A LinkedIn Learning account of a given size, as pages that are rendered once (API reference §3 to §6).

A listing keeps one block of records as bytes, in which a few marks stand for what differs between blocks: a page costs
one copy of the block and no JSON. The records have the members and the size of those in the API reference: some 4 kB
an asset, 1.1 kB a row of learner and content.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

ASSET_TYPES = ("COURSE", "LEARNING_PATH", "VIDEO")
ASSET_PAGE, REPORT_PAGE = 100, 1000
TOPICS = 250
_SUBJECTS, _LIBRARIES = 25, 3
_BLOCK_MARK, _CONTENT_MARK, _TIME_MARK = b"\x01BLOCK", b"\x01CONTENT", b"\x01TIME"
_LATEST_MARK = b"\x01LATEST"
_MILLISECONDS_A_DAY = 86_400_000
_TIME_UNIT = 10**9  # the mark stands for the digits of an instant in front of these nine
# Nothing in the account changed after this instant, 2025-06-01.
LAST_CHANGE = 1_748_736_000_000
_URN_PREFIX = {
    "COURSE": "urn:li:lyndaCourse:1",
    "LEARNING_PATH": "urn:li:lyndaLearningPath:2",
    "VIDEO": "urn:li:lyndaVideo:3",
}

Marks = Mapping[bytes, bytes]
Json = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        courses, paths, videos: assets in en_US; a multiple of 100 of each.
        german: assets of each type in de_DE, beside those.
        learners: learners in all; a multiple of 1000.
        engagements: rows of learner and content per window of 14 days and asset type; a type with n hundred assets has
            at most n for each learner.
        active: rows of learners per window.
    """

    courses: int
    paths: int
    videos: int
    german: int
    learners: int
    engagements: int
    active: int


@dataclass(frozen=True)
class Block:
    """Records as JSON bytes with marks; `size` of them are what one page holds at most."""

    records: tuple[bytes, ...]

    @cached_property
    def joined(self) -> bytes:
        return b",".join(self.records)

    @property
    def size(self) -> int:
        return len(self.records)

    def slice(self, first: int, last: int, marks: Marks) -> bytes:
        whole = (first, last) == (0, self.size)
        data = self.joined if whole else b",".join(self.records[first:last])
        for mark, value in marks.items():
            data = data.replace(mark, value)
        return data


@dataclass(frozen=True)
class Listing:
    """`total` records; block number n is `block` with the marks that `marks_of(n)` returns.

    `name` and `first` tell equal records of different listings: the first record here is number `first` of `name`.
    """

    name: str
    total: int
    block: Block
    marks_of: Callable[[int], Marks]
    first: int = 0

    def elements(self, start: int, count: int) -> bytes:
        """Return the records from `start` on, at most `count`, joined by commas."""
        end = min(start + count, self.total)
        found = []
        while start < end:
            number, first = divmod(start, self.block.size)
            last = min(self.block.size, first + end - start)
            found.append(self.block.slice(first, last, self.marks_of(number)))
            start += last - first
        return b",".join(found)


class Account:
    """Every listing of an account of that size; `now` is in epoch milliseconds."""

    def __init__(self, size: Size, *, now: int) -> None:
        self.size = size
        # LinkedIn has data of whole days, until yesterday's end (API reference §6.8).
        self._latest = now // _MILLISECONDS_A_DAY * _MILLISECONDS_A_DAY - 1
        if size.engagements > min(map(self._content_blocks, ASSET_TYPES)) * size.learners:
            raise ValueError("engagements: more rows than there are pairs of learner and content")
        self._assets = {kind: Block(tuple(_asset(kind, place) for place in range(ASSET_PAGE))) for kind in ASSET_TYPES}
        self._urns = {
            kind: Block(tuple(_json({"urn": _urn(kind, place)}) for place in range(ASSET_PAGE))) for kind in ASSET_TYPES
        }
        self._learners = Block(tuple(_learner_row(place) for place in range(REPORT_PAGE)))
        self._engagements = {
            kind: Block(tuple(_engagement_row(kind, place) for place in range(REPORT_PAGE))) for kind in ASSET_TYPES
        }

    def assets(
        self, kind: str, *, locale: str | None = None, changed_after: int = 0, urns_only: bool = False
    ) -> Listing:
        """The assets of a type; the en_US ones first, then the de_DE ones."""
        english, german = self._english(kind), self.size.german
        before, total = {
            None: (0, english + german), "en_US": (0, english), "de_DE": (english // ASSET_PAGE, german)
        }.get(locale, (0, 0))  # fmt: skip
        if changed_after >= LAST_CHANGE:
            total = 0
        name, block = (f"{kind} URNs", self._urns[kind]) if urns_only else (kind, self._assets[kind])
        first = before * ASSET_PAGE
        return Listing(name, total, block, lambda number: {_BLOCK_MARK: b"%05d" % (before + number)}, first)

    def curated(self, locale: str | None) -> Listing:
        """A hundred curated videos, in en_US."""
        listing = self.assets("VIDEO", locale=locale, urns_only=True)
        return Listing("curated", min(listing.total, 100) if locale != "de_DE" else 0, listing.block, listing.marks_of)

    def asset(self, urn: str) -> bytes | None:
        """Return an asset by its URN, None where there is none."""
        for kind, prefix in _URN_PREFIX.items():
            digits = urn.removeprefix(prefix)
            if digits != urn and digits.isdecimal():
                listing = self.assets(kind)
                return listing.elements(int(digits), 1) or None
        return None

    def classifications(self, kind: str, locale: str) -> Listing | None:
        """The classifications of a type, None for a type that cannot be listed; each locale has all of them."""
        makers: dict[str, tuple[int, Callable[[int], Json]]] = {
            "LIBRARY": (_LIBRARIES, _library), "SUBJECT": (_SUBJECTS, _subject), "TOPIC": (TOPICS, _topic)
        }  # fmt: skip
        if kind not in makers:
            return None
        total, make = makers[kind]
        block = Block(tuple(_json(make(number)) for number in range(total)))
        return Listing(f"{kind} {locale}", total, block, lambda _: {})

    def learners(self, window_start: int) -> Listing:
        """One row for each learner who was active in a window."""
        return Listing(
            f"INDIVIDUAL {window_start}",
            self.size.active,
            self._learners,
            lambda number: {**self._learner_marks(number), **_time(window_start, self._latest)},
        )

    def engagements(self, kind: str, window_start: int) -> Listing:
        """One row for each learner and content of a type in a window; a pair is met again in later windows."""
        blocks = self.size.learners // REPORT_PAGE
        contents = self._content_blocks(kind)
        period = window_start // (14 * _MILLISECONDS_A_DAY)

        def marks_of(number: int) -> Marks:
            content = (period * 3 + number // blocks) % contents
            learner = self._learner_marks(period * 3 + number)
            return {**learner, _CONTENT_MARK: b"%05d" % content, **_time(window_start, self._latest)}

        name = f"INDIVIDUAL CONTENT {kind} {window_start}"
        return Listing(name, self.size.engagements, self._engagements[kind], marks_of)

    @lru_cache(maxsize=256)  # noqa: B019 - an account lives as long as its server
    def totals(self, window_start: int) -> bytes:
        """Return LinkedIn's own totals of a window: the sums over its rows of learner and content."""
        activities = [
            _activity(metric, kind, sum(values[place % REPORT_PAGE] for place in range(self.size.engagements)), "TOTAL")
            for kind in ASSET_TYPES
            for metric, values in _metrics().items()
        ]
        entity = {"entity": {"accountUrn": "urn:li:enterpriseAccount:99"}}
        record = _json({"latestDataAt": "\x01LATEST@", "learnerDetails": entity, "activities": activities})
        for mark, value in _time(window_start, self._latest).items():
            record = record.replace(mark, value)
        return record

    def _content_blocks(self, kind: str) -> int:
        return max(1, self._english(kind) // ASSET_PAGE)

    def _english(self, kind: str) -> int:
        return {"COURSE": self.size.courses, "LEARNING_PATH": self.size.paths, "VIDEO": self.size.videos}[kind]

    def _learner_marks(self, number: int) -> Marks:
        return {_BLOCK_MARK: b"%03d" % (number % (self.size.learners // REPORT_PAGE))}


def _time(window_start: int, latest: int) -> Marks:
    return {_TIME_MARK: b"%d" % -(-window_start // _TIME_UNIT), _LATEST_MARK: b"%d" % latest}


def _json(value: object) -> bytes:
    """Return compact JSON in which the instants, texts that begin with a mark and end with @, are numbers."""
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode().replace(b"\\u0001", b"\x01")
    for mark in (_TIME_MARK, _LATEST_MARK):
        data = data.replace(b'"' + mark, mark)
    return data.replace(b'@"', b"")


def _instant(place: int) -> str:
    """An instant in the last hours before the mark's: at most 2.3 days after a window's first eleven."""
    return f"\x01TIME{place * 200_000:09d}@"


def _text(value: str) -> Json:
    return {"locale": {"country": "US", "language": "en"}, "value": value}


def _urn(kind: str, place: int) -> str:
    return f"{_URN_PREFIX[kind]}\x01BLOCK{place:02d}"


_OWNER = {"urn": "urn:li:organization:1337", "name": _text("LinkedIn")}


def _classification(number: int, kind: str, name: str) -> Json:
    prefix = "urn:li:skill:" if kind == "SKILL" else "urn:li:lyndaCategory:"
    return {"owner": _OWNER, "name": _text(name), "urn": f"{prefix}{number}", "type": kind}


def _library(number: int) -> Json:
    return _classification(900_000 + number, "LIBRARY", f"Library {number}")


def _subject(number: int) -> Json:
    return _classification(910_000 + number, "SUBJECT", f"Subject {number}")


def _topic(number: int) -> Json:
    return _classification(920_000 + number, "TOPIC", f"Topic {number}")


def _tags(place: int) -> list[Json]:
    topic, subject, library = place * 7 % TOPICS, place * 7 % _SUBJECTS, place * 7 % _LIBRARIES
    tags = [
        (_classification(990_000 + place, "SKILL", f"Skill {place}"), []),
        (_topic(topic), [_subject(subject), _library(library)]),
        (_subject(subject), [_library(library)]),
    ]
    return [{"assigner": _OWNER, "path": path, "associatedClassification": own} for own, path in tags]


def _asset(kind: str, place: int) -> bytes:
    urn, number = _urn(kind, place), f"\x01BLOCK{place:02d}"
    description = f"Plan and run sample number {number}, from the first steps to work with several people. " * 3
    slug = f"https://www.linkedin.com/learning/sample-{kind.lower()}-{number}"
    return _json(
        {
            "urn": urn,
            "details": {
                "images": {"primary": f"https://cdn.lynda.com/course/{number}/sample-16x9.jpg"},
                "descriptionIncludingHtml": _text(f"<p>{description}</p>"),
                "lastUpdatedAt": LAST_CHANGE - place,
                "publishedAt": LAST_CHANGE - 10 * _MILLISECONDS_A_DAY - place,
                **({"level": ("BEGINNER", "INTERMEDIATE", "ADVANCED")[place % 3]} if place % 4 else {}),
                "discoverableBy": [
                    {
                        "accessor": {
                            "name": _text("Access is open to all."),
                            "urn": "urn:li:labeledLearningContentAccessGroup:PUBLIC",
                        }
                    }
                ],
                "description": _text(description),
                "shortDescription": _text(description[:90]),
                "availability": "AVAILABLE" if place % 20 else "RETIRED",
                "availableLocales": [{"country": "US", "language": "en"}],
                "relationships": [],
                "classifications": _tags(place),
                "urls": {
                    "ssoLaunch": f"https://www.linkedin.com/checkpoint/enterprise/login/99?pathWildcard=99&redirect={slug}",
                    "webLaunch": slug,
                    "aiccLaunch": f"https://www.linkedin.com/learning/aicc?content={urn}&account=99",
                },
                "shortDescriptionIncludingHtml": _text(description[:90]),
                "contributors": [
                    {
                        "name": _text(f"Ada Example {place}"),
                        "urn": f"urn:li:lyndaAuthor:{500 + place}",
                        "contributionType": "AUTHOR",
                        "authorDetails": {"lastName": _text(f"Example {place}"), "firstName": _text("Ada")},
                    }
                ],
                "timeToComplete": {"duration": 300 + place, "unit": "SECOND"},
            },
            "title": _text(f"Sample {kind} {number}"),
            "type": kind,
            "contents": [],
        }
    )


def _learner(place: int) -> Json:
    number = f"\x01BLOCK{place:03d}"
    return {
        "name": f"Robin Sample {number}",
        "enterpriseGroups": ["Engineering", f"Office {place % 20}"],
        "entity": {"profileUrn": f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{number})"},
        "email": f"learner{number}@people.example.com",
        "customAttributes": {"attribute_department": [f"Department {place % 40}"]},
        "uniqueUserId": f"E{number}",
    }


def _activity(metric: str, kind: str | None, value: int, qualifier: str, place: int = 999) -> Json:
    return {
        "engagementType": metric,
        "lastEngagedAt": _instant(place),
        "firstEngagedAt": _instant(place // 2),
        **({"assetType": kind} if kind else {}),
        "engagementMetricQualifier": qualifier,
        "engagementValue": value,
    }


def _learner_row(place: int) -> bytes:
    """A row of INDIVIDUAL: 20 activities, zero rows included (API reference §6.6)."""
    kinds = ("ARTICLE", "AUDIO", "BOOK", "LEARNING_COLLECTION", "COURSE", "DOCUMENT", "EVENT", "LEARNING_PATH", "VIDEO")
    pairs = [
        _activity(metric, kind, place % 3 if kind in ASSET_TYPES else 0, "TOTAL", place)
        for kind, metric in itertools.product(kinds, ("VIEWS", "COMPLETIONS"))
    ]
    first = [
        _activity("DAYS_ACTIVE", None, 2, "TOTAL", place),
        _activity("SECONDS_VIEWED", "VIDEO", place, "TOTAL", place),
    ]
    details = _learner(place)
    return _json({"latestDataAt": "\x01LATEST@", "learnerDetails": details, "activities": [*first, *pairs]})


def _metrics() -> dict[str, list[int]]:
    """The values of a metric by the row's place in its block."""
    places = range(REPORT_PAGE)
    return {
        "SECONDS_VIEWED": [60 + place * 7 for place in places],
        "COMPLETIONS": [int(place % 4 == 0) for place in places],
        "VIEWS": [1 + place % 5 for place in places],
    }


def _engagement_row(kind: str, place: int) -> bytes:
    metrics = _metrics()
    activities = [
        _activity("SECONDS_VIEWED", kind, metrics["SECONDS_VIEWED"][place], "TOTAL", place),
        _activity("PROGRESS_PERCENTAGE", kind, place % 100 if place % 4 else 100, "TOTAL", place),
        _activity("VIEWS", kind, metrics["VIEWS"][place], "TOTAL", place),
    ]
    if metrics["COMPLETIONS"][place]:
        activities.append(_activity("COMPLETIONS", kind, 1, "TOTAL", place))
    content = place * 37 % ASSET_PAGE
    return _json(
        {
            "latestDataAt": "\x01LATEST@",
            "learnerDetails": _learner(place),
            "contentDetails": {
                "name": f"Sample {kind} \x01CONTENT{content:02d}",
                "contentProviderName": "LinkedIn",
                "contentUrn": f"{_URN_PREFIX[kind]}\x01CONTENT{content:02d}",
                "contentSource": "LINKEDIN_LEARNING",
                "locale": {"country": "US", "language": "en"},
            },
            "activities": activities,
        }
    )
