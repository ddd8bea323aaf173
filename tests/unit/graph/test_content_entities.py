"""Assets become courses, learning paths and videos with every property of the seed's tables."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from learning_graph.graph.assembly.snapshot_files import Account
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import Row
from learning_graph.linkedin.records import Asset
from learning_graph.values.steps import AssetType
from tests.unit.graph.merging import ACCOUNT, Rows, merged
from tests.unit.graph.samples import STARTED_AT, asset, asset_rows, element


def entity_of(record: bytes, asset_type: AssetType = "COURSE", account: Account = ACCOUNT) -> dict[str, Any]:
    """Return the entity that the snapshot has of an asset."""
    snapshot = merged(Rows(asset_rows(record, asset_type), asset_type), account=account)
    (entity,) = (entity for entity in snapshot.entities.values() if entity["_class"] == ["Training"])
    return entity


def test_a_full_course_has_every_property_of_the_seeds_table() -> None:
    entity = entity_of(element("assets-course-page"))

    assert entity == {
        "_key": "urn:li:lyndaCourse:800001",
        "_type": "linkedin_learning_course",
        "_class": ["Training"],
        "name": "Sample Course: Batch Jobs",
        "displayName": "Sample Course: Batch Jobs",
        "description": "Plan and run batch jobs.",
        "webLink": "https://www.linkedin.com/learning/sample-course-batch-jobs",
        "createdOn": 1_664_841_600_000,
        "updatedOn": 1_700_000_001_000,
        "tag.AccountName": "Acme",
        "assetType": "COURSE",
        "availability": "AVAILABLE",
        "availableLanguages": ["en"],
        "contributorNames": ["Ada Example"],
        "contributorUrns": ["urn:li:lyndaAuthor:501"],
        "durationSeconds": 6332,
        "isCuratedForLms": None,
        "isRetired": False,
        "lastUpdatedOn": 1_700_000_001_000,
        "level": "BEGINNER",
        "primaryImageUrl": "https://cdn.lynda.com/course/800001/sample-16x9.jpg",
        "publishedOn": 1_664_841_600_000,
        "retiredOn": None,
        "shortDescription": "Plan and run batch jobs.",
        "ssoLaunchUrl": "https://www.linkedin.com/checkpoint/enterprise/login/99?pathWildcard=99&application=learning"
        "&redirect=https%3A%2F%2Fwww%2Elinkedin%2Ecom%2Flearning%2Fsample-course-batch-jobs%3Fu%3D99",
        "titleLocale": "en_US",
        "urn": "urn:li:lyndaCourse:800001",
        "webLaunchUrl": "https://www.linkedin.com/learning/sample-course-batch-jobs",
    }
    assert list(entity) == sorted(entity)


def test_a_retired_course_without_links_says_so() -> None:
    entity = entity_of(element("assets-course-page", 2))

    assert entity["availability"] == "RETIRED"
    assert entity["isRetired"] is True
    assert entity["retiredOn"] == 1_700_000_003_000
    assert entity["ssoLaunchUrl"] is None
    assert entity["webLaunchUrl"] is None
    assert "webLink" not in entity


def test_a_course_without_a_level_has_none() -> None:
    assert entity_of(element("assets-course-page", 1))["level"] is None


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "assets-learning-path-page",
            {
                "_key": "urn:li:lyndaLearningPath:5f0000000000000000000001",
                "_type": "linkedin_learning_learning_path",
                "_class": ["Training"],
                "name": "Sample Path: Become a Batch Engineer",
                "assetType": "LEARNING_PATH",
                "contributorNames": [],
                "durationSeconds": 8132,
            },
        ),
        (
            "assets-video-page",
            {
                "_key": "urn:li:lyndaVideo:(urn:li:lyndaCourse:800001,12)",
                "_type": "linkedin_learning_video",
                "_class": ["Training"],
                "name": "Queues",
                "assetType": "VIDEO",
                "contributorNames": ["Ada Example"],
                "durationSeconds": 312,
            },
        ),
    ],
)
def test_paths_and_videos_are_trainings_of_their_own_types(page: str, expected: dict[str, Any]) -> None:
    entity = entity_of(element(page))

    assert {name: entity[name] for name in expected} == expected
    assert entity["urn"] == entity["_key"]


def test_what_linkedin_left_out_is_null_and_class_properties_are_absent() -> None:
    assert entity_of(b'{"urn": "urn:li:lyndaCourse:800009"}', account=Account("86client", "Acme", tag=False)) == {
        "_key": "urn:li:lyndaCourse:800009",
        "_type": "linkedin_learning_course",
        "_class": ["Training"],
        "name": "urn:li:lyndaCourse:800009",
        "displayName": "urn:li:lyndaCourse:800009",
        "assetType": "COURSE",
        "availability": None,
        "availableLanguages": None,
        "contributorNames": None,
        "contributorUrns": None,
        "durationSeconds": None,
        "isCuratedForLms": None,
        "isRetired": None,
        "lastUpdatedOn": None,
        "level": None,
        "primaryImageUrl": None,
        "publishedOn": None,
        "retiredOn": None,
        "shortDescription": None,
        "ssoLaunchUrl": None,
        "titleLocale": None,
        "urn": "urn:li:lyndaCourse:800009",
        "webLaunchUrl": None,
    }


@pytest.mark.parametrize(
    "empty", [{}, {"images": {}, "urls": {}, "classifications": []}, {"images": None, "urls": None}]
)
def test_empty_and_null_details_are_the_same_as_none(empty: dict[str, Any]) -> None:
    assert entity_of(asset(details=empty)) == entity_of(asset())


def test_the_account_name_is_a_tag_where_the_toggle_is_on() -> None:
    assert entity_of(asset())["tag.AccountName"] == "Acme"
    assert "tag.AccountName" not in entity_of(asset(), account=Account("86client", "Acme", tag=False))


def test_an_asset_says_itself_what_it_is_where_a_listing_mixes_types() -> None:
    entity = entity_of(element("assets-video-page"), "COURSE")

    assert (entity["_type"], entity["assetType"]) == ("linkedin_learning_video", "VIDEO")


def test_a_type_outside_the_model_is_counted_and_is_no_entity() -> None:
    rows: list[Row] = []
    converter = CatalogConverter(STARTED_AT, "COURSE")
    converter.convert_asset(msgspec.json.decode(asset(type="CHAPTER"), type=Asset), rows)

    assert (rows, converter.unmodelled) == ([], {"CHAPTER": {"assets": 1}})
