"""Report records as the service writes them (API reference §6.6), quickly: bytes from templates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from local.simulator.aggregation import NEVER, Engagement, Presence, Total
from local.simulator.assumptions import Assumptions
from local.simulator.clock import utc_day_start
from local.simulator.generator.people import ACCOUNT_URN
from local.simulator.model import ACTIVITY_TYPES, Content, Identity, Learner
from local.simulator.pair_encoding import Metric, PairEncoder

_EACH = 20  # one learner in twenty is shown without any id where that is assumed
_UNSAID = 10  # one content in ten is shown without its source
_Activity = tuple[Metric, int, int, int]  # metric, value, first, last
ACCOUNT_DETAILS = msgspec.json.encode({"entity": {"accountUrn": ACCOUNT_URN}})


class ReportEncoder:
    """Encodes details once per learner, identity and content; they are asked for again in every window."""

    def __init__(self, assumptions: Assumptions) -> None:
        self._assumptions = assumptions
        self._learners: dict[tuple[int, int, bool], bytes] = {}
        self._contents: dict[tuple[int, str], bytes] = {}
        self._templates: dict[tuple[tuple[Metric, bool], ...], bytes] = {}
        self._pairs = PairEncoder(assumptions, self._template)
        self._stamp: object = None

    def renew(self, stamp: object) -> None:
        """Forget what was encoded if anything changed since."""
        if stamp != self._stamp:
            self._learners.clear()
            self._contents.clear()
            self._templates.clear()
            self._pairs = PairEncoder(self._assumptions, self._template)
            self._stamp = stamp

    def record(self, latest: int, learner: bytes | None, content: bytes | None, activities: bytes) -> bytes:
        """A record of its encoded parts."""
        parts = []
        if self._assumptions["latest-data-at"] == "present":
            parts.append(b'"latestDataAt":%d' % latest)
        if learner is not None:
            parts.append(b'"learnerDetails":' + learner)
        if content is not None:
            parts.append(b'"contentDetails":' + content)
        parts.append(b'"activities":[' + activities + b"]")
        return b"{" + b",".join(parts) + b"}"

    def learner(self, learner: Learner, version: int, *, old: bool) -> bytes:
        """``old`` rows of learners lack profileUrn where that is assumed; they have another id then."""
        key = (learner.index, version, old)
        found = self._learners.get(key)
        if found is None:
            identity = learner.identities[version]
            everyone = self._assumptions["learner-entity"] == "by-kind"
            nameless = old and (everyone or learner.index % 5 == 1) and bool(identity.unique_user_id or identity.email)
            entity = {} if nameless else {"profileUrn": learner.urn}
            if nameless and everyone and identity.email:
                identity = replace(identity, email=identity.email.upper())
            if learner.index % _EACH == 1 and self._assumptions["learner-entity"] == "anonymous":
                identity, entity = replace(identity, email=None, unique_user_id=None), {}
            found = self._learners[key] = msgspec.json.encode(self._learner(identity, entity))
        return found

    def _learner(self, identity: Identity, entity: dict[str, str]) -> dict[str, Any]:
        details: dict[str, Any] = {"name": identity.name, "enterpriseGroups": identity.groups, "entity": entity}
        if identity.email is not None:
            details["email"] = identity.email
        if identity.unique_user_id is not None:
            details["uniqueUserId"] = identity.unique_user_id
        plain = self._assumptions["custom-attributes"] == "string"
        details["customAttributes"] = {name: value if plain else [value] for name, value in identity.attributes}
        return details

    def content(self, content: Content, language: str) -> bytes:
        key = (content.index, language)
        found = self._contents.get(key)
        if found is None:
            found = self._contents[key] = msgspec.json.encode(self._content(content, language))
        return found

    def _content(self, content: Content, language: str) -> dict[str, Any]:
        locale, name = content.locale, content.name
        if content.asset is not None and language != locale.language:
            other = next((each for each in content.asset.locales if each.language == language), None)
            if other is not None:
                locale, name = other, f"{name} ({language})"
        details: dict[str, Any] = {
            "name": name,
            "contentUrn": content.urn,
            "locale": {"country": locale.country, "language": locale.language},
        }
        if content.provider is not None:
            details["contentProviderName"] = content.provider
        if content.index % _UNSAID:  # optional
            details["contentSource"] = content.source
        if content.website is not None:
            details["websiteUrl"] = content.website
        return details

    def pair(self, latest: int, learner: bytes, content: bytes, kind: str, row: Engagement, *, part: int) -> bytes:
        """The record of a learner and a content item; of its parts 1 and 2 each has every other metric."""
        record = self._pairs.record(latest, learner, content, kind, row)
        backwards = self._assumptions["activity-order"] == "reversed"
        more = self._assumptions["extra-activities"] == "on"
        if part or backwards or more:
            decoded = msgspec.json.decode(record)
            activities = decoded["activities"][part - 1 :: 2] if part else decoded["activities"]
            activities += _extra_activities(kind, activities[0]) if more else []
            decoded["activities"] = activities[::-1] if backwards else activities
            record = msgspec.json.encode(decoded)
        return record

    def content_rows(self, kind: str, row: Engagement) -> bytes:
        """Activities of a content item, as the reference's sample has them."""
        times = self._times(row.first, row.last)
        return self._rendered(
            [
                (("VIEWS", kind, "UNIQUE"), row.viewers, *times),
                (("VIEWS", kind, "TOTAL"), row.views, *times),
                (("COMPLETIONS", kind, "TOTAL"), row.completions, *times),
                (("SECONDS_VIEWED", kind, "TOTAL"), row.seconds, *times),
            ]
        )

    def individual(self, row: Presence, kinds: tuple[str, ...]) -> bytes:
        """DAYS_ACTIVE, SECONDS_VIEWED of videos, then views and completions per type, zeros too (§6.6)."""
        return self._across(row, kinds, self._assumptions["days-active-qualifier"], None)

    def account(self, row: Total, kinds: tuple[str, ...]) -> bytes:
        """As INDIVIDUAL, with the VIEWS/UNIQUE row in second place (§6.6)."""
        return self._across(row, kinds, "UNIQUE", row.viewers)

    def _across(self, row: Presence | Total, kinds: tuple[str, ...], qualifier: str, viewers: int | None) -> bytes:
        # Every row, even a zero one, bears midnight UTC of the first and the last active day.
        times = (NEVER, 0) if row.first == NEVER else (utc_day_start(row.first), utc_day_start(row.last))
        name = self._assumptions["days-active-name"]
        found: list[_Activity] = [((name, None, qualifier), row.days_active, *times)]
        if viewers is not None:
            found.append((("VIEWS", None, "UNIQUE"), viewers, *times))
        if "VIDEO" in kinds:
            found.append((("SECONDS_VIEWED", "VIDEO", "TOTAL"), row.video_seconds, *times))
        for place, kind in enumerate(ACTIVITY_TYPES):
            if kind in kinds:
                found.append((("VIEWS", kind, "TOTAL"), row.views[place], *times))
                found.append((("COMPLETIONS", kind, "TOTAL"), row.completions[place], *times))
        return self._rendered(found)

    def _times(self, first: int, last: int) -> tuple[int, int]:
        if first != NEVER and self._assumptions["engaged-at"] == "day":
            return utc_day_start(first), utc_day_start(last)
        return first, last

    def _rendered(self, rows: list[_Activity]) -> bytes:
        """The rows through one template per sequence of metrics: they come in millions, their shapes in dozens."""
        if self._assumptions["activity-order"] == "reversed":
            rows.reverse()
        shape = tuple([(key, first == NEVER) for key, _, first, _ in rows])
        template = self._templates.get(shape)
        if template is None:
            template = self._templates[shape] = b",".join(self._template(*part) for part in shape)
        numbers: list[int] = []
        for _, value, first, last in rows:
            if first != NEVER:
                numbers += (last, first)
            numbers.append(value)
        return template % tuple(numbers)

    def _template(self, key: Metric, never: bool) -> bytes:
        members = {"engagementType": key[0]} | ({} if key[1] is None else {"assetType": key[1]})
        members["engagementMetricQualifier"] = key[2]
        prefix = msgspec.json.encode(members)[:-1]
        if not never:
            return prefix + b',"lastEngagedAt":%d,"firstEngagedAt":%d,"engagementValue":%d}'
        missing = self._assumptions["missing-engaged-at"]
        if missing == "null" or (missing == "mixed" and len(prefix) % 2):
            return prefix + b',"lastEngagedAt":null,"firstEngagedAt":null,"engagementValue":%d}'
        return prefix + b',"engagementValue":%d}'


def _extra_activities(kind: str, like: dict[str, Any]) -> list[dict[str, Any]]:
    """Activities that say nothing about the totals of a content item of that type; their times are another's."""
    other = "COURSE" if kind == "VIDEO" else "VIDEO"
    return [
        {
            **like,
            "engagementType": name,
            "assetType": about,
            "engagementMetricQualifier": qualifier,
            "engagementValue": 77,
        }
        for name, about, qualifier in (
            ("VIEWS", kind, "UNIQUE"),
            ("SECONDS_VIEWED", other, "TOTAL"),
            ("COMPLETIONS", other, "TOTAL"),
            ("STREAK_LENGTH", kind, "RUNNING"),
        )
    ]
