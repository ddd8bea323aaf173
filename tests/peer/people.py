"""The peer's learners and what they did: sittings, from which every report row is computed.

A sitting is `days` before `base`; all keep half a day's distance from 14, 30, 90, 180 and 365 days, so that a test
knows what a lookback sees although its end is a moment later than `base`.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.peer.catalogue import (
    BARE,
    COURSES,
    CUSTOM_COURSE,
    DAY,
    FETCHED,
    GONE_VIDEO,
    HOURS_PATH,
    MINUTES_VIDEO,
    PATHS,
    PLAIN,
    RETIRED,
    VIDEOS,
)

Quirk = Literal["null-first", "no-times", "zero-completions", "extra-rows", "all-zero"]

EVENT: Final = "urn:li:event:501"


@dataclass(frozen=True)
class Person:
    """One human being, and which of the three identities each kind of row shows of them.

    `shown` maps a row's kind (an asset type, or PEOPLE for rows by learner alone) to the identities that stand in it.
    """

    name: str | None
    profile: str | None = None
    unique_id: str | None = None
    email: str | None = None
    groups: tuple[str, ...] | None = ("Peers",)
    attributes: dict[str, Any] | None = field(default_factory=dict)
    shown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    always_listed: bool = False

    def details(self, kind: str) -> dict[str, Any]:
        """The `learnerDetails` member in a row of this kind."""
        shown = self.shown.get(kind, ("profile", "unique_id", "email"))
        details: dict[str, Any] = {"memberSince": 2019}
        if self.name is not None:
            details["name"] = self.name
        if self.profile and "profile" in shown:
            details["entity"] = {"profileUrn": self.profile, "type": "PROFILE"}
        if self.unique_id is not None and "unique_id" in shown:
            details["uniqueUserId"] = self.unique_id
        if self.email is not None and ("email" in shown or "EMAIL" in shown):
            details["email"] = self.email.upper() if "EMAIL" in shown else self.email
        if self.groups is not None:
            details["enterpriseGroups"] = list(self.groups)
        return details | {"customAttributes": self.attributes}


@dataclass(frozen=True)
class Sitting:
    """What one person did with one content item at one time."""

    person: Person
    kind: str
    content: str
    days: float
    seconds: int = 0
    views: int = 1
    progress: int = 0
    completions: int = 0
    quirk: Quirk | None = None

    def at(self, base: int) -> int:
        return base - int(self.days * DAY)


def _profile(number: int) -> str:
    return f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:77,{number})"


ROBIN: Final = Person("Robin Peer", _profile(1), "E1", "robin@peer.example", shown={"COURSE": ("profile", "EMAIL")})
KIM: Final = Person("Kim Peer", _profile(2), "", "")
LEE: Final = Person("Lee Peer", None, "E3", "lee@peer.example")
SAM: Final = Person("Sam Onlymail", None, None, "SAM.ONLYMAIL@PEER.EXAMPLE", attributes=None)
# One person whom every kind of row shows by other identities; only together they make one user.
ALEX: Final = Person(
    "Alex Manyfold",
    _profile(5),
    "E5",
    "alex@peer.example",
    shown={"PEOPLE": ("profile", "email"), "COURSE": ("unique_id", "email"), "VIDEO": ("unique_id",)},
)
BADMAIL: Final = Person("Bad Mail", _profile(6), "E6", "user@localhost")
ZOE: Final = Person("Zoë Ünïcode", _profile(7), "", "zoë@peer.example", groups=())
NAMELESS: Final = Person(None, _profile(8), None, "nameless@peer.example", groups=None, attributes=None)
READER: Final = Person("Rea Der", _profile(9), "E9", "reader@peer.example")
IDLE: Final = Person("Idle Peer", _profile(10), "E10", "o'brien+idle@peer.example", always_listed=True)
CUSTOM: Final = Person(
    "Custom Attributes",
    _profile(11),
    "E11",
    "custom@peer.example",
    attributes={"Cost Centre": "7", "attribute_home_office": ["Graz", "Wien"], "größe:x": ["1"], "Empty": []},
)
SPECIAL: Final = (ROBIN, KIM, LEE, SAM, ALEX, BADMAIL, ZOE, NAMELESS, READER, IDLE, CUSTOM)
FILLER: Final = tuple(
    Person(
        f"Filler {number}",
        _profile(1000 + number),
        f"filler{number}@peer.example" if number % 2 else f"F{number}",
        f"filler{number}@peer.example",
    )
    for number in range(40)
)

SPECIAL_SITTINGS: Final = (
    Sitting(ROBIN, "COURSE", PLAIN, 9.3, 100, 1, 100, 1),
    Sitting(ROBIN, "COURSE", PLAIN, 3.3, 50, 2, 100, 1, "extra-rows"),
    Sitting(ROBIN, "VIDEO", MINUTES_VIDEO, 9.4, 420, 1, 100),
    Sitting(KIM, "COURSE", PLAIN, 5.4, 600, 1, 100),
    Sitting(KIM, "COURSE", PLAIN, 50.2, 10, 1, 100),
    Sitting(KIM, "COURSE", BARE, 20.2, 10, 1, 10),
    Sitting(LEE, "COURSE", PLAIN, 6.2, 30, 1, 70, 1, "null-first"),
    Sitting(SAM, "COURSE", BARE, 4.4, 5, 1, 20, 1, "no-times"),
    Sitting(ALEX, "COURSE", PLAIN, 4.1, 60, 1, 40),
    Sitting(ALEX, "VIDEO", MINUTES_VIDEO, 2.6, 70, 1, 50),
    Sitting(ALEX, "LEARNING_PATH", HOURS_PATH, 8.8, 7, 1, 1),
    Sitting(BADMAIL, "LEARNING_PATH", HOURS_PATH, 7.2, 80, 1, 40, 1),
    Sitting(ZOE, "COURSE", FETCHED, 3.9, 15, 1, 15),
    Sitting(ZOE, "COURSE", CUSTOM_COURSE, 3.7, 25, 1, 100, 1),
    Sitting(ZOE, "VIDEO", GONE_VIDEO, 3.6, 35, 1, 35),
    Sitting(NAMELESS, "COURSE", RETIRED, 10.5, 45, 1, 60, 0, "zero-completions"),
    Sitting(READER, "COURSE", PLAIN, 2.9, 0, 0, 0, 0, "all-zero"),
    Sitting(READER, "EVENT", EVENT, 3.1, 900, 1, 100, 1),
    Sitting(CUSTOM, "VIDEO", MINUTES_VIDEO, 1.7, 1, 1, 1),
)


def filler_sittings() -> list[Sitting]:
    """Some 1 300 sittings over a year by a fixed formula: every person with courses, videos and a path."""
    made = []
    for number, person in enumerate(FILLER):
        shelf = [("COURSE", COURSES), ("VIDEO", VIDEOS), ("LEARNING_PATH", PATHS)]
        for kind, contents in shelf:
            for turn in range(8 if kind != "LEARNING_PATH" else 1):
                content = contents[(number * 7 + turn * 11) % len(contents)]
                progress = (number * 13 + turn * 37) % 101
                done = 1 if progress > 80 else 0
                recent = 1.6 + (number * 5 + turn * 3) % 11
                made.append(Sitting(person, kind, content, recent, 60 + turn, 1, progress, done))
                older = (17.3, 23.9, 44.6, 101.2, 171.9, 200.1, 333.3)[(number + turn) % 7]
                made.append(Sitting(person, kind, content, older, 30 + number, 1, progress // 2, 0))
    return made


def all_sittings() -> list[Sitting]:
    """Every sitting, in an order that is no order of time."""
    made = [*filler_sittings(), *SPECIAL_SITTINGS]
    return sorted(made, key=lambda sitting: (hash_of(sitting.content), sitting.days))


def hash_of(text: str) -> int:
    """A number that is the same in every process and unlike the text's order."""
    return sum((place + 3) * ord(letter) for place, letter in enumerate(text)) % 997
