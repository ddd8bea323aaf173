"""A learner is erased while a worker is in the middle of its work: nothing of them is left all the same."""

from __future__ import annotations

import gzip

import pytest

from tests.unit.runs_lifecycle.account import small_account
from tests.unit.runs_lifecycle.world import ACTIVITY, ASSEMBLY, CATALOG, World, settings_of

FORTNIGHT = settings_of(lookback_days=14)
MOST = 60


def traces(world: World, *words: str) -> list[str]:
    """The objects that hold one of the words."""

    def readable(data: bytes) -> bytes:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data

    objects = world.bucket.objects.items()
    return [key for key, data in objects if any(word.encode() in readable(data) for word in words)]


def erase_before(world: World, point: int, profile: str) -> list[str]:
    """Let the erasure run before that change of whoever is at work; return a list that will hold the change."""
    struck: list[str] = []
    left = [point]

    def strike(effect: str) -> None:
        left[0] -= 1
        if left[0] == -1:
            struck.append(effect)
            world.erase(profile)

    world.effects.before = strike
    return struck


@pytest.mark.parametrize("queue", [ACTIVITY, ASSEMBLY])
def test_erased_before_any_change_of_a_worker_nothing_is_left(queue: str) -> None:
    others = [name for name in (CATALOG, ACTIVITY, ASSEMBLY) if name != queue]
    prepared = World(small_account())
    run_id = prepared.start("now", settings=FORTNIGHT).run_id
    while any(prepared.deliver(name) for name in others if queue == ASSEMBLY or name == CATALOG):
        continue
    person = prepared.account.people[0]
    for point in range(MOST):
        world = prepared.copy()
        struck = erase_before(world, point, person.profile)
        while world.deliver(queue):
            continue
        world.effects.spare()
        if not struck:
            return
        world.settle()
        assert world.manifest(run_id).status == "SUCCEEDED"
        assert traces(world, person.profile, person.email or "") == [], f"erased before change {point}: {struck}"
    pytest.fail(f"more than {MOST} changes")
