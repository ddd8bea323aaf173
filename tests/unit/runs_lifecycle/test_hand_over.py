"""A listing whose rows move while it is read, within an invocation or between two, loses none of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from learning_graph.linkedin.paging import Page
from learning_graph.linkedin.queries import Query
from tests.fakes.linkedin import listing_of
from tests.unit.runs_lifecycle.account import Account, Person, small_account
from tests.unit.runs_lifecycle.world import World, settings_of

FORTNIGHT = settings_of(lookback_days=14)
USER = "linkedin_learning_user"
PROFILE = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{})"


QUIET, LEAVER, NEWCOMER = PROFILE.format(3), PROFILE.format(76), PROFILE.format(77)


def joins(account: Account) -> None:
    """Every row moves one place on: the last one of a page is the first one of the next."""
    account.people.insert(0, Person(NEWCOMER, "Newcomer"))


def leaves(account: Account) -> None:
    """Every row moves one place back: one of them slips over the border and is never shown."""
    account.people.pop(0)


@pytest.mark.parametrize("pages", [None, 1], ids=["in one invocation", "handed on after each page"])
@pytest.mark.parametrize("change", [joins, leaves])
def test_rows_that_move_while_a_listing_is_read_are_all_in_the_graph(
    change: Callable[[Account], None], pages: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = small_account(page_size=2)
    # Pages of two: the quiet one, whom no other listing names, stands behind the first border.
    first, second, third, quiet = account.people
    account.people = [Person(LEAVER, "Leaver"), first, quiet, second, third]
    assert quiet.profile == QUIET
    world = World(account, pages=pages)
    answered = [0]
    page = account.page

    def moving(query: Query, start: int) -> Page:
        found = page(query, start)
        if listing_of(query).startswith("learners/"):
            answered[0] += 1
            if answered[0] == 1:
                change(account)
        return found

    monkeypatch.setattr(account, "page", moving)
    run_id = world.start("now", settings=FORTNIGHT).run_id
    world.settle()
    manifest = world.manifest(run_id)
    assert manifest.status == "SUCCEEDED"
    # Who left was seen before; who came, and everybody who stayed, must be there.
    assert world.keys_of(run_id, USER) == {person.profile for person in account.people} | {LEAVER}
