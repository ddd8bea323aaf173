"""LinkedIn's org sync over HTTPS: upload, processing job, result (API reference §8).

Its token is made by hand in the admin console and cannot be renewed by a program. Upload and processFile must
not be repeated blindly (§8.6), so their errors say whether the call may have had an effect.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from learning_graph.linkedin.answers import error_of, message_of, object_of
from learning_graph.linkedin.http import Answer, Bearer, HttpSession, OpenAnswer
from learning_graph.linkedin.multipart import MultipartFile
from learning_graph.values.clock import Clock, utc_now
from learning_graph.values.errors import ConfigurationError, FatalError, LearningGraphError, OutOfTime, Unavailable

JOB_TIMEOUTS: Final = (30.0, 600.0)  # connect and send, read; a result may take so long as a whole
# A plug-in in production waits 240 s (API reference §7.3); LinkedIn may read a large file before it answers.
UPLOAD_TIMEOUTS: Final = (30.0, 240.0)
_MEDIA: Final = "/media/upload"  # without /v2 (§8.2)
_JOBS: Final = "/v2/enterpriseUploadJobs"
_MEDIA_TYPE: Final = "media_type=enterprise_csv_upload"
_FAILED: Final = re.compile("FAIL|ERROR|ABORT|CANCEL")
_NEW_TOKEN: Final = (
    "Make a new token on LinkedIn (Go to Admin > Me > Authenticate > Automatic user management panel > "  # noqa: S105
    "Create OAuth Access Tokens), put it into the org-sync secret, and drop the file again."
)

JobState = Literal["running", "done", "failed"]


class TokenRefused(FatalError):
    """LinkedIn answered 401 or 403 to the org-sync token."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, resolution=_NEW_TOKEN)
        self.status = status


class UploadUnfinished(OutOfTime):
    """The invocation ran out of time before the whole file was sent; LinkedIn does not process an incomplete file."""


class OutcomeUnknown(Unavailable):
    """A call that changes something was sent, and its answer was lost: it may have had an effect."""


@dataclass(frozen=True)
class Job:
    """A processing job (§8.4).

    Args:
        status: LinkedIn's word; only `DONE` is documented.
        state: what it means: names with FAIL, ERROR, ABORT or CANCEL have failed, everything else unknown runs on.
        result_media: None while there is none.
        stats: LinkedIn's counts, which need not add up.
    """

    id: str
    status: str
    state: JobState
    source_media: str
    result_media: str | None
    stats: dict[str, Any]
    messages: list[Any]
    created: int | None
    last_modified: int | None


