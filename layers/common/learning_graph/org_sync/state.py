"""Where a drop stands: one small object a drop, changed by conditional writes only, so that one worker at a time acts.

    claimed ─ uploading ─ uploaded ─ starting ─ processing ─ ending ─ ended      manual mode
                    └──────────── applying ───────────────────┘                  automatic mode

Before a call that changes something at LinkedIn the stage says what is about to happen (`uploading`, `starting`), after
it what did. Whoever finds a drop at `uploading` or `starting` knows that a worker died there and that the call may have
happened. A drop belongs to the message that brought it (its owner): S3's other notifications of the same version are
let go, and only a redelivery of the same message, or anyone once the lease is over, takes over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal
from uuid import uuid4

import msgspec

from learning_graph.aws.drops import DropBucket
from learning_graph.org_sync.drops import Drop, state_key
from learning_graph.values.clock import Clock, to_milliseconds

Stage = Literal["claimed", "uploading", "uploaded", "starting", "processing", "applying", "ending", "ended"]
Outcome = Literal["accepted", "converted", "rejected", "held", "failed", "dry-run"]
Mode = Literal["manual", "automatic"]

LEASE: Final = timedelta(hours=2)  # longer than the queue's visibility time-out and one invocation


class DropState(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The state object, as JSON at `state/drops/<file>/<version>.json`; times are epoch milliseconds."""

    key: str
    version_id: str
    stage: Stage
    owner: str
    writer: str
    lease_until: int
    first_seen_at: int
    mode: Mode | None = None
    source_sha256: str = ""
    is_converted: bool = False
    check: dict[str, Any] = {}
    media_urn: str = ""
    job_id: str = ""
    processing_since: int = 0
    done_since: int = 0
    process_file_repeated: bool = False
    outcome: Outcome | None = None
    event: dict[str, Any] = {}
    waiting: str = ""


class Overtaken(Exception):
    """Another worker has changed the state: it does the rest."""


class Handle:
    """A drop's state as this worker last wrote it."""

    def __init__(self, states: States, drop: Drop, state: DropState, etag: str) -> None:
        self._states = states
        self._etag = etag
        self.drop = drop
        self.state = state

    def advance(self, stage: Stage, **changes: Any) -> None:
        """Write the next stage, or the same one with what it waits for (`waiting`).

        Raises:
            Overtaken: another worker has written since.
        """
        written = {"lease_until": self._states.lease_end(), "writer": self._states.writer, "waiting": "", **changes}
        state = msgspec.structs.replace(self.state, stage=stage, **written)
        etag = self._states.store.write_if_unchanged(state_key(self.drop), msgspec.json.encode(state), self._etag)
        if etag is None:
            raise Overtaken(self.drop.key)
        self.state, self._etag = state, etag


class States:
    """The states of all drops."""

    def __init__(self, store: DropBucket, now: Clock) -> None:
        self.store = store
        self.writer = uuid4().hex  # no two workers ever write the same bytes
        self._now = now

    def lease_end(self) -> int:
        return to_milliseconds(self._now() + LEASE)

    def find(self, drop: Drop) -> Handle | None:
        """Return a drop's state, None where nobody has begun with it."""
        stored = self.store.read(state_key(drop))
        if stored is None:
            return None
        return Handle(self, drop, msgspec.json.decode(stored.data, type=DropState), stored.etag)

    def claim(self, drop: Drop, owner: str) -> Handle | None:
        """Make the drop this owner's; None where another works on it.

        An ended drop is returned to anyone.

        Raises:
            Overtaken: another claimed it in the same moment.
        """
        handle = self.find(drop)
        if handle is None:
            return self._create(drop, owner)
        if handle.state.stage == "ended":
            return handle
        now = to_milliseconds(self._now())
        if handle.state.owner != owner and handle.state.lease_until > now:
            return None
        handle.advance(handle.state.stage, owner=owner)
        return handle

    def _create(self, drop: Drop, owner: str) -> Handle:
        state = DropState(
            key=drop.key,
            version_id=drop.version,
            stage="claimed",
            owner=owner,
            writer=self.writer,
            lease_until=self.lease_end(),
            first_seen_at=to_milliseconds(self._now()),
        )
        etag = self.store.write_if_absent(state_key(drop), msgspec.json.encode(state))
        if etag is None:
            raise Overtaken(drop.key)
        return Handle(self, drop, state, etag)
