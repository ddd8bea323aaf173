"""Org sync's world in memory: a versioned bucket, queues with redelivery, LinkedIn, a clock, workers that die."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from learning_graph.aws.drops import DropBucket, DroppedObject, Version
from learning_graph.hr_file.people import PeopleTables
from learning_graph.linkedin.org_sync import Job, OrgSyncClient, OutcomeUnknown, state_of
from learning_graph.org_sync.assess import OrgSyncRules
from learning_graph.org_sync.guard import GuardLimits
from learning_graph.org_sync.queue_handlers import QueueMessage, handle_tracking, handle_upload
from learning_graph.org_sync.state import DropStates, EndedDrop
from learning_graph.org_sync.summary import OutcomeWriter
from learning_graph.org_sync.track import TrackDrop
from learning_graph.org_sync.upload import UploadDrop
from learning_graph.store.org_sync_bucket import Drop, state_key
from learning_graph.values.errors import NotFound, RequestRefused
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects, Killed
from tests.fakes.events import FakeEventBus
from tests.fakes.queue import FakeQueue, Message

BUCKET = "org-sync"
MOST_RECEPTIONS = 10  # the template's maxReceiveCount


@dataclass(frozen=True)
class FakeVersion(Version):
    data: bytes = b""
    tags: dict[str, str] = field(default_factory=dict)


class FakeStore(FakeBucket, DropBucket):
    """The bucket: drops have versions as well."""

    def __init__(self, effects: Effects) -> None:
        super().__init__(BUCKET, effects=effects)
        self.versions: dict[str, list[FakeVersion]] = {}

    def drop(self, key: str, data: bytes, tags: Mapping[str, str] | None = None) -> Drop:
        entry = FakeVersion(
            f"v{sum(map(len, self.versions.values())) + 1}", is_deletion=False, data=data, tags=dict(tags or {})
        )
        self.versions.setdefault(key, []).append(entry)
        return Drop(key, entry.id)

    def remove(self, key: str) -> None:
        self.versions[key].append(FakeVersion(f"d{len(self.versions[key])}", is_deletion=True))

    def current_version(self, key: str) -> str | None:
        entries = self.versions.get(key, [])
        return entries[-1].id if entries and not entries[-1].is_deletion else None

    def history(self, key: str) -> list[Version]:
        return list(self.versions.get(key, []))

    def look(self, key: str, version: str) -> DroppedObject | None:
        found = self._version(key, version)
        return DroppedObject(len(found.data), found.tags) if found else None

    def stream(self, key: str, version: str, size: int) -> Iterator[bytes]:
        found = self._version(key, version)
        assert found is not None
        assert len(found.data) == size
        yield from (found.data[at : at + 997] for at in range(0, size, 997))

    def json(self, key: str) -> Any:
        return json.loads(self.objects[key])

    def _version(self, key: str, version: str) -> FakeVersion | None:
        return next((entry for entry in self.versions.get(key, []) if entry.id == version), None)


@dataclass
class FakeJob:
    id: str
    source: str
    result: str
    polls: int = 0
    statuses: list[str] = field(default_factory=lambda: ["QUEUED", "PROCESSING", "DONE"])


class FakeOrgSyncClient(OrgSyncClient):
    """What `OrgSyncClient` offers, with a user table that processed rows change.

    `faults`: (before or after, error) by the name of a call, raised before or after it takes effect.
    """

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.media: dict[str, bytes] = {}
        self.jobs: dict[str, FakeJob] = {}
        self.users: dict[str, dict[str, str]] = {}
        self.refuses: dict[str, str] = {}
        self.faults: dict[str, list[tuple[str, Exception]]] = {}
        self.statuses: list[str] | None = None
        self.stats: dict[str, Any] = {}
        self.has_result_media = True
        self.result_data: bytes | None = None

    def upload(self, path: Path, *, automatic: bool) -> str:
        self._fault("upload", "before")
        self._effects.happen("linkedin upload")
        urn = f"urn:li:media:M{len(self.media) + 1}"
        self.media[urn] = path.read_bytes()
        if automatic:
            self._start(urn)
        self._effects.happen("linkedin uploaded")
        self._fault("upload", "after")
        return urn

    def process_file(self, media_urn: str) -> str:
        self._fault("process_file", "before")
        self._effects.happen("linkedin processFile")
        job = self._start(media_urn)
        self._effects.happen("linkedin processFile answered")
        self._fault("process_file", "after")
        return job.id

    def job(self, job_id: str) -> Job:
        self._effects.happen("linkedin job")
        self._fault("job", "before")
        job = self.jobs[job_id]
        status = job.statuses[min(job.polls, len(job.statuses) - 1)]
        job.polls += 1
        rows = list(csv.DictReader(io.StringIO(self.media[job.source].decode())))
        errors = sum(row.get("invited_email_address", "") in self.refuses for row in rows)
        stats = {"totalCount": len(rows), "errorCount": errors} | self.stats
        result = job.result if self.has_result_media and state_of(status) != "running" else None
        return Job(job_id, status, state_of(status), job.source, result, stats, [], 1, 2)

    @contextmanager
    def result(self, media_urn: str) -> Iterator[Iterator[bytes]]:
        self._fault("result", "before")
        yield iter([self.media[media_urn] if self.result_data is None else self.result_data])

    def _start(self, urn: str) -> FakeJob:
        if urn not in self.media:
            raise NotFound(urn)
        number = str(7001 + len(self.jobs))
        result = f"urn:li:media:R{number}"
        job = self.jobs[number] = FakeJob(number, urn, result)
        if self.statuses:
            job.statuses = list(self.statuses)
        self.media[result] = self._process(self.media[urn])
        return job

    def _process(self, data: bytes) -> bytes:
        rows = csv.DictReader(io.StringIO(data.decode()))
        target = io.StringIO(newline="")
        writer = csv.writer(target)
        writer.writerow([*(rows.fieldnames or []), "Messages"])
        for row in rows:
            identifier = row.get("invited_email_address") or row["unique_user_id"]
            message = self.refuses.get(identifier, "")
            if not message:
                said = {name: cell for name, cell in row.items() if cell}
                self.users[identifier] = self.users.get(identifier, {}) | said
            writer.writerow([*row.values(), message])
        return target.getvalue().encode()

    def _fault(self, call: str, moment: str) -> None:
        for number, (when, error) in enumerate(self.faults.get(call, [])):
            if when == moment:
                del self.faults[call][number]
                raise error


class World:
    """Bucket, queues, LinkedIn and workers; `run` delivers messages until nothing is left to do."""

    def __init__(self, *, max_revocations: float = 10, allow_first_revocations: bool = False, **rules: Any) -> None:
        self.clock = FakeClock()
        self.effects = Effects()
        self.store = FakeStore(self.effects)
        self.linkedin = FakeOrgSyncClient(self.effects)
        self.bus = FakeEventBus(effects=self.effects)
        self.dead = FakeQueue("dead", clock=self.clock)
        self.uploads, self.tracking = (self._queue(name) for name in ("upload", "tracking"))
        self.ended: list[EndedDrop] = []
        self.key = b"k" * 32
        self.rules = OrgSyncRules(
            **{
                "mode": "manual",
                "encoding": "utf-8",
                "column_map": {},
                "on_bad_rows": "refuse",
                "guard": GuardLimits(max_revocations, allow_first_revocations),
                "dry_run": False,
                **rules,
            }
        )

    def _queue(self, name: str) -> FakeQueue:
        redelivery = {"visibility": 5400, "max_receives": MOST_RECEPTIONS, "dead_letters": self.dead}
        return FakeQueue(name, clock=self.clock, effects=self.effects, **redelivery)  # type: ignore[arg-type]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The details of the events that were sent."""
        return [detail for _, detail in self.bus.sent]

    def drop(
        self,
        text: str | bytes,
        key: str = "incoming/people.csv",
        *,
        tags: Mapping[str, str] | None = None,
        tell: int = 1,
    ) -> Drop:
        """Put a file into the bucket and let S3 tell of it so many times."""
        drop = self.store.drop(key, text.encode() if isinstance(text, str) else text, tags)
        for _ in range(tell):
            self.tell(drop)
        return drop

    def tell(self, drop: Drop) -> None:
        found = {"key": drop.key.replace("%", "%25").replace("+", "%2B").replace(" ", "+"), "versionId": drop.version}
        record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": BUCKET}, "object": found}}
        self.uploads._put(json.dumps({"Records": [record]}), 0)

    def step(self) -> bool:
        """Deliver the message that is due first; False where there is none."""
        waiting = [(message.visible_at, queue) for queue in (self.uploads, self.tracking) for message in queue.messages]
        if not waiting:
            return False
        due, queue = min(waiting, key=lambda entry: entry[0])
        self.clock.now = max(self.clock.now, due)
        message = queue.receive()
        if message is None:
            return True
        try:
            self.ended += self.deliver(queue, message)
            self.effects.happen("acknowledge")
        except Killed:
            # Nothing but the visibility time-out brings the message back, to a new worker.
            self.effects.spare()
            self.clock.advance(1)
        else:
            queue.delete(message.receipt_handle)
        return True

    def run(self, *, most: int = 2000) -> None:
        for _ in range(most):
            if not self.step():
                return
        raise AssertionError("the world does not come to rest")

    def run_for_a_day(self, drop: Drop) -> None:
        """Deliver the first messages, those before 24 hours have passed, which must not end the drop, and the rest."""
        began = self.clock.now
        for hours in (0, 12, 23):
            self.clock.now = max(self.clock.now, began + timedelta(hours=hours))
            for _ in range(3):
                assert self.step()
            assert self.outcome(drop) is None, f"given up after {self.clock.now - began}"
        self.clock.now = began + timedelta(hours=24)
        self.run()

    def state(self, drop: Drop) -> dict[str, Any]:
        state: dict[str, Any] = self.store.json(state_key(drop))
        return state

    def state_or_nothing(self, drop: Drop) -> dict[str, Any]:
        return self.state(drop) if state_key(drop) in self.store.objects else {}

    def outcome(self, drop: Drop) -> str | None:
        state = self.state(drop)
        return state.get("outcome") if state["stage"] == "ended" else None

    def summary(self, drop: Drop) -> dict[str, Any]:
        summary: dict[str, Any] = self.store.json(self.state(drop)["event"]["summary"])
        return summary

    def deliver(self, queue: FakeQueue, message: Message) -> list[EndedDrop]:
        received = QueueMessage(message.body, str(message.number), message.receipt_handle, message.receives)
        states = DropStates(self.store, self.clock)
        outcomes = OutcomeWriter(self.store, self.bus)
        if queue is self.uploads:
            upload = UploadDrop(
                self.store,
                states,
                self.linkedin,
                self.tracking,
                outcomes,
                self.rules,
                self.tables,
                scratch,
                self.clock,
            )
            return handle_upload(received, upload, self.uploads)
        track = TrackDrop(self.store, states, self.linkedin, outcomes, self.tables, scratch, self.clock)
        return handle_tracking(received, track, self.tracking)

    def tables(self) -> PeopleTables:
        return PeopleTables(self.key, memory_megabytes=200)


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def people(*rows: str, header: str = "invited_email_address,unique_user_id,license_learning_status,groups") -> str:
    return "\n".join([header, *rows]) + "\n"


def company(size: int, licence: str = "active") -> str:
    return people(*(f"p{number}@example.com,{number},{licence},Sales" for number in range(size)))


UNKNOWN = OutcomeUnknown("api.linkedin.com did not answer within 600 s")
TOO_LARGE = RequestRefused(413, "/media/upload: LinkedIn answered 413: too large")