class OrgSyncClient:
    """Calls LinkedIn with the org-sync token.

    Args:
        api_url: without a slash at its end.
        token: returns the token; called for every request, so that a replaced secret is seen.
        session: with `JOB_TIMEOUTS`.
        upload_session: with `UPLOAD_TIMEOUTS`.
        time_left: seconds until the invocation must be done; what is sent by then leaves time for LinkedIn's answer.
    """

    def __init__(
        self,
        api_url: str,
        token: Callable[[], str],
        session: HttpSession,
        *,
        upload_session: HttpSession | None = None,
        time_left: Callable[[], float] = lambda: math.inf,
        now: Clock = utc_now,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._session = session
        self._upload_session = upload_session or session
        self._time_left = time_left
        self._now = now

    def upload(self, path: Path, *, automatic: bool) -> str:
        """Send a file and return its URN; in automatic mode LinkedIn starts to process it at once.

        Raises:
            UploadUnfinished: the time was over before the whole file was sent.
            OutcomeUnknown: LinkedIn may have the file.
            LearningGraphError: LinkedIn does not have the file.
        """
        url = f"{_MEDIA}?{_MEDIA_TYPE}&auto_notify={'true' if automatic else 'false'}"
        with MultipartFile(path, before_read=self._require_time) as body:
            answer = self._change(url, body, {"Content-Type": body.content_type})
        return self._urn(answer, "location")

    def process_file(self, media_urn: str) -> str:
        """Start to process an uploaded file and return the job's id.

        Raises:
            OutcomeUnknown: the job may run.
            LearningGraphError: the job does not run.
        """
        body = msgspec.json.encode({"mediaUrn": media_urn})
        answer = self._change(f"{_JOBS}?action=processFile", body, {"Content-Type": "application/json"})
        value = object_of(answer.body).get("value")
        if not isinstance(value, str | int) or not str(value).strip():
            raise OutcomeUnknown("LinkedIn's answer to processFile has no job id", status=answer.status)
        return str(value).strip()

    def job(self, job_id: str) -> Job:
        """Return the present state of a job."""
        path = f"{_JOBS}/{quote(job_id, safe='')}"
        token = self._token()
        answer = self._session.send("GET", self._api_url + path, auth=Bearer(token))
        self._require(answer, path, token, HTTPStatus.OK)
        document = object_of(answer.body)
        status = document.get("status")
        if not isinstance(status, str) or not status:
            raise Unavailable(f"{_JOBS}: the job document has no status", status=answer.status)
        stats = document.get("resultStats")
        messages = document.get("messages")
        result = document.get("resultMedia")
        return Job(
            id=str(document.get("Id", document.get("id", job_id))),
            status=status,
            state=state_of(status),
            source_media=bare_urn(str(document.get("sourceMedia") or "")),
            result_media=bare_urn(result) or None if isinstance(result, str) else None,
            stats=stats if isinstance(stats, dict) else {},
            messages=messages if isinstance(messages, list) else [],
            created=_milliseconds(document.get("created")),
            last_modified=_milliseconds(document.get("lastModified")),
        )

    @contextmanager
    def result(self, media_urn: str) -> Iterator[Iterator[bytes]]:
        """Open a result file; its bytes may be read once, within the `with`."""
        # LinkedIn's sample has the URN unencoded; that it works percent-encoded is only an assumption (§8.5).
        path = f"{_MEDIA}?{_MEDIA_TYPE}&id={quote(media_urn, safe=':')}"
        token = self._token()
        with self._session.exchange("GET", self._api_url + path, auth=Bearer(token)) as answer:
            if answer.status != HTTPStatus.OK:
                self._require(_whole(answer), _MEDIA, token, HTTPStatus.OK)
            yield answer.chunks

    def _require_time(self, sent: int, size: int) -> None:
        """Check before each block that LinkedIn's answer can still be waited for when all is sent."""
        if self._time_left() < UPLOAD_TIMEOUTS[1]:
            raise UploadUnfinished(
                f"the invocation's time was over when {sent / 1e6:,.0f} of {size / 1e6:,.0f} MB had been uploaded"
            )

    def _change(self, path: str, body: Any, headers: dict[str, str]) -> Answer:
        token = self._token()
        try:
            answer = self._upload_session.send(
                "POST", self._api_url + path, auth=Bearer(token), data=body, headers=headers
            )
        except (Unavailable, OutOfTime) as error:
            if _was_never_sent(error):
                raise
            raise OutcomeUnknown(str(error)) from error
        try:
            self._require(answer, path.partition("?")[0], token, HTTPStatus.CREATED, HTTPStatus.OK)
        except Unavailable as error:
            raise OutcomeUnknown(str(error), status=answer.status) from error
        return answer

    def _require(self, answer: Answer, path: str, token: str, *good: HTTPStatus) -> None:
        if answer.status in good:
            return
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            said = message_of(answer.body, hidden=token)
            raise TokenRefused(answer.status, f"{path}: LinkedIn answered {answer.status}: {said}")
        # 403, for which the key type would matter, was handled above.
        raise error_of(answer, path=path, key_type="Content", now=self._now(), hidden=token)

    def _urn(self, answer: Answer, member: str) -> str:
        value = object_of(answer.body).get(member)
        urn = bare_urn(value) if isinstance(value, str) else ""
        if not urn:
            raise OutcomeUnknown(f"LinkedIn's answer to the upload has no {member}", status=answer.status)
        return urn


def read_token(secret: str) -> str:
    """Return the token of the org-sync secret, `{"accessToken": "…"}`; a byte-order mark is skipped.

    Raises:
        ConfigurationError: the secret has another form; never quotes it.
    """
    resolution = 'Put {"accessToken": "<token>"} into the org-sync secret. ' + _NEW_TOKEN
    try:
        value = json.loads(secret.removeprefix("\ufeff"))
    except ValueError:
        raise ConfigurationError("org-sync secret", "is not JSON", resolution=resolution) from None
    token = value.get("accessToken") if isinstance(value, dict) else None
    if not isinstance(token, str) or not token:
        raise ConfigurationError("accessToken", "is missing in the org-sync secret", resolution=resolution)
    if token != token.strip() or not token.isascii() or not token.isprintable():
        raise ConfigurationError(
            "accessToken", "has white space around it or unprintable characters", resolution=resolution
        )
    return token


def state_of(status: str) -> JobState:
    """Return what a job's status means; an unknown one counts as running, until the caller's own limit."""
    if status == "DONE":
        return "done"
    return "failed" if _FAILED.search(status.upper()) else "running"


def bare_urn(text: str) -> str:
    """Return a URN without the blanks that LinkedIn's page prints after `urn:li:media:` (§8.2)."""
    return "".join(text.split())


def _whole(answer: OpenAnswer) -> Answer:
    return Answer(answer.status, answer.headers, b"".join(answer.chunks))


def _milliseconds(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _was_never_sent(error: LearningGraphError) -> bool:
    """Tell whether no connection was established, so that LinkedIn cannot have received the request."""
    cause = error.__cause__
    if cause is None:
        return isinstance(error, OutOfTime)
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    first = cause.args[0] if cause.args else None
    return isinstance(first, MaxRetryError) and isinstance(first.reason, NewConnectionError)
