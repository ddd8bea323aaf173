"""A learner is erased while a worker is in the middle of its work: nothing of them is left all the same."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import threading
from datetime import timedelta
from functools import cache
from pathlib import Path

import duckdb
import pytest

from learning_graph.runs.erase_learner import read_request
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.store import graph_bucket
from learning_graph.values.erasure import identity_hashes, mark_of_key
from learning_graph.values.errors import ConfigurationError
from tests.fakes.effects import Killed
from tests.unit.runs_lifecycle.account import NOW, small_account
from tests.unit.runs_lifecycle.world import (
    ACTIVITY,
    ASSEMBLY,
    CATALOG,
    PSEUDONYM_KEY,
    World,
    distinct_changes,
    settings_of,
)

FORTNIGHT = settings_of(lookback_days=14)


@cache
def readable(data: bytes) -> bytes:
    """Return an object's content as text; most objects of a world are those of another."""
    if data[:4] == b"PAR1":
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as db:
            Path(file.name).write_bytes(data)
            return json.dumps(db.execute("from read_parquet(?)", [file.name]).fetchall(), default=str).encode()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def traces(world: World, *words: str) -> list[str]:
    """The objects that hold one of the words."""
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

    world.effects.meanwhile = strike
    return struck


def prepared(queue: str) -> World:
    """A world whose run has everything before it that the work of this queue needs, the second round included."""
    world = World(small_account())
    world.start("now", settings=FORTNIGHT)
    world.drain(CATALOG, *([ACTIVITY] if queue == ASSEMBLY else []))
    while queue == ASSEMBLY and not world.bucket.exists(graph_bucket.lookups_key(world.open_runs()[0])):
        world.deliver(ASSEMBLY)
    world.drain(CATALOG)
    return world


@pytest.mark.parametrize(
    ("queue", "last"), [(ACTIVITY, "send assembly.fifo"), (ASSEMBLY, "event Graph Snapshot Ready")]
)
def test_erased_before_any_change_of_a_worker_nothing_is_left(queue: str, last: str) -> None:
    before = prepared(queue)
    (run_id,) = before.open_runs()
    person = before.account.people[0]
    trial = before.copy()
    trial.drain(queue)
    changes = trial.effects.done
    assert last in changes
    for point in distinct_changes(changes)[:-1]:
        world = before.copy()
        struck = erase_before(world, point, person.profile)
        world.drain(queue)
        world.effects.spare()
        assert struck == changes[point : point + 1]
        world.settle()
        assert world.manifest(run_id).status == "SUCCEEDED"
        assert traces(world, person.profile, person.email or "") == [], f"erased before change {point}: {struck}"
        assert verified(world, run_id), f"erased before change {point}: {struck}"


def test_an_assembly_that_dies_before_it_could_see_the_erasure_is_made_again() -> None:
    world = prepared(ASSEMBLY)
    (run_id,) = world.open_runs()
    person = world.account.people[0]
    written: list[str] = []

    def strike(effect: str) -> None:
        if written:
            raise Killed(effect)
        if effect == f"write-if-absent {graph_bucket.manifest_key(run_id)}":
            world.erase(person.profile)
            written.append(effect)

    world.effects.meanwhile = strike
    world.drain(ASSEMBLY)
    assert world.bucket.exists(graph_bucket.manifest_key(run_id))
    world.effects.spare()
    world.settle()

    assert world.latest == [run_id]
    assert traces(world, person.profile, person.email or "") == []
    assert verified(world, run_id)


def test_an_erasure_that_overtakes_an_assembly_which_knows_of_it_leaves_a_whole_snapshot() -> None:
    world = prepared(ASSEMBLY)
    (run_id,) = world.open_runs()
    person = world.account.people[0]
    uploaded, swept = threading.Event(), threading.Event()
    assembly = threading.Thread(target=lambda: world.deliver(ASSEMBLY))

    def strike(effect: str) -> None:
        if threading.current_thread() is assembly:
            if effect == f"write-if-absent {graph_bucket.manifest_key(run_id)}":
                uploaded.set()
                swept.wait(60)
        elif "/parts/" in effect and assembly.ident is None:
            assembly.start()  # the learner is noted, and what the assembly uploads is not listed yet
            uploaded.wait(60)

    world.effects.meanwhile = strike
    world.eraser().erase(read_request({"profileUrn": person.profile}))
    swept.set()
    assembly.join(60)
    world.effects.spare()
    world.settle()

    assert world.latest == [run_id]
    assert traces(world, person.profile, person.email or "") == []
    assert verified(world, run_id)


def verified(world: World, run_id: str) -> bool:
    """Whether every file of the snapshot is what its manifest says."""
    return all(
        hashlib.sha256(world.bucket.objects[file.key]).hexdigest() == file.sha256
        for file in world.manifest(run_id).files
    )


