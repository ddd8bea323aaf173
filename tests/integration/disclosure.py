"""Searches what a stack tells the outside for what it may not name: people and secrets (docs/privacy.md).

Told are log lines, metrics, events on the bus and messages of topics.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from local.demo_options import SIMULATED_NOW
from local.jupiterone.server import ACCESS_TOKEN
from local.linkedin_side import CREDENTIALS, ORG_SYNC_TOKEN
from local.simulator.generator.account import AccountSizes, generate
from local.stack import PSEUDONYM_SECRET, UNFILLED_SECRETS

_CLIENT_SECRETS = {secret for pairs in CREDENTIALS.values() for _, secret in pairs.values()}
SECRETS = {*_CLIENT_SECRETS, ORG_SYNC_TOKEN, ACCESS_TOKEN, json.loads(UNFILLED_SECRETS[PSEUDONYM_SECRET])["key"]}
# Any address, and any token that the simulator mints.
_FORMS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\bAQ[\w-]{100,}|\bBearer\s+\S+"
_SHORTEST = 5  # a shorter text may stand in a line by chance
_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")


def local_run(out: Path) -> dict[str, str]:
    """Return what a local run has told: the functions' logs and the events, by file name."""
    paths = [*(out / "logs").glob("*Function.log"), out / "events.jsonl"]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def people_of(learners: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return what names learners, now or earlier, as the simulator's `/_simulator/learners` describes them."""
    found: set[str | None] = set()
    for learner in learners:
        found.add(learner["profileUrn"])
        for identity in learner["identities"]:
            found |= {identity["name"], identity["email"], identity["uniqueUserId"]}
    return {text for text in found if text and len(text) >= _SHORTEST}


def people_of_account(sizes: Mapping[str, Any]) -> set[str]:
    """Return what names the learners of the account that a simulator with these options makes on its usual day."""
    found: set[str | None] = set()
    for learner in generate(AccountSizes(**sizes), round(SIMULATED_NOW.timestamp() * 1000)).learners:
        found.add(learner.urn)
        for identity in learner.identities:
            found |= {identity.name, identity.email, identity.unique_user_id}
    return {text for text in found if text and len(text) >= _SHORTEST}


def disclosed(told: Mapping[str, str], people: Iterable[str]) -> list[str]:
    """Return where one of some people, any e-mail address or a secret is named: place, line and what was found."""
    hidden = {form for secret in SECRETS for form in (secret, quote(secret, safe=""), _base64(secret))}
    names = [r"\W{1,3}".join(map(re.escape, re.split(r"\W+", name))) for name in people]
    pattern = re.compile(
        "|".join([_FORMS, *map(re.escape, hidden), *(rf"(?<!\w){name}(?!\w)" for name in names)]), re.IGNORECASE
    )
    return [
        f"{place}:{number}: {found[0]}"
        for place, text in told.items()
        for number, line in enumerate(text.splitlines(), 1)
        for form in dict.fromkeys(_readings(line))
        for found in pattern.finditer(form)
    ]


def _readings(line: str) -> Iterator[str]:
    """A line as it is, with JSON's escapes read, and with a URL's."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), line)
    yield from (line, plain, unquote(plain))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")
