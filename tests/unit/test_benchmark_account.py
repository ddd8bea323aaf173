"""The account that benchmarks collect: its pages are what LinkedIn would send, wherever one begins to read."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.account import ASSET_TYPES, LAST_CHANGE, Account, Listing, Size
from learning_graph.linkedin.paging import read_page
from learning_graph.linkedin.records import Asset, ReportRow

DAY = 86_400_000
WINDOW = LAST_CHANGE + 30 * DAY
NOW = LAST_CHANGE + 100 * DAY
SIZE = Size(courses=300, paths=200, videos=200, german=150, learners=2000, engagements=2345, active=1500)


@cache
def account() -> Account:
    return Account(SIZE, now=NOW)


def records(listing: Listing, start: int = 0, count: int = 10_000) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(b"[" + listing.elements(start, count) + b"]")
    return found


@cache
def all_courses() -> list[dict[str, Any]]:
    return records(account().assets("COURSE"))


@settings(deadline=None)
@given(start=st.integers(0, 460), count=st.integers(1, 250))
def test_a_page_holds_the_same_records_wherever_it_begins(start, count):
    courses = account().assets("COURSE")
    assert records(courses, start, count) == all_courses()[start : start + count]


@pytest.mark.parametrize("kind", ASSET_TYPES)
def test_every_asset_is_listed_once_and_by_its_locale(kind):
    listed = [record["urn"] for record in records(account().assets(kind))]
    by_locale = [
        record["urn"] for name in ("en_US", "de_DE") for record in records(account().assets(kind, locale=name))
    ]
    assert len(set(listed)) == len(listed) == account().assets(kind).total
    assert by_locale == listed
    assert records(account().assets(kind, locale="fr_FR")) == []


def test_an_asset_is_found_by_its_urn():
    record = records(account().assets("VIDEO"), 137, 1)[0]
    assert json.loads(account().asset(record["urn"]) or b"") == record
    assert account().asset("urn:li:lyndaVideo:39999999") is None


@pytest.mark.parametrize("kind", ASSET_TYPES)
def test_a_pair_of_learner_and_content_is_in_a_report_once_and_within_its_window(kind):
    rows = records(account().engagements(kind, WINDOW))
    known = {record["urn"] for record in records(account().assets(kind))}
    pairs = [(row["learnerDetails"]["uniqueUserId"], row["contentDetails"]["contentUrn"]) for row in rows]
    assert len(set(pairs)) == len(pairs) == 2345
    assert {content for _, content in pairs} <= known
    instants = {activity[name] for row in rows for activity in row["activities"] for name in activity if "At" in name}
    assert min(instants) >= WINDOW
    assert max(instants) < WINDOW + 14 * DAY


def test_linkedins_totals_are_the_sums_over_learners():
    totals = {
        (activity["assetType"], activity["engagementType"]): activity["engagementValue"]
        for activity in json.loads(account().totals(WINDOW))["activities"]
    }
    sums = dict.fromkeys(totals, 0)
    for kind in ASSET_TYPES:
        for row in records(account().engagements(kind, WINDOW)):
            for activity in row["activities"]:
                if (kind, activity["engagementType"]) in sums:
                    sums[kind, activity["engagementType"]] += activity["engagementValue"]
    assert totals == sums


@pytest.mark.parametrize(
    ("listing", "record"),
    [
        (lambda: account().assets("COURSE"), Asset),
        (lambda: account().learners(WINDOW), ReportRow),
        (lambda: account().engagements("VIDEO", WINDOW), ReportRow),
    ],
    ids=["assets", "learners", "engagements"],
)
def test_the_product_reads_a_page_without_repairs(listing, record):
    listing = listing()
    body = b'{"paging":{"total":%d},"elements":[' % listing.total + listing.elements(0, 100) + b"]}"
    page = read_page(body, record, start=0, page_size=100)
    assert (len(page.records), page.rejected, page.repaired) == (100, (), 0)


def test_an_account_has_no_more_rows_than_pairs():
    with pytest.raises(ValueError, match="engagements"):
        Account(Size(100, 100, 100, german=0, learners=1000, engagements=1001, active=0), now=NOW)
