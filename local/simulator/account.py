"""One LinkedIn Learning account: catalogue, people, and the event log; and how it changes while the simulator runs."""

from __future__ import annotations

from collections.abc import Iterator

from local.simulator.event_log import EventLog
from local.simulator.model import ASSET_TYPES, Asset, Classification, Content, Learner, Locale


class Account:
    """``version`` grows with every change, so that computed answers can be kept until then."""

    def __init__(
        self,
        classifications: list[Classification],
        assets: list[Asset],
        learners: list[Learner],
        log: EventLog,
    ) -> None:
        self.classifications = classifications
        self.learners = learners
        self.log = log
        self.assets: dict[str, Asset] = {}
        self.contents: list[Content] = []
        self.content_by_urn: dict[str, Content] = {}
        self._changes = 0
        for asset in assets:
            self.add_asset(asset)

    @property
    def version(self) -> int:
        return self._changes + self.log.version

    def touch(self) -> None:
        """Say that something changed."""
        self._changes += 1

    def add_asset(self, asset: Asset) -> None:
        """Register an asset and everything inside it; what is already known stays."""
        for each in _tree(asset):
            if each.urn in self.assets:
                continue
            self.assets[each.urn] = each
            if each.type in ASSET_TYPES:
                content = self.add_content(each.urn, each.type, "LINKEDIN_LEARNING", each.title, each.locale)
                content.asset = each
        self.touch()

    def add_content(self, urn: str, kind: str, source: str, title: str, locale: Locale) -> Content:
        content = Content(len(self.contents), urn, kind, source, title, locale)
        self.contents.append(content)
        self.content_by_urn[urn] = content
        self.touch()
        return content

    def learner(self, key: str) -> Learner | None:
        """By profile URN, or by any e-mail or uniqueUserId the learner ever had."""
        for learner in self.learners:
            if learner.urn == key:
                return learner
        for learner in self.learners:
            if any(key in {identity.email, identity.unique_user_id} for identity in learner.identities):
                return learner
        return None


def _tree(asset: Asset) -> Iterator[Asset]:
    yield asset
    for child in asset.children:
        yield from _tree(child)
