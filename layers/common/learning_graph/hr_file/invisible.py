"""Invisible characters: two texts that differ only in them look the same.

The ranges are listed, so that every version of Python refuses the same characters: the Unicode categories Cc and
Cf, the line and paragraph separators, variation selectors, and what Unicode declares as ignorable by default (Unicode
16.0, DerivedCoreProperties.txt), the fillers of Hangul among it.
"""

from __future__ import annotations

import re
from typing import Final

_RANGES: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANKS: Final = r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = re.compile(f"[{_RANGES}]")
_INVISIBLE_OR_BLANK = re.compile(f"[{_RANGES}{_BLANKS}]")
_NAMES: Final = {
    0x00: "NUL",
    0x09: "tab",
    0x0A: "line break",
    0x0D: "carriage return",
    0xA0: "no-break space",
    0xAD: "soft hyphen",
    0x200B: "zero width space",
    0x200C: "zero width non-joiner",
    0x200D: "zero width joiner",
    0x200E: "left-to-right mark",
    0x200F: "right-to-left mark",
    0x202A: "left-to-right embedding",
    0x202B: "right-to-left embedding",
    0x202C: "pop directional formatting",
    0x202D: "left-to-right override",
    0x202E: "right-to-left override",
    0x202F: "narrow no-break space",
    0x2060: "word joiner",
    0x3000: "ideographic space",
    0xFEFF: "byte order mark",
}


def find_invisible(text: str, *, blanks: bool = False) -> tuple[int, str] | None:
    """Return the index and the name of the first invisible character; with `blanks` also of unusual spaces."""
    found = (_INVISIBLE_OR_BLANK if blanks else _INVISIBLE).search(text)
    return (found.start(), character_name(found[0])) if found else None


def remove_invisible(text: str) -> tuple[str, list[str]]:
    """Return a text without invisible characters, and the names of those removed; tabs and line breaks are kept."""
    found = dict.fromkeys(character for character in _INVISIBLE.findall(text) if character not in "\t\n\r")
    return "".join(character for character in text if character not in found), list(map(character_name, found))


def character_name(character: str) -> str:
    """Return a character's code point, with its name where it is a common one: `U+200B (zero width space)`."""
    code = ord(character)
    return f"U+{code:04X} ({_NAMES[code]})" if code in _NAMES else f"U+{code:04X}"
