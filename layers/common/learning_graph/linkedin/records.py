"""LinkedIn's records, as far as the graph needs them (API reference §4.5, §5.2, §6.6).

Only declared members are built. What LinkedIn may leave out is optional here; enumerations are plain text, so that
new values are accepted. `Identifier` marks the members without which a record cannot be used. A blank one is refused
where it identifies a listing's own record: `__post_init__` raises ValueError.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

LARGEST = 2**53  # beyond it JSON numbers are not exact, and no instant, count or duration is that large
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Number = Whole | Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, extra={"identifies": True})]


class Locale(msgspec.Struct, gc=False):
    language: str
    country: str | None = None

    def __str__(self) -> str:
        """Return `en_US`, or `en` where LinkedIn names no country."""
        return f"{self.language}_{self.country}" if self.country else self.language


class LocaleString(msgspec.Struct, gc=False):
    value: str
    locale: Locale | None = None


class Owner(msgspec.Struct, gc=False):
    urn: str | None = None
    name: LocaleString | None = None


class Classification(msgspec.Struct, gc=False):
    urn: Identifier
    name: LocaleString | None = None
    type: str | None = None
    owner: Owner | None = None


class Tag(msgspec.Struct, gc=False, rename="camel"):
    associated_classification: Classification | None = None
    path: list[Classification] | None = None


class Contributor(msgspec.Struct, gc=False):
    urn: str | None = None
    name: LocaleString | None = None


class Duration(msgspec.Struct, gc=False):
    duration: Number
    unit: str


class Images(msgspec.Struct, gc=False):
    primary: str | None = None


class Urls(msgspec.Struct, gc=False, rename="camel"):
    web_launch: str | None = None
    sso_launch: str | None = None


class Details(msgspec.Struct, gc=False, rename="camel"):
    availability: str | None = None
    available_locales: list[Locale] | None = None
    classifications: list[Tag] | None = None
    contributors: list[Contributor] | None = None
    description: LocaleString | None = None
    short_description: LocaleString | None = None
    images: Images | None = None
    last_updated_at: Whole | None = None
    published_at: Whole | None = None
    retired_at: Whole | None = None
    level: str | None = None
    time_to_complete: Duration | None = None
    urls: Urls | None = None
    is_curated_for_lms: bool | None = None


class AssetUrn(msgspec.Struct, gc=False):
    urn: Identifier

    def __post_init__(self) -> None:
        _check_identifier(self.urn)


class Asset(AssetUrn, gc=False):
    title: LocaleString | None = None
    type: str | None = None
    details: Details | None = None


class ListedClassification(Classification, gc=False):
    """A classification of the classifications' own listing; others are members of assets."""

    def __post_init__(self) -> None:
        _check_identifier(self.urn)


class LearnerEntity(msgspec.Struct, gc=False, rename="camel"):
    profile_urn: str | None = None


class LearnerDetails(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    email: str | None = None
    unique_user_id: str | None = None
    entity: LearnerEntity | None = None
    enterprise_groups: list[str] | None = None
    custom_attributes: dict[str, str | list[str]] | None = None


class ContentDetails(msgspec.Struct, gc=False, rename="camel"):
    content_urn: Identifier
    name: str | None = None
    locale: Locale | None = None


class Activity(msgspec.Struct, gc=False, rename="camel"):
    engagement_type: Identifier
    engagement_value: Number
    asset_type: str | None = None
    engagement_metric_qualifier: str | None = None
    first_engaged_at: Whole | None = None
    last_engaged_at: Whole | None = None


class ReportRow(msgspec.Struct, gc=False, rename="camel", kw_only=True):
    """One row of a report; which details it has depends on the aggregation."""

    activities: list[Activity]
    latest_data_at: Whole | None = None
    learner_details: LearnerDetails | None = None
    content_details: ContentDetails | None = None


class LearnerReportRow(ReportRow, gc=False, rename="camel", kw_only=True):
    """A row of the aggregation INDIVIDUAL: it is read for the learner, so that its activities may be missing."""

    learner_details: LearnerDetails
    activities: list[Activity] = []

    def __post_init__(self) -> None:
        _check_learner(self.learner_details)


class EngagementReportRow(LearnerReportRow, gc=False, rename="camel", kw_only=True):
    """A row of the aggregation INDIVIDUAL and CONTENT."""

    content_details: ContentDetails
    activities: list[Activity]

    def __post_init__(self) -> None:
        _check_learner(self.learner_details)
        _check_identifier(self.content_details.content_urn)


def _check_identifier(identifier: str) -> None:
    if identifier.isspace():
        raise ValueError("the text that identifies a record is blank")


def _check_learner(learner: LearnerDetails) -> None:
    named = learner.unique_user_id or learner.email or (learner.entity and learner.entity.profile_urn)
    if not named or (named.isspace() and not _names_somebody(learner)):
        raise ValueError("learnerDetails has neither profileUrn nor uniqueUserId nor email")


def _names_somebody(learner: LearnerDetails) -> bool:
    identifiers = (learner.entity and learner.entity.profile_urn, learner.unique_user_id, learner.email)
    return any(identifier and not identifier.isspace() for identifier in identifiers)
