"""One row of INDIVIDUAL + CONTENT: what its activities say of a learner and a content (design, "The graph")."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.rows import ContentRow, EngagementRow, LearnerRow, Row
from learning_graph.linkedin.records import EngagementReportRow, ReportRow
from tests.unit.graph.samples import (
    STARTED_AT,
    activity,
    converter_after,
    element,
    encoded,
    engagement_of,
    report_row,
    report_rows,
)

ROBIN = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"
FIRST, LAST = 1_699_920_000_000, 1_700_006_400_000


def row_of(*activities: dict[str, Any]) -> EngagementRow:
    return engagement_of(report_row(list(activities)))


def test_the_samples_completion_is_read_whole() -> None:
    assert report_rows(element("reports-individual-content")) == [
        LearnerRow(
            0,
            profile_urn=ROBIN,
            unique_user_id="E1001",
            email="robin@example.com",
            name="Robin Sample",
            groups=["Engineering"],
            attributes={"attribute_department": ["Finance"]},
        ),
        ContentRow(0, "urn:li:lyndaCourse:800001", "Sample Course: Batch Jobs", "en_US"),
        EngagementRow(
            0,
            0,
            seconds_viewed=6332,
            completions=1,
            progress_percentage=100,
            completed_on=1_700_000_123_000,
            full_progress_on=LAST,
            first_engaged_on=FIRST,
            last_engaged_on=LAST,
        ),
    ]


def test_a_part_names_a_learner_and_a_content_once_and_the_next_part_anew() -> None:
    converter, rows = converter_after(*[report_row([activity("VIEWS", 1)])] * 2)
    assert [type(row) for row in rows] == [LearnerRow, ContentRow, EngagementRow, EngagementRow]

    converter.begin_part()
    again: list[Row] = []
    record = msgspec.json.decode(report_row([activity("VIEWS", 1)]), type=EngagementReportRow)
    converter.convert_engagement(record, again)
    assert again == [*rows[:2], rows[3]]


def test_a_learner_whose_details_differ_is_named_again() -> None:
    profile = {"entity": {"profileUrn": ROBIN}}
    rows = report_rows(
        report_row([activity("VIEWS", 1)], learner=profile),
        report_row([activity("VIEWS", 2)], learner=profile | {"uniqueUserId": "E1001"}),
    )

    learners = [row for row in rows if isinstance(row, LearnerRow)]
    assert [(row.learner, row.unique_user_id) for row in learners] == [(0, None), (1, "E1001")]
    assert [row.learner for row in rows if isinstance(row, EngagementRow)] == [0, 1]


@pytest.mark.parametrize(
    ("activities", "completed_on", "full_progress_on"),
    [
        ([activity("COMPLETIONS", 1)], LAST, None),
        ([activity("COMPLETIONS", 3, firstEngagedAt=5, lastEngagedAt=9)], 9, None),
        ([activity("COMPLETIONS", 1, lastEngagedAt=None)], FIRST, None),
        ([activity("COMPLETIONS", 1, lastEngagedAt=...)], FIRST, None),
        ([activity("COMPLETIONS", 1, lastEngagedAt=0)], FIRST, None),
        ([activity("COMPLETIONS", 1, firstEngagedAt=None, lastEngagedAt=None)], None, None),
        ([activity("COMPLETIONS", 0)], None, None),
        ([activity("PROGRESS_PERCENTAGE", 100)], None, LAST),
        ([activity("PROGRESS_PERCENTAGE", 100, lastEngagedAt=None)], None, None),
        ([activity("PROGRESS_PERCENTAGE", 99.9)], None, None),
        ([activity("COMPLETIONS", 0), activity("PROGRESS_PERCENTAGE", 100)], None, LAST),
        ([activity("MARKED_AS_DONE", 1)], None, None),
        ([], None, None),
    ],
)
def test_a_completion_is_dated_by_its_last_engagement_else_by_its_first(
    activities: list[dict[str, Any]], completed_on: int | None, full_progress_on: int | None
) -> None:
    row = row_of(*activities)

    assert (row.completed_on, row.full_progress_on) == (completed_on, full_progress_on)


@pytest.mark.parametrize("instant", [0, -5, STARTED_AT + 2 * 86_400_000, 253_402_300_799_000])
def test_an_instant_that_is_none_dates_nothing(instant: int) -> None:
    wrong = {"firstEngagedAt": instant, "lastEngagedAt": instant}
    row = row_of(activity("COMPLETIONS", 1, **wrong), activity("PROGRESS_PERCENTAGE", 100, **wrong))

    assert (row.completions, row.progress_percentage) == (1, 100)
    assert (row.completed_on, row.full_progress_on, row.first_engaged_on, row.last_engaged_on) == (None,) * 4


def test_a_metric_that_linkedin_does_not_list_is_unknown() -> None:
    row = row_of()

    numbers = (row.views, row.seconds_viewed, row.completions, row.progress_percentage)
    assert numbers == (None, None, None, None)
    assert (row.first_engaged_on, row.last_engaged_on) == (None, None)


def test_all_events_count_where_linkedin_counts_them_and_distinct_ones_where_it_does_not() -> None:
    total = activity("VIEWS", 5)
    unique = activity("VIEWS", 9, engagementMetricQualifier="UNIQUE")
    unqualified = activity("VIEWS", 4, engagementMetricQualifier=...)

    views = [row_of(*given).views for given in ([total, unique], [unique, total], [unique], [unqualified, unique])]
    assert views == [5, 5, 9, 4]


def test_one_metric_is_not_taken_for_another_whatever_the_order() -> None:
    activities = [
        activity("DAYS_ACTIVE", 2, assetType=...),
        activity("SECONDS_VIEWED", 300),
        activity("VIEWS", 4),
        activity("PROGRESS_PERCENTAGE", 60),
        activity("COMPLETIONS", 0),
        activity("SOMETHING_NEW", 77),
    ]
    forth, back = row_of(*activities), row_of(*reversed(activities))

    assert (forth.views, forth.seconds_viewed, forth.completions, forth.progress_percentage) == (4, 300, 0, 60)
    assert forth == back


def test_first_and_last_are_the_extremes_of_what_is_known() -> None:
    row = row_of(
        activity("VIEWS", 1, firstEngagedAt=20, lastEngagedAt=None),
        activity("SECONDS_VIEWED", 1, firstEngagedAt=None, lastEngagedAt=40),
        activity("PROGRESS_PERCENTAGE", 1, firstEngagedAt=10, lastEngagedAt=30),
    )

    assert (row.first_engaged_on, row.last_engaged_on) == (10, 40)


def test_activities_about_another_type_do_not_count() -> None:
    row = row_of(
        activity("COMPLETIONS", 0),
        activity("COMPLETIONS", 1, assetType="VIDEO", firstEngagedAt=1),
        activity("VIEWS", 2),
        activity("VIEWS", 50, assetType="VIDEO"),
    )

    assert (row.completed_on, row.completions, row.views, row.first_engaged_on) == (None, 0, 2, FIRST)


def test_seconds_that_linkedin_lists_under_video_are_the_contents_own() -> None:
    video = activity("SECONDS_VIEWED", 317, assetType="VIDEO")

    assert row_of(activity("VIEWS", 1), video).seconds_viewed == 317
    assert row_of(activity("SECONDS_VIEWED", 200), video).seconds_viewed == 200


def test_activities_without_a_type_are_about_the_type_that_was_asked_for() -> None:
    assert row_of(activity("VIEWS", 3, assetType=...), activity("COMPLETIONS", 1, assetType=None)).views == 3


@pytest.mark.parametrize("asset_type", ["VIDEO", "LEARNING_PATH"])
def test_a_row_of_another_modelled_type_is_left_to_its_own_listing(asset_type: str) -> None:
    converter, rows = converter_after(report_row([activity("VIEWS", 3, assetType=asset_type)]))

    assert (rows, converter.unmodelled) == ([], {})


def test_a_row_of_a_type_outside_the_model_is_counted() -> None:
    converter, rows = converter_after(report_row([activity("VIEWS", 3, assetType="DOCUMENT")]))

    assert (rows, converter.unmodelled) == ([], {"DOCUMENT": {"engagements": 1}})


def test_the_oldest_state_of_linkedins_data_is_kept() -> None:
    records = [encoded(msgspec.json.decode(report_row([])) | {"latestDataAt": at}) for at in (None, 30, 10, 0, -1, 20)]

    assert converter_after(*records)[0].latest_data_at == 10


def test_a_state_of_linkedins_data_in_the_future_is_none() -> None:
    record = encoded(msgspec.json.decode(report_row([])) | {"latestDataAt": 4_102_444_800_000})

    assert converter_after(record)[0].latest_data_at is None


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_member_is_the_same_as_a_missing_one(nothing: str | None) -> None:
    learner = {"name": nothing, "email": nothing, "uniqueUserId": "E1", "entity": {"profileUrn": nothing}}
    rows = report_rows(encoded({"learnerDetails": learner, "activities": []}), asset_type=None)

    assert rows == [LearnerRow(0, unique_user_id="E1")]


def test_groups_are_named_once_each() -> None:
    learner = {"uniqueUserId": "E1", "enterpriseGroups": ["B", "A", "B"]}
    (row,) = report_rows(encoded({"learnerDetails": learner, "activities": []}), asset_type=None)

    assert isinstance(row, LearnerRow)
    assert row.groups == ["B", "A"]


def test_the_name_of_a_group_is_cut_at_4096_characters() -> None:
    learner = {"uniqueUserId": "E1", "enterpriseGroups": ["é" * 4097]}
    (row,) = report_rows(encoded({"learnerDetails": learner, "activities": []}), asset_type=None)

    assert isinstance(row, LearnerRow)
    assert row.groups == ["é" * 4096]


def test_identifiers_are_kept_as_written_and_compared_in_one_form() -> None:
    learner = {"uniqueUserId": " E1 ", "email": "Jan.Wei\u00df@Example.com "}
    (row,) = report_rows(encoded({"learnerDetails": learner, "activities": []}), asset_type=None)

    assert isinstance(row, LearnerRow)
    assert (row.unique_user_id, row.comparable_unique_user_id) == (" E1 ", "E1")
    assert (row.email, row.comparable_email) == ("Jan.Wei\u00df@Example.com ", "jan.wei\u00df@example.com")


def test_the_samples_account_row_gives_totals_of_the_three_types_alone() -> None:
    converter = ReportConverter(STARTED_AT)
    converter.count_account_totals(msgspec.json.decode(element("reports-account"), type=ReportRow))

    assert converter.account_totals == {
        "COURSE": {"views": 2, "completions": 1},
        "LEARNING_PATH": {"views": 0, "completions": 0},
        "VIDEO": {"views": 9, "completions": 6, "secondsViewed": 317},
    }
    assert converter.latest_data_at == 1_700_553_540_000


def test_what_a_learner_did_outside_the_model_is_counted_once_and_zero_rows_are_not() -> None:
    record = encoded(
        {
            "learnerDetails": {"entity": {"profileUrn": ROBIN}},
            "activities": [
                activity("DAYS_ACTIVE", 2, assetType=...),
                activity("VIEWS", 4, assetType="ARTICLE"),
                activity("COMPLETIONS", 1, assetType="ARTICLE"),
                activity("VIEWS", 0, assetType="BOOK"),
                activity("SECONDS_VIEWED", 60, assetType="AUDIO"),
                activity("VIEWS", 9, assetType="COURSE"),
            ],
        }
    )

    converter, _ = converter_after(record, record, asset_type=None)
    assert converter.unmodelled == {"ARTICLE": {"views": 4, "completions": 1}}


@given(
    values=st.lists(
        st.tuples(
            st.sampled_from(["COMPLETIONS", "VIEWS", "SECONDS_VIEWED", "PROGRESS_PERCENTAGE", "DAYS_ACTIVE"]),
            st.integers(min_value=0, max_value=200),
            st.sampled_from(["TOTAL", "UNIQUE"]),
            st.sampled_from(["COURSE", None]),
            st.none() | st.integers(min_value=0, max_value=100),
            st.none() | st.integers(min_value=0, max_value=100),
        ),
        max_size=8,
    ),
    randomness=st.randoms(use_true_random=False),
)
def test_the_order_of_activities_does_not_matter(values: list[tuple[Any, ...]], randomness: Any) -> None:
    names = ("engagementMetricQualifier", "assetType", "firstEngagedAt", "lastEngagedAt")
    activities = [activity(kind, value, **dict(zip(names, rest, strict=True))) for kind, value, *rest in values]
    shuffled = activities.copy()
    randomness.shuffle(shuffled)

    assert row_of(*shuffled) == row_of(*activities)
