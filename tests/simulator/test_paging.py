"""Paging, the same on all resources (API reference §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.simulator.conftest import Running, criteria_path, report_path

CLASSIFICATIONS = (
    "/v2/learningClassifications?q=localeAndType&type=TOPIC&sourceLocale.language=en&sourceLocale.country=US"
)


def test_first_middle_and_last_page(shared: Running) -> None:
    first = shared.json(criteria_path(count=3))["paging"]
    total = first["total"]
    assert [link["rel"] for link in first["links"]] == ["next"]
    middle = shared.json(criteria_path(count=3, start=3))["paging"]
    assert [link["rel"] for link in middle["links"]] == ["prev", "next"]
    last = shared.json(criteria_path(count=3, start=total - 1))
    assert [link["rel"] for link in last["paging"]["links"]] == ["prev"]
    assert len(last["elements"]) == 1
    assert last["paging"]["count"] == 3


def test_href_is_relative_sorted_and_keeps_what_it_does_not_know(shared: Running) -> None:
    kind = "assetFilteringCriteria.assetTypes%5B0%5D=COURSE"
    path = f"/v2/learningAssets?start=2&q=criteria&count=2&zebra=1&{kind}&apple=a%20b"
    links = shared.json(path)["paging"]["links"]
    assert [link["href"] for link in links] == [
        "/v2/learningAssets?apple=a%20b&assetFilteringCriteria.assetTypes[0]=COURSE&count=2"
        f"&q=criteria&start={start}&zebra=1"
        for start in (0, 4)
    ]
    assert {link["type"] for link in links} == {"application/json"}


def test_the_middle_page_is_linked_as_in_the_sample(shared: Running, sample: Callable[[str], Any]) -> None:
    wanted = sample("assets-course-page.json")["paging"]["links"]
    query = dict(parse_qsl(urlsplit(wanted[0]["href"]).query)) | {
        "start": "3",
        "assetFilteringCriteria.lastModifiedAfter": "1",
    }
    path = "/v2/learningAssets?" + "&".join(f"{name}={value}" for name, value in reversed(query.items()))
    links = shared.json(path)["paging"]["links"]
    assert [(one["rel"], one["href"].replace("After=1&", "After=1700000000000&")) for one in links] == [
        (one["rel"], one["href"]) for one in wanted
    ]


@pytest.mark.parametrize(
    ("path", "maximum"), [(criteria_path(count=0), 100), (CLASSIFICATIONS + "&count=0", 100), (report_path(), 1000)]
)
def test_page_sizes(shared: Running, path: str, maximum: int) -> None:
    bare = path.replace("&count=0", "").replace("&count=1000", "")
    assert shared.json(bare)["paging"]["count"] == 10
    assert shared.json(f"{bare}&count={maximum}")["paging"]["count"] == maximum
    for bad in (f"count={maximum + 1}", "count=0", "count=-1", "count=ten", "start=-1", "start=x"):
        assert shared.get(f"{bare}&{bad}").status_code == 400, bad


def test_beyond_the_end_is_an_empty_page(shared: Running) -> None:
    page = shared.json(criteria_path(count=10, start=100_000))
    assert page["elements"] == []
    assert [link["rel"] for link in page["paging"]["links"]] == ["prev"]
    assert page["paging"]["total"] > 0


def test_walking_brings_every_row_once(shared: Running) -> None:
    for size in (1, 7, 100):
        urns = [asset["urn"] for asset in shared.walk(criteria_path(count=size))]
        assert len(urns) == len(set(urns)) == shared.json(criteria_path(count=1))["paging"]["total"]


@pytest.mark.parametrize("assumed", ["short-pages=on", "duplicate-rows=on", "row-order=scrambled", "gzip=on"])
def test_other_ways_to_page_lose_nothing(start: Callable[..., Running], shared: Running, assumed: str) -> None:
    running = start("--assume", assumed)
    for path in (criteria_path("VIDEO", count=20), report_path(primary="INDIVIDUAL", count=9)):
        plain, other = shared.walk(path), running.walk(path)
        assert {str(row) for row in other} == {str(row) for row in plain}
        if assumed == "duplicate-rows=on":
            assert len(other) > len(plain)
        if assumed == "short-pages=on":
            assert len(running.json(path)["elements"]) < running.json(path)["paging"]["count"]


def test_unknown_paths_finders_and_methods(shared: Running) -> None:
    assert shared.get("/v2/learningThings?q=criteria").status_code == 404
    assert shared.get("/learningAssets?q=criteria").status_code == 404
    assert shared.get("/v2/learningAssets?q=everything").status_code == 400
    assert shared.get("/v2/learningAssets").status_code == 400
    assert shared.get("/v2/learningActivityReports/7").status_code == 404
    token = {"Authorization": f"Bearer {shared.token()}"}
    assert shared.session.post(shared.url + criteria_path(), headers=token, timeout=20).status_code == 405
    assert shared.get("//v2/learningClassifications?q=keyword&keyword=data").status_code == 200


def test_strict_mode_refuses_what_the_service_would_overlook(start: Callable[..., Running]) -> None:
    running = start("--strict")
    assert running.get(criteria_path(count=2)).status_code == 200
    assert running.get(criteria_path(count=2)).status_code == 200
    assert running.get(criteria_path(count=2, assetPresentationCriteria__includeRetired="true")).status_code == 400
    assert running.get(report_path(primary="CONTENT")).status_code == 400
    assert running.get(report_path(primary="CONTENT", assetType="COURSE")).status_code == 200
