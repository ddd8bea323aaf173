"""The org-sync paths: ``/media/upload`` and ``/v2/enterpriseUploadJobs`` (API reference §8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from local.simulator import errors
from local.simulator.assumptions import Assumptions
from local.simulator.clock import Clock
from local.simulator.errors import ApiError
from local.simulator.exchange import Answer, Exchange, json_answer, json_lines
from local.simulator.oauth import bearer
from local.simulator.org_sync.jobs import Job, Jobs
from local.simulator.org_sync.media import LimitedWriter, MediaStore
from local.simulator.org_sync.multipart import read_file_part
from local.simulator.org_sync.users import UserTable

UPLOAD = "/media/upload"
JOBS = "enterpriseUploadJobs"
MEDIA_TYPE = "enterprise_csv_upload"
TOKEN_STATES = ("valid", "forbidden", "revoked")
DEMO_TOKENS = {
    "org-sync-demo-token": "valid",
    "org-sync-demo-forbidden": "forbidden",
    "org-sync-demo-revoked": "revoked",
}


class OrgSync:
    """Its tokens are made by hand in the admin console; those of ``/oauth/v2/accessToken`` do not work here."""

    def __init__(
        self,
        media: MediaStore,
        jobs: Jobs,
        users: UserTable,
        clock: Clock,
        *,
        assumptions: Assumptions,
        tokens: Mapping[str, str],
    ) -> None:
        self._media = media
        self._jobs = jobs
        self._users = users
        self._clock = clock
        self._assumptions = assumptions
        self._tokens = dict(tokens)

    def serves(self, exchange: Exchange) -> bool:
        return exchange.path == UPLOAD or (exchange.path.startswith("/v2/") and exchange.resource == JOBS)

    async def answer(self, exchange: Exchange, body: AsyncIterator[bytes]) -> Answer:
        """One call.

        Raises:
            ApiError: every refusal.
        """
        method = exchange.method
        self._jobs.advance()
        if exchange.path == UPLOAD:
            if method not in {"GET", "POST"}:
                raise errors.method_not_allowed(method)
            self._check(exchange, "media.upload")
            return await self._upload(exchange, body) if method == "POST" else self._download(exchange)
        self._check(exchange, f"{JOBS}.{'GET' if exchange.item else 'ACTION-processFile'}")
        if method == "POST" and exchange.item is None:
            return self._process(exchange, b"".join([chunk async for chunk in body]))
        if method == "GET" and exchange.item is not None:
            return json_answer(self._jobs.document(self._job(exchange.item)))
        raise errors.method_not_allowed(method)

    def _check(self, exchange: Exchange, permission: str) -> None:
        state = self._tokens.get(bearer(exchange.headers.get("Authorization")))
        exchange.client = "org-sync"
        if state is None:
            raise errors.invalid_token()
        if state == "revoked":
            raise errors.revoked_token()
        if state == "forbidden":
            raise errors.forbidden(permission)

    async def _upload(self, exchange: Exchange, body: AsyncIterator[bytes]) -> Answer:
        query = exchange.query
        if query.text("media_type") != MEDIA_TYPE:
            raise errors.bad_parameter("media_type")
        automatic = query.flag("auto_notify") or False
        media = self._media.new("source", self._clock.now())
        try:
            with media.path.open("wb") as file:
                writer = LimitedWriter(file, self._media.limit)
                await read_file_part(body, exchange.headers.get("Content-Type", ""), writer.write)
            writer.check()
        except BaseException:
            self._media.drop(media)
            raise
        if automatic:
            self._jobs.start(media, automatic=True)
        return json_answer({"location": self._jobs.urn(media)}, 201)

    def _download(self, exchange: Exchange) -> Answer:
        if exchange.query.text("media_type") != MEDIA_TYPE:
            raise errors.bad_parameter("media_type")
        media = self._media.find(exchange.query.required("id"))
        running = any(job.result is media and not job.over for job in self._jobs.all.values())
        if running:
            raise errors.not_found()
        return Answer(200, b"", self._assumptions["result-type"], file=media.path)

    def _process(self, exchange: Exchange, body: bytes) -> Answer:
        if exchange.query.text("action") != "processFile":
            raise errors.bad_parameter("action")
        try:
            given = msgspec.json.decode(body)
        except msgspec.DecodeError as broken:
            raise ApiError(400, "The body is not JSON") from broken
        urn = given.get("mediaUrn") if isinstance(given, dict) else None
        if not isinstance(urn, str) or not urn.strip():
            raise errors.bad_parameter("mediaUrn")
        job = self._jobs.start(self._media.find(urn), automatic=False)
        return json_answer({"value": str(job.id)}, 201)

    def _job(self, text: str) -> Job:
        job = self._jobs.all.get(int(text)) if text.isdigit() else None
        if job is None or job.automatic:
            raise errors.not_found()
        return job

    def show_users(self, exchange: Exchange, _: bytes) -> Answer:
        """JSON lines of the user table; ``count=true`` for the number alone, ``limit`` and ``offset``."""
        self._jobs.advance()
        query = exchange.query
        if query.values.get("count") == "true":
            return json_answer({"users": self._users.count(), "active": dict(self._users.active)})
        limit, offset = query.integer("limit"), query.integer("offset") or 0
        return json_lines(list(self._users.shown(-1 if limit is None else limit, offset)))

    def show_jobs(self, _: Exchange, __: bytes) -> Answer:
        """All jobs with the source's URN, automatic ones too."""
        self._jobs.advance()
        shown: list[Any] = [self._jobs.document(job) | {"automatic": job.automatic} for job in self._jobs.all.values()]
        return json_answer(shown)

    def show_media(self, _: Exchange, __: bytes) -> Answer:
        self._jobs.advance()
        return json_answer(
            [
                {"id": one.id, "kind": one.kind, "size": one.size, "created": one.created, "path": str(one.path)}
                for one in self._media.all.values()
            ]
        )

    def set_behaviour(self, _: Exchange, body: bytes) -> Answer:
        """``{"ends": […], "always": {…}, "jobSeconds": 0.5, "tokens": {"…": "revoked"}}``, each optional."""
        given = msgspec.json.decode(body)
        self._jobs.ends.extend(given.get("ends", ()))
        self._jobs.always = given.get("always", self._jobs.always)
        self._jobs.seconds = float(given.get("jobSeconds", self._jobs.seconds))
        for token, state in given.get("tokens", {}).items():
            if state not in TOKEN_STATES:
                raise ValueError(f"a token is one of {', '.join(TOKEN_STATES)}")
            self._tokens[token] = state
        return json_answer({"pendingEnds": len(self._jobs.ends)})
