"""The catalogue (API reference §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator.conftest import DAY, NOW, Running, criteria_path

RETIRED_TOO: dict[str, Any] = {"assetRetrievalCriteria__includeRetired": "true"}
OPTIONAL = {
    "description", "descriptionIncludingHtml", "shortDescription", "shortDescriptionIncludingHtml",
    "discoverableBy", "level", "retiredAt", "timeToComplete",
}  # fmt: skip


def locale_and_type(kind: str, locale: str = "en_US", **more: Any) -> str:
    language, country = locale.split("_")
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return (
        f"/v2/learningAssets?q=localeAndType&assetType={kind}&sourceLocale.language={language}"
        f"&sourceLocale.country={country}&count=100{extra}"
    )


@pytest.mark.parametrize(
    ("kind", "file"),
    [("COURSE", "course"), ("VIDEO", "video"), ("LEARNING_PATH", "learning-path")],
)
def test_assets_have_the_members_of_the_sample(
    shared: Running, sample: Callable[[str], Any], kind: str, file: str
) -> None:
    page = sample(f"assets-{file}-page.json")
    full = page["elements"][0]
    rows = shared.walk(criteria_path(kind, **RETIRED_TOO))
    seen: set[str] = set()
    for row in rows:
        assert row.keys() == full.keys()
        assert full["details"].keys() - OPTIONAL <= row["details"].keys() <= full["details"].keys() | OPTIONAL
        seen |= row["details"].keys()
        for tag in row["details"]["classifications"]:
            assert tag.keys() == full["details"]["classifications"][0].keys()
            assert tag["associatedClassification"].keys() == {"urn", "type", "name", "owner"}
        assert row["details"]["urls"].keys() <= {"webLaunch", "ssoLaunch", "aiccLaunch"}
    assert full["details"].keys() <= seen
    # Whether optional or not: where the sample and the simulator have a member, its JSON types agree.
    assert all(_same_types(row["details"], full["details"]) for row in rows)


def _same_types(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same_types(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return not one or not other or _same_types(one[0], other[0])
    return type(one) is type(other)


def test_listings_agree_with_the_truth(shared: Running) -> None:
    truth = [one for one in shared.control("content") if one["inCatalogue"]]
    for kind in ("COURSE", "VIDEO", "LEARNING_PATH"):
        wanted = {one["urn"] for one in truth if one["type"] == kind}
        assert {row["urn"] for row in shared.walk(criteria_path(kind, **RETIRED_TOO))} == wanted
        active = {one["urn"] for one in truth if one["type"] == kind and not one["retired"]}
        assert {row["urn"] for row in shared.walk(criteria_path(kind))} == active
        by_locale: set[str] = set()
        for locale in {one["locale"] for one in truth}:
            by_locale |= {row["urn"] for row in shared.walk(locale_and_type(kind, locale, includeRetired="true"))}
        assert by_locale == wanted
    assert {"en_US", "de_DE", "ja_JP"} <= {one["locale"] for one in truth}


def test_filters(shared: Running) -> None:
    truth = {one["urn"]: one for one in shared.control("content") if one["inCatalogue"]}
    active = [one for one in truth.values() if not one["retired"]]

    def found(kind: str, **filters: Any) -> set[str]:
        named: dict[str, Any] = {f"assetFilteringCriteria__{name}": value for name, value in filters.items()}
        return {row["urn"] for row in shared.walk(criteria_path(kind, **named))}

    licensed = found("COURSE", licensedOnly="true")
    assert licensed == {one["urn"] for one in active if one["type"] == "COURSE" and one["licensed"]}
    assert licensed < found("COURSE")
    assert found("VIDEO", isCurated="true") == {
        one["urn"] for one in active if one["type"] == "VIDEO" and one["curated"]
    }
    german = {"locales[0].language": "de", "locales[0].country": "DE"}
    assert found("COURSE", **german) == {
        one["urn"] for one in active if one["type"] == "COURSE" and one["locale"] == "de_DE"
    }
    assert found("COURSE", **{"locales[0].language": "de"}) == found("COURSE", **german)
    levels = {"difficultyLevels[0]": "BEGINNER", "difficultyLevels[1]": "ADVANCED"}
    assert found("COURSE", **levels) == {
        one["urn"] for one in active if one["type"] == "COURSE" and one["level"] in {"BEGINNER", "ADVANCED"}
    }
    tag = Counter(urn for one in active if one["type"] == "COURSE" for urn in one["classifications"]).most_common(1)[0][
        0
    ]
    assert found("COURSE", **{"classifications[0]": quote(tag)}) == {
        one["urn"] for one in active if one["type"] == "COURSE" and tag in one["classifications"]
    }


def test_last_modified_after_is_strict_and_sees_retirements(shared: Running) -> None:
    truth = [one for one in shared.control("content") if one["inCatalogue"] and one["type"] == "COURSE"]
    times = {one["urn"]: max(one["publishedAt"], one["lastUpdatedAt"], one["retiredAt"] or 0) for one in truth}
    edge = sorted(times.values())[len(times) // 2]
    rows = shared.walk(criteria_path(assetFilteringCriteria__lastModifiedAfter=edge, **RETIRED_TOO))
    assert {row["urn"] for row in rows} == {urn for urn, time in times.items() if time > edge}
    assert any(row["details"]["availability"] == "RETIRED" for row in rows)


def test_ranked_searches_have_facets_and_unranked_ones_have_none(shared: Running) -> None:
    assert shared.json(criteria_path())["metadata"] == {}
    page = shared.json(criteria_path(assetPresentationCriteria__sortBy="POPULARITY"))
    kinds = {one["assetType"]: one["count"] for one in page["metadata"]["assetTypeFacetMetadata"]}
    assert kinds.keys() == {"VIDEO", "COURSE", "LEARNING_PATH", "EVENT"}
    assert kinds["COURSE"] == shared.json(criteria_path())["paging"]["total"]
    levels = sum(one["count"] for one in page["metadata"]["difficultyLevelFacetMetadata"])
    assert 0 < levels < kinds["COURSE"]
    recent = [
        row["details"]["publishedAt"] for row in shared.walk(criteria_path(assetPresentationCriteria__sortBy="RECENCY"))
    ]
    assert recent == sorted(recent, reverse=True)


def test_a_ranked_search_is_capped_at_1000(start: Callable[..., Running]) -> None:
    running = start("--courses=20", "--videos=1300", "--learners=3")
    assert running.json(criteria_path("VIDEO"))["paging"]["total"] > 1200
    ranked: dict[str, Any] = {"assetPresentationCriteria__sortBy": "RELEVANCE"}
    assert running.json(criteria_path("VIDEO", **ranked))["paging"]["total"] == 1000
    assert len(running.walk(criteria_path("VIDEO", **ranked))) == 1000
    assert running.json(criteria_path("VIDEO", start=1000, **ranked))["elements"] == []


def test_expand_depth_fills_details_level_by_level(shared: Running, sample: Callable[[str], Any]) -> None:
    course = next(row for row in shared.walk(criteria_path()) if row["contents"])
    for depth in range(4):
        tree = shared.json(f"/v2/learningAssets/{course['urn']}?expandDepth={depth}")
        chapter = tree["contents"][0]["asset"]
        video = chapter["contents"][0]["asset"]
        assert [("details" in one) for one in (tree, chapter, video)] == [depth > 0, depth > 1, depth > 2]
        assert video.keys() - {"details"} == {"urn", "title", "type", "contents"}
    wanted = sample("asset-get-by-urn-expandDepth2.json")
    assert shared.json(f"/v2/learningAssets/{course['urn']}?expandDepth=2").keys() == wanted.keys()


def test_get_by_urn(shared: Running) -> None:
    truth = shared.control("content")
    retired = next(one["urn"] for one in truth if one["inCatalogue"] and one["retired"])
    removed = next(one["urn"] for one in truth if one.get("removed"))
    custom = next(one["urn"] for one in truth if one["contentSource"] == "ORGANIZATION")
    video = next(one["urn"] for one in truth if one["inCatalogue"] and one["type"] == "VIDEO" and not one["retired"])
    path = next(
        one["urn"] for one in truth if one["inCatalogue"] and one["type"] == "LEARNING_PATH" and not one["retired"]
    )
    assert shared.get(f"/v2/learningAssets/{retired}").status_code == 404
    assert shared.json(f"/v2/learningAssets/{retired}?includeRetired=true")["details"]["urls"] == {}
    assert shared.get(f"/v2/learningAssets/{removed}?includeRetired=true").status_code == 404
    assert shared.get(f"/v2/learningAssets/{custom}").status_code == 404
    for urn in (video, quote(video, safe=""), path):
        assert shared.json(f"/v2/learningAssets/{urn}")["urn"] in {video, path}


def test_fields_project(shared: Running, sample: Callable[[str], Any]) -> None:
    urn = shared.walk(criteria_path())[0]["urn"]
    assert (
        shared.json(f"/v2/learningAssets/{urn}?fields=urn,title").keys()
        == sample("asset-get-by-urn-fields.json").keys()
    )
    page = shared.json(criteria_path(fields="urn,title:(value),details:(level,urls:(webLaunch))", count=20))
    for row in page["elements"]:
        assert row.keys() == {"urn", "title", "details"}
        assert row["title"].keys() == {"value"}
        assert row["details"].keys() <= {"level", "urls"}
    assert shared.get(f"/v2/learningAssets/{urn}?fields=urn,details:(").status_code == 400


def test_target_locale_is_used_where_there_is_a_translation(shared: Running) -> None:
    rows = shared.walk(criteria_path())
    several = next(row for row in rows if len(row["details"]["availableLocales"]) > 1)
    other = several["details"]["availableLocales"][1]
    wanted = f"targetLocale.language={other['language']}&targetLocale.country={other['country']}"
    assert shared.json(f"/v2/learningAssets/{several['urn']}?{wanted}")["title"]["locale"] == other
    single = next(
        row for row in rows if len(row["details"]["availableLocales"]) == 1 and row["title"]["locale"] != other
    )
    assert shared.json(f"/v2/learningAssets/{single['urn']}?{wanted}")["title"] == single["title"]


@pytest.mark.parametrize(
    "path",
    [
        criteria_path("CHAPTER"),
        criteria_path(assetFilteringCriteria__licensedOnly="yes"),
        criteria_path(assetFilteringCriteria__lastModifiedAfter="yesterday"),
        criteria_path() + "&assetFilteringCriteria.locales[0].language=xx",
        "/v2/learningAssets?q=localeAndType&assetType=COURSE",
        "/v2/learningAssets?q=localeAndType&sourceLocale.language=en&sourceLocale.country=US",
        locale_and_type("COURSE", "id_ID"),
        locale_and_type("SONG"),
    ],
)
def test_bad_parameters_are_refused(shared: Running, path: str) -> None:
    assert shared.get(path).status_code == 400


def test_rare_shapes_occur(shared: Running) -> None:
    rows = [
        row for kind in ("COURSE", "VIDEO", "LEARNING_PATH") for row in shared.walk(criteria_path(kind, **RETIRED_TOO))
    ]
    details = [row["details"] for row in rows]
    retired = [one for one in details if one["availability"] == "RETIRED"]
    assert {"retiredAt" in one for one in retired} == {True, False}
    assert {one["timeToComplete"]["unit"] for one in details if "timeToComplete" in one} == {"SECOND", "MINUTE", "HOUR"}
    assert any("timeToComplete" not in one for one in details)
    assert {"aiccLaunch" in one["urls"] for one in details} == {True, False}
    assert {"ssoLaunch" in one["urls"] for one in details} == {True, False}
    kinds = {tag["associatedClassification"]["type"] for one in details for tag in one["classifications"]}
    assert kinds == {"LIBRARY", "SUBJECT", "TOPIC", "SKILL", "CREDENTIALING_PROGRAM"}
    assert {one["contributionType"] for row in details for one in row["contributors"]} == {"AUTHOR", "PUBLISHER"}
    assert all(one["publishedAt"] <= one["lastUpdatedAt"] < NOW - DAY + 1 for one in details)


def test_a_tag_path_lists_the_ancestors_nearest_first(shared: Running) -> None:
    parents = {one["urn"]: one["parent"] for one in shared.control("classifications")}
    for row in shared.walk(criteria_path()):
        for tag in row["details"]["classifications"]:
            chain, urn = [], parents[tag["associatedClassification"]["urn"]]
            while urn:
                chain.append(urn)
                urn = parents[urn]
            assert [one["urn"] for one in tag["path"]] == chain
