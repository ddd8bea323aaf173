"""``learningClassifications``: GET by URN and the finders ``localeAndType`` and ``keyword`` (API reference §5)."""

from __future__ import annotations

from zlib import crc32

import msgspec

from local.simulator import paging
from local.simulator.account import Account
from local.simulator.asset_encoding import AssetEncoder
from local.simulator.assets import read_locale
from local.simulator.assumptions import Assumptions
from local.simulator.errors import bad_parameter, not_found
from local.simulator.model import Classification, Locale
from local.simulator.projection import parse_projection, project_encoded
from local.simulator.query import Query

PATH = "/v2/learningClassifications"
MAXIMUM = 100
FINDERS = ("localeAndType", "keyword")
_LISTABLE = ("LIBRARY", "SUBJECT", "TOPIC")
_ORDER = (*_LISTABLE, "SKILL", "CREDENTIALING_PROGRAM")


class ClassificationResource:
    """Answers the three calls."""

    def __init__(self, account: Account, assumptions: Assumptions) -> None:
        self._account = account
        self._assumptions = assumptions
        self._encoder = AssetEncoder(assumptions)

    def get(self, urn: str, query: Query) -> bytes:
        """One classification by category or skill URN."""
        target = read_locale(query, "targetLocale", self._assumptions)
        for entry in self._account.classifications:
            if entry.urn == urn and entry.type != "CREDENTIALING_PROGRAM":
                return self._rows([entry], target, query)[0]
        raise not_found()

    def find(self, query: Query) -> bytes:
        """A page of one of the two finders."""
        page = paging.read_page(query, MAXIMUM, self._assumptions)
        if query.required("q") == "localeAndType":
            found, target = self._locale_and_type(query), None
        else:
            target = read_locale(query, "targetLocale", self._assumptions)
            found = self._keyword(query.required("keyword"))
        if self._assumptions["row-order"] == "scrambled":
            found = sorted(found, key=lambda entry: crc32(entry.urn.encode()))
        listing = paging.Listing(
            len(found), lambda places: self._rows([found[place] for place in places], target, query)
        )
        return paging.answer(PATH, query, page, listing, self._assumptions)

    def _locale_and_type(self, query: Query) -> list[Classification]:
        kind = query.required("type")
        listable = _ORDER if self._assumptions["skill-listing"] == "listed" else _LISTABLE
        if kind not in listable:
            if self._assumptions["bad-classification-type"] == "empty":
                return []
            raise bad_parameter("type")
        source = read_locale(query, "sourceLocale", self._assumptions)
        if source is None:
            raise bad_parameter("sourceLocale")
        return [entry for entry in self._account.classifications if entry.type == kind and entry.locale == source]

    def _keyword(self, keyword: str) -> list[Classification]:
        """All types whose name holds the word, libraries first."""
        word = keyword.casefold()
        found = [entry for entry in self._account.classifications if word in entry.name.casefold()]
        return sorted(found, key=lambda entry: (_ORDER.index(entry.type), entry.name.casefold().index(word)))

    def _rows(self, entries: list[Classification], target: Locale | None, query: Query) -> list[bytes]:
        rows = [msgspec.json.encode(self._encoder.classification_value(entry, target)) for entry in entries]
        fields = query.text("fields")
        return rows if fields is None else project_encoded(rows, parse_projection(fields))
