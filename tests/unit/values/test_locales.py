"""The locales setting (issue 2, "Bad input"; API reference §4.9)."""

from __future__ import annotations

import pytest

from learning_graph.values.errors import ConfigurationError
from learning_graph.values.locales import read_locales

THIRTEEN = (
    "de_DE", "en_US", "es_ES", "fr_FR", "in_ID", "it_IT", "ja_JP", "ko_KR", "nl_NL", "pl_PL", "pt_BR", "tr_TR", "zh_CN",
)  # fmt: skip


@pytest.mark.parametrize("text", ["all", " all "])
def test_all_is_every_locale_linkedin_offers_english_first(text: str) -> None:
    locales = read_locales(text)

    assert sorted(locales) == list(THIRTEEN)
    assert locales[0] == "en_US"


@pytest.mark.parametrize(
    ("text", "locales"),
    [
        ("en_US", ("en_US",)),
        ("de_DE,en_US", ("de_DE", "en_US")),
        (" de_DE , en_US ,", ("de_DE", "en_US")),
        ("fr_FR,de_DE,fr_FR", ("fr_FR", "de_DE")),
    ],
)
def test_locales_keep_their_order_without_blanks_and_repeats(text: str, locales: tuple[str, ...]) -> None:
    assert read_locales(text) == locales


@pytest.mark.parametrize("text", ["en-US", "EN_us", "en", "en_GB", "en_US;de_DE", "en_US,all", "xx_XX"])
def test_an_unknown_locale_is_named_together_with_the_known_ones(text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_locales(text)

    assert refusal.value.field == "CATALOG_LOCALES"
    assert repr(text.rsplit(",", maxsplit=1)[-1]) in str(refusal.value)
    assert all(locale in refusal.value.resolution for locale in THIRTEEN)


def test_the_modern_spelling_of_indonesian_is_answered_with_linkedins() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_locales("en_US,id_ID")

    assert "id_ID" in str(refusal.value)
    assert "in_ID" in refusal.value.resolution


@pytest.mark.parametrize("text", ["", "  ", ",", " , ,"])
def test_no_locale_at_all_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_locales(text)

    assert refusal.value.field == "CATALOG_LOCALES"
    assert "all" in refusal.value.resolution
