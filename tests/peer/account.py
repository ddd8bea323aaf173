"""The peer's answers: which items a finder's parameters select. It ignores what it does not know."""

import re
from typing import Any

from tests.peer import catalogue
from tests.peer.catalogue import CURATED_VIDEO, DAY
from tests.peer.people import all_sittings, hash_of
from tests.peer.reports import account_row, content_rows, learner_rows

Json = dict[str, Any]
_LISTABLE = ("LIBRARY", "SUBJECT", "TOPIC")
_UNITS = {"DAY": (DAY, 14), "WEEK": (7 * DAY, 2)}


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Account:
    """One LinkedIn Learning account at the instant `base` (epoch ms)."""

    def __init__(self, base: int) -> None:
        self.base = base
        listed = [*catalogue.filler_assets(base), *catalogue.special_assets(base)]
        # This maker's order: not by name, not by number, the same every time.
        self.assets = sorted(listed, key=lambda asset: hash_of(str(asset.get("urn"))))
        self.unlicensed = catalogue.unlicensed_assets(base)
        self.by_urn = {
            asset["urn"]: asset
            for asset in [*self.assets, *self.unlicensed, *catalogue.unlisted_assets(base)]
            if isinstance(asset.get("urn"), str)
        }
        self.classifications = catalogue.listed_classifications()
        self.sittings = all_sittings()

    def one(self, resource: str, urn: str) -> Json:
        """GET by URN; paths are not to be had this way."""
        if resource == "learningAssets":
            found = self.by_urn.get(urn)
            if found is not None and found["type"] != "LEARNING_PATH":
                return found
        if resource == "learningClassifications":
            for item in self.classifications:
                if item.get("urn") == urn:
                    return item
        raise Refusal(404, "Resource not found")

    def find_assets(self, query: dict[str, str]) -> list[Json]:
        finder = query.get("q")
        if finder == "localeAndType":
            kinds, locales = [query.get("assetType", "")], [_locale(query, "sourceLocale")]
            retired, licensed = query.get("includeRetired"), "true"
        elif finder == "criteria":
            filters = "assetFilteringCriteria"
            kinds = _indexed(query, f"{filters}.assetTypes")
            locales = _locales(query, f"{filters}.locales")
            retired = query.get("assetRetrievalCriteria.includeRetired")
            # This maker lists only what is licensed unless told otherwise.
            licensed = query.get(f"{filters}.licensedOnly", "true")
        else:
            raise Refusal(400, "Parameter 'q' is invalid")
        curated = query.get("assetFilteringCriteria.isCurated") == "true"
        after = int(query.get("assetFilteringCriteria.lastModifiedAfter", "0"))
        return [
            asset
            for asset in self.assets + ([] if licensed == "true" else self.unlicensed)
            if (not kinds or asset["type"] in kinds)
            and (not locales or any(_speaks(asset["title"], locale) for locale in locales))
            and (retired == "true" or not _is_retired(asset))
            and (not curated or asset.get("urn") == CURATED_VIDEO)
            and _modified(asset, self.base) > after
        ]

    def find_classifications(self, query: dict[str, str]) -> list[Json]:
        if query.get("q") == "keyword":
            word = query.get("keyword", "").casefold()
            return [item for item in self.classifications if word in item["name"]["value"].casefold()]
        if query.get("q") != "localeAndType" or query.get("type") not in _LISTABLE:
            raise Refusal(400, "Parameter 'type' is invalid")
        locale = _locale(query, "sourceLocale")
        of_type = [item for item in self.classifications if item["type"] == query["type"]]
        return [item for item in of_type if _speaks(item["name"], locale)]

    def find_activity(self, query: dict[str, str]) -> list[Json]:
        if query.get("q") != "criteria" or not query.get("startedAt", "").isdigit():
            raise Refusal(400, "Parameter 'startedAt' is invalid")
        unit, most = _UNITS.get(query.get("timeOffset.unit", ""), (0, 0))
        duration = query.get("timeOffset.duration", "")
        if not duration.isdigit() or not 1 <= int(duration) <= most:
            raise Refusal(400, "Parameter 'timeOffset' is invalid")
        start = int(query["startedAt"])
        window = (self.base, start, start + int(duration) * unit)
        primary = query.get("aggregationCriteria.primary")
        secondary = query.get("aggregationCriteria.secondary")
        if (primary, secondary) == ("ACCOUNT", None):
            return [account_row(self.sittings, *window)]
        if (primary, secondary) == ("INDIVIDUAL", None):
            return learner_rows(self.sittings, *window)
        if {primary, secondary} == {"INDIVIDUAL", "CONTENT"} and query.get("assetType"):
            return content_rows(self.sittings, *window, query["assetType"])
        raise Refusal(400, "Parameter 'aggregationCriteria' is invalid")


def _is_retired(asset: Json) -> bool:
    details = asset["details"]
    return isinstance(details, dict) and details.get("availability") == "RETIRED"


def _modified(asset: Json, base: int) -> int:
    details = asset["details"]
    return details.get("lastUpdatedAt", base) if isinstance(details, dict) else base


def _speaks(told: Any, locale: tuple[str, str | None]) -> bool:
    """Whether a text is of a locale; one without a locale is of all, one without a country of every country."""
    own = told.get("locale") if isinstance(told, dict) else None
    if own is None:
        return True
    language, country = locale
    return own["language"] == language and (country is None or own.get("country", country) == country)


def _locale(query: dict[str, str], prefix: str) -> tuple[str, str | None]:
    language = query.get(f"{prefix}.language")
    if not language:
        raise Refusal(400, f"Parameter '{prefix}' is invalid")
    return language, query.get(f"{prefix}.country")


def _indexed(query: dict[str, str], name: str) -> list[str]:
    wanted = re.compile(re.escape(name) + r"\[\d+\]")
    return [value for key, value in query.items() if wanted.fullmatch(key)]


def _locales(query: dict[str, str], name: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for number in range(100):
        language = query.get(f"{name}[{number}].language")
        if language is None:
            return found
        found.append((language, query.get(f"{name}[{number}].country")))
    return found
