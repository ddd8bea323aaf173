"""What LinkedIn says in an answer can be stored and logged, whatever bytes it is made of."""

from __future__ import annotations

import msgspec
import pytest

from learning_graph.linkedin.answers import message_of, object_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (rb"refused \ud83d", "refused \ufffd"),
        (b"two\nlines", "two\nlines"),
        (b"caf\xe9", "caf\ufffd"),
        ("Zo\u00eb".encode(), "Zo\u00eb"),
    ],
)
def test_text_that_is_not_allowed_is_repaired(text: bytes, shown: str) -> None:
    body = b'{"message": "%s", "Id": 7}' % text
    assert message_of(body) == shown
    assert object_of(body)["Id"] == 7
    assert msgspec.json.decode(msgspec.json.encode(message_of(body))) == shown


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"message": ', b"\xff"])
def test_a_body_that_is_no_object_has_no_members(body: bytes) -> None:
    assert object_of(body) == {}
