"""Publish a snapshot to JupiterOne: one synchronization job replaces the content of the scope (ADR 0011).

A publication may take several invocations, continued through the queue; `publishing/jupiterone.json` has its
progress. Newer snapshots replace older ones; an older one is never published after a newer one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.jupiterone.batches import LARGEST_BODY
from learning_graph.jupiterone.sync_jobs import JobNotAwaitingUploads, JupiterOneClient, SyncJob
from learning_graph.runs.publishing import (
    LeaseLost,
    Publication,
    Published,
    PublishFailure,
    PublishingState,
    PublishingStates,
)
from learning_graph.runs.run_documents import read_document
from learning_graph.runs.run_messages import PublishDetail, PublishMessage
from learning_graph.runs.snapshot_records import SnapshotRecords, snapshot_records
from learning_graph.runs.upload_snapshot import RESERVED_SECONDS, SnapshotUpload, StartAgain
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Latest
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import (
    FatalError,
    LearningGraphError,
    RequestRefused,
    RetriableError,
    Throttled,
    log_fields,
)

Ending = Literal["published", "continues", "waits", "nothing to publish", "failed"]

LONGEST_FINALIZING: Final = 6 * 3_600_000  # milliseconds; JupiterOne does not document how long it may take
MOST_JOBS: Final = 3
LAST_DELIVERY: Final = 9  # of the ten that the queue allows; one is reserved for a killed worker
_RETRY_DELAY: Final = 60.0  # seconds before the second delivery; doubles with each delivery
_LONGEST_DELAY: Final = 900.0
_POLLS: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between requests for a job's status; the last one is repeated
_LOOK_LATER: Final = 60.0
_LEASE_MARGIN: Final = 5.0  # seconds after which an earlier invocation has certainly ended
_ASK_DOCS: Final = 'See "When publishing fails" in docs/jupiterone.md, and publish again.'
_log = logging.getLogger(__name__)


class JobFailed(FatalError):
    """JupiterOne ended the job without applying the snapshot."""

    resolution = "Look at the job in JupiterOne (Settings > Account Management > Sync jobs), and publish again."


class TooManyJobs(FatalError):
    """Several jobs were started for the snapshot, and none could be finished."""

    resolution = "Make sure that nothing else publishes to the same scope, then publish again (docs/jupiterone.md)."


@dataclass(frozen=True)
class Publisher:
    """What publishing needs.

    Args:
        bucket: the graph bucket.
        queue: of publications.
        bus: gets an event at the end of each publication.
        client: of the JupiterOne account.
        scope: the JupiterOne scope that each snapshot replaces.
        owner: names the invocation, for the lease.
        time_left: seconds until the invocation must be done.
        clock: gives the present instant.
        sleep: waits the given seconds.
        workspace: opens an empty folder, with room for one file of the snapshot.
        largest_body: bytes of an upload before compression.
    """

    bucket: Bucket
    queue: Queue
    bus: EventBus
    client: JupiterOneClient
    scope: str
    owner: str
    time_left: Callable[[], float]
    clock: Clock
    sleep: Callable[[float], None]
    workspace: Callable[[], AbstractContextManager[Path]]
    largest_body: int = LARGEST_BODY

    def publish(self, run_id: str | None, *, last_delivery: bool = False) -> Ending:
        """Publish a run's snapshot, or continue to. Repeating it changes nothing.

        Args:
            run_id: None for the newest snapshot.
            last_delivery: treat failures that may pass as final.

        Returns:
            the progress: for `continues` and `waits` a message was sent.

        Raises:
            ConfigurationError: there is no such snapshot.
            RetriableError: the message must be delivered again.
        """
        run_id = run_id or self._newest()
        if run_id is None:
            return "nothing to publish"
        records = snapshot_records(self.bucket, run_id, self.workspace)
        states = PublishingStates(self.bucket)
        state = states.read()
        if self._is_outdated(state, records):
            _log.info("JupiterOne has this snapshot or a newer one", extra={"run": run_id})
            return "nothing to publish"
        if state.current and state.current.is_held(self._now()):
            self._send_again(run_id, min(_LONGEST_DELAY, (state.current.leased_until - self._now()) / 1000 + 1))
            return "waits"
        try:
            self._take(states, records)
            return self._advance(states, records)
        except LeaseLost:
            raise
        except FatalError as error:
            return self._fail(states, error)
        except RetriableError as error:
            if last_delivery:
                return self._fail(states, error)
            self._release(states)
            raise

    def _newest(self) -> str | None:
        latest = read_document(self.bucket, graph_bucket.LATEST, Latest)
        return latest.run_id if latest else None

    def _is_outdated(self, state: PublishingState, records: SnapshotRecords) -> bool:
        """Tell whether an erasure has changed the snapshot's manifest: then it is published again."""
        published = state.published
        if published is not None and published.scope == self.scope:
            if published.run_id > records.run_id:
                return True
            if (published.run_id, published.manifest) == (records.run_id, records.digest):
                return True
        current = state.current
        return current is not None and current.scope == self.scope and current.run_id > records.run_id

    def _take(self, states: PublishingStates, records: SnapshotRecords) -> None:
        """Take the lease; an open job of another snapshot is aborted before a new one is started."""
        fresh = self._leased(self._publication(records.run_id, records.digest))
        current = states.state.current
        if current is None:
            states.write_current(fresh)
            return
        states.write_current(self._leased(current))
        if (current.scope, current.run_id, current.manifest) != (self.scope, records.run_id, records.digest):
            self._abort(current.job_id, "replaced by another snapshot")
            states.write_current(fresh)

    def _advance(self, states: PublishingStates, records: SnapshotRecords) -> Ending:
        if states.current.finalized_since is None:
            try:
                complete = SnapshotUpload(self.client, states, records, self.time_left, self.sleep).upload()
            except StartAgain as reason:
                return self._start_again(states, str(reason))
            if not complete:
                return self._continue_later(states, 0)
            states.write_current(msgspec.structs.replace(states.current, finalized_since=self._now()))
        return self._finalize(states, records)

    def _finalize(self, states: PublishingStates, records: SnapshotRecords) -> Ending:
        """Finalize, and wait for the end. The status of the job, not the answer, says whether JupiterOne has begun."""
        job_id = states.current.job_id or ""
        job = self.client.job(job_id)
        if job.state == "awaiting uploads":
            job = self._asked_to_finalize(job_id, records)
        polls = iter(_POLLS)
        while job.state == "finalizing" and self.time_left() > RESERVED_SECONDS:
            self.sleep(next(polls, _POLLS[-1]))
            job = self.client.job(job_id)
        if job.state == "finished":
            return self._finish(states, job)
        if job.state == "failed":
            raise JobFailed(f"JupiterOne's job {job_id} is {job.status}")
        if self._now() - (states.current.finalized_since or 0) > LONGEST_FINALIZING:
            raise JobFailed(
                f"JupiterOne's job {job_id} is still {job.status} after {LONGEST_FINALIZING // 3_600_000} h"
            )
        return self._continue_later(states, _LOOK_LATER)

    def _asked_to_finalize(self, job_id: str, records: SnapshotRecords) -> SyncJob:
        try:
            return self.client.finalize(job_id, records.manifest.partial_datasets.types)
        except (RequestRefused, JobNotAwaitingUploads, RetriableError) as error:
            # 400 while another job of the scope is finalized; a lost answer may have been a success.
            _log.warning("finalize was not answered with success", extra={"job": job_id, **log_fields(error)})
            return self.client.job(job_id)

    def _finish(self, states: PublishingStates, job: SyncJob) -> Ending:
        current = states.current
        published = Published(
            scope=current.scope,
            run_id=current.run_id,
            manifest=current.manifest,
            job_id=job.id,
            finished_at=self._now(),
            entities=current.entities,
            relationships=current.relationships,
            changed=dict(job.changed),
            errors=job.errors,
        )
        self.bus.send("JupiterOne Published", _detail(published))
        failure = None
        if job.errors:
            failure = self._failure(
                current,
                f"JupiterOne finished job {job.id}, but could not store {job.errors} objects",
                "Ask JupiterOne's support for the errors of the job; the next snapshot is published all the same.",
            )
            self.bus.send("JupiterOne Publish Failed", _detail(failure))
        states.write(PublishingState(current=None, published=published, failure=failure))
        return "failed" if failure else "published"

    def _fail(self, states: PublishingStates, error: LearningGraphError) -> Ending:
        current = states.current
        self._abort(current.job_id, str(error))
        _log.error("publishing failed", extra={"run": current.run_id, "job": current.job_id, **log_fields(error)})
        failure = self._failure(current, str(error), error.resolution or _ASK_DOCS)
        self.bus.send("JupiterOne Publish Failed", _detail(failure))
        states.write(msgspec.structs.replace(states.state, current=None, failure=failure))
        return "failed"

    def _failure(self, current: Publication, reason: str, resolution: str) -> PublishFailure:
        return PublishFailure(
            run_id=current.run_id, job_id=current.job_id, failed_at=self._now(), reason=reason, resolution=resolution
        )

    def _start_again(self, states: PublishingStates, reason: str) -> Ending:
        """Abandon the job; the next delivery begins with another one."""
        current = states.current
        if current.jobs >= MOST_JOBS:
            raise TooManyJobs(f"{current.jobs} jobs were started; the last one: {reason}")
        _log.warning("the job is given up", extra={"run": current.run_id, "job": current.job_id, "reason": reason})
        self._abort(current.job_id, reason)
        fresh = self._publication(current.run_id, current.manifest)
        states.note(msgspec.structs.replace(fresh, jobs=current.jobs, largest_body=current.largest_body))
        return self._continue_later(states, 0)

    def _continue_later(self, states: PublishingStates, delay: float) -> Ending:
        self._release(states)
        self._send_again(states.current.run_id, delay)
        return "continues"

    def _send_again(self, run_id: str, delay: float) -> None:
        message = PublishMessage(detail=PublishDetail(run_id=run_id))
        self.queue.send(message.to_json(), delay=delay)

    def _abort(self, job_id: str | None, reason: str) -> None:
        """Abort a job; one that cannot be aborted is never finalized, and so changes nothing."""
        if job_id is None:
            return
        try:
            self.client.abort(job_id, reason)
        except LearningGraphError as error:
            _log.warning("the job was not aborted", extra={"job": job_id, **log_fields(error)})

    def _publication(self, run_id: str, manifest: str) -> Publication:
        return Publication(scope=self.scope, run_id=run_id, manifest=manifest, largest_body=self.largest_body)

    def _leased(self, current: Publication) -> Publication:
        until = self._now() + round((self.time_left() + _LEASE_MARGIN) * 1000)
        return msgspec.structs.replace(current, owner=self.owner, leased_until=until)

    def _release(self, states: PublishingStates) -> None:
        states.write_current(msgspec.structs.replace(states.current, owner=None, leased_until=0))

    def _now(self) -> int:
        return to_milliseconds(self.clock())


def _detail(value: Published | PublishFailure) -> dict[str, Any]:
    detail: dict[str, Any] = msgspec.to_builtins(value)
    return detail


def retry_delay(error: Exception, times: int) -> float:
    """Return the seconds after which a message is delivered again that failed for the `times`th time."""
    asked = error.retry_after if isinstance(error, Throttled) else None
    return max(min(_LONGEST_DELAY, _RETRY_DELAY * 2.0 ** (times - 1)), asked or 0)
