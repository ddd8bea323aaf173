"""JupiterOne's synchronization jobs over HTTPS: start, upload, finalize, abort, get status.

Paths, states and codes are those of JupiterOne's sync jobs API reference and of its integration SDK
(docs/jupiterone.md, "Sources").
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import uuid4

import msgspec
from isal import igzip

from learning_graph.jupiterone.credentials import JupiterOneCredentials
from learning_graph.linkedin.answers import CLIENT_ERRORS, object_of, retry_after
from learning_graph.linkedin.http import Answer, Bearer, HttpSession
from learning_graph.linkedin.policy import Attempts
from learning_graph.store.run import RECORD_KINDS, RecordKind
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import (
    FatalError,
    LearningGraphError,
    NotFound,
    RequestRefused,
    Throttled,
    Unavailable,
)

SYNC_JOB_TIMEOUTS: Final = (5.0, 60.0)  # connect, read
_JOBS: Final = "/persister/synchronization/jobs"
_NOT_AWAITING_UPLOADS: Final = "JOB_NOT_AWAITING_UPLOADS"
_TOO_LARGE: Final = "RequestEntityTooLargeException"
_LONGEST_MESSAGE: Final = 300
_GZIP_LEVEL: Final = 1
_REDIRECTIONS: Final = range(300, 400)
_log = logging.getLogger(__name__)

_UPLOADED: Final[dict[RecordKind, str]] = {
    "entities": "numEntitiesUploaded",
    "relationships": "numRelationshipsUploaded",
}
State = Literal["awaiting uploads", "finalizing", "finished", "failed"]


class AccessTokenRefused(FatalError):
    """JupiterOne answered 401 or 403."""

    resolution = (
        "Check accountId and accessToken in the JupiterOne secret, that the token has not expired and may write to the "
        "graph, and that JUPITERONE_API_URL is that of the account's region."
    )


class BodyTooLarge(FatalError):
    """JupiterOne takes no body of this size: send fewer records at once."""


class JobNotAwaitingUploads(FatalError):
    """The job has ended or is being finalized: nothing more can be uploaded to it."""

    resolution = "Look in JupiterOne who or what has ended the job, then publish again."


class UploadUncertain(FatalError):
    """JupiterOne's counts do not show whether a batch has arrived: the job must not be finalized."""


@dataclass(frozen=True)
class SyncJob:
    """A synchronization job as JupiterOne describes it.

    Args:
        status: JupiterOne's word, e.g. `AWAITING_UPLOADS`.
        uploaded: objects that it counts, by kind; None where it does not say.
        changed: what finalizing changed: `entitiesCreated`, `relationshipsDeleted` and so on.
        errors: objects that it could not create, update or delete.
    """

    id: str
    status: str
    uploaded: Mapping[RecordKind, int] | None
    changed: Mapping[str, int]
    errors: int

    @property
    def state(self) -> State:
        """What the status means; an unknown one counts as finalizing, until the caller's own limit."""
        if self.status == "AWAITING_UPLOADS":
            return "awaiting uploads"
        if self.status == "FINISHED":
            return "finished"
        return "failed" if self.status.startswith(("ABORTED", "ERROR")) else "finalizing"


