"""Org sync's world in memory: a versioned bucket, queues with redelivery, LinkedIn, a clock, workers that die."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from learning_graph.aws.bucket import JSON, JSON_LINES, StoredObject
from learning_graph.aws.drops import DropBucket, DroppedObject, Version
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
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

BUCKET = "org-sync"
MOST_RECEPTIONS = 10  # the template's maxReceiveCount


class Killed(BaseException):
    """The worker is gone: nothing it does afterwards happens."""


class Hooks:
    """Counts every effect on the world, and kills the worker at the wanted one."""

    def __init__(self) -> None:
        self.count = 0
        self.kill_at: int | None = None
        self.before: Callable[[str], None] = lambda _: None

    def effect(self, name: str) -> None:
        self.count += 1
        self.before(name)
        if self.count == self.kill_at:
            raise Killed(name)


@dataclass(frozen=True)
class FakeVersion(Version):
    data: bytes = b""
    tags: dict[str, str] = field(default_factory=dict)


class FakeStore(DropBucket):
    """The bucket: drops have versions, other objects have ETags."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__(BUCKET)
        self._hooks = hooks
        self._etags = 0
        self.objects: dict[str, StoredObject] = {}
        self.versions: dict[str, list[FakeVersion]] = {}

    def drop(self, key: str, data: bytes, tags: Mapping[str, str] | None = None) -> Drop:
        entry = FakeVersion(
            f"v{sum(map(len, self.versions.values())) + 1}", is_deletion=False, data=data, tags=dict(tags or {})
        )
        self.versions.setdefault(key, []).append(entry)
        return Drop(key, entry.id)

    def remove(self, key: str) -> None:
        self.versions[key].append(FakeVersion(f"d{len(self.versions[key])}", is_deletion=True))

    def read(self, key: str) -> StoredObject | None:
        return self.objects.get(key)

    def write(self, key: str, data: bytes, *, content_type: str = JSON) -> None:
        self._hooks.effect(f"write {key}")
        self._put(key, data)

    def write_if_absent(self, key: str, data: bytes, *, content_type: str = JSON) -> str | None:
        self._hooks.effect(f"write_if_absent {key}")
        return None if key in self.objects else self._put(key, data)

    def write_if_unchanged(self, key: str, data: bytes, etag: str, *, content_type: str = JSON) -> str | None:
        self._hooks.effect(f"write_if_unchanged {key}")
        there = self.objects.get(key)
        return self._put(key, data) if there and there.etag == etag else None

    def delete(self, key: str) -> None:
        self._hooks.effect(f"delete {key}")
        self.objects.pop(key, None)

    def upload(self, path: Path, key: str, *, content_type: str = JSON_LINES) -> None:
        self.write(key, path.read_bytes(), content_type=content_type)

    def download(self, key: str, path: Path) -> bool:
        if key not in self.objects:
            return False
        path.write_bytes(self.objects[key].data)
        return True

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
        return json.loads(self.objects[key].data)

    def keys(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.objects if key.startswith(prefix))

    def _version(self, key: str, version: str) -> FakeVersion | None:
        return next((entry for entry in self.versions.get(key, []) if entry.id == version), None)

    def _put(self, key: str, data: bytes) -> str:
        self._etags += 1
        self.objects[key] = StoredObject(data, f'"{self._etags}"')
        return self.objects[key].etag


@dataclass
class Message:
    id: str
    body: str
    due: datetime
    times: int = 0


class FakeQueue(Queue):
    def __init__(self, name: str, hooks: Hooks, clock: Callable[[], datetime]) -> None:
        super().__init__(f"https://sqs.test/123456789012/{name}")
        self._name = name
        self._hooks = hooks
        self._clock = clock
        self._sent = 0
        self.messages: list[Message] = []

    def send(self, body: str, *, delay: float = 0, group: str = "") -> None:
        assert 0 <= delay <= 900
        self._hooks.effect(f"send {self._name}")
        self._sent += 1
        self.messages.append(Message(f"{self._name}-{self._sent}", body, self._clock() + timedelta(seconds=delay)))

    def hide(self, receipt_handle: str, seconds: float) -> None:
        message = next(message for message in self.messages if message.id == receipt_handle)
        message.due = self._clock() + timedelta(seconds=seconds)


