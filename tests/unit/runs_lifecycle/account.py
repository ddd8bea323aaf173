"""The account that the lives of a run read: a small one of the simulator, in which little goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.fakes.clock import NOW
from tests.fakes.simulated_linkedin import SimulatedLinkedIn

__all__ = ["NOW", "Account", "Person", "small_account"]
OPTIONS = (
    *("--learners=4", "--groups=1", "--courses=5", "--paths=1", "--videos=2", "--others=1", "--locales=en_US"),
    *("--history-days=60", "--future-days=0", "--sessions-per-week=0", "--assume=largest-page=2"),
)
_CLASSIFICATIONS = 2


@dataclass(frozen=True)
class Person:
    """A learner as LinkedIn shows them now."""

    profile: str
    email: str | None
    user_id: str | None


class Account(SimulatedLinkedIn):
    """Pages of two rows, two classifications of a type, nobody active."""

    def __init__(self) -> None:
        super().__init__(*OPTIONS)
        # Of each type so few that a run makes few calls.
        kept: Counter[str] = Counter()
        everything, self.account.classifications = self.account.classifications, []
        for one in everything:
            kept[one.type] += 1
            if kept[one.type] <= _CLASSIFICATIONS:
                self.account.classifications.append(one)

    @property
    def people(self) -> list[Person]:
        shown = [(learner.urn, learner.identities[-1]) for learner in self.account.learners]
        return [Person(urn, identity.email, identity.unique_user_id) for urn, identity in shown]

    def urns(self, kind: str) -> list[str]:
        """The URNs of a type, of content that is not in the catalogue as well."""
        return [content.urn for content in self.account.contents if content.type == kind]


def sitting(person: Person, urn: str, days_ago: float, *, seconds: int = 60, completed: bool = False) -> dict[str, Any]:
    """A change that lets somebody use something, so long before NOW."""
    event = {
        "instant": (NOW - timedelta(days=days_ago)).isoformat(),
        "profileUrn": person.profile,
        "contentUrn": urn,
        "seconds": seconds,
        "progress": 100 if completed else 40,
        "completed": completed,
    }
    return {"action": "events", "events": [event]}


def small_account() -> Account:
    """Four people, one of them inactive; a course that only its URN finds, one that is gone, a curated video."""
    account = Account()
    courses, videos = account.urns("COURSE"), account.urns("VIDEO")
    contents = [courses[-1], courses[-2], *courses[:-2], *account.urns("LEARNING_PATH"), *videos]
    account.change(
        *({"action": "licence", "urn": urn, "licensed": True} for urn in contents),
        {"action": "licence", "urn": courses[-1], "licensed": False},
        {"action": "remove", "urn": courses[-2]},
        {"action": "curate", "urn": videos[0], "curated": True},
        {"action": "retire", "urn": videos[-1]},
        *(
            sitting(person, urn, 1 + 2 * place + number, seconds=100 + place, completed=(place + number) % 2 == 0)
            for number, person in enumerate(account.people[:3])
            for place, urn in enumerate(contents)
        ),
    )
    return account
