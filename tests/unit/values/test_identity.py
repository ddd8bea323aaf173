"""Two spellings of one identifier are compared in one form."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.values.identity import comparable_email, comparable_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (" Robin@Example.com\n", "robin@example.com"),
        ("zoe\u0308@example.com", "ZO\u00cb@example.com"),
        ("J\u030c@example.com", "\u01f0@example.com"),  # a capital J with a caron has no sign of its own
    ],
)
def test_addresses_of_one_person(one: str, other: str) -> None:
    assert comparable_email(one) == comparable_email(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("wei\u00df@example.com", "weiss@example.com"), ("\ufb03@example.com", "ffi@example.com")],
)
def test_addresses_of_two_people(one: str, other: str) -> None:
    assert comparable_email(one) != comparable_email(other)


def test_ids_are_compared_with_their_case() -> None:
    assert comparable_id(" e\u0301 1 ") == comparable_id("\u00e9 1")
    assert comparable_id("e1") != comparable_id("E1")


@given(st.text())
def test_the_form_of_a_form_is_the_form(text: str) -> None:
    for comparable in (comparable_email, comparable_id):
        form = comparable(text)
        assert comparable(form) == form
        assert comparable(unicodedata.normalize("NFD", text)) == form