class JupiterOneClient:
    """Calls JupiterOne with the credentials of one account.

    Args:
        api_url: `https://api.us.jupiterone.io` or `https://api.eu.jupiterone.io`.
        credentials: returns them; called for every request.
        session: with `SYNC_JOB_TIMEOUTS`.
        attempts: repeats calls after failures that may pass.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Callable[[], JupiterOneCredentials],
        session: HttpSession,
        attempts: Attempts,
        *,
        now: Clock = utc_now,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._credentials = credentials
        self._session = session
        self._attempts = attempts
        self._now = now

    def start(self, scope: str) -> SyncJob:
        """Start a job that replaces the content of the scope; a job whose start was not answered changes nothing."""
        body = {"source": "api", "scope": scope, "syncMode": "DIFF"}
        return self._attempts.call(lambda: self._job_of(self._post("", body)), what="start a job")

    def job(self, job_id: str) -> SyncJob:
        """Return the present state of a job."""
        path = f"/{quote(job_id, safe='')}"
        return self._attempts.call(lambda: self._job_of(self._call("GET", path)), what="look at a job")

    def upload(self, job_id: str, kind: RecordKind, records: Sequence[bytes], *, before: int) -> SyncJob:
        """Upload one batch, once: JupiterOne refuses a key that it has received before.

        After a lost answer the job's counts are read, to see whether the batch has arrived, before it is sent again.

        Args:
            job_id: of a job that awaits uploads.
            kind: of the records.
            records: JSON, one record each.
            before: records of this kind uploaded to the job before.

        Raises:
            BodyTooLarge: send fewer records.
            JobNotAwaitingUploads: the job has ended; never tried again.
            UploadUncertain: the answer was lost, and JupiterOne counts neither what it did before nor what it would
                after, or refuses the batch the second time.
            LearningGraphError: any other failure; `arrived` tells later whether the batch was received.
        """
        body = b'{"' + kind.encode() + b'":[' + b",".join(records) + b"]}"
        compressed = igzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
        uncertain = again = False

        def attempt() -> SyncJob:
            nonlocal uncertain, again
            if uncertain:
                job = self._job_of(self._call("GET", f"/{quote(job_id, safe='')}"))
                if arrived(job, kind, before=before, records=len(records)):
                    return job
                uncertain, again = False, True
            try:
                return self._job_of(self._call("POST", f"/{quote(job_id, safe='')}/{kind}", compressed, gzip=True))
            except Unavailable:
                uncertain = True
                raise
            except RequestRefused as error:
                if again:  # JupiterOne may have counted late, and now refuses keys that it already has
                    raise UploadUncertain(f"{error}, after an upload that was not answered") from error
                raise

        return self._attempts.call(attempt, what=f"upload {kind}")

    def finalize(self, job_id: str, partial_types: Sequence[str]) -> SyncJob:
        """Replace the content of the scope by the uploads, except for `_type`s that may be incomplete. Not repeated.

        Raises:
            RequestRefused: 400, e.g. while another job of the scope is being finalized.
            LearningGraphError: any other failure; `job` tells whether JupiterOne has begun.
        """
        body = {"partialDatasets": {"types": list(partial_types)}}
        return self._job_of(self._post(f"/{quote(job_id, safe='')}/finalize", body))

    def abort(self, job_id: str, reason: str) -> SyncJob:
        """End a job without effect."""
        path = f"/{quote(job_id, safe='')}/abort"
        return self._attempts.call(lambda: self._job_of(self._post(path, {"reason": reason})), what="abort a job")

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self._call("POST", path, msgspec.json.encode(body))

    def _call(self, method: str, path: str, body: bytes | None = None, *, gzip: bool = False) -> Answer:
        credentials = self._credentials()
        correlation = str(uuid4())
        headers = {
            "JupiterOne-Account": credentials.account_id,
            "JupiterOne-Correlation-Id": correlation,
            "Content-Type": "application/json",
        }
        if gzip:
            headers["Content-Encoding"] = "gzip"
        answer = self._session.send(
            method, self._api_url + _JOBS + path, auth=Bearer(credentials.access_token), data=body, headers=headers
        )
        if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            return answer
        _log.info("JupiterOne refused a call", extra={"status": answer.status, "correlationId": correlation})
        # A message about records may quote them.
        hidden = None if gzip else credentials.access_token
        raise error_of(answer, what=f"{method} {_JOBS}{path}", now=self._now(), hidden=hidden)

    def _job_of(self, answer: Answer) -> SyncJob:
        job = object_of(answer.body).get("job")
        if not isinstance(job, dict) or not isinstance(job.get("id"), str) or not isinstance(job.get("status"), str):
            raise Unavailable("JupiterOne's answer has no job with id and status", status=answer.status)
        numbers = {name: value for name, value in job.items() if isinstance(value, int) and name.startswith("num")}
        uploaded = {kind: numbers[_UPLOADED[kind]] for kind in RECORD_KINDS if _UPLOADED[kind] in numbers}
        return SyncJob(
            id=job["id"],
            status=job["status"],
            uploaded=uploaded if len(uploaded) == len(RECORD_KINDS) else None,
            changed={
                f"{noun}{change}": numbers[f"num{noun.capitalize()}{change}"]
                for noun in RECORD_KINDS
                for change in ("Created", "Updated", "Deleted")
                if f"num{noun.capitalize()}{change}" in numbers
            },
            errors=sum(value for name, value in numbers.items() if name.endswith("Errors")),
        )


def arrived(job: SyncJob, kind: RecordKind, *, before: int, records: int) -> bool:
    """Tell from a job's counts whether a batch whose upload was not answered has arrived.

    Args:
        job: as it stands.
        kind: of the batch.
        before: records of this kind uploaded before it.
        records: of the batch.

    Raises:
        JobNotAwaitingUploads: the job has ended meanwhile.
        UploadUncertain: the counts do not show it.
    """
    if job.state != "awaiting uploads":
        raise JobNotAwaitingUploads(f"the job is {job.status}")
    counted = None if job.uploaded is None else job.uploaded[kind]
    if counted not in {before, before + records}:
        raise UploadUncertain(
            f"JupiterOne counts {counted} {kind}: neither the {before} uploaded before nor {records} more"
        )
    return counted == before + records


def error_of(answer: Answer, *, what: str, now: datetime, hidden: str | None) -> LearningGraphError:
    """Return the error that a status other than 2xx stands for.

    Args:
        answer: with JupiterOne's `{"error": {"code", "message"}}`, or whatever a gateway sends.
        what: the call.
        now: the present instant.
        hidden: a token that JupiterOne's message may quote; None leaves the whole message out.
    """
    status, code, message = answer.status, *_code_and_message(answer.body)
    said = f"{what}: JupiterOne answered {status}" + (f" {code}" if code else "")
    if hidden is not None and message:
        said += f": {message.replace(hidden, '[token]')[:_LONGEST_MESSAGE]}"
    error: LearningGraphError
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        error = AccessTokenRefused(said)
    elif status == HTTPStatus.NOT_FOUND:
        error = NotFound(said)
    elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or code == _TOO_LARGE:
        error = BodyTooLarge(said)
    elif code == _NOT_AWAITING_UPLOADS:
        error = JobNotAwaitingUploads(said)
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        error = Throttled(said, retry_after=_wait_asked_for(answer.headers, now))
    elif status in _REDIRECTIONS:
        error = RequestRefused(status, f"{said}; it points elsewhere, so JUPITERONE_API_URL may be wrong")
    elif status in CLIENT_ERRORS and status != HTTPStatus.REQUEST_TIMEOUT:
        error = RequestRefused(status, said)
    else:
        error = Unavailable(said, status=status)
    return error


def _code_and_message(body: bytes) -> tuple[str, str]:
    """Return JupiterOne's code and message, empty where there is none."""
    error = object_of(body).get("error")
    found = error if isinstance(error, dict) else {}
    code, message = found.get("code"), found.get("message")
    return code if isinstance(code, str) else "", message if isinstance(message, str) else ""


def _wait_asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of `Retry-After`, else those of `RateLimit-Reset`, None where neither says anything."""
    asked = retry_after(headers, now)
    if asked is None:
        reset = headers.get("RateLimit-Reset", "").strip()
        asked = float(reset) if reset.isascii() and reset.isdecimal() else None
    return asked
