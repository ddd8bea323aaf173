"""Converts records of activity reports to rows of a part (API reference §6.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from learning_graph.graph.rows import ContentRow, EngagementRow, LearnerRow, Row
from learning_graph.graph.text import cut
from learning_graph.linkedin.records import (
    Activity,
    ContentDetails,
    EngagementReportRow,
    LearnerDetails,
    LearnerReportRow,
    ReportRow,
)
from learning_graph.store.run import Totals
from learning_graph.values.identity import comparable_email, comparable_id
from learning_graph.values.steps import ASSET_TYPES, AssetType

FULL_PROGRESS = 100
# An instant later than this after the run's start is ignored: engagement cannot lie in the future.
LATEST_INSTANT = timedelta(days=1) // timedelta(milliseconds=1)
_NEVER = 2**63 - 1
_METRIC_NAMES = {"VIEWS": "views", "COMPLETIONS": "completions", "SECONDS_VIEWED": "secondsViewed"}
_COUNTED_OUTSIDE_THE_MODEL = ("VIEWS", "COMPLETIONS")


class ReportConverter:
    """Converts the records of one report, and keeps the report's own figures.

    Args:
        started_at: start of the run, epoch milliseconds.
        asset_type: of a report of learners and contents; None for a report of learners alone.

    Attributes:
        latest_data_at: the oldest `latestDataAt` of any record (the pages of a report may be read at different times).
        unmodelled: sums over content that the model does not have, by asset type and metric.
        account_totals: LinkedIn's own totals of the account, by asset type and metric.
    """

    def __init__(self, started_at: int, asset_type: AssetType | None = None) -> None:
        self._latest_instant = started_at + LATEST_INSTANT
        self._asset_type = asset_type
        self._learners: dict[str | None, tuple[LearnerDetails, int]] = {}
        self._contents: dict[str, tuple[ContentDetails, int]] = {}
        self._learner_count = 0
        self._content_count = 0
        self.latest_data_at: int | None = None
        self.unmodelled: Totals = defaultdict(lambda: defaultdict(int))
        self.account_totals: Totals = defaultdict(lambda: defaultdict(int))

    def begin_part(self) -> None:
        """Number learners and contents anew: the numbers are valid within one part."""
        self._learners.clear()
        self._contents.clear()
        self._learner_count = self._content_count = 0

    def convert_learner(self, record: LearnerReportRow, rows: list[Row]) -> None:
        """Append a learner of a report of learners alone."""
        known = len(rows)
        self._learner(record.learner_details, rows)
        if len(rows) > known:  # a record that came twice is counted once
            self._count_outside_the_model(record.activities)
        self._note_latest_data(record.latest_data_at)

    def convert_engagement(self, record: EngagementReportRow, rows: list[Row]) -> None:
        """Append an engagement, and its learner and content where the part does not name them yet."""
        if record.latest_data_at != self.latest_data_at:
            self._note_latest_data(record.latest_data_at)
        activities = record.activities
        if activities and self._is_of_another_type(activities):
            return
        learner = self._learner(record.learner_details, rows)
        content = self._content(record.content_details, rows)
        rows.append(self._engagement(activities, learner, content))

    def count_account_totals(self, record: ReportRow) -> None:
        """Add an ACCOUNT record, LinkedIn's own totals of one window."""
        self._note_latest_data(record.latest_data_at)
        for activity in record.activities:
            metric = _METRIC_NAMES.get(activity.engagement_type)
            if metric and activity.asset_type in ASSET_TYPES and activity.engagement_metric_qualifier != "UNIQUE":
                self.account_totals[activity.asset_type][metric] += int(activity.engagement_value)

    def _learner(self, details: LearnerDetails, rows: list[Row]) -> int:
        entity = details.entity
        # It only finds the learner; whether it is the same one is decided by all details.
        identifier = (entity and entity.profile_urn) or details.unique_user_id or details.email
        known = self._learners.get(identifier)
        if known is not None and known[0] == details:
            return known[1]
        number = self._learner_count
        self._learner_count += 1
        self._learners[identifier] = (details, number)
        rows.append(_learner_row(number, details))
        return number

    def _content(self, details: ContentDetails, rows: list[Row]) -> int:
        known = self._contents.get(details.content_urn)
        if known is not None and known[0] == details:
            return known[1]
        number = self._content_count
        self._content_count += 1
        self._contents[details.content_urn] = (details, number)
        locale = str(details.locale) if details.locale else None
        rows.append(ContentRow(number, details.content_urn, _filled(details.name), locale))
        return number

    def _engagement(  # noqa: C901 - one loop, without a call for each activity, is what makes it fast
        self, activities: list[Activity], learner: int, content: int
    ) -> EngagementRow:
        """Read activities of the usual shape in one pass; any other shape is read by `_engagement_of_any_shape`."""
        asset_type, latest = self._asset_type, self._latest_instant
        views = seconds = completions = progress = None
        first_on = completed_on = full_progress_on = _NEVER
        last_on = 0
        for activity in activities:
            kind, value = activity.engagement_type, activity.engagement_value
            first, last = activity.first_engaged_at, activity.last_engaged_at
            if activity.asset_type != asset_type or activity.engagement_metric_qualifier != "TOTAL":
                return self._engagement_of_any_shape(activities, learner, content)
            if first is not None and first < first_on:
                first_on = first
            if last is not None and last > last_on:
                last_on = last
            if kind == "SECONDS_VIEWED":
                seconds = value if seconds is None or value > seconds else seconds
            elif kind == "PROGRESS_PERCENTAGE":
                progress = value if progress is None or value > progress else progress
                if value >= FULL_PROGRESS and last is not None and last < full_progress_on:
                    full_progress_on = last
            elif kind == "COMPLETIONS":
                completions = value if completions is None or value > completions else completions
                at = last if last is not None else first
                if value >= 1 and at is not None and at < completed_on:
                    completed_on = at
            elif kind == "VIEWS":
                views = value if views is None or value > views else views
        if first_on <= 0 or last_on > latest or completed_on <= 0 or full_progress_on <= 0:
            return self._engagement_of_any_shape(activities, learner, content)
        return EngagementRow(
            learner,
            content,
            views,
            seconds,
            completions,
            progress,
            completed_on if completed_on <= latest else None,
            full_progress_on if full_progress_on <= latest else None,
            first_on if first_on <= latest else None,
            last_on or None,
        )

    def _engagement_of_any_shape(self, activities: list[Activity], learner: int, content: int) -> EngagementRow:
        """A metric is its TOTAL where LinkedIn gives one, else its UNIQUE; invalid instants are left out."""
        own = [a for a in activities if a.asset_type is None or a.asset_type == self._asset_type]
        completions = [a for a in own if a.engagement_type == "COMPLETIONS" and a.engagement_value >= 1]
        full = [a for a in own if a.engagement_type == "PROGRESS_PERCENTAGE" and a.engagement_value >= FULL_PROGRESS]
        instant = self._instant
        # LinkedIn may list the seconds of every type under VIDEO (API reference §6.6).
        seconds = _metric(own, "SECONDS_VIEWED") or _metric(activities, "SECONDS_VIEWED")
        return EngagementRow(
            learner,
            content,
            _metric(own, "VIEWS"),
            seconds,
            _metric(own, "COMPLETIONS"),
            max((a.engagement_value for a in own if a.engagement_type == "PROGRESS_PERCENTAGE"), default=None),
            _earliest(instant(a.last_engaged_at) or instant(a.first_engaged_at) for a in completions),
            _earliest(instant(a.last_engaged_at) for a in full),
            _earliest(instant(a.first_engaged_at) for a in own),
            max((at for a in own if (at := instant(a.last_engaged_at))), default=None),
        )

    def _instant(self, at: int | None) -> int | None:
        return at if at is not None and 0 < at <= self._latest_instant else None

    def _is_of_another_type(self, activities: list[Activity]) -> bool:
        """A server that ignores `assetType` lists rows of other steps, and of types outside the model."""
        for activity in activities:
            if activity.asset_type is None or activity.asset_type == self._asset_type:
                return False
        for other in {activity.asset_type for activity in activities}.difference(ASSET_TYPES):
            self.unmodelled[str(other)]["engagements"] += 1
        return True

    def _count_outside_the_model(self, activities: list[Activity]) -> None:
        for activity in activities:
            outside = activity.asset_type is not None and activity.asset_type not in ASSET_TYPES
            if outside and activity.engagement_type in _COUNTED_OUTSIDE_THE_MODEL and activity.engagement_value > 0:
                metric = _METRIC_NAMES[activity.engagement_type]
                self.unmodelled[str(activity.asset_type)][metric] += int(activity.engagement_value)

    def _note_latest_data(self, instant: int | None) -> None:
        known = self._instant(instant)
        if known is not None and (self.latest_data_at is None or known < self.latest_data_at):
            self.latest_data_at = known


