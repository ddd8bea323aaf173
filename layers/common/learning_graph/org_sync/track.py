"""Follows the processing of a drop, downloads the result, and applies it to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from learning_graph.aws.drops import DropBucket
from learning_graph.hr_file.people import PeopleFile, PeopleTables
from learning_graph.linkedin.org_sync import Job, OrgSyncClient, TokenRefused
from learning_graph.org_sync.ledger import apply_to_ledger, columns_of, require_key
from learning_graph.org_sync.result_file import ResultNotUnderstood, ResultReport, read_result
from learning_graph.org_sync.state import (
    DROP_LIMIT,
    DropHandle,
    DropStates,
    EndedDrop,
    LostClaim,
    Progress,
    RetryLater,
    Skipped,
    poll_delay,
)
from learning_graph.org_sync.summary import OutcomeWriter, job_members, result_members
from learning_graph.store.org_sync_bucket import Drop, DropOutcome, people_key, result_key
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import ConfigurationError, FatalError, LearningGraphError, NotFound, RetriableError

RESULT_LIMIT: Final = timedelta(hours=1)  # after which a result that could not be downloaded is given up
_RESULT_READ_AGAIN_WITHIN: Final = timedelta(seconds=10)  # the answer may have been a proxy's error page instead
_JOB_APPEARS_WITHIN: Final = timedelta(minutes=10)
_DROP_AGAIN: Final = "Drop the file again: a row says what is to be, so nothing is applied twice."
_CSV: Final = "text/csv"


@dataclass(frozen=True)
class TrackDrop:
    """Follows a drop until it ends.

    Args:
        outcomes: ends drops.
        tables: makes the tables of people, with the key of the secret.
        workspace: opens an empty scratch folder that is removed afterwards.
    """

    bucket: DropBucket
    states: DropStates
    linkedin: OrgSyncClient
    outcomes: OutcomeWriter
    tables: Callable[[], PeopleTables]
    workspace: Callable[[], AbstractContextManager[Path]]
    now: Clock

    def handle(self, drop: Drop, *, is_last_receive: bool = False) -> Progress:
        """Poll the job once.

        Args:
            drop: the version.
            is_last_receive: the queue will not deliver the message again: end the drop instead of losing it.

        Raises:
            ConfigurationError: there is no such drop.
            Exception: an unexpected failure; the queue delivers the message again.
        """
        handle = self.states.find(drop)
        if handle is None:
            raise ConfigurationError(
                "drop", f"{drop.key} was never sent", resolution="Send no tracking messages by hand."
            )
        try:
            if is_last_receive and handle.state.stage in {"processing", "applying"}:
                return self._fail(handle, "the function died several times while it read the result", _DROP_AGAIN)
            return self._go_on(handle)
        except ConfigurationError as error:
            return self._fail(handle, str(error.args[0]), error.resolution)
        except LostClaim:
            return Skipped("another worker was faster")

    def _go_on(self, handle: DropHandle) -> Progress:
        stage = handle.state.stage
        if stage == "ending":
            return self.outcomes.finish(handle)
        if stage == "applying":
            return self._apply_without_result(handle)
        if stage == "processing":
            return self._look(handle)
        return Skipped(f"nothing to follow: the drop is {stage}")

    def _look(self, handle: DropHandle) -> Progress:
        waited = self._since(handle.state.processing_since)
        try:
            job = self.linkedin.job(handle.state.job_id)
        except NotFound as error:
            if waited < _JOB_APPEARS_WITHIN:
                return RetryLater(poll_delay(_ms(waited)), "LinkedIn does not know the job yet")
            return self._fail(handle, f"LinkedIn does not know the job any more: {error}", _DROP_AGAIN)
        except FatalError as error:
            reason = f"the job cannot be followed any more, and may have been processed: {error.args[0]}"
            return self._fail(handle, reason, error.resolution or _DROP_AGAIN)
        except RetriableError as error:
            return self._look_later(handle, waited, str(error))
        if job.state == "running":
            return self._look_later(handle, waited, f"the job is {job.status}")
        return self._job_done(handle, job) if job.state == "done" else self._job_failed(handle, job)

    def _look_later(self, handle: DropHandle, waited: timedelta, why: str) -> Progress:
        if waited >= DROP_LIMIT:
            return self._fail(handle, f"the job did not end within 24 hours: {why}", "Ask LinkedIn about the job.")
        # Renews the lease: without one, a later version of the file would treat the drop as lost.
        handle.advance("processing", waiting=why)
        return RetryLater(poll_delay(_ms(waited)), why)

    def _job_done(self, handle: DropHandle, job: Job) -> Progress:
        members = job_members(job)
        waited = self._since_end_of_job(handle)
        with self.workspace() as folder:
            try:
                report = self._read_result(handle, job, folder)
            except ResultNotUnderstood as error:
                if waited < _RESULT_READ_AGAIN_WITHIN:
                    return RetryLater(poll_delay(_ms(waited)), str(error))
                return self._end_not_understood(handle, members, error)
            except LearningGraphError as error:
                if waited < RESULT_LIMIT and not isinstance(error, TokenRefused | ConfigurationError):
                    handle.advance("processing", waiting=str(error))
                    return RetryLater(poll_delay(_ms(waited)), str(error))
                reason = f"LinkedIn has processed the file, but its result could not be downloaded: {error.args[0]}"
                return self._end(handle, "failed", members, reason, error.resolution or _DROP_AGAIN)
            if report.applied:
                apply_to_ledger(self.bucket, self.tables(), handle.drop, report.people, folder)
        return self._end_with_report(handle, job, members, report)

    def _end_with_report(
        self, handle: DropHandle, job: Job, members: dict[str, Any], report: ResultReport
    ) -> EndedDrop:
        members |= result_members(report, handle, job)
        sent = report.applied + report.refused + report.undecided + report.missing
        reasons = []
        if report.missing:
            reasons.append(f"lacks {report.missing:,} of {sent:,} sent rows")
        if report.undecided:
            reasons.append(f"does not say whether {report.undecided:,} of {sent:,} sent rows were applied")
        if report.text_above:
            reasons.append("has a text above its headers, which the summary quotes")
        if report.critical_errors:
            reasons.append("or its job tells of a critical error, which the summary quotes")
        if not reasons:
            return self._end(handle, _sent_outcome(handle), members)
        resolution = "Look at result.csv, and drop the rows again that were not applied"
        resolution += " (missing.csv has the lines of those it lacks)." if report.missing else "."
        resolution += " Only rows that LinkedIn shows as applied were added to the ledger of people."
        return self._end(handle, "partial", members, f"LinkedIn's result {', and it '.join(reasons)}", resolution)

    def _end_not_understood(self, handle: DropHandle, members: dict[str, Any], error: ResultNotUnderstood) -> EndedDrop:
        reason = f"LinkedIn has processed the file, but its result is not understood: {error.args[0]}"
        resolution = (
            "Look at result.csv, which is kept as it came. Nothing was added to the ledger of people: drop the file "
            "again to have it processed once more."
        )
        return self._end(handle, "failed", members | {"result": {"firstLine": error.first_line}}, reason, resolution)

    def _job_failed(self, handle: DropHandle, job: Job) -> Progress:
        members = job_members(job)
        waited = self._since_end_of_job(handle)
        with self.workspace() as folder:
            try:
                members |= result_members(self._read_result(handle, job, folder), handle, job)
            except ResultNotUnderstood as error:
                members["result"] = {"firstLine": error.first_line}
                members["notes"] = [*handle.state.check.get("notes", []), str(error)]
            except LearningGraphError as error:
                if waited < RESULT_LIMIT and isinstance(error, RetriableError):
                    return RetryLater(poll_delay(_ms(waited)), str(error))
                members["notes"] = [*handle.state.check.get("notes", []), f"there is no result file: {error}"]
        reason = f"LinkedIn ended the job as {job.status}"
        resolution = (
            "The result file names the rows applied before, if any. Correct the others and drop the file again."
        )
        return self._end(handle, "failed", members, reason, resolution)

    def _apply_without_result(self, handle: DropHandle) -> EndedDrop:
        with self.workspace() as folder:
            tables = self.tables()
            apply_to_ledger(self.bucket, tables, handle.drop, self._people(handle, tables, folder), folder)
        notes = [*handle.state.check.get("notes", []), "LinkedIn processes the file and e-mails the result"]
        return self._end(handle, _sent_outcome(handle), {"notes": notes})

    def _read_result(self, handle: DropHandle, job: Job, folder: Path) -> ResultReport:
        """Download the result, store it unchanged, and read it.

        Raises:
            ResultNotUnderstood: it is stored, but cannot be read.
            LearningGraphError: it could not be downloaded.
        """
        if job.result_media is None:
            raise NotFound("the job has no result yet")
        path = folder / "result.csv"
        with self.linkedin.result(job.result_media) as chunks, path.open("wb") as file:
            file.writelines(chunks)
        self._keep(handle, path, "result.csv")
        tables = self.tables()
        errors = job.stats.get("errorCount")
        report = read_result(
            path,
            self._people(handle, tables, folder),
            tables,
            folder / "result",
            error_count=errors if isinstance(errors, int) else None,
            job_messages=job.messages,
        )
        path.unlink()
        if report.listed:
            self._keep(handle, report.refused_path, "refused.csv")
        if report.missing:
            self._keep(handle, report.missing_path, "missing.csv")
        return report

    def _keep(self, handle: DropHandle, path: Path, name: str) -> None:
        self.bucket.upload(path, result_key(handle.drop, handle.state.job_id, name), content_type=_CSV)

    def _people(self, handle: DropHandle, tables: PeopleTables, folder: Path) -> PeopleFile:
        key = people_key(handle.drop)
        require_key(handle.state.key_fingerprint, tables, key)
        path = folder / "people.parquet"
        if not self.bucket.download(key, path):
            raise RuntimeError(f"{key} is missing: it is written before anything is sent")
        return PeopleFile(path, columns_of(handle.state.columns))

    def _fail(self, handle: DropHandle, reason: str, resolution: str) -> EndedDrop:
        return self._end(handle, "failed", {}, reason, resolution)

    def _end(
        self, handle: DropHandle, outcome: DropOutcome, members: dict[str, Any], reason: str = "", resolution: str = ""
    ) -> EndedDrop:
        job = handle.state.job_id or f"automatic-{handle.drop.version}"
        key = result_key(handle.drop, job, "summary.json")
        return self.outcomes.end(
            handle, outcome, summary_key=key, reason=reason, resolution=resolution, members=members
        )

    def _since_end_of_job(self, handle: DropHandle) -> timedelta:
        """Return how long ago the job was first seen to have ended."""
        if not handle.state.done_since:
            handle.advance("processing", done_since=to_milliseconds(self.now()))
        return self._since(handle.state.done_since)

    def _since(self, milliseconds: int) -> timedelta:
        return timedelta(milliseconds=to_milliseconds(self.now()) - milliseconds)


def _sent_outcome(handle: DropHandle) -> DropOutcome:
    return "converted" if handle.state.is_converted else "accepted"


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
