"""A worker may die between any two changes it makes: each such point is tried, and the graph is the undisturbed one.

The changes of a whole life (start, collecting, assembling, `latest.json`, the events) are counted in an undisturbed
run; then the life is lived again once per change, killed just before it, and driven on as AWS would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cache

import msgspec
import pytest

from learning_graph.runs.manifest import Latest, read_manifest
from learning_graph.values import keys
from learning_graph.values.clock import MILLISECONDS_A_DAY
from tests.fakes.effects import Killed
from tests.unit.runs_lifecycle.account import NOW, NOW_MS, Account, Item, Sitting, small_account
from tests.unit.runs_lifecycle.world import ACTIVITY, CATALOG, World, facts_of, settings_of

FORTNIGHT = settings_of(lookback_days=14)


def first_run(world: World) -> str:
    return world.start("now", settings=FORTNIGHT).run_id


def first_run_page_by_page(world: World) -> str:
    world.pages = 1
    return first_run(world)


def later_run(world: World) -> str:
    """An incremental run over an earlier snapshot, while the account has moved on."""
    return world.start("later", settings=FORTNIGHT).run_id


def earlier_snapshot(world: World) -> None:
    world.start("earlier", at=NOW.replace(day=18), settings=FORTNIGHT)
    world.settle()
    move_on(world.account)


def move_on(account: Account) -> None:
    account.items[1].retired, account.items[1].updated = True, NOW_MS - MILLISECONDS_A_DAY
    account.items.append(Item("urn:li:lyndaCourse:4", "COURSE", "New course", updated=NOW_MS - 1000))
    account.sittings.append(Sitting(account.people[3].profile, "urn:li:lyndaCourse:4", 0.5, completed=True))


def nothing(_world: World) -> None:
    """Begin with an empty bucket."""


LIVES: dict[str, tuple[Callable[[World], None], Callable[[World], str]]] = {
    "first": (nothing, first_run),
    "page-by-page": (nothing, first_run_page_by_page),
    "incremental": (earlier_snapshot, later_run),
}


@cache
def undisturbed_life(name: str) -> tuple[World, str, int]:
    """The world after that life, its run, and how many changes the run made."""
    before, begin = LIVES[name]
    world = World(small_account())
    before(world)
    done = len(world.effects.done)
    run_id = begin(world)
    world.settle()
    assert world.manifest(run_id).status == "SUCCEEDED"
    return world, run_id, len(world.effects.done) - done


def points(life: str) -> Iterator[int]:
    yield from range(undisturbed_life(life)[2])


@pytest.mark.parametrize("life", LIVES)
def test_killed_before_any_change_the_run_ends_with_the_undisturbed_graph(life: str) -> None:
    reference, run_id, _ = undisturbed_life(life)
    for point in points(life):
        world = World(small_account())
        before, begin = LIVES[life]
        before(world)
        killed_at = live_until_killed(world, begin, point)
        assert_sound(world)
        world.settle()
        told = f"killed before change {point}: {killed_at}"
        assert world.snapshot(run_id) == reference.snapshot(run_id), told
        assert facts_of(world.manifest(run_id)) == facts_of(reference.manifest(run_id)), told
        assert world.latest == reference.latest, told
        assert ("Graph Snapshot Ready", run_id) in [(kind, detail["runId"]) for kind, detail in world.bus.sent], told
        assert_sound(world)


def live_until_killed(world: World, begin: Callable[[World], str], point: int) -> str:
    """Drive a life to its kill, and start it again where start_run itself was killed; return the change it missed."""
    killed: list[str] = []
    world.effects.kill_before(point)
    strike = world.effects.before

    def note(effect: str) -> None:
        try:
            strike(effect)
        except Killed:
            killed.append(effect)
            raise

    world.effects.before = note
    try:
        begin(world)
    except Killed:
        # EventBridge invokes asynchronously: Lambda brings the same event again.
        world.effects.spare()
        begin(world)
    while not killed and any(world.deliver(name) for name in world.queues):
        continue
    world.effects.spare()
    return killed[0] if killed else "nothing"


def assert_sound(world: World) -> None:
    """Whatever stands in the bucket is true: no manifest, and so no `latest.json`, that its files do not bear out."""
    runs = [run for run in world.bucket.folders("graph/") if keys.RUN_ID.fullmatch(run)]
    for manifest in filter(None, (read_manifest(world.bucket, run) for run in runs)):
        for file in manifest.files:
            data = world.bucket.objects.get(file.key, b"")
            assert hashlib.sha256(data).hexdigest() == file.sha256, f"{file.key} is not what its manifest says"
    stored = world.bucket.objects.get(keys.LATEST)
    if stored is not None:
        latest = msgspec.json.decode(stored, type=Latest)
        assert read_manifest(world.bucket, latest.run_id) is not None
    assert world.latest == sorted(world.latest)


@pytest.mark.parametrize("times", [2, 4])
def test_killed_again_at_every_delivery_but_the_last_the_run_still_succeeds(times: int) -> None:
    """SQS delivers five times: a worker that dies as often as it may, always before the same change."""
    reference, run_id, _ = undisturbed_life("first")
    for name in (CATALOG, ACTIVITY, "assembly.fifo"):
        world = World(small_account())
        first_run(world)
        deaths = 0
        while any(world.deliver(queue) for queue in world.queues if queue != name):
            continue
        for _ in range(times):
            world.clock.advance(max(0.0, world.next_wait()))
            world.effects.kill_before(1)
            deaths += world.deliver(name)
            world.effects.spare()
        world.settle()
        assert deaths == times
        assert world.snapshot(run_id) == reference.snapshot(run_id)


def test_a_part_that_was_altered_is_read_again_wherever_the_assembly_dies() -> None:
    reference, run_id, _ = undisturbed_life("first")
    most = 60
    for point in range(most):
        world = World(small_account())
        first_run(world)
        while any(world.deliver(name) for name in (CATALOG, ACTIVITY)):
            continue
        for key in [key for key in world.bucket.objects if "/parts/course-activity/" in key][:1]:
            world.bucket.objects[key] = world.bucket.objects[key][:-9]
        world.effects.kill_before(point)
        while any(world.deliver(name) for name in world.queues):
            continue
        world.effects.spare()
        was_killed = world.open_runs()
        world.settle()
        assert world.snapshot(run_id) == reference.snapshot(run_id), f"killed before change {point}"
        assert facts_of(world.manifest(run_id)) == facts_of(reference.manifest(run_id))
        if not was_killed:
            return
    pytest.fail(f"the life has more than {most} changes")
