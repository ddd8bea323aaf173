"""One row of INDIVIDUAL + CONTENT: what its activities say of a learner and a content (design, "The graph")."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.graph.convert import Converted, Tally, engagement_converter
from learning_graph.graph.rows import EngagementRow
from learning_graph.values.steps import AssetType
from tests.unit.graph.samples import activity, element, report_row

ROBIN = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"
FIRST, LAST = 1_699_920_000_000, 1_700_006_400_000


def converted(record: bytes, asset_type: AssetType = "COURSE") -> Converted:
    return engagement_converter(asset_type, Tally())(record)


def rows_of(record: bytes, asset_type: AssetType = "COURSE") -> list[EngagementRow]:
    rows = converted(record, asset_type).rows
    return [row for row in rows if isinstance(row, EngagementRow)]


def row_of(*activities: dict[str, Any]) -> EngagementRow:
    (row,) = rows_of(report_row(list(activities)))
    return row


def test_the_samples_completion_is_read_whole() -> None:
    assert rows_of(element("reports-individual-content")) == [
        EngagementRow(
            profile_urn=ROBIN,
            unique_user_id="E1001",
            email="robin@example.com",
            name="Robin Sample",
            groups=["Engineering"],
            content_urn="urn:li:lyndaCourse:800001",
            content_name="Sample Course: Batch Jobs",
            content_locale="en_US",
            views=0,
            seconds_viewed=6332,
            completions=1,
            progress_percentage=100,
            completed=True,
            completed_on=1_700_000_123_000,
            full_progress_on=LAST,
            first_engaged_on=FIRST,
            last_engaged_on=LAST,
        )
    ]


def test_a_row_without_completion_is_read_as_begun() -> None:
    (row,) = rows_of(element("reports-individual-content", 1))

    assert (row.completed, row.completed_on, row.progress_percentage, row.seconds_viewed) == (False, None, 1, 7)


@pytest.mark.parametrize(
    ("activities", "completed", "completed_on", "full_progress_on"),
    [
        ([activity("COMPLETIONS", 1)], True, FIRST, None),
        ([activity("COMPLETIONS", 3, firstEngagedAt=5, lastEngagedAt=9)], True, 5, None),
        ([activity("COMPLETIONS", 1, firstEngagedAt=None)], True, LAST, None),
        ([activity("COMPLETIONS", 1, firstEngagedAt=...)], True, LAST, None),
        ([activity("COMPLETIONS", 1, firstEngagedAt=None, lastEngagedAt=None)], True, None, None),
        ([activity("COMPLETIONS", 0)], False, None, None),
        ([activity("PROGRESS_PERCENTAGE", 100)], True, None, LAST),
        ([activity("PROGRESS_PERCENTAGE", 100, lastEngagedAt=None)], True, None, None),
        ([activity("PROGRESS_PERCENTAGE", 99)], False, None, None),
        ([activity("PROGRESS_PERCENTAGE", 99.9)], False, None, None),
        ([activity("COMPLETIONS", 0), activity("PROGRESS_PERCENTAGE", 100)], True, None, LAST),
        ([activity("COMPLETIONS", 1), activity("PROGRESS_PERCENTAGE", 40)], True, FIRST, None),
        ([activity("MARKED_AS_DONE", 1)], False, None, None),
        ([], False, None, None),
        # The instant 0 is an instant, and the earliest there is.
        ([activity("COMPLETIONS", 1, firstEngagedAt=0)], True, 0, None),
    ],
)
def test_completed_is_a_completion_or_full_progress(
    activities: list[dict[str, Any]], completed: bool, completed_on: int | None, full_progress_on: int | None
) -> None:
    row = row_of(*activities)

    assert (row.completed, row.completed_on, row.full_progress_on) == (completed, completed_on, full_progress_on)


def test_counts_that_linkedin_does_not_list_are_zero_and_progress_is_unknown() -> None:
    row = row_of()

    numbers = (row.views, row.seconds_viewed, row.completions, row.progress_percentage)
    assert numbers == (0, 0, 0, None)
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

    assert (row.completed, row.completions, row.views, row.first_engaged_on) == (False, 0, 2, FIRST)


def test_seconds_that_linkedin_lists_under_video_are_the_contents_own() -> None:
    video = activity("SECONDS_VIEWED", 317, assetType="VIDEO")

    assert row_of(activity("VIEWS", 1), video).seconds_viewed == 317
    assert row_of(activity("SECONDS_VIEWED", 200), video).seconds_viewed == 200


def test_activities_without_a_type_are_about_the_type_that_was_asked_for() -> None:
    assert row_of(activity("VIEWS", 3, assetType=...), activity("COMPLETIONS", 1, assetType=None)).views == 3


@pytest.mark.parametrize("asset_type", ["VIDEO", "LEARNING_PATH"])
def test_a_row_of_another_modelled_type_is_left_to_its_own_listing(asset_type: str) -> None:
    row = converted(report_row([activity("VIEWS", 3, assetType=asset_type)]))

    assert (row.rows, row.outside) == ([], ())


def test_a_row_of_a_type_outside_the_model_is_told() -> None:
    row = converted(report_row([activity("VIEWS", 3, assetType="DOCUMENT")]))

    assert (row.rows, row.outside) == ([], (("DOCUMENT", "engagements", 1),))


def test_the_oldest_state_of_linkedins_data_is_kept() -> None:
    tally = Tally()
    for instant in (None, 30, 10, 20):
        tally.saw_data_until(instant)

    assert tally.latest_data_at == 10


@pytest.mark.parametrize(
    "content",
    [{"name": "No URN"}, {"contentUrn": ""}, {"contentUrn": None}, {"contentUrn": 7}],
)
def test_a_row_without_content_is_rejected(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(?i)content|URN"):
        rows_of(report_row([activity("VIEWS", 1)], content=content))


def test_a_row_without_content_details_is_rejected() -> None:
    with pytest.raises(ValueError, match="contentDetails"):
        rows_of(element("reports-individual"))


@pytest.mark.parametrize("value", ["7", None, True, [1], {}])
def test_a_value_of_the_wrong_type_is_rejected_and_its_place_in_the_record_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"activities\[0\]\.engagementValue"):
        rows_of(report_row([activity("VIEWS", value)]))


@pytest.mark.parametrize(
    "wrong",
    [
        activity("VIEWS", 1e30),
        activity("VIEWS", 10**20),
        activity("VIEWS", 1, lastEngagedAt=10**20),
        activity("VIEWS", 1, firstEngagedAt=-(10**20)),
    ],
)
def test_a_number_beyond_all_measure_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="activities"):
        rows_of(report_row([wrong]))


@given(
    values=st.lists(
        st.tuples(
            st.sampled_from(["COMPLETIONS", "VIEWS", "SECONDS_VIEWED", "PROGRESS_PERCENTAGE", "DAYS_ACTIVE"]),
            st.integers(min_value=0, max_value=200),
            st.sampled_from(["TOTAL", "UNIQUE"]),
            st.sampled_from(["COURSE", "VIDEO", None]),
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

    assert rows_of(report_row(shuffled)) == rows_of(report_row(activities))
