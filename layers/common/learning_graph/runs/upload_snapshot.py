"""Upload a snapshot's records to a synchronization job, each exactly once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import msgspec

from learning_graph.jupiterone.batches import Batches
from learning_graph.jupiterone.sync_jobs import (
    BodyTooLarge,
    JobNotAwaitingUploads,
    JupiterOneClient,
    SyncJob,
    UploadUncertain,
    arrived,
)
from learning_graph.runs.publishing import Publication, PublishingStates
from learning_graph.runs.snapshot_records import SnapshotRecords
from learning_graph.store.run import RECORD_KINDS, RecordKind
from learning_graph.values.errors import FatalError, NotFound

RESERVED_SECONDS: Final = 90.0  # for one batch whose call hangs, and the hand-over
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds that JupiterOne may need to count what it has received
_log = logging.getLogger(__name__)


class RecordTooLarge(FatalError):
    """JupiterOne refuses a single record for its size."""


class CountsDiffer(FatalError):
    """Not all records of the manifest were uploaded: finalizing would delete the others from JupiterOne."""

    resolution = "Nothing was changed in JupiterOne. Check the snapshot with `python -m local verify`, and report it."


class StartAgain(Exception):
    """The job can't be used any more; another one is needed."""


@dataclass(frozen=True)
class SnapshotUpload:
    """Uploads one batch after the other; the position in the snapshot is one number for each kind of record."""

    client: JupiterOneClient
    states: PublishingStates
    records: SnapshotRecords
    time_left: Callable[[], float]
    sleep: Callable[[float], None]

    def upload(self) -> bool:
        """Upload the records that the job does not have; return False where time ran out before the end.

        Raises:
            StartAgain: the job no longer exists, its counts contradict what was sent, or a learner was erased.
            JobNotAwaitingUploads: the job was ended by another client.
            CountsDiffer: the files hold another number of records than the manifest counts.
            LearningGraphError: any error of JupiterOne's client.
        """
        counts = self.records.counts()
        try:
            self._open_job(counts)
            if not all(self._upload_kind(kind) for kind in RECORD_KINDS):
                return False
            self._check(counts)
        except UploadUncertain as error:
            raise StartAgain(str(error)) from error
        return True

    def _open_job(self, counts: Mapping[RecordKind, int]) -> None:
        current = self.states.current
        if current.job_id is None:
            job = self.client.start(current.scope)
            self.states.write_current(msgspec.structs.replace(current, job_id=job.id, jobs=current.jobs + 1))
            return
        try:
            job = self.client.job(current.job_id)
        except NotFound as error:
            raise StartAgain(str(error)) from error
        if job.state != "awaiting uploads":
            raise JobNotAwaitingUploads(f"the job is {job.status}")
        self.states.note(_after_last_batch(current, job, counts))
        self._require_counts()

    def _upload_kind(self, kind: RecordKind) -> bool:
        position = self.states.current
        with closing(self.records.lines(kind, skip=position.uploaded(kind))) as lines:
            batches = Batches(lines, largest=position.largest_body)
            for batch in batches:
                if self.time_left() < RESERVED_SECONDS:
                    return False
                self._upload_batch(kind, batch, batches)
        return True

    def _upload_batch(self, kind: RecordKind, batch: list[bytes], batches: Batches) -> None:
        """Upload one batch, or split it if it is too large. It is recorded before it is sent (ADR 0011)."""
        current = msgspec.structs.replace(self.states.current, sending=len(batch), largest_body=batches.largest)
        self.states.write_current(current)
        try:
            self.client.upload(_job_id(current), kind, batch, before=current.uploaded(kind))
        except BodyTooLarge as error:
            if len(batch) == 1:
                place = f"number {current.uploaded(kind)} of the snapshot's {kind}"
                raise RecordTooLarge(f"{error}: {place} has {len(batch[0])} bytes") from error
            batches.halve(batch)
            self.states.note(msgspec.structs.replace(current, sending=0, largest_body=batches.largest))
        else:
            self.states.note(current.with_uploaded(kind, len(batch)))

    def _check(self, counts: Mapping[RecordKind, int]) -> None:
        """Check that finalizing would delete only what it should."""
        current = self.states.current
        uploaded = {kind: current.uploaded(kind) for kind in RECORD_KINDS}
        if uploaded != counts or not uploaded["entities"]:
            raise CountsDiffer(f"{uploaded} were uploaded, and the manifest counts {dict(counts)}")
        if self.records.has_changed():
            raise StartAgain("the snapshot was rewritten while it was uploaded")
        self._require_counts()

    def _require_counts(self) -> None:
        """Refuse a job whose counts differ from what was sent to it; it may count with a delay.

        Raises:
            UploadUncertain: it does.
        """
        current = self.states.current
        expected = {kind: current.uploaded(kind) for kind in RECORD_KINDS}
        for pause in (*_PAUSES, None):
            counted = self.client.job(_job_id(current)).uploaded
            if counted is None or counted == expected:
                return
            if pause is None or any(counted[kind] > expected[kind] for kind in RECORD_KINDS):
                raise UploadUncertain(f"JupiterOne counts {dict(counted)}, and {expected} were uploaded")
            self.sleep(pause)


def _after_last_batch(current: Publication, job: SyncJob, counts: Mapping[RecordKind, int]) -> Publication:
    """Return the progress of uploads after a worker ended between sending a batch and its answer."""
    if not current.sending:
        return current
    kind: RecordKind = "entities" if current.entities < counts["entities"] else "relationships"
    if arrived(job, kind, before=current.uploaded(kind), records=current.sending):
        return current.with_uploaded(kind, current.sending)
    return msgspec.structs.replace(current, sending=0)


def _job_id(current: Publication) -> str:
    if current.job_id is None:
        raise LookupError("no job was started")
    return current.job_id
