"""What is kept of an erased learner: hashes by which the same person is known again."""

from __future__ import annotations

from hashlib import sha256

from learning_graph.values.erasure import erasure_key, identity_hashes

PROFILE = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"


def test_each_identifier_has_a_hash_of_its_own_kind() -> None:
    assert identity_hashes(PROFILE, "E1001", "robin@example.com") == {
        sha256(f"profileUrn:{PROFILE}".encode()).hexdigest(),
        sha256(b"uniqueUserId:E1001").hexdigest(),
        sha256(b"email:robin@example.com").hexdigest(),
    }


def test_letter_case_matters_in_no_address_but_in_an_id() -> None:
    assert identity_hashes(None, None, "Robin@Example.COM") == identity_hashes(None, None, "robin@example.com")
    assert identity_hashes(None, "e1001", None) != identity_hashes(None, "E1001", None)


def test_an_address_used_as_an_id_is_not_taken_for_the_address() -> None:
    assert not identity_hashes(None, "robin@example.com", None) & identity_hashes(None, None, "robin@example.com")


def test_what_is_not_given_leaves_no_hash() -> None:
    assert identity_hashes(None, None, None) == frozenset()
    assert identity_hashes("", "", "") == frozenset()


def test_an_erasure_lies_outside_what_expires_and_what_is_a_snapshot() -> None:
    assert erasure_key("ab12") == "erasures/ab12.json"
