"""An erased learner is in no later snapshot, whatever rows and earlier snapshots still hold (ADR 0007)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from learning_graph.values.erasure import identifying_hashes, identity_hashes
from tests.unit.graph.merging import COURSE, KIM, ROBIN, Rows, engaged, learner, merged

KEY = b"0123456789abcdef"


def erased(profile_urn: str = "", unique_user_id: str = "", email: str = "") -> Callable[[str, str, str], bool]:
    """Return the question whether a row names the learner with these identifiers."""
    noted = identity_hashes(KEY, profile_urn, unique_user_id, email)
    return lambda *named: bool(identifying_hashes(KEY, *named) & noted)


def this_run() -> tuple[Rows, Rows]:
    robin = engaged(unique_user_id="E1001", email="Robin@Example.com")
    return (
        Rows([learner(ROBIN, "E1001", "Robin@Example.com"), learner(KIM, name="Kim")], window=(14, 14)),
        Rows([robin, engaged(profile_urn=KIM, name="Kim")], "COURSE", (14, 14)),
    )


@pytest.mark.parametrize("known", [{"profile_urn": ROBIN}, {"unique_user_id": "E1001"}])
def test_rows_of_an_erased_learner_are_not_taken_in_whichever_identifier_is_known(known: dict[str, str]) -> None:
    snapshot = merged(*this_run(), is_erased=erased(**known))

    assert list(snapshot.users) == [KIM]
    assert snapshot.assigned(ROBIN, COURSE) is None
    assert snapshot.assigned(KIM, COURSE) is not None
    assert not any(b"Robin" in line for line in snapshot.lines)
    assert snapshot.dangling == []


@pytest.mark.parametrize("known", [{"profile_urn": ROBIN}, {"unique_user_id": "E1001"}])
def test_an_erased_learner_is_not_carried_over(known: dict[str, str]) -> None:
    before = merged(*this_run())
    after = merged(bases=[before], is_erased=erased(**known))

    assert list(after.users) == [KIM]
    assert after.assigned(ROBIN, COURSE) is None
    assert after.assigned(KIM, COURSE) == before.assigned(KIM, COURSE)
    assert not any(b"Robin" in line for line in after.lines)
    assert after.dangling == []


def test_an_erased_learner_known_by_the_address_alone_is_not_carried_over() -> None:
    row = engaged(profile_urn=None, email="Zo\u00eb@example.com", name="Zoë")
    before = merged(Rows([row], "COURSE", (14, 14)))
    after = merged(bases=[before], is_erased=erased(email="zo\u00eb@example.com"))

    assert after.users == {}
    assert after.relationships == {}


def test_who_has_the_address_of_an_erased_learner_and_a_profile_of_their_own_stays() -> None:
    run = Rows([learner(KIM, None, "robin@example.com", "Kim")], window=(14, 14))

    assert list(merged(run, is_erased=erased(email="robin@example.com")).users) == [KIM]


def test_an_erasure_of_somebody_else_changes_nothing() -> None:
    before = merged(*this_run())

    assert merged(bases=[before], is_erased=erased(email="other@example.com")).users == before.users
