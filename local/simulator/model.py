"""What an account is made of: classifications, assets, content of activity, learners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

ASSET_TYPES = ("COURSE", "LEARNING_PATH", "VIDEO")
ACTIVITY_TYPES = (
    "ARTICLE",
    "AUDIO",
    "BOOK",
    "LEARNING_COLLECTION",
    "COURSE",
    "DOCUMENT",
    "EVENT",
    "LEARNING_PATH",
    "VIDEO",
)
SOURCES = ("LINKEDIN_LEARNING", "ORGANIZATION", "THIRD_PARTY")
LEVELS = ("BEGINNER", "INTERMEDIATE", "ADVANCED")


class Locale(NamedTuple):
    """A language and a country; Indonesian is ``in_ID`` (API reference §4.9)."""

    language: str
    country: str

    def __str__(self) -> str:
        return f"{self.language}_{self.country}"


def locale(text: str) -> Locale:
    language, _, country = text.partition("_")
    return Locale(language, country)


OLDER_LOCALES = tuple(map(locale, ["de_DE", "en_US", "es_ES", "fr_FR", "ja_JP", "pt_BR", "zh_CN"]))
LOCALES = (*OLDER_LOCALES, *map(locale, ["in_ID", "it_IT", "ko_KR", "nl_NL", "pl_PL", "tr_TR"]))
EN_US = Locale("en", "US")


@dataclass(slots=True, eq=False)
class Classification:
    """A library, subject, topic, skill or credentialing programme; ``parent`` is published on assets only."""

    urn: str
    type: str
    name: str
    locale: Locale
    parent: Classification | None = None

    @property
    def ancestors(self) -> list[Classification]:
        """Nearest first."""
        found = []
        above = self.parent
        while above is not None:
            found.append(above)
            above = above.parent
        return found


@dataclass(frozen=True, slots=True)
class Contributor:
    """An author (first and last name) or a publisher (``last`` is None)."""

    urn: str
    first: str
    last: str | None
    locale: Locale


@dataclass(slots=True, eq=False)
class Asset:
    """A course, chapter, video or learning path, with what its details say."""

    urn: str
    type: str
    title: str
    locale: Locale
    slug: str
    published_at: int
    updated_at: int
    summary: str | None = None
    retired: bool = False
    retired_at: int | None = None
    level: str | None = None
    duration: tuple[int, str] | None = None
    locales: tuple[Locale, ...] = ()
    tags: tuple[Classification, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    children: list[Asset] = field(default_factory=list)
    licensed: bool = True
    curated: bool = False
    removed: bool = False
    images: bool = True
    web: bool = True
    sso: bool = True
    aicc: bool = True
    access: str | None = "PUBLIC"

    @property
    def modified_at(self) -> int:
        """The later of published, updated and retired: what ``lastModifiedAfter`` compares (§4.10)."""
        return max(self.published_at, self.updated_at, self.retired_at or 0)


@dataclass(slots=True, eq=False)
class Content:
    """Something learners engage with; ``asset`` is None for content that is not in the catalogue."""

    index: int
    urn: str
    type: str
    source: str
    title: str
    locale: Locale
    asset: Asset | None = None
    provider: str | None = "LinkedIn"
    website: str | None = None

    @property
    def name(self) -> str:
        return self.asset.title if self.asset is not None else self.title


@dataclass(frozen=True, slots=True)
class Identity:
    """How a learner is shown from an instant on."""

    since: int
    name: str
    email: str | None
    unique_user_id: str | None
    groups: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, eq=False)
class Learner:
    """A person with a profile URN for life and identities over time (oldest first)."""

    index: int
    urn: str
    joined_at: int
    identities: list[Identity]

    def identity(self, instant: int) -> Identity:
        """The newest identity that had begun at an instant (the oldest one before that)."""
        return self.identities[self.version(instant)]

    def version(self, instant: int) -> int:
        for place in range(len(self.identities) - 1, 0, -1):
            if self.identities[place].since <= instant:
                return place
        return 0
