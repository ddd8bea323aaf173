"""Classifications (API reference §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Running

PATH = "/v2/learningClassifications"
ENGLISH = "sourceLocale.language=en&sourceLocale.country=US&count=100"


def test_each_level_is_listed_in_full_per_locale(shared: Running, sample: Callable[[str], Any]) -> None:
    truth = shared.control("classifications")
    for kind in ("LIBRARY", "SUBJECT", "TOPIC"):
        for locale in ("en_US", "de_DE"):
            language, country = locale.split("_")
            query = f"type={kind}&sourceLocale.language={language}&sourceLocale.country={country}&count=100"
            rows = shared.walk(f"{PATH}?q=localeAndType&{query}")
            wanted = {one["urn"] for one in truth if one["type"] == kind and one["locale"] == locale}
            assert {row["urn"] for row in rows} == wanted
            assert wanted
            assert all(row.keys() == sample("classification-get.json").keys() for row in rows)
    assert "metadata" not in shared.json(f"{PATH}?q=localeAndType&type=TOPIC&{ENGLISH}")


@pytest.mark.parametrize("kind", ["SKILL", "CREDENTIALING_PROGRAM", "PLANET"])
def test_other_types_cannot_be_listed(shared: Running, kind: str) -> None:
    assert shared.get(f"{PATH}?q=localeAndType&type={kind}&{ENGLISH}").status_code == 400


def test_keyword_mixes_types_libraries_first(shared: Running, sample: Callable[[str], Any]) -> None:
    wanted = sample("classifications-keyword-fields-page.json")
    page = shared.json(f"{PATH}?q=keyword&keyword=te&count=100&fields=name,type,urn")
    assert page.keys() == wanted.keys()
    assert page["elements"][0].keys() == wanted["elements"][0].keys()
    assert all("te" in row["name"]["value"].lower() for row in page["elements"])
    kinds = [row["type"] for row in page["elements"]]
    assert kinds[0] == "LIBRARY"
    assert "SKILL" in kinds


def test_get_by_urn(shared: Running, sample: Callable[[str], Any]) -> None:
    truth = shared.control("classifications")
    for kind in ("LIBRARY", "SKILL"):
        urn = next(one["urn"] for one in truth if one["type"] == kind)
        answer = shared.json(f"{PATH}/{urn}")
        assert answer.keys() == sample("classification-get.json").keys()
        assert answer["type"] == kind
    assert shared.get(f"{PATH}/urn:li:lyndaCategory:1").status_code == 404
