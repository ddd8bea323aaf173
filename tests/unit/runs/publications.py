"""A bucket with snapshots, a strict JupiterOne, and the queue between them; deliveries as SQS makes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from learning_graph.aws.queues import redelivered_after
from learning_graph.runs.publish_to_jupiterone import LAST_DELIVERY, Publisher, retry_delay
from learning_graph.runs.publishing import KEY, PublishingState
from learning_graph.runs.run_messages import PublishMessage, read_message
from learning_graph.store.manifest import Manifest, PartialDatasets, counts_of
from learning_graph.values.errors import LearningGraphError
from local.jupiterone.graph_account import Refused
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects
from tests.fakes.events import FakeEventBus
from tests.fakes.jupiterone import FakeJupiterOneSession, account
from tests.fakes.queue import FakeQueue
from tests.snapshot_documents import documents_of, json_lines_file, manifest_of, relationship

SCOPE = "linkedin-learning"
FIRST, SECOND, THIRD = (f"2026112{day}T160000Z-0000000{day}" for day in (1, 2, 3))
COURSE, USER = "linkedin_learning_course", "linkedin_learning_user"
ASSIGNED = "linkedin_learning_user_assigned_course"
Record = dict[str, Any]


def course(number: int) -> Record:
    key = f"urn:li:lyndaCourse:{number}"
    return {"_class": ["Training"], "_key": key, "_type": COURSE, "displayName": f"Course {number}", "level": None}


def user(number: int) -> Record:
    key = f"urn:li:person:{number:05d}"
    return {
        "_class": ["User"],
        "_key": key,
        "_type": USER,
        "displayName": f"Zoë {number}",
        "email": [f"p{number}@example.com"],
    }


def assigned(number: int, course_number: int = 0) -> Record:
    return relationship(ASSIGNED, user(number), course(course_number), completed=True)


class Publications:
    """One stack and one JupiterOne account."""

    def __init__(self, **options: Any) -> None:
        self.effects = Effects()
        self.clock = FakeClock()
        self.bucket = FakeBucket(effects=self.effects)
        self.bus = FakeEventBus(effects=self.effects)
        self.queue = FakeQueue("publish", clock=self.clock, visibility=5400, max_receives=10, effects=self.effects)
        self.account = account(**options)
        self.session = FakeJupiterOneSession(self.account, effects=self.effects, time_left=lambda: self.left)
        self.left = self.seconds = 900.0
        self.scope = SCOPE
        self.invocations = 0
        self.endings: list[str] = []

    def snapshot(
        self, run_id: str, records: dict[str, list[Record]], *, partial: tuple[str, ...] = (), **members: Any
    ) -> Manifest:
        """Put a snapshot of records by `_type` into the bucket, and let latest.json name it."""
        files = []
        for record_type, found in records.items():
            file, data = json_lines_file(run_id, record_type, found)
            self.bucket.objects[file.key] = data
            files.append(file)
        known = {
            "status": "PARTIAL" if partial else "SUCCEEDED",
            "counts": counts_of(msgspec.structs.replace(file, format="parquet") for file in files),
            "partial_datasets": PartialDatasets(types=partial),
            "files": tuple(files),
        }
        manifest = manifest_of(run_id, **(known | members))
        self.bucket.objects |= documents_of(manifest)
        return manifest

    def people(self, run_id: str, count: int, **options: Any) -> Manifest:
        """Put a snapshot of one course and so many learners who were assigned it."""
        numbers = range(count)
        records = {COURSE: [course(0)], USER: [user(n) for n in numbers], ASSIGNED: [assigned(n) for n in numbers]}
        return self.snapshot(run_id, records, **options)

    def tell(self, run_id: str | None = None) -> None:
        """Let EventBridge send its event to the queue."""
        kind = "Graph Snapshot Ready" if run_id else "Learner Erased"
        detail = {"runId": run_id} if run_id else {"users": 1}
        self.queue._put(json.dumps({"version": "0", "detail-type": kind, "detail": detail}), 0)

    def publisher(self) -> Publisher:
        """Return what one invocation has."""
        self.invocations += 1
        return Publisher(
            bucket=self.bucket,
            queue=self.queue,
            bus=self.bus,
            client=self.session.client(self.sleep, self.clock),
            scope=self.scope,
            owner=f"invocation-{self.invocations}",
            time_left=lambda: self.left,
            clock=self.clock,
            sleep=self.sleep,
            workspace=folder,
            largest_body=1000,  # some six learners a batch, so that a small snapshot takes many
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass for the invocation and for everybody else."""
        self.clock.advance(seconds)
        self.left -= seconds

    def deliver(self) -> bool:
        """Deliver the next message, if one is visible; one whose handling fails comes back."""
        message = self.queue.receive()
        if message is None:
            return False
        self.left = self.seconds
        times = message.receives
        try:
            with redelivered_after(self.queue, message.receipt_handle, lambda error: retry_delay(error, times)):
                read: PublishMessage = read_message(message.body, PublishMessage, "publish")
                ending = self.publisher().publish(read.detail.run_id, last_delivery=times >= LAST_DELIVERY)
                self.endings.append(ending)
        except LearningGraphError as error:
            self.endings.append(type(error).__name__)
            return True
        self.queue.delete(message.receipt_handle)
        return True

    def settle(self) -> list[str]:
        """Deliver until nothing is left; return how each delivery ended."""
        for _ in range(500):
            if not self.deliver():
                if not self.queue.messages:
                    return self.endings
                self.clock.now = max(self.clock.now, min(message.visible_at for message in self.queue.messages))
        raise AssertionError(f"messages go round: {self.endings[-10:]}")

    def state(self) -> PublishingState:
        """Return the state document."""
        return msgspec.json.decode(self.bucket.objects[KEY], type=PublishingState)

    def held(self) -> tuple[set[str], set[str]]:
        """Return the keys of the entities and of the relationships that JupiterOne holds."""
        return (
            set(self.account.objects(self.scope, "entities")),
            set(self.account.objects(self.scope, "relationships")),
        )

    def statuses(self) -> list[str]:
        """Return the status of each job, in the order of their start."""
        return [job.status for job in self.account.jobs.values()]

    def failures(self) -> list[Record]:
        """Return the detail of each event that tells of a failure."""
        return [detail for kind, detail in self.bus.sent if kind == "JupiterOne Publish Failed"]


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def keys_of(count: int) -> tuple[set[str], set[str]]:
    """Return the keys of a snapshot that `Publications.people` makes."""
    numbers = range(count)
    entities = {course(0)["_key"], *(user(n)["_key"] for n in numbers)}
    return entities, {assigned(n)["_key"] for n in numbers}


def refuse(refused: Refused, *, calls: range) -> Callable[[str, str], None]:
    """Return what refuses the calls of these numbers."""
    seen = [0]

    def before(_method: str, _path: str) -> None:
        seen[0] += 1
        if seen[0] in calls:
            raise refused

    return before
