"""The first half of a drop's way: check it, weigh it, send it, start its processing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from learning_graph.aws.drops import DropBucket
from learning_graph.aws.queues import Queue
from learning_graph.hr_file.people_table import pack
from learning_graph.linkedin.org_sync import OrgSyncClient, OutcomeUnknown
from learning_graph.org_sync.assess import Assessment, Rules, assess
from learning_graph.org_sync.drops import (
    Drop,
    errors_key,
    facts_key,
    held_summary_key,
    rejected_summary_key,
    release_command,
    result_key,
    version_errors_key,
)
from learning_graph.org_sync.endings import Endings
from learning_graph.org_sync.messages import tracking_message
from learning_graph.org_sync.order import is_withdrawn, waits_for_earlier
from learning_graph.org_sync.progress import LIMIT, Ended, Later, Passed, Progress, patience
from learning_graph.org_sync.state import Handle, Overtaken, States
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import (
    DailyQuotaReached,
    FatalError,
    LearningGraphError,
    NotFound,
    RequestRefused,
    RetriableError,
    Throttled,
    Unavailable,
)

CSV: Final = "text/csv"
FIRST_LOOK: Final = 5.0  # seconds after the start of processing (API reference §8.4)
_LONGEST_DELAY: Final = 900.0
_TOO_LARGE: Final = 413
_RESOLUTIONS: Final = {_TOO_LARGE: "LinkedIn takes no file of this size: split it and drop the parts."}
_UNSENT: Final = frozenset({"claimed"})
_SENDING: Final = frozenset({"uploading", "uploaded", "starting"})
_DIED: Final = "workers died over the file again and again"
_UNKNOWN_RESOLUTION: Final = (
    "Look at People > Learners on LinkedIn, or for LinkedIn's e-mail with the result. If the rows are not there, drop "
    "the file again; it is not repeated by itself, because in automatic mode it would be processed twice."
)


@dataclass(frozen=True)
class UploadDrop:
    """Takes a drop as far as LinkedIn.

    Args:
        rules: the settings a file is checked by.
        workspace: opens an empty scratch folder that is removed afterwards.
    """

    store: DropBucket
    states: States
    linkedin: OrgSyncClient
    tracking: Queue
    endings: Endings
    rules: Rules
    workspace: Callable[[], AbstractContextManager[Path]]
    now: Clock

    def handle(self, drop: Drop, owner: str, *, is_last_time: bool = False) -> Progress:
        """Do whatever is next for a drop.

        Args:
            drop: the version.
            owner: the message that brought it; a redelivery has the same.
            is_last_time: the queue will not bring the message again: end the drop instead of losing it.

        Raises:
            Exception: what nobody foresaw; the queue brings the message back.
        """
        try:
            handle = self.states.claim(drop, owner)
            if handle is None:
                return Passed("another message of the same version is worked on")
            if is_last_time and handle.state.stage in _UNSENT | _SENDING:
                return self._give_up(handle)
            return self._with_failures_told(handle)
        except Overtaken:
            return Passed("another worker was faster")

    def _with_failures_told(self, handle: Handle) -> Progress:
        try:
            return self._go_on(handle)
        except FatalError as error:
            resolution = _RESOLUTIONS.get(error.status, "") if isinstance(error, RequestRefused) else error.resolution
            return self._fail(
                handle, str(error.args[0]), resolution or "Correct what LinkedIn says and drop the file again."
            )
        except RetriableError as error:
            waited = to_milliseconds(self.now()) - handle.state.first_seen_at
            if waited >= LIMIT.total_seconds() * 1000:
                return self._fail(handle, f"given up after 24 hours: {error}", "Drop the file again.")
            handle.advance(handle.state.stage, waiting=str(error))
            return Later(self._delay(error, waited), str(error))

    def _go_on(self, handle: Handle) -> Progress:
        state = handle.state
        if state.stage == "ended":
            return Passed("the drop has ended before")
        if state.stage == "ending":
            return self.endings.finish(handle)
        if state.stage in {"processing", "applying"}:
            return self._hand_over(handle)
        if state.stage in {"uploaded", "starting"}:
            return self._start(handle)
        if state.stage == "uploading" and state.mode == "automatic":
            return self._unknown(handle, "a worker died while it sent the file")
        return waits_for_earlier(self.store, self.states, handle, to_milliseconds(self.now())) or self._assess_and_send(
            handle
        )

    def _assess_and_send(self, handle: Handle) -> Progress:
        drop = handle.drop
        if not drop.is_file or not drop.is_csv:
            reason = "not a file but a folder" if not drop.is_file else "not a CSV file"
            return self._reject(handle, reason, "Drop files whose names end in .csv.")
        dropped = self.store.look(drop.key, drop.version)
        if dropped is None or is_withdrawn(self.store, drop):
            return self._fail(
                handle, "deleted before it was read; nothing was sent", "Drop the file again if it was not meant."
            )
        with self.workspace() as folder:
            assessment = assess(self.store, self.states, drop, dropped, rules=self.rules, folder=folder)
            if assessment.has_errors:
                for key in (errors_key(drop), version_errors_key(drop)):
                    self.store.upload(assessment.checked.errors_path, key, content_type=CSV)
            if assessment.ending is not None:
                return self._end_unsent(handle, assessment)
            self.store.upload(
                pack(assessment.checked.facts, folder / "facts.gz"), facts_key(drop), content_type="application/gzip"
            )
            handle.advance(
                "uploading",
                mode=self.rules.mode,
                source_sha256=assessment.checked.source_sha256,
                is_converted=assessment.checked.is_converted,
                check=assessment.findings,
            )
            return self._send(handle, assessment.checked.sent_path)

    def _send(self, handle: Handle, path: Path) -> Progress:
        automatic = handle.state.mode == "automatic"
        try:
            media_urn = self.linkedin.upload(path, automatic=automatic)
        except OutcomeUnknown as error:
            if automatic:
                return self._unknown(handle, str(error))
            raise  # an upload that nobody processes does no harm
        except LearningGraphError:
            handle.advance("claimed")
            raise
        if automatic:
            handle.advance("applying", media_urn=media_urn)
            return self._hand_over(handle)
        handle.advance("uploaded", media_urn=media_urn)
        return self._start(handle)

    def _start(self, handle: Handle) -> Progress:
        state = handle.state
        # LinkedIn lists no jobs, so all that can be looked at is this state: a job id would be in it.
        repeated = state.process_file_repeated or state.stage == "starting"
        handle.advance("starting", process_file_repeated=repeated)
        try:
            job_id = self.linkedin.process_file(state.media_urn)
        except OutcomeUnknown:
            raise
        except NotFound as error:
            # LinkedIn no longer has the file; it certainly did not process it now, so it is sent again.
            handle.advance("claimed", media_urn="")
            raise Unavailable("LinkedIn does not know the uploaded file") from error
        except LearningGraphError:
            handle.advance("uploaded", process_file_repeated=state.process_file_repeated)
            raise
        handle.advance("processing", job_id=job_id, processing_since=to_milliseconds(self.now()))
        return self._hand_over(handle)

    def _hand_over(self, handle: Handle) -> Passed:
        delay = FIRST_LOOK if handle.state.stage == "processing" else 0
        self.tracking.send(tracking_message(handle.drop), delay=delay)
        return Passed("handed over to tracking")

    def _end_unsent(self, handle: Handle, assessment: Assessment) -> Ended:
        drop, ending = handle.drop, assessment.ending
        if ending == "held":
            handle.advance("claimed", source_sha256=assessment.checked.source_sha256, check=assessment.findings)
            return self.endings.end(
                handle,
                "held",
                summary_key=held_summary_key(drop),
                reason=assessment.reason,
                resolution=f"To release it: {release_command(self.store.name, drop)}",
                more={"release": release_command(self.store.name, drop)},
            )
        handle.advance("claimed", check=assessment.findings)
        if ending == "dry-run":
            key = result_key(drop, f"dry-run-{drop.version}", "summary.json")
            return self.endings.end(handle, "dry-run", summary_key=key, reason=assessment.reason)
        return self._reject(handle, assessment.reason, assessment.resolution)

    def _reject(self, handle: Handle, reason: str, resolution: str) -> Ended:
        return self.endings.end(
            handle, "rejected", summary_key=rejected_summary_key(handle.drop), reason=reason, resolution=resolution
        )

    def _fail(self, handle: Handle, reason: str, resolution: str, *, may_be_sent: bool = False) -> Ended:
        key = result_key(handle.drop, f"failed-{handle.drop.version}", "summary.json")
        rows = handle.state.check.get("rows")
        more = {"rows": {**rows, "sent": 0}} if rows and not handle.state.media_urn and not may_be_sent else None
        return self.endings.end(handle, "failed", summary_key=key, reason=reason, resolution=resolution, more=more)

    def _give_up(self, handle: Handle) -> Ended:
        if handle.state.stage in _SENDING:
            return self._unknown(handle, _DIED)
        return self._fail(handle, f"{_DIED}; nothing was sent", "See the function's log, then drop the file again.")

    def _unknown(self, handle: Handle, why: str) -> Ended:
        reason = f"unknown: LinkedIn may or may not have the file ({why})"
        return self._fail(handle, reason, _UNKNOWN_RESOLUTION, may_be_sent=True)

    def _delay(self, error: RetriableError, waited: int) -> float:
        delay = patience(waited)
        if isinstance(error, Throttled) and error.retry_after is not None:
            delay = error.retry_after
        if isinstance(error, DailyQuotaReached):
            delay = (error.until - self.now()).total_seconds()
        return min(_LONGEST_DELAY, max(FIRST_LOOK, delay))
