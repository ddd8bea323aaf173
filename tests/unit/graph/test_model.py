"""The data model is the seed's: its types, its triples, its properties."""

from __future__ import annotations

import pytest

from learning_graph.model import schema

TRAINING = {
    "assetType": ("string", False),
    "availability": ("string", True),
    "availableLanguages": ("array", True),
    "contributorNames": ("array", True),
    "contributorUrns": ("array", True),
    "durationSeconds": ("number", True),
    "isCuratedForLms": ("boolean", True),
    "isRetired": ("boolean", True),
    "lastUpdatedOn": ("number", True),
    "level": ("string", True),
    "primaryImageUrl": ("string", True),
    "publishedOn": ("number", True),
    "retiredOn": ("number", True),
    "shortDescription": ("string", True),
    "ssoLaunchUrl": ("string", True),
    "titleLocale": ("string", True),
    "urn": ("string", False),
    "webLaunchUrl": ("string", True),
}
SEED = {
    "linkedin_learning_account": {"accountKeyRef": ("string", False)},
    "linkedin_learning_classification": {
        "classificationType": ("string", True),
        "locale": ("string", True),
        "ownerName": ("string", True),
        "ownerUrn": ("string", True),
        "urn": ("string", False),
    },
    "linkedin_learning_course": TRAINING,
    "linkedin_learning_learning_path": TRAINING,
    "linkedin_learning_video": TRAINING,
    "linkedin_learning_user": {
        "enterpriseGroupNames": ("array", True),
        "profileUrn": ("string", True),
        "uniqueUserId": ("string", True),
    },
}


def test_entity_types_and_their_properties_are_those_of_the_seeds_tables() -> None:
    modelled = {
        entity_type: {name: (kind, nullable) for name, kind, nullable in properties}
        for entity_type, properties in schema.PROPERTIES.items()
    }

    assert modelled == SEED
    assert set(schema.CLASS_OF) == set(SEED)


def test_the_eleven_relationships_are_those_of_the_seed() -> None:
    account, user, classification = (f"linkedin_learning_{name}" for name in ("account", "user", "classification"))
    course, path, video = (f"linkedin_learning_{name}" for name in ("course", "learning_path", "video"))

    assert {
        "linkedin_learning_account_has_classification": (account, "HAS", classification),
        "linkedin_learning_account_has_course": (account, "HAS", course),
        "linkedin_learning_account_has_learning_path": (account, "HAS", path),
        "linkedin_learning_account_has_video": (account, "HAS", video),
        "linkedin_learning_account_has_user": (account, "HAS", user),
        "linkedin_learning_course_has_classification": (course, "HAS", classification),
        "linkedin_learning_learning_path_has_classification": (path, "HAS", classification),
        "linkedin_learning_video_has_classification": (video, "HAS", classification),
        "linkedin_learning_user_assigned_course": (user, "ASSIGNED", course),
        "linkedin_learning_user_assigned_learning_path": (user, "ASSIGNED", path),
        "linkedin_learning_user_assigned_video": (user, "ASSIGNED", video),
    } == schema.RELATIONSHIPS


def test_a_relationship_the_seed_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        schema.relationship_type("linkedin_learning_user", "HAS", "linkedin_learning_course")
