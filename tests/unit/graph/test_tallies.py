"""What a listing says beside its rows: LinkedIn's own totals, and what lies outside the model."""

from __future__ import annotations

import msgspec
import pytest

from learning_graph.graph.convert import Outside, Tally, count_account_totals, curated_converter, learner_converter
from learning_graph.graph.rows import CuratedRow
from tests.unit.graph.samples import activity, element, encoded

PROFILE = {"entity": {"profileUrn": "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"}}


def test_the_samples_account_row_gives_totals_of_the_three_types_alone() -> None:
    tally = Tally()
    count_account_totals(element("reports-account"), tally)

    assert tally.account_totals == {
        "COURSE": {"views": 2, "completions": 1},
        "LEARNING_PATH": {"views": 0, "completions": 0},
        "VIDEO": {"views": 9, "completions": 6, "secondsViewed": 317},
    }
    assert tally.latest_data_at == 1_700_553_540_000


def test_a_broken_account_row_is_refused_and_counts_nothing() -> None:
    tally = Tally()
    with pytest.raises(msgspec.MsgspecError):
        count_account_totals(b'{"activities": "none"}', tally)

    assert tally.account_totals == {}


def test_what_a_learner_did_outside_the_model_is_told_and_zero_rows_are_not() -> None:
    converted = learner_converter(Tally())(
        encoded(
            {
                "learnerDetails": PROFILE,
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
    )

    assert converted.outside == (("ARTICLE", "views", 4), ("ARTICLE", "completions", 1))


def test_the_samples_learners_did_nothing_outside_the_model() -> None:
    convert = learner_converter(Tally())

    assert [convert(element("reports-individual", place)).outside for place in range(2)] == [(), ()]


def test_a_tally_sums_by_type_and_metric() -> None:
    tally = Tally()
    for views in (3, 4):
        tally.count_unmodelled([Outside("ARTICLE", "views", views), Outside("AUDIO", "views", 1)])

    assert tally.unmodelled == {"ARTICLE": {"views": 7}, "AUDIO": {"views": 2}}


def test_of_the_curated_listing_urns_alone_are_read() -> None:
    assert curated_converter()(b'{"urn": "urn:li:lyndaVideo:1"}').rows == [CuratedRow("urn:li:lyndaVideo:1")]


@pytest.mark.parametrize("record", [b"{}", b'{"urn": ""}', b'{"urn": " "}', b'{"urn": null}', b"7", b"[]", b"null"])
def test_a_record_without_its_urn_is_rejected(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"(?i)urn|object"):
        curated_converter()(record)
