"""Whatever a run goes through, its functions touch only the objects that their roles in template.yaml allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from learning_graph.aws.bucket import StoredObject
from learning_graph.runs.health import run_health
from learning_graph.runs.start_run import RunSettings
from learning_graph.store.run import Plan
from local.template import Template, read_template
from tests.fakes.bucket import FakeBucket
from tests.fakes.queue import Message
from tests.unit.runs_lifecycle.account import NOW, small_account
from tests.unit.runs_lifecycle.world import ACTIVITY, ASSEMBLY, CATALOG, SETTINGS, World

FUNCTION_OF = {
    CATALOG: "CollectCatalogFunction",
    ACTIVITY: "CollectActivityFunction",
    ASSEMBLY: "AssembleGraphFunction",
    **{f"dead-{name}": "RecordDeadLettersFunction" for name in (CATALOG, ACTIVITY, ASSEMBLY)},
}
READ, WRITE, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
Accesses = set[tuple[str, str, str]]


class WatchedBucket(FakeBucket):
    """Notes who does what with which key."""

    def __init__(self, watched: FakeBucket) -> None:
        super().__init__(watched.name, effects=watched.effects)
        self.function = ""
        self.accesses: Accesses = set()

    def _note(self, action: str, key: str) -> None:
        if self.function:
            self.accesses.add((self.function, action, key))

    def read(self, key: str) -> StoredObject | None:
        self._note(READ, key)
        return super().read(key)

    def exists(self, key: str) -> bool:
        self._note(READ, key)
        return super().exists(key)

    def etag(self, key: str) -> str | None:
        self._note(READ, key)
        return super().etag(key)

    def write(self, key: str, data: bytes, **options: Any) -> None:
        self._note(WRITE, key)
        super().write(key, data, **options)

    def write_if_absent(self, key: str, data: bytes, **options: Any) -> str | None:
        self._note(WRITE, key)
        return super().write_if_absent(key, data, **options)

    def write_if_unchanged(self, key: str, data: bytes, etag: str, **options: Any) -> str | None:
        self._note(WRITE, key)
        return super().write_if_unchanged(key, data, etag, **options)

    def upload(self, path: Path, key: str, **options: Any) -> None:
        self._note(WRITE, key)
        super().upload(path, key, **options)

    def delete(self, key: str) -> None:
        self._note(DELETE, key)
        super().delete(key)


class WatchedWorld(World):
    """A world whose bucket knows which function is at work."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watched = WatchedBucket(self.bucket)
        self.bucket = self.watched

    @contextmanager
    def _as(self, function: str) -> Iterator[None]:
        before, self.watched.function = self.watched.function, function
        try:
            yield
        finally:
            self.watched.function = before

    def start(self, event_id: str, at: datetime = NOW, settings: RunSettings = SETTINGS) -> Plan:
        with self._as("StartRunFunction"):
            return super().start(event_id, at, settings)

    def handle(self, name: str, message: Message, *, delete: bool = True) -> None:
        with self._as(FUNCTION_OF[name]):
            super().handle(name, message, delete=delete)

    def close_runs(self) -> None:
        with self._as("CloseRunsFunction"):
            super().close_runs()
            run_health(self.bucket, self.clock)

    def erase(self, profile_urn: str) -> None:
        with self._as("EraseLearnerFunction"):
            super().erase(profile_urn)


def lives() -> Accesses:
    """Return the accesses of two runs, one erasure, a run that is closed, and dead letters of every queue."""
    world = WatchedWorld(small_account(), pages=1)
    world.start("first")
    world.settle()
    world.erase(world.account.people[0].profile)
    world.clock.now += timedelta(days=1)
    second = world.start("second", at=world.clock.now)
    world.settle()
    world.clock.now += timedelta(days=1)
    world.start("closed", at=world.clock.now)
    for queue in (CATALOG, ACTIVITY):
        world.queues[queue].messages.clear()
    world.settle()
    world.clock.now += timedelta(days=1)
    third = world.start("given up", at=world.clock.now)
    shard = next(one for one in third.shards if one.step == "users")
    world.queues[f"dead-{ACTIVITY}"].send(json.dumps({"run": third.run_id, "step": shard.step, "shard": shard.name}))
    world.queues[f"dead-{ASSEMBLY}"].send(json.dumps({"run": third.run_id}))
    world.queues[f"dead-{CATALOG}"].send(json.dumps({"run": second.run_id}))
    world.settle()
    world.close_runs()
    return world.watched.accesses


@pytest.fixture(scope="module")
def template() -> Template:
    return read_template({})


@pytest.fixture(scope="module")
def accesses() -> Accesses:
    return lives()


def allowed(template: Template, function: str, action: str) -> list[str]:
    """Return the patterns of the graph bucket's keys that a function's role allows an action on."""
    role = template.resources[f"{function}Role"]["Properties"]
    return [
        resource["Fn::Sub"].removeprefix("${GraphBucket.Arn}/")
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if action in statement.get("Action", ())
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
        if "Fn::Sub" in resource
    ]


def test_every_access_is_allowed(template: Template, accesses: Accesses) -> None:
    denied = [
        (function, action, key)
        for function, action, key in sorted(accesses)
        if not any(fnmatchcase(key, pattern) for pattern in allowed(template, function, action))
    ]
    assert denied == []


def test_every_function_of_a_run_was_at_work(accesses: Accesses) -> None:
    assert {function for function, _, _ in accesses} == {
        "StartRunFunction",
        "CloseRunsFunction",
        "EraseLearnerFunction",
        *FUNCTION_OF.values(),
    }
