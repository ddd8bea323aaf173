"""Classifications come from their own listing and from the tags of assets (design, "The graph")."""

from __future__ import annotations

from typing import Any

import pytest

from learning_graph.graph.convert import asset_converter, classification_converter
from learning_graph.graph.rows import AssetRow, ClassificationRow
from tests.unit.graph.samples import asset, element, encoded, text

TAGS = {"tag.AccountName": "Acme"}


def listed(record: bytes) -> ClassificationRow:
    (row,) = classification_converter(TAGS)(record).rows
    assert isinstance(row, ClassificationRow)
    return row


def test_a_topic_has_every_property_of_the_seeds_table() -> None:
    row = listed(element("classifications-localeAndType-page"))

    assert row.key == "urn:li:lyndaCategory:900100"
    assert row.entity == {
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
    entity = listed(element("classifications-keyword-fields-page", 3)).entity

    assert (entity["classificationType"], entity["ownerName"], entity["ownerUrn"]) == ("SKILL", None, None)


@pytest.mark.parametrize("members", [{}, {"name": None, "type": None, "owner": None}, {"owner": {}}])
def test_a_classification_of_nothing_but_its_urn_is_named_by_it(members: dict[str, Any]) -> None:
    entity = listed(encoded({"urn": "urn:li:skill:990001"} | members)).entity

    shown = {name: entity[name] for name in ("name", "classificationType", "locale", "ownerName", "ownerUrn")}
    assert shown == {
        "name": "urn:li:skill:990001",
        "classificationType": None,
        "locale": None,
        "ownerName": None,
        "ownerUrn": None,
    }


def test_a_type_nobody_has_seen_yet_is_kept() -> None:
    assert listed(encoded({"urn": "urn:li:x:1", "type": "CONTINUING_EDUCATION_UNIT"})).entity["classificationType"] == (
        "CONTINUING_EDUCATION_UNIT"
    )


def test_an_asset_brings_its_classifications_and_their_ancestors_but_is_tagged_with_the_former_alone() -> None:
    rows = asset_converter("COURSE", TAGS)(element("assets-course-page")).rows

    asset_row = rows[0]
    assert isinstance(asset_row, AssetRow)
    assert asset_row.tags == [
        "urn:li:skill:990001",
        "urn:li:lyndaCategory:900100",
        "urn:li:lyndaCategory:900010",
        "urn:li:lyndaCategory:900001",
    ]
    brought = {row.key: row.entity["classificationType"] for row in rows if isinstance(row, ClassificationRow)}
    assert brought == {
        "urn:li:skill:990001": "SKILL",
        "urn:li:lyndaCategory:900100": "TOPIC",
        "urn:li:lyndaCategory:900010": "SUBJECT",
        "urn:li:lyndaCategory:900001": "LIBRARY",
    }


def test_a_path_alone_brings_ancestors_and_no_tag() -> None:
    tag = {"path": [{"urn": "urn:li:lyndaCategory:1", "type": "LIBRARY", "name": text("Technology")}]}
    rows = asset_converter("COURSE", TAGS)(asset(details={"classifications": [tag]})).rows

    assert isinstance(rows[0], AssetRow)
    assert rows[0].tags == []
    assert [row.key for row in rows if isinstance(row, ClassificationRow)] == ["urn:li:lyndaCategory:1"]


def test_one_tag_given_twice_is_one() -> None:
    tag = {"associatedClassification": {"urn": "urn:li:skill:1"}, "path": []}
    row = asset_converter("COURSE", TAGS)(asset(details={"classifications": [tag, tag]})).rows[0]

    assert isinstance(row, AssetRow)
    assert row.tags == ["urn:li:skill:1"]


def test_the_own_listing_outranks_a_tag_and_english_outranks_other_languages() -> None:
    def topic(locale: tuple[str, str]) -> dict[str, Any]:
        return {"urn": "urn:li:skill:1", "name": text("x", locale)}

    def tagged(locale: tuple[str, str]) -> int:
        details = {"classifications": [{"associatedClassification": topic(locale)}]}
        row = asset_converter("COURSE", TAGS)(asset(details=details)).rows[1]
        assert isinstance(row, ClassificationRow)
        return row.rank

    ranks = [
        listed(encoded(topic(("en", "US")))).rank,
        listed(encoded(topic(("de", "DE")))).rank,
        listed(encoded(topic(("xx", "XX")))).rank,
        tagged(("en", "US")),
        tagged(("de", "DE")),
    ]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize("place", ["associatedClassification", "path"])
def test_a_tag_with_an_empty_urn_is_no_classification(place: str) -> None:
    nameless: dict[str, Any] = {"urn": "", "name": text("Nothing")}
    tag = {place: [nameless] if place == "path" else nameless}
    rows = asset_converter("COURSE", TAGS)(asset(details={"classifications": [tag]})).rows

    assert [row.key for row in rows if isinstance(row, ClassificationRow)] == []
    assert isinstance(rows[0], AssetRow)
    assert rows[0].tags == []
