"""The graph's schema, declared once: entity and relationship types with their properties.

From it come the columns of the assembly and of the Parquet files, the Glue tables, the JSON lines, the rules of
`python -m local verify` and the table in docs/data-model.md. The entities, properties and relationships are those of
the seed's tables; the shape of a record is JupiterOne's (docs/data-model.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from learning_graph.values.steps import AssetType

PropertyType = Literal["string", "integer", "number", "boolean", "strings"]
Presence = Literal["required", "nullable", "optional"]


@dataclass(frozen=True)
class Property:
    """One property of a record.

    `type`: `integer` is 64 bits wide (counts; instants are epoch milliseconds), `number` a double, `strings` a list.
    `presence`: a `required` property has a value, a `nullable` one is always there and may be null, an `optional` one
    is left out of a JSON record where it has no value (JupiterOne's class-level properties may not be null).
    `source`: the member of LinkedIn's record that it comes from.
    """

    name: str
    type: PropertyType
    presence: Presence
    description: str
    source: str = ""


@dataclass(frozen=True)
class EntityType:
    """An entity `_type`, its JupiterOne `_class`, and its properties."""

    name: str
    jupiterone_class: str
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class RelationshipType:
    """A relationship `_type`, its JupiterOne `_class`, the `_type` of its two ends, and its properties."""

    name: str
    jupiterone_class: str
    source: str
    target: str
    properties: tuple[Property, ...]


ACCOUNT: Final = "linkedin_learning_account"
CLASSIFICATION: Final = "linkedin_learning_classification"
COURSE: Final = "linkedin_learning_course"
LEARNING_PATH: Final = "linkedin_learning_learning_path"
VIDEO: Final = "linkedin_learning_video"
USER: Final = "linkedin_learning_user"

CONTENT_TYPE_OF: Final[dict[AssetType, str]] = {"COURSE": COURSE, "LEARNING_PATH": LEARNING_PATH, "VIDEO": VIDEO}
CONTENT_TYPES: Final = tuple(CONTENT_TYPE_OF.values())

TAG_ACCOUNT_NAME: Final = "tag.AccountName"

_ENTITY: Final = (
    Property("_class", "strings", "required", "JupiterOne's class of the entity, as a list of one."),
    Property("_key", "string", "required", "Identifies the entity in this graph."),
    Property("_type", "string", "required", "The type of the entity."),
    Property("displayName", "string", "required", "What a person sees; the same as `name`."),
    Property("name", "string", "required", "The name, at most 4,096 characters of it."),
    Property(TAG_ACCOUNT_NAME, "string", "optional", "The account's name, where the parameter TagAccountName is on."),
)
_TRAINING: Final = (
    Property("assetType", "string", "required", "COURSE, LEARNING_PATH or VIDEO.", "type"),
    Property("availability", "string", "nullable", "AVAILABLE or RETIRED.", "details.availability"),
    Property("availableLanguages", "strings", "nullable", "Language codes.", "details.availableLocales[].language"),
    Property("contributorNames", "strings", "nullable", "Authors and publishers.", "details.contributors[].name.value"),
    Property("contributorUrns", "strings", "nullable", "The URNs of the same.", "details.contributors[].urn"),
    Property("durationSeconds", "number", "nullable", "Duration in seconds.", "details.timeToComplete"),
    Property(
        "isCuratedForLms",
        "boolean",
        "nullable",
        "Whether an administrator curated the asset for learning management systems.",
        "the listing with isCurated=true; details.isCuratedForLms",
    ),
    Property(
        "isRetired", "boolean", "nullable", "Whether it has been retired from the catalogue.", "details.retiredAt"
    ),
    Property("lastUpdatedOn", "integer", "nullable", "When it was last updated.", "details.lastUpdatedAt"),
    Property("level", "string", "nullable", "BEGINNER, INTERMEDIATE or ADVANCED.", "details.level"),
    Property("primaryImageUrl", "string", "nullable", "The primary image.", "details.images.primary"),
    Property("publishedOn", "integer", "nullable", "When it was published.", "details.publishedAt"),
    Property("retiredOn", "integer", "nullable", "When it was retired.", "details.retiredAt"),
    Property("shortDescription", "string", "nullable", "Plain text.", "details.shortDescription.value"),
    Property("ssoLaunchUrl", "string", "nullable", "Launches it through single sign-on.", "details.urls.ssoLaunch"),
    Property("titleLocale", "string", "nullable", "The locale of the title, e.g. en_US.", "title.locale"),
    Property("urn", "string", "required", "LinkedIn's identifier.", "urn"),
    Property("webLaunchUrl", "string", "nullable", "Launches it in LinkedIn Learning.", "details.urls.webLaunch"),
    Property("createdOn", "integer", "optional", "The same as `publishedOn`.", "details.publishedAt"),
    Property("description", "string", "optional", "Plain text.", "details.description.value"),
    Property("updatedOn", "integer", "optional", "The same as `lastUpdatedOn`.", "details.lastUpdatedAt"),
    Property("webLink", "string", "optional", "`webLaunchUrl` where it is ASCII.", "details.urls.webLaunch"),
)

ENTITIES: Final[dict[str, EntityType]] = {
    entity.name: entity
    for entity in (
        EntityType(
            ACCOUNT,
            "Account",
            (
                *_ENTITY,
                Property("accountKeyRef", "string", "required", "The client id that names the account in the graph."),
                Property("vendor", "string", "required", "LinkedIn."),
            ),
        ),
        EntityType(
            CLASSIFICATION,
            "Group",
            (
                *_ENTITY,
                Property("classificationType", "string", "nullable", "LIBRARY, SUBJECT, TOPIC, SKILL, …", "type"),
                Property("id", "string", "required", "The same as `urn`.", "urn"),
                Property("locale", "string", "nullable", "The locale of the name, e.g. en_US.", "name.locale"),
                Property("ownerName", "string", "nullable", "Who owns it.", "owner.name.value"),
                Property("ownerUrn", "string", "nullable", "The owner's URN.", "owner.urn"),
                Property("urn", "string", "required", "LinkedIn's identifier.", "urn"),
            ),
        ),
        *(EntityType(content_type, "Training", (*_ENTITY, *_TRAINING)) for content_type in CONTENT_TYPES),
        EntityType(
            USER,
            "User",
            (
                *_ENTITY,
                Property("email", "strings", "nullable", "The address where JupiterOne takes it as one.", "email"),
                Property("emailDomain", "strings", "nullable", "Its domain.", "email"),
                Property("enterpriseGroupNames", "strings", "nullable", "The learner's groups.", "enterpriseGroups"),
                Property("firstName", "string", "nullable", "Null: LinkedIn gives one full name."),
                Property("id", "string", "required", "profileUrn, else uniqueUserId, else `_key`."),
                Property("lastName", "string", "nullable", "Null: LinkedIn gives one full name."),
                Property("profileUrn", "string", "nullable", "The enterprise profile.", "entity.profileUrn"),
                Property("shortLoginId", "strings", "nullable", "Null: LinkedIn does not give one."),
                Property("uniqueUserId", "string", "nullable", "The customer's own identifier.", "uniqueUserId"),
                Property("username", "strings", "nullable", "uniqueUserId, else the address."),
            ),
        ),
    )
}

_RELATIONSHIP: Final = (
    Property("_class", "string", "required", "HAS or ASSIGNED."),
    Property("_fromEntityKey", "string", "required", "The `_key` of the entity it starts from."),
    Property("_key", "string", "required", "`<from>|<class in lower case>|<to>`."),
    Property("_toEntityKey", "string", "required", "The `_key` of the entity it leads to."),
    Property("_type", "string", "required", "The type of the relationship."),
    Property("displayName", "string", "required", "The same as `_class`."),
)
# Rules: docs/data-model.md, "Engagement".
ENGAGEMENT: Final = (
    Property("completed", "boolean", "required", "A COMPLETIONS of at least 1, or a progress of 100, was ever seen."),
    Property("completedOn", "integer", "nullable", "The earliest known completion.", "COMPLETIONS.lastEngagedAt"),
    Property("completions", "integer", "required", "Completions in the lookback.", "COMPLETIONS"),
    Property("firstEngagedOn", "integer", "nullable", "First engagement as LinkedIn gives it.", "firstEngagedAt"),
    Property("lastEngagedOn", "integer", "nullable", "Last engagement in the lookback.", "lastEngagedAt"),
    Property("lookbackEnd", "integer", "required", "End of the lookback that the figures cover."),
    Property("lookbackStart", "integer", "required", "Start of the lookback that the figures cover."),
    Property("progressPercentage", "number", "nullable", "Highest progress, 0 to 100.", "PROGRESS_PERCENTAGE"),
    Property("secondsViewed", "integer", "required", "Seconds viewed in the lookback.", "SECONDS_VIEWED"),
    Property("views", "integer", "required", "Views in the lookback.", "VIEWS"),
)


def relationship_type(source: str, verb: str, target: str) -> str:
    """Return the `_type` of a relationship, e.g. `linkedin_learning_user_assigned_course`."""
    return f"{source}_{verb.lower()}_{target.removeprefix('linkedin_learning_')}"


RELATIONSHIPS: Final[dict[str, RelationshipType]] = {
    name: RelationshipType(name, verb, source, target, _RELATIONSHIP + (ENGAGEMENT if verb == "ASSIGNED" else ()))
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
    if (name := relationship_type(source, verb, target))
}

# Tables beside the graph: data that the next run or a report needs and that the graph has no property for.
TABLES: Final[dict[str, tuple[Property, ...]]] = {
    "learner_attributes": (
        Property("learnerKey", "string", "required", "The `_key` of the user."),
        Property("attribute", "string", "required", "The customer's name of the attribute.", "customAttributes"),
        Property("value", "string", "required", "One value; an attribute of several values has several rows."),
    ),
    "learner_identities": (
        Property("learnerKey", "string", "required", "The `_key` of the user."),
        Property("profileUrn", "string", "nullable", "As one row of a report named the learner.", "entity.profileUrn"),
        Property("uniqueUserId", "string", "nullable", "The same.", "uniqueUserId"),
        Property("email", "string", "nullable", "The same, whether JupiterOne takes it or not.", "email"),
        Property("comparableProfileUrn", "string", "nullable", "The profile URN as it is compared."),
        Property("comparableUniqueUserId", "string", "nullable", "The identifier as it is compared."),
        Property("comparableEmail", "string", "nullable", "The address as it is compared."),
        Property("name", "string", "nullable", "The full name.", "name"),
        Property("groups", "strings", "nullable", "The groups.", "enterpriseGroups"),
        Property("seenAt", "integer", "required", "End of the newest window that named the learner so."),
    ),
    "snapshot": (
        Property("run", "string", "required", "The run's id."),
        Property("status", "string", "required", "SUCCEEDED or PARTIAL."),
        Property("accountName", "string", "required", "The account's name."),
        Property("startedAt", "integer", "required", "The run's start."),
        Property("lookbackStart", "integer", "required", "Start of the lookback."),
        Property("lookbackEnd", "integer", "required", "End of the lookback."),
        Property("coveredUntil", "integer", "nullable", "How far LinkedIn's activity data reached."),
        Property("step", "string", "required", "One row a step."),
        Property("stepStatus", "string", "required", "SUCCEEDED, PARTIAL or FAILED."),
        Property("latestDataAt", "integer", "nullable", "How far this step's data reached.", "latestDataAt"),
        Property("carriedOver", "integer", "required", "Records the step has from earlier snapshots alone."),
    ),
}
