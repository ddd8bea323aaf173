"""The assets of a generated account: courses with chapters and videos, stand-alone videos, learning paths."""

# ruff: noqa: PLR2004 - chances and places are what this file is made of

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from local.simulator.clock import DAY
from local.simulator.generator import vocabulary
from local.simulator.generator.taxonomy import Taxonomy
from local.simulator.model import LEVELS, Asset, Classification, Contributor, Locale

_CHAPTER_SHARE = 0.8  # of all videos, those inside courses
_YEAR = 365 * DAY


@dataclass(frozen=True, slots=True)
class CatalogueSizes:
    """How many listed assets there are; ``videos`` counts those inside courses and those that stand alone."""

    courses: int
    paths: int
    videos: int


class CatalogueMaker:
    """Makes the assets one by one from a single source of randomness."""

    def __init__(self, random: Random, taxonomy: Taxonomy, locales: tuple[Locale, ...], now: int) -> None:
        self._random = random
        self._taxonomy = taxonomy
        self._locales = locales
        self._weights = [60 if place == 0 else max(2, 14 - 2 * place) for place in range(len(locales))]
        self._now = now
        self._authors: dict[Locale, list[Contributor]] = {}
        self._course_number = 2_800_000
        self._part_number = 500_000

    def make(self, sizes: CatalogueSizes) -> list[Asset]:
        """Courses first, then stand-alone videos, then paths; chapters and their videos hang below the courses."""
        budget = int(sizes.videos * _CHAPTER_SHARE) if sizes.courses else 0
        courses = []
        for place in range(sizes.courses):
            fair = budget / (sizes.courses - place)
            wanted = min(budget, round(fair * self._random.uniform(0.4, 1.6)))
            if place == sizes.courses - 1:
                wanted = budget
            budget -= wanted
            courses.append(self._course(place, wanted))
        used = sum(len(chapter.children) for course in courses for chapter in course.children)
        videos = [self._lone_video() for _ in range(sizes.videos - used)]
        paths = [self._path(place, courses, videos) for place in range(sizes.paths)]
        return [*courses, *videos, *paths]

    def _course(self, place: int, videos: int) -> Asset:
        self._course_number += self._random.randint(1, 40)
        number = self._course_number
        course = self._asset(f"urn:li:lyndaCourse:{number}", "COURSE", self._title(locale := self._locale()), locale)
        course.level = self._random.choice(LEVELS) if self._random.random() < 0.75 else None
        course.licensed = self._random.random() >= 0.08
        # Position decides where size must not: even a small account has one retired and one removed course.
        if place % 17 == 5:
            self._retire(course)
        course.removed = place % 60 == 37
        seconds = self._chapters(course, number, videos) or self._random.randint(600, 9000)
        course.duration = self._duration(seconds)
        return course

    def _chapters(self, course: Asset, number: int, videos: int) -> int:
        seconds = 0
        while videos > 0:
            size = min(videos, self._random.randint(2, 7))
            videos -= size
            self._part_number += 1
            name = vocabulary.CHAPTERS[len(course.children) % len(vocabulary.CHAPTERS)]
            urn = f"urn:li:lyndaChapter:(urn:li:lyndaCourse:{number},{self._part_number})"
            chapter = self._part(course, urn, "CHAPTER", f"{len(course.children)}. {name}")
            total = 0
            for _ in range(size):
                self._part_number += 1
                urn = f"urn:li:lyndaVideo:(urn:li:lyndaCourse:{number},{self._part_number})"
                verb = self._random.choice(vocabulary.VIDEO_VERBS)
                video = self._part(course, urn, "VIDEO", f"{verb} {course.title} ({len(chapter.children) + 1})")
                video.tags, video.contributors = course.tags, course.contributors
                video.level = course.level
                video.curated = self._random.random() < 0.03
                length = self._random.randint(45, 720)
                video.duration = (length, "SECOND")
                total += length
                chapter.children.append(video)
            chapter.duration = (total, "SECOND")
            seconds += total
            course.children.append(chapter)
        return seconds

    def _part(self, course: Asset, urn: str, kind: str, title: str) -> Asset:
        """A chapter or video as old, as retired and as licensed as its course."""
        whole = kind == "VIDEO"
        return Asset(
            urn, kind, title, course.locale, f"{course.slug}/part-{self._part_number}",
            course.published_at, course.updated_at,
            summary=f"{title}." if whole else None, retired=course.retired, retired_at=course.retired_at,
            locales=course.locales, licensed=course.licensed, removed=course.removed,
            images=whole, web=whole and course.web, sso=whole and course.sso, aicc=whole and course.aicc,
        )  # fmt: skip

    def _lone_video(self) -> Asset:
        self._part_number += self._random.randint(1, 9)
        urn = f"urn:li:lyndaVideo:(urn:li:lyndaCourse:{self._part_number + 2_000_000},{self._part_number})"
        locale = self._locale()
        video = self._asset(urn, "VIDEO", f"Tip {self._part_number}: {self._title(locale)}", locale)
        video.level = self._random.choice(LEVELS) if self._random.random() < 0.5 else None
        video.duration = (self._random.randint(60, 900), "SECOND")
        video.curated = self._random.random() < 0.25
        video.licensed = self._random.random() >= 0.05
        if self._random.random() < 0.04:
            self._retire(video)
        return video

    def _path(self, place: int, courses: list[Asset], videos: list[Asset]) -> Asset:
        locale = self._locale()
        near = [course for course in courses if course.locale == locale and not course.retired] or courses
        pattern = vocabulary.PATHS.get(locale.language, "{} +")
        title = pattern.format(self._random.choice(vocabulary.SUBJECTS.get(locale.language, ("Data",))))
        urn = f"urn:li:lyndaLearningPath:{self._random.getrandbits(96):024x}"
        path = self._asset(urn, "LEARNING_PATH", f"{title} {place + 1}", locale)
        path.children = self._random.sample(near, min(len(near), self._random.randint(2, 6)))
        if videos and self._random.random() < 0.3:
            path.children.append(self._random.choice(videos))
        path.duration = self._duration(sum(seconds_of(child) for child in path.children))
        if self._random.random() < 0.1:
            path.access = "PRIVATE"
        if place % 19 == 7:
            self._retire(path)
        return path

    def _asset(self, urn: str, kind: str, title: str, locale: Locale) -> Asset:
        random = self._random
        published = self._now - random.randint(30 * DAY, 6 * _YEAR)
        published -= published % DAY
        return Asset(
            urn, kind, title, locale, _slug(kind, urn), published,
            random.randint(published, self._now - DAY),
            summary=f"{title} & more: <em>clear</em>, short, ready for use." if random.random() < 0.96 else None,
            locales=self._available(locale), tags=self._tags(locale),
            contributors=self._contributors(locale), images=random.random() < 0.95,
            web=random.random() < 0.99, sso=random.random() < 0.9, aicc=random.random() < 0.7,
            access="PUBLIC" if random.random() < 0.93 else None,
        )  # fmt: skip

    def _retire(self, asset: Asset) -> None:
        asset.retired = True
        moment = self._random.randint(max(asset.published_at, self._now - 2 * _YEAR), self._now - DAY)
        asset.retired_at = moment if self._random.random() < 0.75 else None
        asset.updated_at = max(asset.updated_at, moment)
        asset.web = asset.sso = asset.aicc = False

    def _duration(self, seconds: int) -> tuple[int, str] | None:
        draw = self._random.random()
        if draw < 0.03:
            return None
        if draw < 0.15:
            return max(1, seconds // 60), "MINUTE"
        return (max(1, seconds // 3600), "HOUR") if draw < 0.2 else (seconds, "SECOND")

    def _locale(self) -> Locale:
        return self._random.choices(self._locales, self._weights)[0]

    def _available(self, locale: Locale) -> tuple[Locale, ...]:
        others = [other for other in self._locales if other != locale and self._random.random() < 0.08]
        return (locale, *others)

    def _title(self, locale: Locale) -> str:
        language = locale.language if locale.language in vocabulary.PATTERNS else "en"
        pattern = self._random.choice(vocabulary.PATTERNS[language])
        return pattern.format(self._random.choice(vocabulary.SUBJECTS[language]))

    def _tags(self, locale: Locale) -> tuple[Classification, ...]:
        if self._random.random() < 0.03:
            return ()
        found: list[Classification] = self._random.sample(self._taxonomy.skills, self._random.randint(0, 3))
        topic = self._random.choice(self._taxonomy.topics[locale])
        levels = [topic, *topic.ancestors]
        # Some assets are tagged at a higher level only, as the reference's own path sample is.
        found += levels[1:] if self._random.random() < 0.1 else levels
        if self._random.random() < 0.08:
            found.append(self._random.choice(self._taxonomy.credentials))
        return tuple(found)

    def _contributors(self, locale: Locale) -> tuple[Contributor, ...]:
        pool = self._authors.setdefault(locale, [])
        while len(pool) < 12:
            number = 500 + len(pool) + 100 * len(self._authors)
            first, last = self._random.choice(vocabulary.FIRST_NAMES), self._random.choice(vocabulary.LAST_NAMES)
            pool.append(Contributor(f"urn:li:lyndaAuthor:{number}", first, last, locale))
        found = self._random.sample(pool, self._random.choices((0, 1, 2), (6, 80, 14))[0])
        if self._random.random() < 0.15:
            found.append(Contributor("urn:li:organization:1337", "Example Press", None, locale))
        return tuple(found)


def seconds_of(asset: Asset) -> int:
    """The duration in seconds, 0 where there is none."""
    if asset.duration is None:
        return 0
    value, unit = asset.duration
    return value * {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}[unit]


def _slug(kind: str, urn: str) -> str:
    word = "".join(letter if letter.isalnum() else "-" for letter in urn.split(":", 3)[3]).strip("-").lower()
    return f"paths/path-{word}" if kind == "LEARNING_PATH" else f"{kind.lower()}-{word}"
