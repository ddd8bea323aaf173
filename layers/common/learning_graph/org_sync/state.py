"""The states of drops: one object per drop, changed by conditional writes only, so that one worker at a time acts.

    claimed ─ uploading ─ uploaded ─ starting ─ processing ─ ending ─ ended      manual mode
                    └──────────── applying ───────────────────┘                  automatic mode

Before a call that changes something at LinkedIn the stage says what is about to happen (`uploading`, `starting`), after
it what happened. A drop found at `uploading` or `starting` was left by a killed worker, and the call may have had an
effect. A drop belongs to the message that claimed it (its owner): other notifications of the same version are skipped,
and only a redelivery of the same message, or any worker after the lease, continues it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec

from learning_graph.aws.drops import DropBucket
from learning_graph.store.org_sync_bucket import (
    FORMAT_VERSION,
    Drop,
    DropOutcome,
    DropState,
    Stage,
    read_document,
    state_key,
)
from learning_graph.values.clock import Clock, to_milliseconds

LEASE: Final = timedelta(hours=2)  # longer than the queue's visibility time-out and one invocation
DROP_LIMIT: Final = timedelta(hours=24)  # no drop is worked on for longer
_FIRST_DELAY: Final = 5.0  # seconds
_LONGEST_POLL_DELAY: Final = 300.0
_DELAY_SHARE: Final = 0.1
_NOTIFICATION_LIMIT: Final = 60_000  # milliseconds within which S3 nearly always has sent its notification


@dataclass(frozen=True)
class RetryLater:
    """The message is sent again with this delay.

    Args:
        seconds: at most 900, SQS's limit.
        reason: what the drop waits for.
        lost: an earlier version of the file whose message was lost.
    """

    seconds: float
    reason: str
    lost: Drop | None = None


@dataclass(frozen=True)
class Skipped:
    """There is nothing more to do for this message."""

    reason: str


@dataclass(frozen=True)
class EndedDrop:
    """The drop has ended; its summary is written and its event is sent.

    Args:
        counts: numbers for the metrics, by name.
    """

    outcome: DropOutcome
    file: str
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)


Progress = RetryLater | Skipped | EndedDrop


def poll_delay(waited_ms: int) -> float:
    """Return the seconds until the next poll after so many milliseconds: a tenth of them, 5 to 300 seconds."""
    return max(_FIRST_DELAY, min(_LONGEST_POLL_DELAY, waited_ms / 1000 * _DELAY_SHARE))


class LostClaim(Exception):
    """Another worker has changed the state and continues the drop."""


class DropHandle:
    """A drop and its state as this worker last wrote it."""

    def __init__(self, states: DropStates, drop: Drop, state: DropState, etag: str) -> None:
        self._states = states
        self._etag = etag
        self.drop = drop
        self.state = state

    def advance(self, stage: Stage, **changes: Any) -> None:
        """Write the next stage, or the same one with what it waits for (`waiting`).

        Raises:
            LostClaim: another worker has written since.
        """
        written = {"lease_until": self._states.lease_end(), "writer": self._states.writer, "waiting": "", **changes}
        state = msgspec.structs.replace(self.state, stage=stage, **written)
        etag = self._states.bucket.write_if_unchanged(state_key(self.drop), msgspec.json.encode(state), self._etag)
        if etag is None:
            raise LostClaim(self.drop.key)
        self.state, self._etag = state, etag


class DropStates:
    """The states of all drops."""

    def __init__(self, bucket: DropBucket, now: Clock) -> None:
        self.bucket = bucket
        self.writer = uuid4().hex  # no two workers ever write the same bytes
        self._now = now

    def lease_end(self) -> int:
        return to_milliseconds(self._now() + LEASE)

    def find(self, drop: Drop) -> DropHandle | None:
        """Return a drop's state, None where no worker has claimed it.

        Raises:
            ConfigurationError: another release wrote it.
        """
        stored = self.bucket.read(state_key(drop))
        if stored is None:
            return None
        return DropHandle(self, drop, read_document(stored.data, DropState, key=state_key(drop)), stored.etag)

    def claim(self, drop: Drop, owner: str) -> DropHandle | None:
        """Claim the drop for this owner; None where another owner has it.

        An ended drop is returned to anyone.

        Raises:
            LostClaim: another worker claimed it at the same moment.
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

    def wait_for_earlier(self, handle: DropHandle) -> RetryLater | None:
        """Return how long to wait for an earlier version of the file, None where the drop may go on.

        A version ends only after all earlier ones, so the search stops at the newest earlier one that has ended. A
        version without a notification after a minute, or whose lease is over (its message was lost), is returned as
        `lost`, so that a message is sent for it.
        """
        drop, now = handle.drop, to_milliseconds(self._now())
        waited = now - handle.state.first_seen_at
        for version in _earlier_versions(self.bucket, drop):
            earlier = self.find(Drop(drop.key, version))
            if earlier and earlier.state.stage == "ended":
                return None
            is_lost = waited >= _NOTIFICATION_LIMIT if earlier is None else earlier.state.lease_until <= now
            lost = Drop(drop.key, version) if is_lost else None
            return RetryLater(poll_delay(waited), f"waits for version {version} of the file", lost)
        return None

    def _create(self, drop: Drop, owner: str) -> DropHandle:
        state = DropState(
            format_version=FORMAT_VERSION,
            key=drop.key,
            version_id=drop.version,
            stage="claimed",
            owner=owner,
            writer=self.writer,
            lease_until=self.lease_end(),
            first_seen_at=to_milliseconds(self._now()),
        )
        etag = self.bucket.write_if_absent(state_key(drop), msgspec.json.encode(state))
        if etag is None:
            raise LostClaim(drop.key)
        return DropHandle(self, drop, state, etag)


def is_withdrawn(bucket: DropBucket, drop: Drop) -> bool:
    """Tell whether the file was deleted after this version was written, even if it was written again in between.

    Whoever deletes a file that was dropped twice sees none of its versions any more. A file that was not sent can be
    dropped again; one that was sent cannot be taken back.
    """
    history = bucket.history(drop.key)
    following = next((at for at, entry in enumerate(history, 1) if entry.id == drop.version), len(history))
    return any(entry.is_deletion for entry in history[following:])


def _earlier_versions(bucket: DropBucket, drop: Drop) -> list[str]:
    """Return the versions before a drop, newest first."""
    ids: list[str] = []
    for entry in bucket.history(drop.key):
        if entry.id == drop.version:
            break
        if not entry.is_deletion:
            ids.insert(0, entry.id)
    return ids
