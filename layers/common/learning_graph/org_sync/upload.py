"""Checks a drop, compares it with the ledger, uploads it and starts its processing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from learning_graph.aws.bucket import PARQUET
from learning_graph.aws.drops import DropBucket
from learning_graph.aws.queues import LONGEST_DELAY, Queue
from learning_graph.hr_file.people import PeopleTables
from learning_graph.linkedin.org_sync import OrgSyncClient, OutcomeUnknown, UploadUnfinished
from learning_graph.org_sync.assess import Assessment, OrgSyncRules, assess
from learning_graph.org_sync.ledger import column_documents
from learning_graph.org_sync.queue_messages import tracking_message
from learning_graph.org_sync.state import (
    DROP_LIMIT,
    DropHandle,
    DropStates,
    EndedDrop,
    LostClaim,
    Progress,
    RetryLater,
    Skipped,
    is_withdrawn,
    poll_delay,
)
from learning_graph.org_sync.summary import OutcomeWriter
from learning_graph.store.org_sync_bucket import (
    Drop,
    errors_key,
    held_summary_key,
    people_key,
    rejected_summary_key,
    release_command,
    result_key,
    version_errors_key,
)
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import (
    DailyQuotaReached,
    FatalError,
    LearningGraphError,
    NotFound,
    OutOfTime,
    RequestRefused,
    RetriableError,
    Throttled,
    Unavailable,
)

CSV: Final = "text/csv"
FIRST_POLL: Final = 5.0  # seconds after the start of processing (API reference §8.4)
LARGEST_FILE: Final = 1_500_000_000  # bytes; one invocation checks and uploads so much in its 900 s (docs/org-sync.md)
_UPLOAD_ATTEMPTS: Final = 3
_TOO_LARGE: Final = 413
_SPLIT: Final = "Split the file and drop the parts under different names."
_RESOLUTIONS: Final = {_TOO_LARGE: f"LinkedIn takes no file of this size. {_SPLIT}"}
_UNSENT: Final = frozenset({"claimed"})
_SENDING: Final = frozenset({"uploading", "uploaded", "starting"})
_DIED: Final = "the function died several times while it worked on the file"
_DROP_AGAIN: Final = "Drop the file again if it was not meant to be deleted."
_UNKNOWN_RESOLUTION: Final = (
    "Look at People > Learners on LinkedIn, or for LinkedIn's e-mail with the result. If the rows are not there, drop "
    "the file again; it is not repeated by itself, because in automatic mode it would be processed twice."
)


@dataclass(frozen=True)
class UploadDrop:
    """Uploads a drop to LinkedIn.

    Args:
        outcomes: ends drops.
        rules: the settings for the check of a file.
        tables: makes the tables of people, with the key of the secret.
        workspace: opens an empty scratch folder that is removed afterwards.
    """

    bucket: DropBucket
    states: DropStates
    linkedin: OrgSyncClient
    tracking: Queue
    outcomes: OutcomeWriter
    rules: OrgSyncRules
    tables: Callable[[], PeopleTables]
    workspace: Callable[[], AbstractContextManager[Path]]
    now: Clock

    def handle(self, drop: Drop, owner: str, *, is_last_receive: bool = False) -> Progress:
        """Take the next step of a drop.

        Args:
            drop: the version.
            owner: the message that claimed it; a redelivery has the same.
            is_last_receive: the queue will not deliver the message again: end the drop instead of losing it.

        Raises:
            Exception: an unexpected failure; the queue delivers the message again.
        """
        if drop.key.endswith("/") and self._is_empty(drop):
            return Skipped("a folder, not a file")
        try:
            handle = self.states.claim(drop, owner)
            if handle is None:
                return Skipped("another message of the same version is worked on")
            if is_last_receive and handle.state.stage in _UNSENT | _SENDING:
                return self._give_up(handle)
            return self._go_on_or_fail(handle)
        except LostClaim:
            return Skipped("another worker was faster")

    def _is_empty(self, drop: Drop) -> bool:
        dropped = self.bucket.look(drop.key, drop.version)
        return dropped is None or dropped.size == 0

    def _go_on_or_fail(self, handle: DropHandle) -> Progress:
        try:
            return self._go_on(handle)
        except FatalError as error:
            resolution = _RESOLUTIONS.get(error.status, "") if isinstance(error, RequestRefused) else error.resolution
            return self._fail(
                handle, str(error.args[0]), resolution or "Correct what LinkedIn says and drop the file again."
            )
        except RetriableError as error:
            waited = to_milliseconds(self.now()) - handle.state.first_seen_at
            if waited >= DROP_LIMIT.total_seconds() * 1000:
                return self._fail(handle, f"given up after 24 hours: {error}", "Drop the file again.")
            handle.advance(handle.state.stage, waiting=str(error))
            return RetryLater(self._delay(error, waited), str(error))

    def _go_on(self, handle: DropHandle) -> Progress:
        state = handle.state
        if state.stage == "ended":
            return Skipped("the drop has ended before")
        if state.stage == "ending":
            return self.outcomes.finish(handle)
        if state.stage in {"processing", "applying"}:
            return self._hand_over(handle)
        if state.stage in {"uploaded", "starting"}:
            return self._start(handle)
        if state.stage == "uploading" and state.mode == "automatic":
            return self._unknown(handle, "the function died while it uploaded the file")
        return self._refuse_unread(handle) or self.states.wait_for_earlier(handle) or self._assess_and_send(handle)

    def _refuse_unread(self, handle: DropHandle) -> EndedDrop | None:
        """End a drop that cannot be processed whatever its content."""
        drop = handle.drop
        if drop.is_name_too_long:
            reason = (
                f"its name has {len(drop.file.encode()):,} bytes, and keys made of it would be longer than S3 takes"
            )
            return self._reject(handle, reason, "Drop it under a shorter name.")
        if drop.key.endswith("/"):
            return self._reject(handle, "its name ends in a slash, as a folder's does", "Drop it under a file's name.")
        dropped = self.bucket.look(drop.key, drop.version)
        if dropped and dropped.size > LARGEST_FILE:
            reason = f"the file has {dropped.size / 1e6:,.0f} MB; files of up to {LARGEST_FILE / 1e6:,.0f} MB are taken"
            return self._reject(handle, reason, _SPLIT)
        return None

    def _assess_and_send(self, handle: DropHandle) -> Progress:
        drop = handle.drop
        dropped = self.bucket.look(drop.key, drop.version)
        if dropped is None or is_withdrawn(self.bucket, drop):
            return self._fail(handle, "deleted before it was read; nothing was sent", _DROP_AGAIN)
        with self.workspace() as folder:
            tables = self.tables()
            assessment = assess(self.bucket, self.states, drop, dropped, rules=self.rules, tables=tables, folder=folder)
            checked = assessment.checked
            if checked.errors:
                for key in (errors_key(drop), version_errors_key(drop)):
                    self.bucket.upload(checked.errors_path, key, content_type=CSV)
            if assessment.outcome is not None:
                return self._end_unsent(handle, assessment)
            assert checked.people.path is not None
            self.bucket.upload(checked.people.path, people_key(drop), content_type=PARQUET)
            if is_withdrawn(self.bucket, drop):
                return self._fail(handle, "deleted while it was checked; nothing was sent", _DROP_AGAIN)
            if assessment.releases:
                assessment.releases.advance("ended", released_by=drop.version)
            handle.advance(
                "uploading",
                mode=self.rules.mode,
                source_sha256=checked.source_sha256,
                is_converted=checked.is_converted,
                check=assessment.members,
                columns=column_documents(checked.people.columns),
                key_fingerprint=tables.digests.fingerprint,
            )
            return self._send(handle, checked.sent_path)

    def _send(self, handle: DropHandle, path: Path) -> Progress:
        automatic = handle.state.mode == "automatic"
        try:
            media_urn = self.linkedin.upload(path, automatic=automatic)
        except OutcomeUnknown as error:
            if automatic:
                return self._unknown(handle, str(error))
            raise  # an upload that is never processed does no harm
        except OutOfTime as error:
            return self._upload_again(handle, error)
        except LearningGraphError:
            handle.advance("claimed")
            raise
        if automatic:
            handle.advance("applying", media_urn=media_urn)
            return self._hand_over(handle)
        handle.advance("uploaded", media_urn=media_urn)
        return self._start(handle)

    def _upload_again(self, handle: DropHandle, error: OutOfTime) -> Progress:
        """Let another invocation upload the file, up to three times; in automatic mode the upload is not repeated.

        LinkedIn has not received the whole file, so it has not processed it.
        """
        attempts = handle.state.upload_attempts + 1
        is_begun = isinstance(error, UploadUnfinished)
        if attempts >= _UPLOAD_ATTEMPTS or (is_begun and handle.state.mode == "automatic"):
            return self._fail(handle, f"{error}; LinkedIn does not have the whole file", _SPLIT)
        handle.advance("claimed", upload_attempts=attempts, waiting=str(error))
        return RetryLater(0, str(error))

    def _start(self, handle: DropHandle) -> Progress:
        state = handle.state
        # LinkedIn has no list of jobs, so only this state, by the job's id, shows whether one was started.
        repeated = state.process_file_repeated or state.stage == "starting"
        handle.advance("starting", process_file_repeated=repeated)
        try:
            job_id = self.linkedin.process_file(state.media_urn)
        except OutcomeUnknown:
            raise
        except NotFound as error:
            # LinkedIn no longer has the file, so it has not been processed and is sent again.
            handle.advance("claimed", media_urn="")
            raise Unavailable("LinkedIn does not know the uploaded file") from error
        except LearningGraphError:
            handle.advance("uploaded", process_file_repeated=state.process_file_repeated)
            raise
        handle.advance("processing", job_id=job_id, processing_since=to_milliseconds(self.now()))
        return self._hand_over(handle)

    def _hand_over(self, handle: DropHandle) -> Skipped:
        delay = FIRST_POLL if handle.state.stage == "processing" else 0
        self.tracking.send(tracking_message(handle.drop), delay=delay)
        return Skipped("handed over to tracking")

    def _end_unsent(self, handle: DropHandle, assessment: Assessment) -> EndedDrop:
        drop, outcome = handle.drop, assessment.outcome
        handle.advance("claimed", source_sha256=assessment.checked.source_sha256, check=assessment.members)
        if outcome == "held":
            command = release_command(self.bucket.name, drop)
            return self.outcomes.end(
                handle,
                "held",
                summary_key=held_summary_key(drop),
                reason=assessment.reason,
                resolution=f"If this is meant, release it: {command}",
                members={"release": command},
            )
        if outcome == "dry-run":
            key = result_key(drop, f"dry-run-{drop.version}", "summary.json")
            return self.outcomes.end(handle, "dry-run", summary_key=key, reason=assessment.reason)
        return self._reject(handle, assessment.reason, assessment.resolution)

    def _reject(self, handle: DropHandle, reason: str, resolution: str) -> EndedDrop:
        return self.outcomes.end(
            handle, "rejected", summary_key=rejected_summary_key(handle.drop), reason=reason, resolution=resolution
        )

    def _fail(self, handle: DropHandle, reason: str, resolution: str, *, may_be_sent: bool = False) -> EndedDrop:
        key = result_key(handle.drop, f"failed-{handle.drop.version}", "summary.json")
        rows = handle.state.check.get("rows")
        members = {"rows": {**rows, "sent": 0}} if rows and not handle.state.media_urn and not may_be_sent else None
        return self.outcomes.end(
            handle, "failed", summary_key=key, reason=reason, resolution=resolution, members=members
        )

    def _give_up(self, handle: DropHandle) -> EndedDrop:
        if handle.state.stage in _SENDING:
            return self._unknown(handle, _DIED)
        return self._fail(handle, f"{_DIED}; nothing was sent", "See the function's log, then drop the file again.")

    def _unknown(self, handle: DropHandle, why: str) -> EndedDrop:
        reason = f"unknown: LinkedIn may or may not have the file ({why})"
        return self._fail(handle, reason, _UNKNOWN_RESOLUTION, may_be_sent=True)

    def _delay(self, error: RetriableError, waited: int) -> float:
        delay = poll_delay(waited)
        if isinstance(error, Throttled) and error.retry_after is not None:
            delay = error.retry_after
        if isinstance(error, DailyQuotaReached):
            delay = (error.until - self.now()).total_seconds()
        return min(LONGEST_DELAY, max(FIRST_POLL, delay))
