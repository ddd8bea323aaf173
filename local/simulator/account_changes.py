"""Changes to the account while the simulator runs: ``POST /_simulator/account``.

The body is one change or a list of them; each has an ``action`` and what that needs::

    {"action": "retire", "urn": …, "dated": true}          {"action": "rename", "urn": …, "title": …}
    {"action": "remove", "urn": …}                         {"action": "restore", "urn": …}
    {"action": "licence", "urn": …, "licensed": false}     {"action": "curate", "urn": …, "curated": true}
    {"action": "add-asset", "urn": …, "type": "COURSE", "title": …, "locale": "en_US"}
    {"action": "learner", "profileUrn": …, "name": …, "email": …, "uniqueUserId": …, "groups": […], "since": …}
    {"action": "add-learner", "name": …, "email": …, "uniqueUserId": …, "groups": […]}
    {"action": "events", "events": [{"instant", "profileUrn", "contentUrn", "views", "seconds", "progress",
                                     "gain", "completed", "markedAsDone"}]}

Retiring and renaming count as modifications (``lastUpdatedAt``); a withdrawn licence and a removal do not,
so that only a full read shows them (API reference §4.10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from local.simulator.account import Account
from local.simulator.clock import Clock, parse_instant
from local.simulator.control import event_of
from local.simulator.exchange import Answer, Exchange, json_answer
from local.simulator.model import Asset, Identity, Learner, locale


class AccountChanges:
    """Applies changes at the simulator's time."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "retire": self._retire,
            "rename": self._rename,
            "remove": lambda change: self._set(change, removed=True),
            "restore": self._restore,
            "licence": lambda change: self._set(change, licensed=bool(change["licensed"])),
            "curate": lambda change: self._set(change, curated=bool(change["curated"])),
            "add-asset": self._add_asset,
            "learner": self._change_learner,
            "add-learner": self._add_learner,
            "events": self._add_events,
        }

    def post(self, _: Exchange, body: bytes) -> Answer:
        """Apply one change or several, in order; ValueError and KeyError become a 400 with their text."""
        given = msgspec.json.decode(body)
        changes = given if isinstance(given, list) else [given]
        for change in changes:
            action = self._actions.get(change["action"])
            if action is None:
                raise ValueError(f"action is one of {', '.join(self._actions)}")
            action(change)
            self._account.touch()
        return json_answer({"applied": len(changes)})

    def _asset(self, change: dict[str, Any]) -> Asset:
        asset = self._account.assets.get(change["urn"])
        if asset is None:
            raise ValueError(f"no asset {change['urn']}")
        return asset

    def _set(self, change: dict[str, Any], **values: bool) -> None:
        """On the asset and, for a course, on everything inside it."""
        for asset in _with_parts(self._asset(change)):
            for name, value in values.items():
                setattr(asset, name, value)

    def _retire(self, change: dict[str, Any]) -> None:
        now = self._clock.now()
        for asset in _with_parts(self._asset(change)):
            asset.retired = True
            asset.retired_at = now if change.get("dated", True) else None
            asset.updated_at = now
            asset.web = asset.sso = asset.aicc = False

    def _restore(self, change: dict[str, Any]) -> None:
        now = self._clock.now()
        for asset in _with_parts(self._asset(change)):
            asset.retired, asset.retired_at, asset.removed = False, None, False
            asset.updated_at = now

    def _rename(self, change: dict[str, Any]) -> None:
        asset = self._asset(change)
        asset.title = str(change["title"])
        asset.updated_at = self._clock.now()

    def _add_asset(self, change: dict[str, Any]) -> None:
        now = self._clock.now()
        where = locale(change.get("locale", "en_US"))
        asset = Asset(change["urn"], change["type"], change["title"], where, "added", now, now, locales=(where,))
        self._account.add_asset(asset)

    def _change_learner(self, change: dict[str, Any]) -> None:
        learner = self._account.learner(change["profileUrn"])
        if learner is None:
            raise ValueError(f"no learner {change['profileUrn']}")
        since = parse_instant(change.get("since", self._clock.now()))
        newest = learner.identities[-1]
        if since <= newest.since:
            raise ValueError("since lies before the learner's newest identity")
        learner.identities.append(_changed(newest, change, since))

    def _add_learner(self, change: dict[str, Any]) -> None:
        now = self._clock.now()
        index = len(self._account.learners)
        first = _changed(Identity(now, "", None, None, ()), change, now)
        urn = f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{12_345 + 3 * index})"
        self._account.learners.append(Learner(index, urn, now, [first]))

    def _add_events(self, change: dict[str, Any]) -> None:
        for content, event in [event_of(self._account, given) for given in change["events"]]:
            self._account.log.insert(content.type, content.source, event)


def _with_parts(asset: Asset) -> list[Asset]:
    """A path does not own its courses; a course owns its chapters and their videos."""
    found = [asset]
    if asset.type in {"COURSE", "CHAPTER"}:
        for child in asset.children:
            found += _with_parts(child)
    return found


def _changed(identity: Identity, change: dict[str, Any], since: int) -> Identity:
    return replace(
        identity,
        since=since,
        name=change.get("name", identity.name),
        email=change.get("email", identity.email),
        unique_user_id=change.get("uniqueUserId", identity.unique_user_id),
        groups=tuple(change.get("groups", identity.groups)),
    )
