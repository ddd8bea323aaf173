"""The parameter names, compared with those of the API reference: LinkedIn ignores a misspelt one silently (§3.4)."""

import dataclasses

from learning_graph.linkedin import queries


def test_a_catalogue_listing_is_unranked_and_includes_retired_assets() -> None:
    query = queries.assets("LEARNING_PATH", locale="pt_BR", licensed_only=True, last_modified_after=1_700_000_000_000)
    assert (query.key_type, query.path, query.page_size) == ("Content", "/v2/learningAssets", 100)
    assert dict(query.parameters) == {
        "q": "criteria",
        "assetFilteringCriteria.assetTypes[0]": "LEARNING_PATH",
        "assetFilteringCriteria.locales[0].language": "pt",
        "assetFilteringCriteria.locales[0].country": "BR",
        "assetFilteringCriteria.lastModifiedAfter": "1700000000000",
        "assetFilteringCriteria.licensedOnly": "true",
        "assetRetrievalCriteria.includeRetired": "true",
        "assetRetrievalCriteria.expandDepth": "1",
    }


def test_a_listing_of_every_locale_names_none() -> None:
    names = dict(queries.assets("COURSE", locale=None, licensed_only=False, fields="urn,title").parameters)
    assert not [name for name in names if "locales" in name]
    assert names["assetFilteringCriteria.licensedOnly"] == "false"
    assert names["fields"] == "urn,title"


def test_the_curated_listing_asks_for_urns_alone() -> None:
    names = dict(queries.curated_videos("en_US").parameters)
    assert names["assetFilteringCriteria.isCurated"] == "true"
    assert names["fields"] == "urn"


def test_classifications_are_listed_by_type_and_source_locale() -> None:
    query = queries.classifications("TOPIC", "in_ID")
    assert (query.key_type, query.path, query.page_size) == ("Content", "/v2/learningClassifications", 100)
    assert dict(query.parameters) == {
        "q": "localeAndType",
        "type": "TOPIC",
        "sourceLocale.language": "in",
        "sourceLocale.country": "ID",
    }


def test_reports_cover_every_source_of_content() -> None:
    common = {
        "q": "criteria",
        "startedAt": "1699344000000",
        "timeOffset.unit": "DAY",
        "timeOffset.duration": "14",
        "contentSource": "ALL_SOURCES",
        "locale.language": "en",
    }
    learners = queries.learners(1_699_344_000_000, 14)
    engagements = queries.engagements("VIDEO", 1_699_344_000_000, 14)
    totals = queries.account_totals(1_699_344_000_000, 14)
    for query in (learners, engagements, totals):
        assert (query.key_type, query.path, query.page_size) == ("Report", "/v2/learningActivityReports", 1000)
    assert dict(learners.parameters) == common | {"aggregationCriteria.primary": "INDIVIDUAL"}
    assert dict(totals.parameters) == common | {"aggregationCriteria.primary": "ACCOUNT"}
    assert dict(engagements.parameters) == common | {
        "aggregationCriteria.primary": "INDIVIDUAL",
        "aggregationCriteria.secondary": "CONTENT",
        "assetType": "VIDEO",
    }


def test_the_brackets_of_a_urn_are_percent_encoded() -> None:
    path, parameters = queries.asset("urn:li:lyndaVideo:(urn:li:lyndaCourse:252,24961)")
    assert path == "/v2/learningAssets/urn:li:lyndaVideo:%28urn:li:lyndaCourse:252%2C24961%29"
    assert dict(parameters) == {"includeRetired": "true", "expandDepth": "1"}


def test_a_query_can_be_made_smaller() -> None:
    assert dataclasses.replace(queries.learners(0, 1), page_size=1).page_size == 1
