"""Org sync's world in memory: a versioned bucket, queues with redelivery, LinkedIn, a clock, workers that die."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import requests
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from learning_graph.aws.drops import DropBucket, DroppedObject, Version
from learning_graph.hr_file.people import PeopleTables
from learning_graph.linkedin.http import HttpSession
from learning_graph.linkedin.org_sync import OrgSyncClient, read_token
from learning_graph.org_sync.assess import OrgSyncRules
from learning_graph.org_sync.guard import GuardLimits
from learning_graph.org_sync.queue_handlers import QueueMessage, handle_tracking, handle_upload
from learning_graph.org_sync.state import DropStates, EndedDrop
from learning_graph.org_sync.summary import OutcomeWriter
from learning_graph.org_sync.track import TrackDrop
from learning_graph.org_sync.upload import UploadDrop
from learning_graph.store.org_sync_bucket import Drop, state_key
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.effects import Effects, Killed
from tests.fakes.events import FakeEventBus
from tests.fakes.linkedin import API, Call, Reply
from tests.fakes.queue import FakeQueue, Message
from tests.fakes.simulated_linkedin import SimulatedLinkedIn

BUCKET = "org-sync"
TOKEN = "org-sync-demo-token"
FIRST_JOB = "70012345"
_MOST_STEPS = 2000
JOB_SECONDS = 10  # longer than the first poll waits, so that a job is seen as queued and as processing
_SMALLEST = ("--learners=1", "--groups=1", "--courses=1", "--paths=0", "--videos=0", "--others=0", "--future-days=0")
_NAMES = {  # of the calls, by method and whether they are about a file
    ("POST", True): "upload",
    ("GET", True): "result",
    ("POST", False): "processFile",
    ("GET", False): "job",
}
LOST_UPLOAD = "reset:path=/media/upload,method=POST,when=after,times=1"
# Places of `InProcessLinkedIn.faults_at`.
UPLOAD = ("upload", 0)
PROCESS_FILE = ("enterpriseUploadJobs", 0)
NO_CONNECTION = Reply(
    error=requests.ConnectionError(
        MaxRetryError(HTTPConnectionPool("linkedin"), "/", NewConnectionError(HTTPConnection("linkedin"), "refused"))
    )
)
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


class LinkedIn(SimulatedLinkedIn):
    """The simulator under the real client.

    Args:
        effects: is told of every call, and of the answers of those that change something.
        clock: the simulator's, too.
        licences: what LinkedIn has of each kind, 0 is without limit; a row that wants one more is refused.
    """

    def __init__(self, effects: Effects, clock: FakeClock, licences: int) -> None:
        super().__init__(*_SMALLEST, f"--job-seconds={JOB_SECONDS}", f"--org-sync-licences={licences}", now=clock)
        self._effects = effects

    def resource(self, call: Call) -> Reply:
        name = _NAMES[call.method, call.path.startswith("/media")]
        self._effects.happen(f"linkedin {name}")
        reply = super().resource(call)
        if call.method == "POST":
            self._effects.happen(f"linkedin {name} answered")
        return reply

    def fault(self, text: str) -> None:
        """Put a fault in force; see `local.simulator.faults`."""
        self.control("POST", "faults", text)

    def assume(self, name: str, value: str) -> None:
        """See `local.simulator.assumptions`."""
        self.control("POST", "assumptions", {name: value})

    def jobs_end(self, *, seconds: float = JOB_SECONDS, **end: Any) -> None:
        """Say how all jobs end, and how long each is queued and processed; see `local.simulator.org_sync.jobs`."""
        self.control("POST", "org-sync", {"always": end, "jobSeconds": seconds})

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The documents of all jobs, automatic ones too."""
        jobs: list[dict[str, Any]] = self.control("GET", "jobs")
        return jobs

    @property
    def users(self) -> dict[str, dict[str, Any]]:
        """The table of users, by e-mail or, without one, by unique user ID."""
        return {user["email"] or user["uniqueUserId"]: user for user in self.control("GET", "users")}

    @property
    def files(self) -> list[str]:
        """The uploaded files."""
        return [Path(media["path"]).read_text() for media in self.control("GET", "media") if media["kind"] == "source"]

    def count(self, name: str) -> int:
        """Return how many calls of a name were made: upload, result, processFile or job."""
        return self._effects.done.count(f"linkedin {name}")


class World:
    """Bucket, queues, LinkedIn and workers; `run` delivers messages until nothing is left to do.

    Attributes:
        secret: of the org-sync token.
        time_left: seconds that an invocation has left, asked before each block that is uploaded.
    """

    def __init__(
        self, *, max_revocations: float = 10, allow_first_revocations: bool = False, licences: int = 0, **rules: Any
    ) -> None:
        self.clock = FakeClock()
        self.effects = Effects()
        self.store = FakeStore(self.effects)
        self.linkedin = LinkedIn(self.effects, self.clock, licences)
        self.secret = json.dumps({"accessToken": TOKEN})
        self.time_left: Callable[[], float] = lambda: math.inf
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

    def run(self) -> None:
        for _ in range(_MOST_STEPS):
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
                self._client(),
                self.tracking,
                outcomes,
                self.rules,
                self.tables,
                scratch,
                self.clock,
            )
            return handle_upload(received, upload, self.uploads)
        track = TrackDrop(self.store, states, self._client(), outcomes, self.tables, scratch, self.clock)
        return handle_tracking(received, track, self.tracking)

    def _client(self) -> OrgSyncClient:
        session = HttpSession(pool_size=1)
        session.session.mount("https://", self.linkedin)
        token = partial(read_token, self.secret)
        return OrgSyncClient(API, token, session, time_left=self.time_left, now=self.clock)

    def tables(self) -> PeopleTables:
        return PeopleTables(self.key, memory_megabytes=200)


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def people(*rows: str) -> str:
    return "\n".join(["invited_email_address,unique_user_id,license_learning_status,groups", *rows]) + "\n"


def company(size: int, licence: str = "active") -> str:
    return people(*(f"p{number}@example.com,{number},{licence},Sales" for number in range(size)))
