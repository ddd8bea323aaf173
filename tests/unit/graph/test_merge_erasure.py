"""An erased learner is in no later snapshot, whatever rows and earlier snapshots still hold (ADR 0007)."""

from __future__ import annotations

import pytest

from learning_graph.values.erasure import identity_hashes
from tests.unit.graph.merging import COURSE, KIM, ROBIN, Rows, engaged, learner, merged, sha256

PROFILE_HASH = sha256(f"profileUrn:{ROBIN}")
ID_HASH = sha256("uniqueUserId:E1001")
MAIL_HASH = sha256("email:robin@example.com")


def this_run() -> tuple[Rows, Rows]:
    robin = engaged(unique_user_id="E1001", email="Robin@Example.com")
    return (
        Rows([learner(ROBIN, "E1001", "Robin@Example.com"), learner(KIM, name="Kim")], window=(14, 14)),
        Rows([robin, engaged(profile_urn=KIM, name="Kim")], "COURSE", (14, 14)),
    )


@pytest.mark.parametrize("known", [PROFILE_HASH, ID_HASH, MAIL_HASH])
def test_rows_of_an_erased_learner_are_not_taken_in_whichever_identifier_is_known(known: str) -> None:
    snapshot = merged(*this_run(), erased=frozenset({known}))

    assert list(snapshot.users) == [KIM]
    assert snapshot.assigned(ROBIN, COURSE) is None
    assert snapshot.assigned(KIM, COURSE) is not None
    assert not any(b"Robin" in line for line in snapshot.lines)
    assert snapshot.dangling == []


@pytest.mark.parametrize("known", [PROFILE_HASH, ID_HASH, MAIL_HASH])
def test_an_erased_learner_is_not_carried_over(known: str) -> None:
    before = merged(*this_run())
    after = merged(bases=[before], erased=frozenset({known}))

    assert list(after.users) == [KIM]
    assert after.assigned(ROBIN, COURSE) is None
    assert after.assigned(KIM, COURSE) == before.assigned(KIM, COURSE)
    assert not any(b"Robin" in line for line in after.lines)
    assert after.dangling == []


def test_an_erased_learner_whose_address_stands_in_the_key_alone_is_not_carried_over() -> None:
    row = engaged(profile_urn=None, email="zoë@example.com", name="Zoë", completed=True)
    before = merged(Rows([row], "COURSE", (14, 14)))
    after = merged(bases=[before], erased=frozenset({sha256("email:zoë@example.com")}))

    assert after.users == {}
    assert after.relationships == {}


def test_an_erasure_of_somebody_else_changes_nothing() -> None:
    before = merged(*this_run())

    assert merged(bases=[before], erased=frozenset({sha256("email:other@example.com")})).users == before.users


@pytest.mark.parametrize("email", ["İpek@example.com", "STRAẞE@example.com", "Zoë@example.com"])
def test_an_erased_address_is_known_again_whatever_the_case_of_its_ascii_letters(email: str) -> None:
    # Other letters are compared as they are: rules for them differ from one library to the next.
    erased = identity_hashes(None, None, email)

    for spelling in (email, email.replace("example", "EXAMPLE")):
        assert merged(Rows([learner(None, None, spelling)], window=(14, 14)), erased=erased).users == {}