class FakeEvents(EventBus):
    def __init__(self, hooks: Hooks) -> None:
        super().__init__("default")
        self._hooks = hooks
        self.sent: list[dict[str, Any]] = []

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self._hooks.effect(f"event {detail_type}")
        self.sent.append(dict(detail))


@dataclass
class FakeJob:
    id: str
    source: str
    result: str
    polls: int = 0
    statuses: list[str] = field(default_factory=lambda: ["QUEUED", "PROCESSING", "DONE"])


class FakeLinkedIn(OrgSyncClient):
    """Keeps a user table that processed rows change; `faults` are raised by the named call, before or after it acts."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
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
        self._hooks.effect("linkedin upload")
        urn = f"urn:li:media:M{len(self.media) + 1}"
        self.media[urn] = path.read_bytes()
        if automatic:
            self._start(urn)
        self._hooks.effect("linkedin uploaded")
        self._fault("upload", "after")
        return urn

    def process_file(self, media_urn: str) -> str:
        self._fault("process_file", "before")
        self._hooks.effect("linkedin processFile")
        job = self._start(media_urn)
        self._hooks.effect("linkedin processFile answered")
        self._fault("process_file", "after")
        return job.id

    def job(self, job_id: str) -> Job:
        self._hooks.effect("linkedin job")
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
        self.now = datetime(2026, 11, 21, 16, tzinfo=UTC)
        self.hooks = Hooks()
        self.store = FakeStore(self.hooks)
        self.linkedin = FakeLinkedIn(self.hooks)
        self.events = FakeEvents(self.hooks)
        self.uploads = FakeQueue("upload", self.hooks, lambda: self.now)
        self.tracking = FakeQueue("tracking", self.hooks, lambda: self.now)
        self.ended: list[EndedDrop] = []
        self.dead: list[Message] = []
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
        hooks, self.uploads._hooks = self.uploads._hooks, Hooks()
        self.uploads.send(json.dumps({"Records": [record]}))
        self.uploads._hooks = hooks

    def step(self) -> bool:
        """Deliver the message that is due first; False where there is none."""
        waiting = [
            (message.due, number, queue)
            for queue in (self.uploads, self.tracking)
            for number, message in enumerate(queue.messages)
        ]
        if not waiting:
            return False
        due, number, queue = min(waiting, key=lambda entry: entry[0])
        self.now = max(self.now, due)
        message = queue.messages[number]
        message.times += 1
        try:
            self.ended += self._deliver(queue, message)
            self.hooks.effect("acknowledge")
        except Killed:
            # Nothing but the visibility time-out brings the message back, to a new worker.
            self.now += timedelta(seconds=1)
            message.due = self.now + timedelta(seconds=5400)
            if message.times >= MOST_RECEPTIONS:
                queue.messages.remove(message)
                self.dead.append(message)
        else:
            queue.messages.remove(message)
        return True

    def run(self, *, most: int = 2000) -> None:
        for _ in range(most):
            if not self.step():
                return
        raise AssertionError("the world does not come to rest")

    def run_for_a_day(self, drop: Drop) -> None:
        """Deliver the first messages, those before 24 hours have passed, which must not end the drop, and the rest."""
        began = self.now
        for hours in (0, 12, 23):
            self.now = max(self.now, began + timedelta(hours=hours))
            for _ in range(3):
                assert self.step()
            assert self.outcome(drop) is None, f"given up after {self.now - began}"
        self.now = began + timedelta(hours=24)
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

    def _deliver(self, queue: FakeQueue, message: Message) -> list[EndedDrop]:
        received = QueueMessage(message.body, message.id, message.id, message.times)
        states = DropStates(self.store, lambda: self.now)
        outcomes = OutcomeWriter(self.store, self.events)
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
                lambda: self.now,
            )
            return handle_upload(received, upload, self.uploads)
        track = TrackDrop(self.store, states, self.linkedin, outcomes, self.tables, scratch, lambda: self.now)
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
