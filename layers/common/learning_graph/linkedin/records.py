"""LinkedIn's records, as far as the graph needs them (API reference §4.5, §5.2, §6.6).

Only declared members are built. What LinkedIn may leave out is optional here; enumerations are plain text, so that a
value nobody has seen yet passes as it came.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

_LARGEST = 2**53  # beyond it JSON numbers are not exact, and no instant, count or duration is that large
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
Number = Whole | Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]


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
    urn: str
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


class Asset(msgspec.Struct, gc=False):
    urn: str
    title: LocaleString | None = None
    type: str | None = None
    details: Details | None = None


class AssetUrn(msgspec.Struct, gc=False):
    urn: str


class LearnerEntity(msgspec.Struct, gc=False, rename="camel"):
    profile_urn: str | None = None


class LearnerDetails(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    email: str | None = None
    unique_user_id: str | None = None
    entity: LearnerEntity | None = None
    enterprise_groups: list[str] | None = None


class ContentDetails(msgspec.Struct, gc=False, rename="camel"):
    content_urn: str
    name: str | None = None
    locale: Locale | None = None


class Activity(msgspec.Struct, gc=False, rename="camel"):
    engagement_type: str
    engagement_value: Number
    asset_type: str | None = None
    engagement_metric_qualifier: str | None = None
    first_engaged_at: Whole | None = None
    last_engaged_at: Whole | None = None


class ReportRow(msgspec.Struct, gc=False, rename="camel"):
    """One row of a report; which details it has depends on the aggregation."""

    activities: list[Activity]
    latest_data_at: Whole | None = None
    learner_details: LearnerDetails | None = None
    content_details: ContentDetails | None = None


asset_decoder = msgspec.json.Decoder(Asset)
asset_urn_decoder = msgspec.json.Decoder(AssetUrn)
classification_decoder = msgspec.json.Decoder(Classification)
report_row_decoder = msgspec.json.Decoder(ReportRow)