def _learner_row(number: int, details: LearnerDetails) -> LearnerRow:
    profile_urn = _filled(details.entity.profile_urn if details.entity else None)
    unique_user_id, email = _filled(details.unique_user_id), _filled(details.email)
    groups = details.enterprise_groups
    urn_form = comparable_id(profile_urn) if profile_urn else None
    id_form = comparable_id(unique_user_id) if unique_user_id else None
    email_form = comparable_email(email) if email else None
    return LearnerRow(
        number,
        profile_urn,
        unique_user_id,
        email,
        urn_form if urn_form != profile_urn else None,
        id_form if id_form != unique_user_id else None,
        email_form if email_form != email else None,
        _filled(details.name),
        list(dict.fromkeys(map(cut, groups))) if groups else groups,
        details.custom_attributes,
    )


def _metric(activities: Iterable[Activity], engagement_type: str) -> float | None:
    values = [
        (activity.engagement_metric_qualifier != "UNIQUE", activity.engagement_value)
        for activity in activities
        if activity.engagement_type == engagement_type
    ]
    return max(values)[1] if values else None


def _earliest(instants: Iterable[int | None]) -> int | None:
    return min((instant for instant in instants if instant is not None), default=None)


def _filled(text: str | None) -> str | None:
    return text if text and not text.isspace() else None
