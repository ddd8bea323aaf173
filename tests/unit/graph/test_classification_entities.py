"""Classifications come from their own listing and from the tags of assets (design, "The graph")."""

from __future__ import annotations

from typing import Any

import pytest

from learning_graph.graph.rows import CatalogRow
from tests.unit.graph.merging import Rows, merged
from tests.unit.graph.samples import asset, asset_rows, classification_rows, element, encoded, text


def listed(record: bytes) -> CatalogRow:
    (row,) = classification_rows(record)
    assert isinstance(row, dict)
    return row


def rows_of(record: bytes) -> tuple[CatalogRow, list[CatalogRow]]:
    """Return the row of an asset, and those of the classifications that it brings."""
    rows = [row for row in asset_rows(record) if isinstance(row, dict)]
    (own,) = (row for row in rows if row["t"] == "asset")
    return own, [row for row in rows if row["t"] == "classification"]


def test_a_topic_has_every_property_of_the_seeds_table() -> None:
    snapshot = merged(Rows(classification_rows(element("classifications-localeAndType-page"))))

    assert snapshot.entities["urn:li:lyndaCategory:900100"] == {
        "_key": "urn:li:lyndaCategory:900100",
        "_type": "linkedin_learning_classification",
        "_class": ["Group"],
        "name": "Data Pipelines",
        "displayName": "Data Pipelines",
        "id": "urn:li:lyndaCategory:900100",
        "tag.AccountName": "Acme",
        "classificationType": "TOPIC",
        "locale": "en_US",
        "ownerName": "LinkedIn",
        "ownerUrn": "urn:li:organization:1337",
        "urn": "urn:li:lyndaCategory:900100",
    }


def test_a_classification_without_an_owner_has_null_for_it() -> None:
    entity = listed(element("classifications-keyword-fields-page", 3))

    assert (entity["classificationType"], entity["ownerName"], entity["ownerUrn"]) == ("SKILL", None, None)


@pytest.mark.parametrize("members", [{}, {"name": None, "type": None, "owner": None}, {"owner": {}}])
def test_a_classification_of_nothing_but_its_urn_is_named_by_it(members: dict[str, Any]) -> None:
    entity = listed(encoded({"urn": "urn:li:skill:990001"} | members))

    shown = {name: entity[name] for name in ("name", "classificationType", "locale", "ownerName", "ownerUrn")}
    assert shown == {
        "name": "urn:li:skill:990001",
        "classificationType": None,
        "locale": None,
        "ownerName": None,
        "ownerUrn": None,
    }


def test_a_type_nobody_has_seen_yet_is_kept() -> None:
    assert listed(encoded({"urn": "urn:li:x:1", "type": "CONTINUING_EDUCATION_UNIT"}))["classificationType"] == (
        "CONTINUING_EDUCATION_UNIT"
    )


def test_an_asset_brings_its_classifications_and_their_ancestors_but_is_tagged_with_the_former_alone() -> None:
    own, classifications = rows_of(element("assets-course-page"))

    assert own["classifications"] == [
        "urn:li:skill:990001",
        "urn:li:lyndaCategory:900100",
        "urn:li:lyndaCategory:900010",
        "urn:li:lyndaCategory:900001",
    ]
    brought = {row["urn"]: row["classificationType"] for row in classifications}
    assert brought == {
        "urn:li:skill:990001": "SKILL",
        "urn:li:lyndaCategory:900100": "TOPIC",
        "urn:li:lyndaCategory:900010": "SUBJECT",
        "urn:li:lyndaCategory:900001": "LIBRARY",
    }


def test_a_path_alone_brings_ancestors_and_no_tag() -> None:
    tag = {"path": [{"urn": "urn:li:lyndaCategory:1", "type": "LIBRARY", "name": text("Technology")}]}
    own, classifications = rows_of(asset(details={"classifications": [tag]}))

    assert own["classifications"] == []
    assert [row["urn"] for row in classifications] == ["urn:li:lyndaCategory:1"]


def test_one_tag_given_twice_is_one() -> None:
    tag = {"associatedClassification": {"urn": "urn:li:skill:1"}, "path": []}
    own, classifications = rows_of(asset(details={"classifications": [tag, tag]}))

    assert own["classifications"] == ["urn:li:skill:1"]
    assert len(classifications) == 1


def test_the_own_listing_outranks_a_tag_and_english_outranks_other_languages() -> None:
    def topic(locale: tuple[str, str]) -> dict[str, Any]:
        return {"urn": "urn:li:skill:1", "name": text("x", locale)}

    def tagged(locale: tuple[str, str]) -> int:
        details = {"classifications": [{"associatedClassification": topic(locale)}]}
        rank: int = rows_of(asset(details=details))[1][0]["rank"]
        return rank

    ranks = [
        listed(encoded(topic(("en", "US"))))["rank"],
        listed(encoded(topic(("de", "DE"))))["rank"],
        listed(encoded(topic(("xx", "XX"))))["rank"],
        tagged(("en", "US")),
        tagged(("de", "DE")),
    ]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize("place", ["associatedClassification", "path"])
def test_a_tag_with_a_blank_urn_is_no_classification(place: str) -> None:
    nameless: dict[str, Any] = {"urn": " ", "name": text("Nothing")}
    tag = {place: [nameless] if place == "path" else nameless}
    own, classifications = rows_of(asset(details={"classifications": [tag]}))

    assert (own["classifications"], classifications) == ([], [])
