"""`publishing/jupiterone.json`: which snapshot JupiterOne has, and which is being published (ADR 0011).

One document is both state and lock: every write is conditional on the previous one, so that one of two workers is
refused. Until `leasedUntil` only the worker named in `owner` works on it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.store.documents import CompactValue, Document, decode, encode
from learning_graph.store.run import RecordKind
from learning_graph.values.errors import RetriableError

KEY: Final = "publishing/jupiterone.json"


class LeaseLost(RetriableError):
    """Another worker has taken over the publication."""


class Publication(CompactValue, frozen=True, kw_only=True):
    """A snapshot that is being published. Instants are epoch milliseconds.

    Args:
        scope: what the job replaces in JupiterOne.
        manifest: SHA-256 of the manifest, which an erasure changes.
        largest_body: bytes of an upload before compression; halved where JupiterOne refuses it.
        job_id: of JupiterOne's job, None before it is started.
        jobs: how many were started.
        entities: records that JupiterOne has taken.
        relationships: the same.
        sending: records of the batch whose answer has not arrived; 0 for none.
        finalized_since: when everything was uploaded, None before.
        owner: of the lease; None where no worker has it.
    """

    scope: str
    run_id: str
    manifest: str
    largest_body: int
    job_id: str | None = None
    jobs: int = 0
    entities: int = 0
    relationships: int = 0
    sending: int = 0
    finalized_since: int | None = None
    owner: str | None = None
    leased_until: int = 0

    def uploaded(self, kind: RecordKind) -> int:
        """Return how many records of a kind JupiterOne has taken."""
        return self.entities if kind == "entities" else self.relationships

    def with_uploaded(self, kind: RecordKind, records: int) -> Publication:
        """Return the publication after `records` more of a kind, with no batch in progress."""
        return msgspec.structs.replace(self, **{kind: self.uploaded(kind) + records}, sending=0)

    def is_held(self, now: int) -> bool:
        """Tell whether a worker may still be working on it."""
        return self.owner is not None and self.leased_until > now


class Published(CompactValue, frozen=True, kw_only=True):
    """The snapshot that JupiterOne has: what was uploaded, what changed there, and what could not be changed."""

    scope: str
    run_id: str
    manifest: str
    job_id: str
    finished_at: int
    entities: int
    relationships: int
    changed: dict[str, int]
    errors: int


class PublishFailure(CompactValue, frozen=True, kw_only=True):
    """Why the last failed publication failed."""

    run_id: str
    job_id: str | None
    failed_at: int
    reason: str
    resolution: str


class PublishingState(Document, frozen=True, kw_only=True):
    """The document. `published` and `failure` are the latest; `failure` is removed after the next success."""

    current: Publication | None = None
    published: Published | None = None
    failure: PublishFailure | None = None


class PublishingStates:
    """Reads and writes the document for one worker; a write by another worker is detected."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._etag: str | None = None
        self.state = PublishingState()

    def read(self) -> PublishingState:
        """Return the present document."""
        stored = self._bucket.read(KEY)
        self._etag = None if stored is None else stored.etag
        self.state = PublishingState() if stored is None else decode(stored.data, PublishingState, KEY)
        return self.state

    def write(self, state: PublishingState) -> None:
        """Replace the document that was read or written last.

        Raises:
            LeaseLost: somebody else has written it since.
        """
        data = encode(state)
        if self._etag is None:
            etag = self._bucket.write_if_absent(KEY, data)
        else:
            etag = self._bucket.write_if_unchanged(KEY, data, self._etag)
        if etag is None:
            raise LeaseLost("another worker is publishing")
        self._etag, self.state = etag, state

    @property
    def current(self) -> Publication:
        """The publication in progress."""
        if self.state.current is None:
            raise LookupError("no publication is under way")
        return self.state.current

    def write_current(self, current: Publication) -> None:
        """Write the publication in progress; see `write`."""
        self.write(msgspec.structs.replace(self.state, current=current))

    def note(self, current: Publication) -> None:
        """Set the publication in progress, to be stored with the next write."""
        self.state = msgspec.structs.replace(self.state, current=current)
