"""Single properties of content: durations, states, locales, text and links (JupiterOne reference, "Entities")."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.graph.samples import asset, properties_of, text


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ({"duration": 6332, "unit": "SECOND"}, 6332),
        ({"duration": 90, "unit": "MINUTE"}, 5400),
        ({"duration": 2, "unit": "HOUR"}, 7200),
        ({"duration": 1.5, "unit": "HOUR"}, 5400),
        ({"duration": 0, "unit": "SECOND"}, 0),
        ({"duration": 3, "unit": "FORTNIGHT"}, None),
        ({"duration": 1 << 53, "unit": "SECOND"}, 1 << 53),
        ({"duration": 1 << 53, "unit": "HOUR"}, None),
    ],
)
def test_durations_are_seconds_whatever_the_unit(time: dict[str, Any], seconds: int | None) -> None:
    assert properties_of(asset(details={"timeToComplete": time}))["durationSeconds"] == seconds


@pytest.mark.parametrize(
    ("details", "is_retired"),
    [
        ({"availability": "RETIRED"}, True),
        ({"availability": "RETIRED", "retiredAt": 1}, True),
        ({"retiredAt": 0}, None),
        ({"availability": "AVAILABLE", "retiredAt": 0}, False),
        ({"availability": "AVAILABLE", "retiredAt": -1}, False),
        ({"retiredAt": 1_700_000_003_000}, True),
        ({"availability": "AVAILABLE"}, False),
        ({"availability": "UPCOMING"}, False),
        ({}, None),
    ],
)
def test_an_asset_is_retired_by_its_state_or_its_date(details: dict[str, Any], is_retired: bool | None) -> None:
    assert properties_of(asset(details=details))["isRetired"] is is_retired


def test_unknown_values_of_enumerations_are_kept_as_they_come() -> None:
    entity = properties_of(asset(details={"availability": "UPCOMING", "level": "EXPERT"}))

    assert (entity["availability"], entity["level"]) == ("UPCOMING", "EXPERT")


@pytest.mark.parametrize(("flag", "shown"), [(True, True), (False, False), (None, None)])
def test_a_curated_flag_on_the_asset_itself_is_taken(flag: bool | None, shown: bool | None) -> None:
    assert properties_of(asset(details={"isCuratedForLms": flag}))["isCuratedForLms"] is shown


def test_languages_and_contributors_are_named_once_each_in_their_order() -> None:
    details = {
        "availableLocales": [
            {"language": "de", "country": "DE"},
            {"language": "en", "country": "US"},
            {"language": "de", "country": "AT"},
        ],
        "contributors": [
            {"urn": "urn:li:lyndaAuthor:2", "name": text("Bo Example"), "contributionType": "AUTHOR"},
            {"urn": "urn:li:organization:1", "name": text("Example Press"), "contributionType": "PUBLISHER"},
            {"urn": "urn:li:lyndaAuthor:2", "name": text("Bo Example"), "contributionType": "AUTHOR"},
            {"name": text("Nameless Urn")},
            {"urn": "urn:li:lyndaAuthor:3"},
        ],
    }
    entity = properties_of(asset(details=details))

    assert entity["availableLanguages"] == ["de", "en"]
    assert entity["contributorNames"] == ["Bo Example", "Example Press", "Nameless Urn"]
    assert entity["contributorUrns"] == ["urn:li:lyndaAuthor:2", "urn:li:organization:1", "urn:li:lyndaAuthor:3"]


def test_no_languages_and_no_contributors_are_empty_lists_where_linkedin_says_so() -> None:
    entity = properties_of(asset(details={"availableLocales": [], "contributors": []}))

    assert (entity["availableLanguages"], entity["contributorNames"], entity["contributorUrns"]) == ([], [], [])


@pytest.mark.parametrize(
    ("title", "locale"),
    [
        (text("Titel", ("de", "DE")), "de_DE"),
        ({"value": "Title", "locale": {"language": "en"}}, "en"),
        ({"value": "Title", "locale": {"language": "in", "country": "ID"}}, "in_ID"),
        ({"value": "Title"}, None),
    ],
)
def test_the_titles_locale_is_language_and_country_joined(title: dict[str, Any], locale: str | None) -> None:
    assert properties_of(asset(title=title))["titleLocale"] == locale


def test_a_title_of_nothing_is_replaced_by_the_urn() -> None:
    entity = properties_of(asset(title=text("")))

    assert (entity["name"], entity["displayName"]) == (entity["urn"], entity["urn"])


def test_text_is_cut_at_4096_characters() -> None:
    long = "é" * 4097
    details = {"description": text(long), "shortDescription": text(long[:4096])}
    entity = properties_of(asset(title=text(long), details=details))

    cut = "é" * 4096
    shown = [entity[name] for name in ("name", "displayName", "description", "shortDescription")]
    assert shown == [cut, cut, cut, cut]


def test_a_name_is_cut_and_a_link_left_out_where_they_are_longer_than_a_text_may_be() -> None:
    long = "https://example.com/" + "é" * 4077
    details = {
        "contributors": [{"urn": "urn:li:x:1", "name": text(long)}],
        "images": {"primary": long},
        "urls": {"webLaunch": long, "ssoLaunch": long[:4096]},
    }
    entity = properties_of(asset(details=details))

    assert entity["contributorNames"] == [long[:4096]]
    assert (entity["primaryImageUrl"], entity["webLaunchUrl"], entity["webLink"]) == (None, None, None)
    assert entity["ssoLaunchUrl"] == long[:4096]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/learning/gestión",
        "https://www.linkedin.com/learning/a b",
        "javascript:alert(1)",
        "www.linkedin.com/learning/x",
        "",
    ],
)
def test_a_launch_url_that_is_no_web_address_is_shown_but_is_no_link(url: str) -> None:
    entity = properties_of(asset(details={"urls": {"webLaunch": url}}))

    assert entity["webLaunchUrl"] == url
    assert entity["webLink"] is None


@pytest.mark.parametrize("instant", [0, -1, 9_999_999_999_999])
def test_an_instant_that_is_none_is_left_out(instant: int) -> None:
    details = {"publishedAt": instant, "lastUpdatedAt": instant, "retiredAt": instant}
    entity = properties_of(asset(details=details))

    names = ("publishedOn", "createdOn", "lastUpdatedOn", "updatedOn", "retiredOn")
    assert {name: entity[name] for name in names} == dict.fromkeys(names)