def test_whoever_shares_an_identifier_in_any_snapshot_is_erased_under_all_of_them() -> None:
    world = World(small_account())
    world.start("earlier", at=NOW - timedelta(days=3), settings=FORTNIGHT)
    world.settle()
    person = next(one for one in world.account.people if one.email and one.user_id)
    before = person.email or ""
    after = "renamed@example.com"
    since = (NOW - timedelta(days=2)).isoformat()
    world.account.change({"action": "learner", "profileUrn": person.profile, "email": after, "since": since})
    world.start("now", settings=FORTNIGHT)
    world.settle()
    world.eraser().erase(read_request({"email": "Renamed@example.com"}))

    noted = set(map(graph_bucket.erased_hash, world.bucket.keys(graph_bucket.ERASURES))) - {mark_of_key(PSEUDONYM_KEY)}
    assert noted == identity_hashes(PSEUDONYM_KEY, person.profile, person.user_id or "", before) | identity_hashes(
        PSEUDONYM_KEY, "", "", after
    )
    assert traces(world, person.profile, before, after) == []


def test_who_was_given_the_id_of_an_erased_person_stays() -> None:
    world = World(small_account())
    before, after = [person for person in world.account.people if person.user_id][:2]
    world.start("earlier", at=NOW - timedelta(days=3), settings=FORTNIGHT)
    world.settle()
    change = {"action": "learner", "since": (NOW - timedelta(days=2)).isoformat()}
    world.account.change(
        change | {"profileUrn": before.profile, "uniqueUserId": "new"},
        change | {"profileUrn": after.profile, "uniqueUserId": before.user_id},
    )
    now = world.start("now", settings=FORTNIGHT).run_id
    world.settle()
    objects = dict(world.bucket.objects)
    types = {file.type for file in world.manifest(now).files if file.format == "jsonl"}
    others = {key for one in types for key in world.keys_of(now, one) if before.profile not in key}

    refused = world.eraser().erase(read_request({"uniqueUserId": before.user_id}))
    assert (refused.ambiguous, refused.resolution) == (
        True,
        "Several people have this uniqueUserId: name one by profileUrn.",
    )
    assert world.bucket.objects == objects
    erased = world.eraser().erase(read_request({"profileUrn": before.profile}))
    assert (erased.users, erased.resolution) == (
        2,
        "Another profile has a uniqueUserId of this person: if it is theirs too, erase it by its profileUrn.",
    )
    assert traces(world, before.profile, before.email or "") == []
    later = world.start("later", settings=FORTNIGHT).run_id
    world.settle()
    assert traces(world, before.profile, before.email or "") == []
    assert [{key for one in types for key in world.keys_of(run, one)} for run in (now, later)] == [others, others]


def test_with_another_key_no_erased_person_comes_back() -> None:
    world = World(small_account())
    world.start("before", settings=FORTNIGHT)
    world.settle()
    person = world.account.people[0]
    world.erase(person.profile)
    asked = (person.profile, person.user_id or "", person.email or "")

    assert ErasedLearners(world.bucket, lambda: PSEUDONYM_KEY).is_erased(*asked)
    other = b"another key" * 2
    with pytest.raises(ConfigurationError, match="PSEUDONYM_SECRET_ARN"):
        ErasedLearners(world.bucket, lambda: other).is_erased(*asked)
    # Whoever replaces the key erases everybody again with the new one.
    world.bucket.write(graph_bucket.erasure_key(mark_of_key(other)), b"{}")
    assert not ErasedLearners(world.bucket, lambda: other).is_erased(*asked)
    # Notes of a release that left no mark are taken as they are.
    for key in (PSEUDONYM_KEY, other):
        world.bucket.delete(graph_bucket.erasure_key(mark_of_key(key)))
    assert ErasedLearners(world.bucket, lambda: PSEUDONYM_KEY).is_erased(*asked)


def test_an_erasure_that_was_killed_goes_on_where_it_stood() -> None:
    before = World(small_account())
    runs = [before.start(f"run {number}", at=NOW - timedelta(days=number), settings=FORTNIGHT) for number in (1, 2)]
    before.settle()
    person = before.account.people[0]
    ask = read_request({"profileUrn": person.profile})
    undisturbed = before.copy()
    erased = undisturbed.eraser().erase(ask)
    assert len(erased.snapshots) == 2
    changes = undisturbed.effects.done
    # In the middle of a snapshot, before the second one's manifest, between parts and outcomes, when all is rewritten.
    kinds = ("/relationships/", "manifest.json", "/parts/", "/outcomes/")
    for point in [max(n for n, change in enumerate(changes) if kind in change) for kind in kinds]:
        world = before.copy()
        world.effects.kill_before(point)
        with pytest.raises(Killed):
            world.eraser().erase(ask)
        world.effects.spare()
        world.eraser().erase(ask)
        assert traces(world, person.profile, person.email or "") == [], f"killed before {changes[point]}"
        assert all(verified(world, run.run_id) for run in runs), f"killed before {changes[point]}"
    world.start("later", settings=FORTNIGHT)
    world.settle()
    assert traces(world, person.profile, person.email or "") == []
