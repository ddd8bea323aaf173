"""A run's whole life in memory: the real use cases over buckets, queues and a LinkedIn that are only fakes.

Messages are delivered one at a time, by whoever drives the world; what a handler's process may go through (killed
between two changes, out of time after so many pages) is a property of the delivery.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from learning_graph.runs.assemble_graph import Assembler
from learning_graph.runs.close_runs import RunCloser
from learning_graph.runs.collect import Collector, Delivery
from learning_graph.runs.dead_letters import DeadLetter, record_dead_letter
from learning_graph.runs.erase_learner import LearnerEraser, read_request
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.run_documents import read_manifest
from learning_graph.runs.run_messages import AssemblyMessage, StartRequest, read_message
from learning_graph.runs.start_run import RunSettings, start_run
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.store.run import Plan, Shard
from learning_graph.values.errors import LearningGraphError, RetriableError
from learning_graph.values.steps import CATALOG_STEPS
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects, Killed
from tests.fakes.events import FakeEventBus
from tests.fakes.queue import FakeQueue, Message
from tests.fakes.simulated_linkedin import CREDENTIALS
from tests.unit.runs_lifecycle.account import NOW, Account

PSEUDONYM_KEY = b"0123456789abcdef"
CATALOG, ACTIVITY, ASSEMBLY = "catalog", "activity", "assembly.fifo"
SETTINGS = RunSettings(
    account_name="Example",
    tag_account_name=True,
    lookback_days=30,
    locales="en_US",
    licensed_only=True,
    deadline_hours=26,
    full_refresh_days=7,
)


def settings_of(**changes: Any) -> RunSettings:
    return replace(SETTINGS, **changes)


_CLOSE_EVERY = timedelta(minutes=15)
# A message waits a day for a new quota in steps of SQS's longest delay, a quarter of an hour.
_MOST_STEPS = 20_000


class NeverEnds(AssertionError):
    """A run did not end although every message was delivered and its deadline has passed."""


@dataclass
class World:
    """Bucket, queues, bus and clock of one stack, and what its functions do with a message.

    `pages` is how many pages an invocation has time for; `latest` lists every run that `latest.json` has named.
    """

    account: Account
    pages: int | None = None
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    effects: Effects = field(default_factory=Effects)
    latest: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket = FakeBucket(effects=self.effects)
        self.bus = FakeEventBus(effects=self.effects)
        self.queues: dict[str, FakeQueue] = {}
        for name in (CATALOG, ACTIVITY, ASSEMBLY):
            dead = FakeQueue(f"dead-{name}", clock=self.clock, effects=self.effects)
            own = FakeQueue(name, clock=self.clock, dead_letters=dead, effects=self.effects)
            self.queues |= {name: own, dead.name: dead}

    def copy(self) -> World:
        """Return a world in the same state that goes its own way from here."""
        other = World(self.account, self.pages, FakeClock(self.clock.now), latest=list(self.latest))
        other.bucket.objects = dict(self.bucket.objects)
        other.bus.sent = list(self.bus.sent)
        for name, queue in self.queues.items():
            other.queues[name].messages = deepcopy(queue.messages)
        return other

    def start(self, event_id: str, at: datetime = NOW, settings: RunSettings = SETTINGS) -> Plan:
        """Invoke start_run with an event of that id and time."""
        return start_run(
            StartRequest(time=at, id=event_id),
            settings,
            bucket=self.bucket,
            queue_of=self._queue_of,
            credentials=CREDENTIALS,
            clock=self.clock,
        )

    def deliver(self, name: str) -> bool:
        """Hand the next visible message of a queue to its function; false where there is none."""
        queue = self.queues[name]
        message = queue.receive()
        if message is None:
            return False
        self.handle(name, message)
        return True

    def drain(self, *names: str) -> None:
        """Deliver what these queues hold until no message of theirs is visible."""
        while any(self.deliver(name) for name in names):
            continue

    def handle(self, name: str, message: Message, *, delete: bool = True) -> None:
        """Invoke a queue's function; what fails or is killed stays in the queue, as does what `delete` spares."""
        queue = self.queues[name]
        try:
            self._function_of(name)(queue, message)
        except (LearningGraphError, Killed):
            return
        finally:
            self._look_at_latest()
        if delete:
            queue.delete(message.receipt_handle)

    def close_runs(self) -> None:
        """Invoke close_runs as its schedule does."""
        self._closer().close_overdue()

    def erase(self, profile_urn: str) -> None:
        """Invoke erase_learner, in the middle of whatever is at work."""
        # It has a process of its own: what is counted and killed is the other one.
        before, meanwhile = self.effects.before, self.effects.meanwhile
        self.effects.spare()
        self.eraser().erase(read_request({"profileUrn": profile_urn}))
        self.effects.before, self.effects.meanwhile = before, meanwhile

    def eraser(self) -> LearnerEraser:
        return LearnerEraser(
            bucket=self.bucket, bus=self.bus, clock=self.clock, pseudonym_key=lambda: PSEUDONYM_KEY, workspace=_scratch
        )

    def erased(self) -> ErasedLearners:
        return ErasedLearners(self.bucket, lambda: PSEUDONYM_KEY)

    def settle(self) -> None:
        """Deliver everything, with time passing where nothing is visible, until every run has ended.

        Raises:
            NeverEnds: some run has no manifest although its deadline has passed.
        """
        for _ in range(_MOST_STEPS):
            if any(self.deliver(name) for name in self.queues):
                continue
            if (wait := self.next_wait(*self.queues)) is not None:
                self.clock.advance(wait)
                continue
            if not self.open_runs():
                return
            self.clock.now += _CLOSE_EVERY
            self.close_runs()
        raise NeverEnds(f"{self.open_runs()} after {_MOST_STEPS} steps")

    def open_runs(self) -> list[str]:
        """The runs that have a plan and no manifest."""
        return [run for run in self.bucket.folders("runs/") if not self.bucket.exists(graph_bucket.manifest_key(run))]

    def manifest(self, run_id: str) -> Manifest:
        found = read_manifest(self.bucket, run_id)
        assert found is not None, f"{run_id} has not ended"
        return found

    def snapshot(self, run_id: str) -> dict[str, bytes]:
        """The bytes of a snapshot's files by their place in it, but the table that names the run and its start."""
        prefix = graph_bucket.snapshot_prefix(run_id)
        files = {key.removeprefix(prefix): data for key, data in self.bucket.objects.items() if key.startswith(prefix)}
        return {name: data for name, data in files.items() if "/" in name and "/tables/snapshot/" not in name}

    def keys_of(self, run_id: str, record_type: str) -> set[str]:
        """The keys of a snapshot's records of one `_type`."""
        lines = (entry for entry in self.snapshot(run_id).items() if entry[0].startswith("jsonl/"))
        files = [data for name, data in lines if f"/{record_type}/" in name]
        return {json.loads(line)["_key"] for data in files for line in gzip.decompress(data).splitlines()}

    def next_wait(self, *names: str) -> float | None:
        """Seconds until a message of these queues becomes visible, None where they are empty."""
        waiting = [message.visible_at for name in names for message in self.queues[name].deliverable()]
        return max(0.0, (min(waiting) - self.clock.now).total_seconds()) if waiting else None

    def _look_at_latest(self) -> None:
        data = self.bucket.objects.get(graph_bucket.LATEST)
        if data is not None:
            named = msgspec.json.decode(data, type=Latest).run_id
            if not self.latest or self.latest[-1] != named:
                self.latest.append(named)

    def _queue_of(self, shard: Shard) -> FakeQueue:
        return self.queues[CATALOG if shard.step in CATALOG_STEPS else ACTIVITY]

    def _function_of(self, name: str) -> Callable[[FakeQueue, Message], None]:
        if name.startswith("dead-"):
            return self._record_dead_letter
        return self._assemble if name == ASSEMBLY else self._collect

    def _collect(self, queue: FakeQueue, message: Message) -> None:
        already = len(self.account.calls)

        def time_left() -> float:
            read = len(self.account.calls) - already
            return 300.0 if self.pages is None or read < self.pages else 20.0

        collector = Collector(
            bucket=self.bucket,
            queue=queue,
            assembly_queue=self.queues[ASSEMBLY],
            client=lambda limits: self.account.client(limits, self.clock),
            erased=self.erased,
            time_left=time_left,
            clock=self.clock,
            retry_delay=30,
        )
        delivery = Delivery("m", message.body, message.receipt_handle, message.receives, queue.name)
        if collector.collect([delivery]).failed:
            raise RetriableError("SQS delivers the message again")

    def _assemble(self, queue: FakeQueue, message: Message) -> None:
        form: AssemblyMessage = read_message(message.body, AssemblyMessage, queue.name)
        self.assembler().assemble(form.run)

    def _record_dead_letter(self, queue: FakeQueue, message: Message) -> None:
        record_dead_letter(DeadLetter(queue.name, f"{message.number}", message.body), self._closer())

    def assembler(self) -> Assembler:
        return Assembler(
            bucket=self.bucket,
            queue_of=self._queue_of,
            bus=self.bus,
            workspace=_scratch,
            erased=self.erased,
            time_left=lambda: 600.0,
            memory_megabytes=800,
            retention_days=0,
            tolerance_percent=1,
        )

    def _closer(self) -> RunCloser:
        return RunCloser(bucket=self.bucket, assembly_queue=self.queues[ASSEMBLY], bus=self.bus, clock=self.clock)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def distinct_changes(done: list[str]) -> list[int]:
    """The numbers of the changes before which a worker should die: all of them, but of the files of a snapshot, which
    one loop uploads, only the first, one in the middle and the last; and one beyond the end, before which nobody dies.
    """
    uploads = [number for number, effect in enumerate(done) if effect.startswith("upload")]
    tried = {*uploads[:1], *uploads[len(uploads) // 2 :][:1], *uploads[-1:]}
    return [number for number in range(len(done) + 1) if number not in uploads or number in tried]


def undisturbed(account: Account, event_id: str = "reference") -> tuple[World, str]:
    """Return a world in which one run went its way without a mishap, and the run's id."""
    world = World(account)
    run_id = world.start(event_id).run_id
    world.settle()
    return world, run_id


def facts_of(manifest: Manifest) -> dict[str, object]:
    """What of a manifest any way to the same data must agree on.

    Not how often LinkedIn was asked, nor the rows of the parts: every part names its learners and contents anew.
    """
    return {
        "status": manifest.status,
        "counts": manifest.counts,
        "totals": manifest.totals,
        "covered": manifest.covered_until,
        "unmodelled": manifest.unmodelled_content,
        "reconciliation": manifest.reconciliation,
        "latest_data": {name: step.latest_data_at for name, step in manifest.steps.items()},
        "failed": {name: [f.shard for f in step.failures] for name, step in manifest.steps.items() if step.failures},
    }
