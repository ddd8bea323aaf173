"""The data model of the seed, as data: entity types with their properties, and relationship types."""

from __future__ import annotations

from typing import Final, Literal

from learning_graph.values.steps import AssetType

PropertyType = Literal["string", "number", "boolean", "array"]
Properties = tuple[tuple[str, PropertyType, bool], ...]  # name, type, may be null

ACCOUNT: Final = "linkedin_learning_account"
CLASSIFICATION: Final = "linkedin_learning_classification"
COURSE: Final = "linkedin_learning_course"
LEARNING_PATH: Final = "linkedin_learning_learning_path"
VIDEO: Final = "linkedin_learning_video"
USER: Final = "linkedin_learning_user"

CONTENT_TYPE_OF: Final[dict[AssetType, str]] = {"COURSE": COURSE, "LEARNING_PATH": LEARNING_PATH, "VIDEO": VIDEO}
CONTENT_TYPES: Final = tuple(CONTENT_TYPE_OF.values())

CLASS_OF: Final = {
    ACCOUNT: "Account",
    CLASSIFICATION: "Group",
    COURSE: "Training",
    LEARNING_PATH: "Training",
    VIDEO: "Training",
    USER: "User",
}
ENTITY_TYPES: Final = tuple(CLASS_OF)

# Per entity type, in the order of the seed's tables.
_CONTENT: Final[Properties] = (
    ("assetType", "string", False),
    ("availability", "string", True),
    ("availableLanguages", "array", True),
    ("contributorNames", "array", True),
    ("contributorUrns", "array", True),
    ("durationSeconds", "number", True),
    ("isCuratedForLms", "boolean", True),
    ("isRetired", "boolean", True),
    ("lastUpdatedOn", "number", True),
    ("level", "string", True),
    ("primaryImageUrl", "string", True),
    ("publishedOn", "number", True),
    ("retiredOn", "number", True),
    ("shortDescription", "string", True),
    ("ssoLaunchUrl", "string", True),
    ("titleLocale", "string", True),
    ("urn", "string", False),
    ("webLaunchUrl", "string", True),
)
PROPERTIES: Final[dict[str, Properties]] = {
    ACCOUNT: (("accountKeyRef", "string", False),),
    CLASSIFICATION: (
        ("classificationType", "string", True),
        ("locale", "string", True),
        ("ownerName", "string", True),
        ("ownerUrn", "string", True),
        ("urn", "string", False),
    ),
    COURSE: _CONTENT,
    LEARNING_PATH: _CONTENT,
    VIDEO: _CONTENT,
    USER: (
        ("enterpriseGroupNames", "array", True),
        ("profileUrn", "string", True),
        ("uniqueUserId", "string", True),
    ),
}

# What an ASSIGNED relationship carries (design, "The graph").
ENGAGEMENT: Final[Properties] = (
    ("completed", "boolean", False),
    ("completedOn", "number", True),
    ("completions", "number", False),
    ("views", "number", False),
    ("secondsViewed", "number", False),
    ("progressPercentage", "number", True),
    ("firstEngagedOn", "number", True),
    ("lastEngagedOn", "number", True),
    ("lookbackStart", "number", False),
    ("lookbackEnd", "number", False),
)

# relationship type -> (source entity type, class, target entity type)
RELATIONSHIPS: Final[dict[str, tuple[str, str, str]]] = {
    f"{source}_{verb.lower()}_{target.removeprefix('linkedin_learning_')}": (source, verb, target)
    for source, verb, target in (
        (ACCOUNT, "HAS", CLASSIFICATION),
        (ACCOUNT, "HAS", COURSE),
        (ACCOUNT, "HAS", LEARNING_PATH),
        (ACCOUNT, "HAS", VIDEO),
        (ACCOUNT, "HAS", USER),
        (COURSE, "HAS", CLASSIFICATION),
        (LEARNING_PATH, "HAS", CLASSIFICATION),
        (VIDEO, "HAS", CLASSIFICATION),
        (USER, "ASSIGNED", COURSE),
        (USER, "ASSIGNED", LEARNING_PATH),
        (USER, "ASSIGNED", VIDEO),
    )
}


def relationship_type(source: str, verb: str, target: str) -> str:
    """Return the `_type` of a relationship, e.g. `linkedin_learning_user_assigned_course`.

    Raises:
        KeyError: the model has no such relationship.
    """
    name = f"{source}_{verb.lower()}_{target.removeprefix('linkedin_learning_')}"
    if name not in RELATIONSHIPS:
        raise KeyError(name)
    return name
