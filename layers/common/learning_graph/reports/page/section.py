"""How the page carries data: named sections, each gzip in base64, opened by the page's script when it needs them.

A section is, before compression: the length of its header (4 bytes, little-endian), the header as JSON
`{"values": {name: JSON}, "columns": [[name, width, count], …]}`, and the columns one after another. A column of
unsigned integers of `width` bytes is stored plane by plane: first the lowest byte of every number, then the next. A
plane of high bytes is nearly constant and compresses to almost nothing (measured: a tenth less than variable-length
numbers, a fifth less than JSON).
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

_TYPECODES: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_LEVEL: Final = 8
_MIN_USES: Final = 8  # of a frame, for which it pays to list it
_DIGITS = re.compile(r"\d+")


class Section:
    """Values and columns of one part of the page, under the id `section-<name>`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[str, Any] = {}
        self._columns: list[tuple[str, int, bytes]] = []

    def value(self, name: str, value: Any) -> None:
        """Add a value that JSON can hold."""
        self._values[name] = value

    def column(self, name: str, numbers: Iterable[int]) -> None:
        """Add whole numbers from 0 to 2**53, in as many bytes each as the largest needs.

        Raises:
            OverflowError: a number is negative or too large.
        """
        wide = array("Q", numbers)
        largest = max(wide, default=0)
        width = next(width for width in _TYPECODES if largest < 1 << 8 * width)
        narrow = array(_TYPECODES[width], wide).tobytes()
        self._columns.append((name, width, b"".join(narrow[place::width] for place in range(width))))

    def framed(self, name: str, frames_and_rests: Sequence[tuple[str, str]]) -> None:
        """Add similar texts, such as URNs: a few frames with `#` for the differing parts, and those parts of each text.

        Where a frame has several `#`, the rest has as many pieces with commas in between.
        """
        uses = Counter(frame for frame, _ in frames_and_rests)
        frames = ["#", *sorted(frame for frame, count in uses.items() if count >= _MIN_USES and frame != "#")]
        place = {frame: number for number, frame in enumerate(frames)}
        self.value(f"{name}Frames", frames)
        self.value(name, [rest if frame in place else _filled(frame, rest) for frame, rest in frames_and_rests])
        self.column(f"{name}Frame", [place.get(frame, 0) for frame, _ in frames_and_rests])

    def encoded(self) -> str:
        """Return the section as the page holds it: gzip in base64. The same content gives the same text."""
        columns = [[name, width, len(planes) // width] for name, width, planes in self._columns]
        header = json.dumps(
            {"values": self._values, "columns": columns}, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode(errors="replace")
        plain = b"".join([len(header).to_bytes(4, "little"), header, *(planes for _, _, planes in self._columns)])
        return base64.b64encode(gzip.compress(plain, _LEVEL, mtime=0)).decode()


def framed_by_digits(text: str) -> tuple[str, str]:
    """Return a URN's frame, `#` for each of its numbers, and the numbers with commas in between."""
    numbers = _DIGITS.findall(text)
    if not numbers or "#" in text:
        return "#", text
    return _DIGITS.sub("#", text), ",".join(numbers)


def framed_by_domain(address: str | None) -> tuple[str, str]:
    """Return an e-mail address as `#@<domain>` and what stands before; an empty text for none."""
    local, at, domain = (address or "").rpartition("@")
    return (f"#@{domain}", local) if at and "#" not in domain else ("#", address or "")


def _filled(frame: str, rest: str) -> str:
    pieces = iter(rest.split(",") if frame.count("#") > 1 else [rest])
    return "".join(next(pieces) if letter == "#" else letter for letter in frame)


def differences(numbers: Iterable[int]) -> list[int]:
    """Return each number less the one before, the first less 0; the numbers must not fall."""
    before, found = 0, []
    for number in numbers:
        found.append(number - before)
        before = number
    return found
