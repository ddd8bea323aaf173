"""The learners of a generated account, with identities that change over time."""

# ruff: noqa: PLR2004 - chances and places are what this file is made of

from __future__ import annotations

import unicodedata
from dataclasses import replace
from random import Random

from local.simulator.clock import DAY
from local.simulator.generator import vocabulary
from local.simulator.model import Identity, Learner

ACCOUNT_URN = "urn:li:enterpriseAccount:99"


def make_groups(count: int) -> tuple[str, ...]:
    names = vocabulary.GROUPS
    return tuple(names[place] if place < len(names) else f"Team {place + 1}" for place in range(count))


def make_learners(
    seed: int, count: int, groups: tuple[str, ...], start: int, now: int, *, shared_emails: int = 0
) -> list[Learner]:
    """Learners 0…count-1; a learner is the same in a larger account of the same seed and groups.

    The first ``shared_emails`` pairs of neighbours have the e-mail of the first of the two.
    """
    learners = [_learner(Random(f"{seed}/learner/{index}"), index, groups, start, now) for index in range(count)]
    for place in range(0, min(2 * shared_emails, count - 1), 2):
        email = learners[place].identities[-1].email
        second = learners[place + 1]
        second.identities = [replace(identity, email=email) for identity in second.identities]
    return learners


def _learner(random: Random, index: int, groups: tuple[str, ...], start: int, now: int) -> Learner:
    first, last = random.choice(vocabulary.FIRST_NAMES), random.choice(vocabulary.LAST_NAMES)
    email: str | None = f"{_ascii(first)}.{_ascii(last)}.{index}@example.com"
    unique: str | None = f"E{10_000 + index}"
    # Place in the row, not chance, decides the rare kinds, so that a small account has them all.
    kind = index % 20
    if kind == 3:
        email = None
    elif kind == 7:
        email = ""
    elif kind == 11:
        unique = None
    elif kind == 13:
        unique = email
    elif kind == 17 and index % 40 == 17:
        email = unique = None
    mine = tuple(sorted(random.sample(groups, min(len(groups), random.choices((0, 1, 2, 3), (10, 60, 20, 10))[0]))))
    attributes: tuple[tuple[str, str], ...] = ()
    if random.random() < 0.6:
        attributes = (("attribute_department", random.choice(vocabulary.DEPARTMENTS)),)
        if random.random() < 0.2:
            attributes = (*attributes, ("attribute_cost_centre", f"{random.randint(100, 999)}"))
    # Drawn apart, so that everything else of an account stays as it is.
    more = Random(f"{index}/attributes/{first}")
    attributes = (
        *attributes,
        ("attribute_country", more.choice(vocabulary.COUNTRIES)),
        ("attribute_manager", more.choice(vocabulary.MANAGERS)),
    )
    joined = start if random.random() < 0.7 else random.randint(start, now - DAY)
    identities = [Identity(joined, f"{first} {last}", email, unique, mine, attributes)]
    identities += _changes(random, kind, index, identities[0], now)
    urn = f"urn:li:enterpriseProfile:({ACCOUNT_URN},{12_345 + 3 * index})"
    return Learner(index, urn, joined, identities)


def _changes(random: Random, kind: int, index: int, old: Identity, now: int) -> list[Identity]:
    """Renamed (with a new address), given a uniqueUserId, or moved to another group."""
    moment = random.randint(min(old.since + DAY, now - DAY), now - DAY)
    if kind == 5:
        last = random.choice(vocabulary.LAST_NAMES)
        first = old.name.split(" ")[0]
        email = f"{_ascii(first)}.{_ascii(last)}.{index}b@example.com"
        return [Identity(moment, f"{first} {last}", email, old.unique_user_id, old.groups, old.attributes)]
    if kind == 11 and index % 40 == 11:
        return [Identity(moment, old.name, old.email, f"E{10_000 + index}", old.groups, old.attributes)]
    if kind == 15:
        return [Identity(moment, old.name, old.email, old.unique_user_id, (), old.attributes)]
    return []


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O").replace("Ł", "L"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())
