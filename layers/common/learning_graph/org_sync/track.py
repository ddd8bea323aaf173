"""The second half of a drop's way: follow its processing, fetch the result, remember what was applied."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from learning_graph.aws.drops import DropBucket
from learning_graph.hr_file.people_table import PeopleTable, strike_out, unpack
from learning_graph.linkedin.org_sync import Job, OrgSyncClient, TokenRefused
from learning_graph.org_sync.drops import Drop, facts_key, result_key
from learning_graph.org_sync.endings import Endings
from learning_graph.org_sync.ledger import apply_to_ledger
from learning_graph.org_sync.progress import LIMIT, Ended, Later, Passed, Progress, patience
from learning_graph.org_sync.results import LISTED, ResultRows, read_result
from learning_graph.org_sync.state import Handle, Outcome, Overtaken, States
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import ConfigurationError, FatalError, LearningGraphError, NotFound, RetriableError

RESULT_LIMIT: Final = timedelta(hours=1)  # a result that is not there by then will not come
_JOB_APPEARS_WITHIN: Final = timedelta(minutes=10)
_DROP_AGAIN: Final = "Drop the file again: its rows say what is to be, so nothing is doubled."
_CSV: Final = "text/csv"


@dataclass(frozen=True)
class TrackDrop:
    """Follows a drop to its end; `workspace` opens an empty scratch folder that is removed afterwards."""

    store: DropBucket
    states: States
    linkedin: OrgSyncClient
    endings: Endings
    workspace: Callable[[], AbstractContextManager[Path]]
    now: Clock

    def handle(self, drop: Drop, *, is_last_time: bool = False) -> Progress:
        """Look once.

        Args:
            drop: the version.
            is_last_time: the queue will not bring the message again: end the drop instead of losing it.

        Raises:
            ConfigurationError: nobody has sent such a drop.
            Exception: what nobody foresaw; the queue brings the message back.
        """
        handle = self.states.find(drop)
        if handle is None:
            raise ConfigurationError(
                "drop", f"{drop.key} was never sent", resolution="Send no tracking messages by hand."
            )
        try:
            if is_last_time and handle.state.stage in {"processing", "applying"}:
                return self._fail(handle, "workers died over its result again and again", _DROP_AGAIN)
            return self._go_on(handle)
        except Overtaken:
            return Passed("another worker was faster")

    def _go_on(self, handle: Handle) -> Progress:
        stage = handle.state.stage
        if stage == "ending":
            return self.endings.finish(handle)
        if stage == "applying":
            return self._applied_without_result(handle)
        if stage == "processing":
            return self._look(handle)
        return Passed(f"nothing to follow: the drop is {stage}")

    def _look(self, handle: Handle) -> Progress:
        waited = self._since(handle.state.processing_since)
        try:
            job = self.linkedin.job(handle.state.job_id)
        except FatalError as error:
            if isinstance(error, NotFound) and waited < _JOB_APPEARS_WITHIN:
                return Later(patience(_ms(waited)), "LinkedIn does not know the job yet")
            return self._fail(handle, f"the job may run on unseen: {error}", error.resolution or _DROP_AGAIN)
        except RetriableError as error:
            return self._later(handle, waited, str(error))
        if job.state == "running":
            return self._later(handle, waited, f"the job is {job.status}")
        return self._job_done(handle, job) if job.state == "done" else self._job_failed(handle, job)

    def _later(self, handle: Handle, waited: timedelta, why: str) -> Progress:
        if waited >= LIMIT:
            return self._fail(handle, f"the job did not end within 24 hours: {why}", "Ask LinkedIn about the job.")
        # Renews the lease: a later version of the file takes a drop without one for lost.
        handle.advance("processing", waiting=why)
        return Later(patience(_ms(waited)), why)

    def _job_done(self, handle: Handle, job: Job) -> Progress:
        drop, more = handle.drop, {"linkedin": _as_json(job)}
        waited = self._since_its_end(handle)
        with self.workspace() as folder:
            facts = self._facts(drop, folder)
            try:
                result = self._fetch(handle, job, facts, folder)
            except LearningGraphError as error:
                if waited < RESULT_LIMIT and not isinstance(error, TokenRefused):
                    return Later(patience(_ms(waited)), str(error))
                # LinkedIn has applied the file; the guard knows it, only the rows it refused cannot be named.
                apply_to_ledger(self.store, drop, facts, folder)
                return self._end(handle, "failed", more, _without_result(error), error.resolution or _DROP_AGAIN)
            strike_out(facts, result.struck)
            apply_to_ledger(self.store, drop, facts, folder)
        return self._end(handle, _outcome(handle), more | _told(result, handle, job))

    def _job_failed(self, handle: Handle, job: Job) -> Progress:
        more: dict[str, Any] = {"linkedin": _as_json(job)}
        waited = self._since_its_end(handle)
        with self.workspace() as folder:
            try:
                more |= _told(self._fetch(handle, job, self._facts(handle.drop, folder), folder), handle, job)
            except LearningGraphError as error:
                if waited < RESULT_LIMIT and isinstance(error, RetriableError):
                    return Later(patience(_ms(waited)), str(error))
                more["notes"] = [*handle.state.check.get("notes", []), f"there is no result file: {error}"]
        reason = f"LinkedIn ended the job as {job.status}"
        resolution = (
            "The result file names the rows applied before, if any. Correct the others and drop the file again."
        )
        return self._end(handle, "failed", more, reason, resolution)

    def _applied_without_result(self, handle: Handle) -> Ended:
        with self.workspace() as folder:
            apply_to_ledger(self.store, handle.drop, self._facts(handle.drop, folder), folder)
        more = {"notes": [*handle.state.check.get("notes", []), "LinkedIn processes the file and e-mails the result"]}
        return self._end(handle, _outcome(handle), more)

    def _fetch(self, handle: Handle, job: Job, facts: PeopleTable, folder: Path) -> ResultRows:
        if job.result_media is None:
            raise NotFound("the job has no result yet")
        path, refused = folder / "result.csv", folder / "refused.csv"
        with self.linkedin.result(job.result_media) as chunks, path.open("wb") as file:
            file.writelines(chunks)
        result = read_result(path, facts, refused)
        self.store.upload(path, result_key(handle.drop, handle.state.job_id, "result.csv"), content_type=_CSV)
        path.unlink()
        if result.refused:
            self.store.upload(refused, result_key(handle.drop, handle.state.job_id, "refused.csv"), content_type=_CSV)
        return result

    def _facts(self, drop: Drop, folder: Path) -> PeopleTable:
        packed = folder / "facts.gz"
        if not self.store.download(facts_key(drop), packed):
            raise RuntimeError(f"{facts_key(drop)} is missing: it is written before anything is sent")
        facts = unpack(packed, folder / "facts")
        packed.unlink()
        return facts

    def _fail(self, handle: Handle, reason: str, resolution: str) -> Ended:
        return self._end(handle, "failed", {}, reason, resolution)

    def _end(
        self, handle: Handle, outcome: Outcome, more: dict[str, Any], reason: str = "", resolution: str = ""
    ) -> Ended:
        job = handle.state.job_id or f"automatic-{handle.drop.version}"
        key = result_key(handle.drop, job, "summary.json")
        return self.endings.end(handle, outcome, summary_key=key, reason=reason, resolution=resolution, more=more)

    def _since_its_end(self, handle: Handle) -> timedelta:
        """Return how long ago a job was first seen at its end."""
        if not handle.state.done_since:
            handle.advance("processing", done_since=to_milliseconds(self.now()))
        return self._since(handle.state.done_since)

    def _since(self, milliseconds: int) -> timedelta:
        return timedelta(milliseconds=to_milliseconds(self.now()) - milliseconds)


def _outcome(handle: Handle) -> Outcome:
    return "converted" if handle.state.is_converted else "accepted"


def _without_result(error: LearningGraphError) -> str:
    return f"LinkedIn has processed the file, but its result could not be fetched: {error}"


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "status": job.status,
        "resultStats": job.stats,
        "messages": job.messages,
        "sourceMedia": job.source_media,
        "resultMedia": job.result_media,
        "created": job.created,
        "lastModified": job.last_modified,
    }


def _told(result: ResultRows, handle: Handle, job: Job) -> dict[str, Any]:
    """Return what a summary says of the result, and what in LinkedIn's numbers does not fit together."""
    sent = handle.state.check.get("rows", {}).get("sent", 0)
    # Of a failed job a row without a message may have been applied or not: LinkedIn works in batches.
    taken = "applied" if job.state == "done" else "withoutMessage"
    told: dict[str, Any] = {
        "result": {"rows": result.rows, taken: result.without_message, "missing": max(0, sent - result.rows)},
        "refusedCount": result.refused,
        "refusedRows": result.listed,
    }
    if result.refused > LISTED:
        told["refusedRowsListed"] = f"{LISTED} of {result.refused}; refused.csv has all"
    counts = job.stats.get("totalCount"), job.stats.get("errorCount")
    if counts != (sent, result.refused):
        told["statsNote"] = (
            f"LinkedIn counts {counts[0]} rows and {counts[1]} errors; "
            f"{sent} rows were sent and {result.refused} came back with a message"
        )
    return told


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
