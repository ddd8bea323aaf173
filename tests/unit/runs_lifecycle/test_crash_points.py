"""A worker may die between any two changes it makes: each such point is tried, and the graph is the undisturbed one.

The changes of an undisturbed life are counted; then it is lived again once per change, killed just before it, and
driven on as AWS would: the message comes back, the start event is sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

import msgspec
import pytest

from learning_graph.runs.run_documents import read_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Latest
from tests.fakes.effects import Killed
from tests.unit.runs_lifecycle.account import NOW, Account, sitting, small_account
from tests.unit.runs_lifecycle.world import ACTIVITY, ASSEMBLY, CATALOG, World, distinct_changes, facts_of, settings_of

FORTNIGHT = settings_of(lookback_days=14)
SHARDS = (CATALOG, ACTIVITY)
ENOUGH = 200
NEW_COURSE = "urn:li:lyndaCourse:4"


def first(world: World) -> None:
    """Begin with an empty bucket."""


def page_by_page(world: World) -> None:
    """Every invocation has time for one page."""
    world.pages = 1


def incremental(world: World) -> None:
    """Begin with an earlier snapshot, while the account has moved on."""
    world.start("earlier", at=NOW.replace(day=18), settings=FORTNIGHT)
    world.settle()
    move_on(world.account)


def move_on(account: Account) -> None:
    account.change(
        {"action": "retire", "urn": account.urns("COURSE")[0]},
        {"action": "add-asset", "urn": NEW_COURSE, "type": "COURSE", "title": "New course"},
        sitting(account.people[3], NEW_COURSE, 0.5, completed=True),
    )


LIVES: dict[str, Callable[[World], None]] = {"first": first, "page by page": page_by_page, "incremental": incremental}


class Life:
    """An undisturbed life: the world before it, when its shards are read, and when it has ended."""

    def __init__(self, prepare: Callable[[World], None]) -> None:
        self.before = World(small_account())
        prepare(self.before)
        self.collected = self.before.copy()
        self.run_id = start(self.collected)
        self.collected.drain(*SHARDS)
        self.ended = self.collected.copy()
        self.ended.settle()
        assert self.ended.manifest(self.run_id).status == "SUCCEEDED"


@cache
def life_of(name: str) -> Life:
    return Life(LIVES[name])


def start(world: World) -> str:
    return world.start("now", settings=FORTNIGHT).run_id


def kill_before(world: World, point: int) -> list[str]:
    """Kill the worker before that change from now on; return a list that will hold the change."""
    struck: list[str] = []
    world.effects.kill_before(point)
    strike = world.effects.before

    def note(effect: str) -> None:
        try:
            strike(effect)
        except Killed:
            struck.append(effect)
            raise

    world.effects.before = note
    return struck


@pytest.mark.parametrize("name", LIVES)
def test_killed_before_any_change_of_starting_and_collecting_the_run_holds_the_same(name: str) -> None:
    life = life_of(name)
    for point in range(ENOUGH):
        world = life.before.copy()
        struck = kill_before(world, point)
        try:
            start(world)
        except Killed:
            # EventBridge invokes asynchronously: Lambda brings the same event again.
            world.effects.spare()
            start(world)
        while not struck and any(world.deliver(queue) for queue in SHARDS):
            continue
        world.effects.spare()
        world.drain(*SHARDS)
        while (wait := world.next_wait(*SHARDS)) is not None:
            world.clock.advance(wait)
            world.drain(*SHARDS)
        assert work_of(world) == work_of(life.collected), f"killed before change {point}: {struck}"
        assert world.queues[ASSEMBLY].messages, "nobody asked for the assembly"
        if not struck:
            return
    pytest.fail(f"the life has more than {ENOUGH} changes")


@pytest.mark.parametrize("name", ["first", "incremental"])
def test_killed_before_any_change_of_assembling_the_graph_is_the_undisturbed_one(name: str) -> None:
    life = life_of(name)
    changes = life.ended.effects.done
    for point in distinct_changes(changes):
        world = life.collected.copy()
        struck = kill_before(world, point)
        while not struck and any(world.deliver(queue) for queue in world.queues):
            continue
        world.effects.spare()
        assert struck[:1] == changes[point : point + 1]
        assert_sound(world)
        world.settle()
        assert_ended_like(life, world, f"killed before change {point}: {struck}")


def test_a_part_that_was_altered_is_read_again_wherever_the_assembly_dies() -> None:
    life = life_of("first")
    for point in range(ENOUGH):
        world = life.collected.copy()
        altered = next(key for key in world.bucket.objects if "/parts/course-activity/" in key)
        world.bucket.objects[altered] = world.bucket.objects[altered][:-9]
        struck = kill_before(world, point)
        while not struck and any(world.deliver(queue) for queue in world.queues):
            continue
        world.effects.spare()
        world.settle()
        assert_ended_like(life, world, f"killed before change {point}: {struck}")
        # The changes after the second reading are those of any assembly, which the test above goes through.
        if not struck or struck[0].startswith("upload"):
            return
    pytest.fail(f"the life has more than {ENOUGH} changes")


@pytest.mark.parametrize("name", [*SHARDS, ASSEMBLY])
def test_a_worker_that_dies_at_every_delivery_but_the_last_loses_nothing(name: str) -> None:
    """SQS delivers five times."""
    life = life_of("first")
    world = life.collected.copy() if name == ASSEMBLY else life.before.copy()
    if name != ASSEMBLY:
        start(world)
    world.drain(*(queue for queue in world.queues if queue != name))
    for _ in range(4):
        world.effects.kill_before(0)
        world.drain(name)
        world.effects.spare()
        world.clock.advance(world.next_wait(name) or 0)
    world.settle()
    assert_ended_like(life, world, f"four deaths on {name}")


def work_of(world: World) -> dict[str, bytes]:
    """Plan, parts and outcomes; a word left behind about a failed delivery is no result."""
    return {
        key: data
        for key, data in world.bucket.objects.items()
        if key.startswith("runs/") and "/last-errors/" not in key
    }


def assert_ended_like(life: Life, world: World, told: str) -> None:
    assert world.snapshot(life.run_id) == life.ended.snapshot(life.run_id), told
    assert facts_of(world.manifest(life.run_id)) == facts_of(life.ended.manifest(life.run_id)), told
    assert world.latest == life.ended.latest, told
    assert ("Graph Snapshot Ready", life.run_id) in [(kind, detail["runId"]) for kind, detail in world.bus.sent], told
    assert_sound(world)


def assert_sound(world: World) -> None:
    """Whatever stands in the bucket is true: no manifest, and so no `latest.json`, that its files do not bear out."""
    runs = [run for run in world.bucket.folders("graph/") if graph_bucket.RUN_ID.fullmatch(run)]
    for manifest in filter(None, (read_manifest(world.bucket, run) for run in runs)):
        for file in manifest.files:
            data = world.bucket.objects.get(file.key, b"")
            assert hashlib.sha256(data).hexdigest() == file.sha256, f"{file.key} is not what its manifest says"
    stored = world.bucket.objects.get(graph_bucket.LATEST)
    if stored is not None:
        latest = msgspec.json.decode(stored, type=Latest)
        assert read_manifest(world.bucket, latest.run_id) is not None
    assert world.latest == sorted(world.latest)
