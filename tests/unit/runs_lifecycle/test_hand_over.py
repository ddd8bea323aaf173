"""A listing whose rows move while it is read, within an invocation or between two, loses none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from local.simulator.model import Learner
from tests.fakes.linkedin import Call, Reply
from tests.unit.runs_lifecycle.account import Account
from tests.unit.runs_lifecycle.world import World, settings_of

USER = "linkedin_learning_user"
Change = Callable[[list[Learner]], list[Learner]]


def joins(learners: list[Learner]) -> list[Learner]:
    """Every row moves one place on: the last one of a page is the first one of the next."""
    return [replace(learners[0], urn="urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,1)"), *learners]


def leaves(learners: list[Learner]) -> list[Learner]:
    """Every row moves one place back: one of them slips over the border and is never shown."""
    return learners[1:]


class MovingAccount(Account):
    """Learners change after the first page of them; nobody is active, so that no other listing names them."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._move: Change | None = change

    def resource(self, call: Call) -> Reply:
        reply = super().resource(call)
        if self._move and call.place[0].startswith("learners/"):
            moved = self._move(self.account.learners)
            self.account.learners[:] = [replace(learner, index=place) for place, learner in enumerate(moved)]
            self.account.touch()
            self._move = None
        return reply


@pytest.mark.parametrize("pages", [None, 1], ids=["in one invocation", "handed on after each page"])
@pytest.mark.parametrize("change", [joins, leaves])
def test_rows_that_move_while_a_listing_is_read_are_all_in_the_graph(change: Change, pages: int | None) -> None:
    account = MovingAccount(change)
    before = account.people
    world = World(account, pages=pages)
    run_id = world.start("now", settings=settings_of(lookback_days=14)).run_id
    world.settle()

    assert world.manifest(run_id).status == "SUCCEEDED"
    assert account.people != before
    # Who left was seen before; who came, and everybody who stayed, must be there.
    assert world.keys_of(run_id, USER) == {person.profile for person in [*before, *account.people]}
