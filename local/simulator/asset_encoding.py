"""Assets and classifications as the service writes them (API reference §4.5, §4.8, §5.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from local.simulator.assumptions import Assumptions
from local.simulator.model import Asset, Classification, Contributor, Locale

_LINKEDIN = "urn:li:organization:1337"
_ENTERPRISE = 99
_INSTANCE = 4242


class AssetEncoder:
    """Encodes assets to bytes; what many of them share is encoded once."""

    def __init__(self, assumptions: Assumptions) -> None:
        self._assumptions = assumptions
        self._tags: dict[tuple[Classification, ...], msgspec.Raw] = {}
        self._version = -1

    def asset(self, asset: Asset, depth: int = 1, target: Locale | None = None) -> bytes:
        """One asset with ``details`` on ``depth`` levels; the skeleton goes on below (§4.8)."""
        if self._version != self._assumptions.version:
            self._tags.clear()
            self._version = self._assumptions.version
        return msgspec.json.encode(self._asset(asset, depth, target))

    def _asset(self, asset: Asset, depth: int, target: Locale | None, *, bare: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = {"urn": asset.urn}
        if depth > 0:
            answer["details"] = self._details(asset, target)
        answer["title"] = _text(asset.title, asset, target)
        answer["type"] = asset.type
        # In a path the courses are shown without their chapters, as the reference's sample shows them.
        flat = asset.type == "LEARNING_PATH" and self._assumptions["path-contents"] == "flat"
        answer["contents"] = [
            {"asset": self._asset(child, depth - 1, target, bare=flat)}
            for child in asset.children
            if not child.removed and not bare
        ]
        return answer

    def _details(self, asset: Asset, target: Locale | None) -> dict[str, Any]:
        details: dict[str, Any] = {
            "availability": "RETIRED" if asset.retired else "AVAILABLE",
            "availableLocales": [_locale(each) for each in asset.locales],
            "classifications": self._tag_list(asset.tags),
            "contributors": [_contributor(each) for each in asset.contributors],
            "images": {"primary": _image(asset)} if asset.images else {},
            "lastUpdatedAt": asset.updated_at,
            "publishedAt": asset.published_at,
            "relationships": [],
            "urls": _urls(asset),
        }
        if asset.summary is not None:
            html = _text(f"<p>{asset.summary}</p>", asset, target)
            plain = _text(_stripped(asset.summary), asset, target)
            details |= {"descriptionIncludingHtml": html, "description": plain}
            details |= {"shortDescriptionIncludingHtml": plain, "shortDescription": plain}
        if asset.access is not None:
            details["discoverableBy"] = [{"accessor": _accessor(asset)}]
        if asset.level is not None:
            details["level"] = asset.level
        if asset.retired_at is not None:
            details["retiredAt"] = asset.retired_at
        if asset.duration is not None:
            details["timeToComplete"] = {"duration": asset.duration[0], "unit": asset.duration[1]}
        if self._assumptions["curated-member"] == "present" and asset.type == "VIDEO":
            details["isCuratedForLms"] = asset.curated
        return details

    def _tag_list(self, tags: tuple[Classification, ...]) -> msgspec.Raw:
        found = self._tags.get(tags)
        if found is None:
            found = self._tags[tags] = msgspec.Raw(msgspec.json.encode([self._tag(tag) for tag in tags]))
        return found

    def _tag(self, tag: Classification) -> dict[str, Any]:
        return {
            "assigner": _owner(tag.locale),
            "path": [self.classification_value(above) for above in tag.ancestors],
            "associatedClassification": self.classification_value(tag),
        }

    def classification_value(self, entry: Classification, target: Locale | None = None) -> dict[str, Any]:
        """``{"urn", "type", "name", "owner"}``; a skill is named in any target locale."""
        kind = entry.type
        if kind == "CREDENTIALING_PROGRAM":
            kind = self._assumptions["credential-type"]
        localized = target is not None and entry.type == "SKILL"
        shown = target if target is not None and localized else entry.locale
        return {
            "urn": entry.urn,
            "type": kind,
            "name": _localized(entry.name, shown),
            "owner": _owner(entry.locale),
        }


def _locale(locale: Locale) -> dict[str, str]:
    return {"country": locale.country, "language": locale.language}


def _localized(value: str, locale: Locale) -> dict[str, Any]:
    return {"locale": _locale(locale), "value": value}


def _text(value: str, asset: Asset, target: Locale | None) -> dict[str, Any]:
    """In the target locale if the asset has it, else in the source locale (§4.9)."""
    if target is None or target == asset.locale or target not in asset.locales:
        return _localized(value, asset.locale)
    return _localized(f"{value} ({target.language})", target)


def _owner(locale: Locale) -> dict[str, Any]:
    return {"urn": _LINKEDIN, "name": _localized("LinkedIn", locale)}


def _contributor(person: Contributor) -> dict[str, Any]:
    if person.last is None:
        return {
            "urn": person.urn,
            "contributionType": "PUBLISHER",
            "name": _localized(person.first, person.locale),
        }
    return {
        "urn": person.urn,
        "contributionType": "AUTHOR",
        "name": _localized(f"{person.first} {person.last}", person.locale),
        "authorDetails": {
            "firstName": _localized(person.first, person.locale),
            "lastName": _localized(person.last, person.locale),
        },
    }


def _accessor(asset: Asset) -> dict[str, Any]:
    if asset.access == "PRIVATE":
        return {
            "name": _localized("Example Company", asset.locale),
            "urn": f"urn:li:enterpriseAccount:{_ENTERPRISE}",
        }
    return {
        "name": _localized("Access is open to all.", asset.locale),
        "urn": "urn:li:labeledLearningContentAccessGroup:PUBLIC",
    }


def _image(asset: Asset) -> str:
    return f"https://cdn.lynda.com/{asset.slug}/sample-16x9.jpg"


def _urls(asset: Asset) -> dict[str, str]:
    """The shapes of §4.5; a retired asset has none."""
    urls = {}
    web = f"https://www.linkedin.com/learning/{asset.slug}"
    if asset.sso:
        target = quote(f"{web}?u={_ENTERPRISE}", safe="").replace(".", "%2E")
        urls["ssoLaunch"] = (
            f"https://www.linkedin.com/checkpoint/enterprise/login/{_ENTERPRISE}?pathWildcard={_ENTERPRISE}"
            f"&application=learning&redirect={target}"
        )
    if asset.web:
        urls["webLaunch"] = web
    if asset.aicc:
        instance = f"urn:li:enterpriseApplicationInstance:(urn:li:enterpriseAccount:{_ENTERPRISE},{_INSTANCE})"
        content, account = quote(asset.urn, safe=""), quote(instance, safe="")
        urls["aiccLaunch"] = f"https://www.linkedin.com/learning/aicc?content={content}&account={account}"
    return urls


def _stripped(text: str) -> str:
    return text.replace("<em>", "").replace("</em>", "")
