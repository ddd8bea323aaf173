"""A section comes back as it was written, in few bytes and always the same ones."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_graph.reports.page.section import Section, differences, framed_by_digits, framed_by_domain


def opened(section: Section) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Read a section as the page's script does."""
    plain = gzip.decompress(base64.b64decode(section.encoded()))
    size = int.from_bytes(plain[:4], "little")
    header = json.loads(plain[4 : 4 + size])
    offset, columns = 4 + size, {}
    for name, width, count in header["columns"]:
        planes = [plain[offset + plane * count : offset + (plane + 1) * count] for plane in range(width)]
        columns[name] = [sum(byte << 8 * place for place, byte in enumerate(row)) for row in zip(*planes, strict=True)]
        offset += width * count
    assert offset == len(plain)
    return header["values"], columns


def texts(values: dict[str, Any], columns: dict[str, list[int]], name: str) -> list[str]:
    """Fill frames as the page's script does."""
    found = []
    for rest, place in zip(values[name], columns[f"{name}Frame"], strict=True):
        frame = values[f"{name}Frames"][place].split("#")
        pieces = [rest] if len(frame) == 2 else rest.split(",")
        found.append("".join(part + piece for part, piece in zip(frame, [*pieces, ""], strict=True)))
    return found


@settings(deadline=None)
@given(st.lists(st.integers(0, 1 << 53)), st.lists(st.integers(0, 255)))
def test_columns_come_back_whatever_their_size(wide: list[int], narrow: list[int]) -> None:
    section = Section("numbers")
    section.column("wide", wide)
    section.column("narrow", narrow)
    assert opened(section)[1] == {"wide": wide, "narrow": narrow}


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(OverflowError):
        Section("numbers").column("below", [-1])


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_values_come_back_and_the_bytes_are_always_the_same(values: dict[str, str]) -> None:
    first, second = Section("values"), Section("values")
    for section in (first, second):
        for name, value in values.items():
            section.value(name, value)
    assert opened(first)[0] == values
    assert first.encoded() == second.encoded()


def test_half_a_character_does_not_stop_the_page() -> None:
    section = Section("values")
    section.value("name", "half \ud83d")
    assert opened(section)[0] == {"name": "half ?"}


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text("a1#,:(@)", max_size=9), st.integers(0, 999).map(lambda n: f"urn:li:x:(urn:li:y:{n},{n * 7})")
        )
    )
)
def test_urns_come_back_from_their_frames(keys: list[str]) -> None:
    section = Section("keys")
    section.framed("keys", [framed_by_digits(key) for key in keys])
    assert texts(*opened(section), "keys") == keys


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text("a@#,.", max_size=9), st.sampled_from(["x@y.example", "x,z@y.example"]))))
def test_addresses_come_back_from_their_frames(addresses: list[str | None]) -> None:
    section = Section("emails")
    section.framed("emails", [framed_by_domain(address) for address in addresses])
    assert texts(*opened(section), "emails") == [address or "" for address in addresses]


def test_differences_begin_at_zero() -> None:
    assert differences([3, 3, 10]) == [3, 0, 7]
