"""The data model is the seed's: its types, its triples, its properties."""

from __future__ import annotations

from learning_graph.model import schema

TRAINING = {
    "assetType": ("string", False),
    "availability": ("string", True),
    "availableLanguages": ("strings", True),
    "contributorNames": ("strings", True),
    "contributorUrns": ("strings", True),
    "durationSeconds": ("number", True),
    "isCuratedForLms": ("boolean", True),
    "isRetired": ("boolean", True),
    "lastUpdatedOn": ("integer", True),
    "level": ("string", True),
    "primaryImageUrl": ("string", True),
    "publishedOn": ("integer", True),
    "retiredOn": ("integer", True),
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
        "enterpriseGroupNames": ("strings", True),
        "profileUrn": ("string", True),
        "uniqueUserId": ("string", True),
    },
}


def test_entity_types_and_their_properties_are_those_of_the_seeds_tables() -> None:
    modelled = {
        entity.name: {
            prop.name: (prop.type, prop.presence == "nullable")
            for prop in entity.properties
            if prop.name in SEED[entity.name]
        }
        for entity in schema.ENTITIES.values()
    }

    assert modelled == SEED


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
    } == {
        name: (relationship.source, relationship.jupiterone_class, relationship.target)
        for name, relationship in schema.RELATIONSHIPS.items()
    }
