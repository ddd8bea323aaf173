"""What is kept of an erased learner: keyed hashes by which the same person is known again."""

from __future__ import annotations

import hmac

import pytest

from learning_graph.store.graph_bucket import erased_hash, erasure_key
from learning_graph.values.erasure import identifying_hashes, identity_hashes

KEY = b"0123456789abcdef"
PROFILE = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"


def test_each_identifier_has_a_keyed_hash_of_its_own_kind() -> None:
    named = (f"profileUrn:{PROFILE}", "uniqueUserId:E1001", "email:robin@example.com")

    assert identity_hashes(KEY, PROFILE, "E1001", "robin@example.com") == {
        hmac.new(KEY, text.encode(), "sha256").hexdigest() for text in named
    }


def test_another_key_gives_other_hashes() -> None:
    assert not identity_hashes(KEY, PROFILE, "", "") & identity_hashes(b"another key 0000", PROFILE, "", "")


def test_an_address_used_as_an_id_is_not_taken_for_the_address() -> None:
    assert not identity_hashes(KEY, "", "robin@example.com", "") & identity_hashes(KEY, "", "", "robin@example.com")


def test_what_is_not_given_leaves_no_hash() -> None:
    assert identity_hashes(KEY, "", "", "") == frozenset()


@pytest.mark.parametrize("stronger", [{"profile_urn": PROFILE}, {"unique_user_id": "E1"}])
def test_an_address_identifies_only_where_nothing_else_does(stronger: dict[str, str]) -> None:
    named = {"profile_urn": "", "unique_user_id": "", "email": "team@example.com"}

    assert identifying_hashes(KEY, **named) == identity_hashes(KEY, "", "", "team@example.com")
    assert not identifying_hashes(KEY, **(named | stronger)) & identity_hashes(KEY, "", "", "team@example.com")


def test_an_erasure_lies_outside_what_expires_and_what_is_a_snapshot() -> None:
    assert erasure_key("ab12") == "erasures/ab12.json"
    assert erased_hash("erasures/ab12.json") == "ab12"
