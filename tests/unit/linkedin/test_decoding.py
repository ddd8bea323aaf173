"""An answer is decoded as a whole where it is as documented, else record by record, member by member."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from learning_graph.linkedin.decoding import Decoded, decode_page, decode_record, repair
from learning_graph.linkedin.records import (
    Activity,
    Asset,
    AssetUrn,
    Classification,
    Contributor,
    Details,
    Duration,
    EngagementReportRow,
    LearnerReportRow,
    ListedClassification,
    Locale,
    LocaleString,
    Tag,
)
from learning_graph.values.errors import Unavailable

URN = "urn:li:lyndaCourse:1"
EN = {"language": "en", "country": "US"}
LEARNER = {"uniqueUserId": "E1", "email": "robin@example.com"}


def page_of(*elements: Any) -> bytes:
    return json.dumps({"elements": elements, "paging": {"total": len(elements)}}).encode()


def asset_of(**details: Any) -> Asset:
    (asset,) = decode_page(page_of({"urn": URN, "details": details}), Asset).records
    assert isinstance(asset, Asset)
    return asset


def engagement_of(*activities: Any, learner: Any = None) -> Decoded:
    row = {"learnerDetails": learner or LEARNER, "contentDetails": {"contentUrn": URN}, "activities": activities}
    return decode_page(page_of(row), EngagementReportRow)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"timeToComplete": {"duration": 600}, "level": "BEGINNER"}, Details(level="BEGINNER")),
        ({"timeToComplete": {"duration": "600", "unit": "SECOND"}}, Details(time_to_complete=Duration(600, "SECOND"))),
        (
            {"contributors": [{"urn": "a", "name": {"locale": EN}}, None, {"urn": "b", "name": {"value": "B"}}]},
            Details(contributors=[Contributor("a"), Contributor("b", LocaleString("B"))]),
        ),
        (
            {"availableLocales": [None, {"country": "US"}, {"language": "de"}]},
            Details(available_locales=[Locale("de")]),
        ),
        ({"lastUpdatedAt": 1700000000000.0, "publishedAt": "x"}, Details(last_updated_at=1_700_000_000_000)),
        ({"publishedAt": 1.5, "retiredAt": 10**40}, Details()),
        ({"isCuratedForLms": "yes", "level": ["x"]}, Details()),
        (
            {"classifications": [{"associatedClassification": {"name": 1}, "path": [{"urn": "c"}, {"type": "SKILL"}]}]},
            Details(classifications=[Tag(path=[Classification("c")])]),
        ),
        ({"description": {"value": "text", "locale": {"country": "US"}}}, Details(description=LocaleString("text"))),
    ],
)
def test_an_odd_optional_member_costs_that_member_alone(details: Any, expected: Details) -> None:
    assert asset_of(**details) == Asset(URN, details=expected)


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 5000])
def test_a_number_that_no_decoder_reads_costs_its_member_alone(number: bytes) -> None:
    odd = b'{"urn": "a", "type": "COURSE", "details": {"publishedAt": %s, "level": "BEGINNER"}}' % number
    decoded = decode_page(b'{"elements": [%s, {"urn": "b"}]}' % odd, Asset)
    assert decoded.records == [Asset("a", type="COURSE", details=Details(level="BEGINNER")), Asset("b")]


def test_a_learner_whose_activities_are_missing_is_read() -> None:
    for activities in ({}, {"activities": None}, {"activities": [{"engagementValue": 1}]}):
        (row,) = decode_page(page_of({"learnerDetails": LEARNER, **activities}), LearnerReportRow).records
        assert (row.learner_details.unique_user_id, row.activities) == ("E1", [])


@pytest.mark.parametrize("urn", ["", "  ", None, 5])
@pytest.mark.parametrize("record", [Asset, AssetUrn, ListedClassification])
def test_a_record_without_its_urn_is_rejected(record: Any, urn: Any) -> None:
    assert [place for place, _ in decode_page(page_of({"urn": "a"}, {"urn": urn}), record).rejected] == [1]


@pytest.mark.parametrize("content", [None, {}, {"contentUrn": ""}, {"contentUrn": " "}])
def test_an_engagement_without_its_content_is_rejected(content: Any) -> None:
    row = {"learnerDetails": LEARNER, "contentDetails": content, "activities": []}
    good = {**row, "contentDetails": {"contentUrn": URN}}
    decoded = decode_page(page_of(row, good), EngagementReportRow)
    assert ([place for place, _ in decoded.rejected], len(decoded.records)) == ([0], 1)
    assert "contentDetails" in decoded.rejected[0][1]


def test_an_id_that_is_a_number_is_read_without_a_fraction() -> None:
    ids = [
        engagement_of(learner={"uniqueUserId": number}).records[0].learner_details.unique_user_id
        for number in (1001, 1001.0, 10**18)
    ]
    assert ids == ["1001", "1001", "1000000000000000000"]


@pytest.mark.parametrize(
    ("value", "read"), [("1", 1), ("1.0", 1), ("-3", -3), ("55.5", 55.5), ("1.7e12", 1.7e12), (2.0, 2)]
)
def test_a_value_of_another_form_is_read(value: Any, read: float) -> None:
    (row,) = engagement_of({"engagementType": "VIEWS", "engagementValue": value}, learner={"uniqueUserId": 1}).records
    assert [activity.engagement_value for activity in row.activities] == [read]


@pytest.mark.parametrize("value", ["", "x", "1,5", "1 000", "٣", "0x1", "1e400", "inf", "nan", True, None, [1]])
def test_a_value_that_is_no_number_costs_its_activity_alone(value: Any) -> None:
    views = {"engagementType": "VIEWS", "engagementValue": 2}
    (row,) = engagement_of({"engagementType": "COMPLETIONS", "engagementValue": value}, views).records
    assert row.activities == [Activity("VIEWS", 2)]


def test_numbers_of_another_form_are_read() -> None:
    activity = {"engagementType": "VIEWS", "engagementValue": "1", "lastEngagedAt": 1.7e12, "firstEngagedAt": None}
    (row,) = engagement_of(None, activity, learner={"uniqueUserId": 1001}).records
    assert row.activities == [Activity("VIEWS", 1, last_engaged_at=1_700_000_000_000)]
    assert row.learner_details.unique_user_id == "1001"


@pytest.mark.parametrize(
    ("activity", "problem"),
    [
        ({"engagementValue": 1}, "Object missing required field `engagementType` - at `$.activities[...]`"),
        (
            {"engagementType": 7, "engagementValue": 1},
            "Expected `str`, got `int` - at `$.activities[...].engagementType`",
        ),
    ],
)
def test_an_activity_that_does_not_say_what_it_is_costs_the_record(activity: Any, problem: str) -> None:
    assert engagement_of(activity) == Decoded([], ((0, problem),), paging={"total": 1})


@pytest.mark.parametrize(
    "learner",
    [
        {},
        {"email": " "},
        {"email": "", "uniqueUserId": " ", "entity": {}},
        {"entity": {"accountUrn": "urn:a"}},
        {"name": "Robin"},
        None,
        "Robin",
    ],
)
def test_a_row_about_nobody_is_rejected(learner: Any) -> None:
    row = {"learnerDetails": learner, "activities": []}
    decoded = decode_page(page_of(row, {"learnerDetails": LEARNER, "activities": []}), LearnerReportRow)
    assert [place for place, _ in decoded.rejected] == [0]
    assert "learnerDetails" in decoded.rejected[0][1]
    assert len(decoded.records) == 1


def test_a_reason_never_quotes_a_value() -> None:
    decoded = decode_page(page_of({"urn": {"robin@example.com": 1}}, "robin@example.com"), Asset)
    assert len(decoded.rejected) == 2
    assert "robin" not in str(decoded.rejected)


# Text that JSON or UTF-8 does not allow.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (rb"Robin \ud83d", "Robin \ufffd"),
        (rb"\udc00\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud83d", "\\ud83d"),
        (b"two\nlines\x00", "two\nlines\x00"),
        (b"caf\xe9", "caf\ufffd"),
        (rb"a\b", "a\b"),
        (rb"C:\users \u12", "C:\\users \\u12"),
        (b"two\\\nlines", "two\\\nlines"),
        ("Zo\u00eb \u6f22".encode(), "Zo\u00eb \u6f22"),
    ],
)
@pytest.mark.parametrize("member", ["title", "unread"])
def test_text_that_is_not_allowed_is_repaired_and_costs_no_other_record(text: bytes, shown: str, member: str) -> None:
    odd = b'{"urn": "a", "title": {"value": "%s"}, "unread": "%s"}' % (
        (text, b"") if member == "title" else (b"t", text)
    )
    decoded = decode_page(b'{"elements": [%s, {"urn": "b"}]}' % odd, Asset)
    assert [asset.urn for asset in decoded.records] == ["a", "b"]
    assert decoded.records[0].title == LocaleString(shown if member == "title" else "t")


def test_a_byte_order_mark_before_a_page_is_skipped() -> None:
    assert decode_page(b'\xef\xbb\xbf{"elements": [{"urn": "a"}]}', Asset).records == [Asset("a")]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"{}", b'{"elements": {}}', b'{"elements": [{"urn": "a"}, {"u']
)
def test_a_body_that_is_no_page_is_an_outage(body: bytes) -> None:
    with pytest.raises(Unavailable):
        decode_page(body, Asset)


def test_an_asset_by_urn_is_one_record() -> None:
    assert decode_record(b'{"urn": "a"}', Asset) == Decoded([Asset("a")])
    assert decode_record(b'{"paging": {}}', Asset).rejected == ((0, "Object missing required field `urn`"),)


# The two paths agree, and repairing changes nothing that is right.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


URNS = st.text(min_size=1).filter(lambda urn: not urn.isspace())


def is_good(asset: Asset) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(asset), type=Asset)
    except msgspec.ValidationError:
        return False  # a number out of range
    return True


@settings(deadline=None, max_examples=100)
@given(st.lists(st.builds(Asset, urn=URNS, title=..., type=..., details=...), max_size=3))
def test_both_paths_read_good_records_alike(assets: list[Asset]) -> None:
    assume(all(is_good(asset) for asset in assets))
    whole = decode_page(msgspec.json.encode({"elements": assets}), Asset)
    beside = decode_page(msgspec.json.encode({"elements": [*assets, {"urn": 5}]}), Asset)
    assert whole.records == beside.records == assets
    assert (beside.repaired, [place for place, _ in beside.rejected]) == (0, [len(assets)])


@settings(deadline=None)
@given(JSON)
def test_repairing_valid_json_does_not_change_its_meaning(value: Any) -> None:
    for body in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        encoded = body.encode(errors="replace")
        assert json.loads(repair(encoded)) == json.loads(encoded)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["urn", "title", "details", "type"]), JSON),
    st.sampled_from([Asset, LearnerReportRow]),
)
def test_whatever_a_record_holds_it_is_read_or_rejected(record: Any, kind: Any) -> None:
    decoded = decode_page(page_of(record, {"urn": "a", "learnerDetails": LEARNER, "activities": []}), kind)
    assert len(decoded.records) + len(decoded.rejected) == 2
    assert len(decoded.records) >= 1
