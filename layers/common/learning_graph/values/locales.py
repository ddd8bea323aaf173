"""Locales as `language_COUNTRY`, and the ones LinkedIn Learning offers (API reference §4.9)."""

from __future__ import annotations

from learning_graph.values.errors import ConfigurationError

# The older list, which every kind of request accepts; where locales differ in a name, the first one is used.
ESTABLISHED_LOCALES = ("en_US", "de_DE", "es_ES", "fr_FR", "ja_JP", "pt_BR", "zh_CN")
LATER_LOCALES = ("in_ID", "it_IT", "ko_KR", "nl_NL", "pl_PL", "tr_TR")
KNOWN_LOCALES = ESTABLISHED_LOCALES + LATER_LOCALES
ALL = "all"


def read_locales(text: str) -> tuple[str, ...]:
    """Return the locales of a setting such as `en_US,de_DE`, or every known one for `all`.

    Raises:
        ConfigurationError: a locale is unknown or the list is empty.
    """
    if text.strip() == ALL:
        return KNOWN_LOCALES
    locales = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for locale in locales:
        if locale not in KNOWN_LOCALES:
            text = (
                "LinkedIn spells Indonesian in_ID" if locale == "id_ID" else f"choose from {', '.join(KNOWN_LOCALES)}"
            )
            raise ConfigurationError(
                "CATALOG_LOCALES", f"unknown locale {locale!r}", resolution=f"{text}, or write {ALL}."
            )
    if not locales:
        raise ConfigurationError(
            "CATALOG_LOCALES", "is empty", resolution=f"Name locales such as en_US,de_DE, or {ALL}."
        )
    return locales
