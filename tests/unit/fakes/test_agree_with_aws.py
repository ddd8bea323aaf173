"""The fakes and the product's own AWS room, over moto, answer the same calls alike: tests on fakes prove something."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from learning_graph.aws import clients
from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects, Killed
from tests.fakes.events import FakeEventBus
from tests.fakes.moto_in_process import moto_in_process
from tests.fakes.queue import FakeQueue


@pytest.fixture(params=["fake", "moto"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    if request.param == "fake":
        yield FakeBucket()
        return
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with moto_in_process():
        clients._client.cache_clear()
        name = f"bucket-{uuid4()}"
        boto3.client("s3").create_bucket(Bucket=name)
        yield Bucket(name)
    clients._client.cache_clear()


def test_an_object_is_read_back_and_a_missing_one_is_none(bucket: Bucket) -> None:
    bucket.write("a/b.json", b"{}")
    stored = bucket.read("a/b.json")

    assert stored is not None
    assert stored.data == b"{}"
    assert bucket.exists("a/b.json")
    assert bucket.read("a/c.json") is None
    assert not bucket.exists("a/c.json")
    assert [found.data if found else None for found in bucket.read_all(["a/c.json", "a/b.json"])] == [None, b"{}"]


def test_only_the_first_of_two_conditional_writes_wins(bucket: Bucket) -> None:
    assert bucket.write_if_absent("plan.json", b"first")
    assert not bucket.write_if_absent("plan.json", b"second")

    stored = bucket.read("plan.json")
    assert stored is not None
    assert stored.data == b"first"


def test_a_write_over_a_changed_object_is_refused(bucket: Bucket) -> None:
    bucket.write("latest.json", b"one")
    before = bucket.read("latest.json")
    assert before is not None

    assert bucket.write_if_unchanged("latest.json", b"two", before.etag)
    assert not bucket.write_if_unchanged("latest.json", b"three", before.etag)
    bucket.delete("latest.json")
    assert not bucket.write_if_unchanged("latest.json", b"four", before.etag)


def test_equal_bytes_have_equal_etags(bucket: Bucket) -> None:
    bucket.write("one", b"same")
    bucket.write("two", b"same")

    assert bucket.read("one") == bucket.read("two")


def test_keys_and_folders_are_listed_in_order(bucket: Bucket) -> None:
    for key in ("graph/b/x", "graph/a/y/z", "graph/latest.json", "graphs/other", "graph/a/b"):
        bucket.write(key, b"1")
    bucket.delete("nothing/here")

    assert list(bucket.keys("graph/")) == ["graph/a/b", "graph/a/y/z", "graph/b/x", "graph/latest.json"]
    assert list(bucket.folders("graph/")) == ["a", "b"]
    assert list(bucket.keys("none/")) == []


def test_files_go_up_and_come_down(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "up").write_bytes(b"rows\n")
    bucket.upload(tmp_path / "up", "part")

    assert bucket.download("part", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == b"rows\n"
    assert not bucket.download("no part", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("real", "fake"),
    [(Bucket, FakeBucket), (Queue, FakeQueue), (EventBus, FakeEventBus)],
)
def test_a_fake_has_every_public_method_itself(real: type, fake: type) -> None:
    offered = {name for name, _ in inspect.getmembers(real) if not name.startswith("_")}

    assert offered - set(vars(fake)) == set()


def test_a_hidden_message_comes_back_and_dies_after_its_last_delivery() -> None:
    clock = FakeClock()
    dead = FakeQueue("dead", clock=clock)
    queue = FakeQueue("work", clock=clock, visibility=60, max_receives=2, dead_letters=dead)
    queue.send("one", delay=10)
    assert queue.receive() is None

    clock.advance(10)
    first = queue.receive()
    assert first is not None
    assert queue.receive() is None
    queue.hide(first.receipt_handle, 5)
    clock.advance(5)
    second = queue.receive()
    assert second is not None
    assert (second.body, second.receives) == ("one", 2)
    clock.advance(60)
    assert queue.receive() is None
    assert (queue.bodies, dead.bodies) == ([], ["one"])


def test_a_fifo_hands_out_one_message_at_a_time() -> None:
    queue = FakeQueue("assembly.fifo")
    queue.send("one")
    queue.send("two", delay=900)

    first = queue.receive()
    assert first is not None
    assert queue.receive() is None
    queue.delete(first.receipt_handle)
    second = queue.receive()
    assert second is not None
    assert second.body == "two"


@pytest.mark.parametrize("number", range(3))
def test_a_worker_is_killed_before_a_change_of_choice(number: int) -> None:
    effects = Effects()
    bucket, queue = FakeBucket(effects=effects), FakeQueue("work", effects=effects)
    steps: list[Callable[[], object]] = [
        lambda: bucket.write("a", b"1"),
        lambda: queue.send("b"),
        lambda: bucket.delete("a"),
    ]
    effects.kill_before(number)

    with pytest.raises(Killed):
        [step() for step in steps]

    assert effects.done == ["write a", "send work", "delete a"][:number]
    effects.spare()
    bucket.write("after", b"")
