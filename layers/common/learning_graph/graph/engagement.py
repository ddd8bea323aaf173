"""One row of a report: who it is about, and what its activities add up to (design, "The graph"; API reference §6.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from learning_graph.graph.rows import EngagementRow
from learning_graph.linkedin.records import Activity, ContentDetails, ReportRow
from learning_graph.values.erasure import plain_case
from learning_graph.values.steps import AssetType

FULL_PROGRESS = 100


class Learner(NamedTuple):
    """A learner as one row names them; an identifier LinkedIn left empty is None."""

    profile_urn: str | None
    unique_user_id: str | None
    email: str | None
    name: str | None
    groups: list[str] | None

    @property
    def identity(self) -> tuple[str | None, ...]:
        """All that the row says of who it is: LinkedIn may show one person twice whose details changed (API §10)."""
        return (self.profile_urn, self.unique_user_id, self.email and plain_case(self.email), self.name)


def learner_of(row: ReportRow) -> Learner:
    """Return the learner of a row.

    Raises:
        ValueError: the row names nobody: no profile URN, no uniqueUserId and no e-mail.
    """
    details = row.learner_details
    if details is None:
        raise ValueError("learnerDetails is missing")
    learner = Learner(
        profile_urn=_filled(details.entity.profile_urn if details.entity else None),
        unique_user_id=_filled(details.unique_user_id),
        email=_filled(details.email),
        name=_filled(details.name),
        groups=None if details.enterprise_groups is None else list(dict.fromkeys(details.enterprise_groups)),
    )
    if not (learner.profile_urn or learner.unique_user_id or learner.email):
        raise ValueError("learnerDetails has neither profileUrn nor uniqueUserId nor email")
    return learner


def engagement_row(learner: Learner, row: ReportRow, content: ContentDetails, asset_type: AssetType) -> EngagementRow:
    """Return what the row says of this learner and content; counts that LinkedIn does not list are 0."""
    own = [activity for activity in row.activities if activity.asset_type in (None, asset_type)]
    completions = [a for a in own if a.engagement_type == "COMPLETIONS" and a.engagement_value >= 1]
    progress = [a for a in own if a.engagement_type == "PROGRESS_PERCENTAGE"]
    full = [a for a in progress if a.engagement_value >= FULL_PROGRESS]
    return EngagementRow(
        *learner,
        content_urn=content.content_urn,
        content_name=_filled(content.name),
        content_locale=str(content.locale) if content.locale else None,
        views=_total(own, "VIEWS"),
        # LinkedIn's account and learner rows carry the seconds of every type under VIDEO (API reference §6.6).
        seconds_viewed=_total(own, "SECONDS_VIEWED") or _total(row.activities, "SECONDS_VIEWED"),
        completions=_total(own, "COMPLETIONS"),
        progress_percentage=max((a.engagement_value for a in progress), default=None),
        completed=bool(completions or full),
        completed_on=_earliest(
            a.first_engaged_at if a.first_engaged_at is not None else a.last_engaged_at for a in completions
        ),
        full_progress_on=_earliest(a.last_engaged_at for a in full),
        first_engaged_on=_earliest(a.first_engaged_at for a in own),
        last_engaged_on=max((a.last_engaged_at for a in own if a.last_engaged_at is not None), default=None),
    )


def _total(activities: Iterable[Activity], engagement_type: str) -> int:
    """Return a metric's value: all events where LinkedIn counts them, else the distinct ones."""
    values = [
        (activity.engagement_metric_qualifier != "UNIQUE", activity.engagement_value)
        for activity in activities
        if activity.engagement_type == engagement_type
    ]
    return int(max(values, default=(False, 0))[1])


def _earliest(instants: Iterable[int | None]) -> int | None:
    return min((instant for instant in instants if instant is not None), default=None)


def _filled(text: str | None) -> str | None:
    return text if text and text.strip() else None
