"""The graph's data model as plain data, transcribed by hand from the two documents that define it.

- The property tables, types and relationship triples are those of the integration's public page
  ("Entities", "Relationships" and the six property tables). A property with a `*` there is always present.
- The class rules are JupiterOne's public data model (`GraphObject`, `Entity`, `Account`, `Group`, `Record`, `Training`,
  `User`): which properties a class requires and which optional ones it types, so that null is refused.
- The `ASSIGNED` properties are the design's: one relationship per learner and content, with the engagement on it.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["string", "number", "boolean", "strings"]


@dataclass(frozen=True)
class Property:
    """One property of a record: its name, the kind of its value, and whether null is allowed."""

    name: str
    kind: Kind
    nullable: bool


@dataclass(frozen=True)
class EntityModel:
    """One entity type: its class, its own properties (all always present) and its asset type where it has one."""

    type: str
    entity_class: str
    properties: tuple[Property, ...]
    asset_type: str | None = None


def _required(name: str, kind: Kind) -> Property:
    return Property(name, kind, nullable=False)


def _nullable(name: str, kind: Kind) -> Property:
    return Property(name, kind, nullable=True)


ACCOUNT: Final = "linkedin_learning_account"
CLASSIFICATION: Final = "linkedin_learning_classification"
COURSE: Final = "linkedin_learning_course"
LEARNING_PATH: Final = "linkedin_learning_learning_path"
USER: Final = "linkedin_learning_user"
VIDEO: Final = "linkedin_learning_video"

# The three content tables of the page are word for word the same.
TRAINING_PROPERTIES: Final = (
    _required("assetType", "string"),
    _nullable("availability", "string"),
    _nullable("availableLanguages", "strings"),
    _nullable("contributorNames", "strings"),
    _nullable("contributorUrns", "strings"),
    _nullable("durationSeconds", "number"),
    _nullable("isCuratedForLms", "boolean"),
    _nullable("isRetired", "boolean"),
    _nullable("lastUpdatedOn", "number"),
    _nullable("level", "string"),
    _nullable("primaryImageUrl", "string"),
    _nullable("publishedOn", "number"),
    _nullable("retiredOn", "number"),
    _nullable("shortDescription", "string"),
    _nullable("ssoLaunchUrl", "string"),
    _nullable("titleLocale", "string"),
    _required("urn", "string"),
    _nullable("webLaunchUrl", "string"),
)

ENTITIES: Final[dict[str, EntityModel]] = {
    model.type: model
    for model in (
        EntityModel(ACCOUNT, "Account", (_required("accountKeyRef", "string"),)),
        EntityModel(
            CLASSIFICATION,
            "Group",
            (
                _nullable("classificationType", "string"),
                _nullable("locale", "string"),
                _nullable("ownerName", "string"),
                _nullable("ownerUrn", "string"),
                _required("urn", "string"),
            ),
        ),
        EntityModel(COURSE, "Training", TRAINING_PROPERTIES, "COURSE"),
        EntityModel(LEARNING_PATH, "Training", TRAINING_PROPERTIES, "LEARNING_PATH"),
        EntityModel(
            USER,
            "User",
            (
                _nullable("enterpriseGroupNames", "strings"),
                _nullable("profileUrn", "string"),
                _nullable("uniqueUserId", "string"),
            ),
        ),
        EntityModel(VIDEO, "Training", TRAINING_PROPERTIES, "VIDEO"),
    )
}
CONTENT_TYPES: Final = (COURSE, LEARNING_PATH, VIDEO)
BY_ASSET_TYPE: Final = {"COURSE": COURSE, "LEARNING_PATH": LEARNING_PATH, "VIDEO": VIDEO}

# Every entity, whatever its class.
ENTITY_REQUIRED: Final = (_required("name", "string"), _required("displayName", "string"))

CLASS_REQUIRED: Final[dict[str, tuple[Property, ...]]] = {
    "Account": (_required("vendor", "string"),),
    "Group": (),
    "Training": (),
    "User": (
        _nullable("firstName", "string"),
        _nullable("lastName", "string"),
        _nullable("email", "strings"),
        _nullable("shortLoginId", "strings"),
        _nullable("username", "strings"),
    ),
}

# Optional by class: the key may be absent; where it is there the value has this kind and is not null.
ENTITY_OPTIONAL: Final[tuple[Property, ...]] = (
    *(_required(name, "string") for name in ("id", "summary", "description", "status", "owner", "webLink")),
    *(_required(name, "string") for name in ("createdBy", "updatedBy", "deletedBy", "discoveredBy")),
    *(_required(name, "number") for name in ("createdOn", "updatedOn", "deletedOn", "discoveredOn", "expiresOn")),
    *(_required(name, "boolean") for name in ("active", "public", "validated", "temporary", "trusted")),
    *(_required(name, "strings") for name in ("tags", "notes")),
)
CLASS_OPTIONAL: Final[dict[str, tuple[Property, ...]]] = {
    "Account": (_required("accessURL", "string"), _required("mfaEnabled", "boolean")),
    "Group": (),
    "Training": (
        *(_required(name, "string") for name in ("category", "classification", "content", "reporter")),
        *(_required(name, "boolean") for name in ("open", "production", "approved", "exception")),
        *(_required(name, "number") for name in ("approvedOn", "reportedOn")),
        _required("approvers", "strings"),
        _required("exceptionReason", "string"),
    ),
    "User": (
        _nullable("emailDomain", "strings"),
        *(_required(name, "boolean") for name in ("isActive", "isAdmin", "isGuest", "isPerson", "isMfaEnabled")),
        *(_required(name, "string") for name in ("employeeId", "mfaType")),
        _required("userIds", "strings"),
        _required("passwordChangedOn", "number"),
    ),
}
# Lists that JupiterOne wants without repetitions.
UNIQUE_LISTS: Final = frozenset({"email", "emailDomain", "shortLoginId", "username", "userIds"})


@dataclass(frozen=True)
class RelationshipModel:
    """One relationship type: from, class, to, and its own properties (all always present)."""

    type: str
    source: str
    relationship_class: str
    target: str
    properties: tuple[Property, ...] = ()


ASSIGNED_PROPERTIES: Final = (
    _required("completed", "boolean"),
    _nullable("completedOn", "number"),
    _required("completions", "number"),
    _required("views", "number"),
    _required("secondsViewed", "number"),
    _nullable("progressPercentage", "number"),
    _nullable("firstEngagedOn", "number"),
    _nullable("lastEngagedOn", "number"),
    _required("lookbackStart", "number"),
    _required("lookbackEnd", "number"),
)

RELATIONSHIPS: Final[dict[str, RelationshipModel]] = {
    model.type: model
    for model in (
        RelationshipModel("linkedin_learning_account_has_classification", ACCOUNT, "HAS", CLASSIFICATION),
        RelationshipModel("linkedin_learning_account_has_course", ACCOUNT, "HAS", COURSE),
        RelationshipModel("linkedin_learning_account_has_learning_path", ACCOUNT, "HAS", LEARNING_PATH),
        RelationshipModel("linkedin_learning_account_has_video", ACCOUNT, "HAS", VIDEO),
        RelationshipModel("linkedin_learning_account_has_user", ACCOUNT, "HAS", USER),
        RelationshipModel("linkedin_learning_course_has_classification", COURSE, "HAS", CLASSIFICATION),
        RelationshipModel("linkedin_learning_learning_path_has_classification", LEARNING_PATH, "HAS", CLASSIFICATION),
        RelationshipModel("linkedin_learning_user_assigned_course", USER, "ASSIGNED", COURSE, ASSIGNED_PROPERTIES),
        RelationshipModel(
            "linkedin_learning_user_assigned_learning_path", USER, "ASSIGNED", LEARNING_PATH, ASSIGNED_PROPERTIES
        ),
        RelationshipModel("linkedin_learning_user_assigned_video", USER, "ASSIGNED", VIDEO, ASSIGNED_PROPERTIES),
        RelationshipModel("linkedin_learning_video_has_classification", VIDEO, "HAS", CLASSIFICATION),
    )
}
RELATIONSHIP_REQUIRED: Final = tuple(
    _required(name, "string") for name in ("_key", "_class", "_type", "_fromEntityKey", "_toEntityKey", "displayName")
)

# The enumerations the public tables list. LinkedIn may add values, so another one is only a remark.
KNOWN_VALUES: Final[dict[str, frozenset[str]]] = {
    "availability": frozenset({"AVAILABLE", "RETIRED"}),
    "level": frozenset({"BEGINNER", "INTERMEDIATE", "ADVANCED"}),
    "classificationType": frozenset({"LIBRARY", "SUBJECT", "TOPIC", "SKILL", "CREDENTIALING_PROGRAM"}),
}

PROPERTY_NAME: Final = r"^(_|tag\.)?[A-Za-z0-9. -]+$"
KEY_MIN_LENGTH: Final = 10
TEXT_MAX_LENGTH: Final = 4096
# 2000-01-01 and 2100-01-01: a time in seconds, or in microseconds, falls outside.
EPOCH_MS_MIN: Final = 946_684_800_000
EPOCH_MS_MAX: Final = 4_102_444_800_000
