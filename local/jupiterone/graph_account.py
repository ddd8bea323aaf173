"""One JupiterOne account in memory: its graph by scope, and its synchronization jobs."""

from __future__ import annotations

import gzip
import json
import re
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.jupiterone.object_rules import Record, entity_problem, relationship_problem

JOBS = "/persister/synchronization/jobs"
_PATH = re.compile(rf"{JOBS}(?:/(?P<job>[^/]+)(?:/(?P<action>entities|relationships|finalize|abort))?)?")
_SAMPLE = 5  # problems that an answer names
LARGEST_BODY = 6_000_000

Answer = tuple[int, dict[str, str], dict[str, Any]]


class Refused(Exception):
    """A call that is answered with an error."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


@dataclass
class StandInJob:
    """A synchronization job. `looks` is how often it still answers that it is being finalized."""

    id: str
    scope: str
    status: str = "AWAITING_UPLOADS"
    entities: dict[str, Record] = field(default_factory=dict)
    relationships: dict[str, Record] = field(default_factory=dict)
    partial_types: frozenset[str] = frozenset()
    finalize_calls: int = 0
    looks: int = 0
    changes: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the job as JupiterOne shows it."""
        return {
            "source": "api",
            "scope": self.scope,
            "id": self.id,
            "status": self.status,
            "done": self.status.startswith(("FINISHED", "ABORTED", "ERROR")),
            "syncMode": "DIFF",
            "numEntitiesUploaded": len(self.entities),
            "numRelationshipsUploaded": len(self.relationships),
            **{name: self.changes.get(name, 0) for name in _CHANGES},
            **{name: self.changes.get(name, 0) for name in _ERRORS},
        }


_ERRORS = tuple(
    f"num{noun}{change}Errors" for noun in ("Entity", "Relationship") for change in ("Create", "Update", "Delete")
)
_CHANGES = tuple(
    f"num{noun}{change}" for noun in ("Entities", "Relationships") for change in ("Created", "Updated", "Deleted")
)


class JupiterOneAccount:
    """Answers calls as JupiterOne does.

    Attributes:
        graph: by scope, by kind, every object by `_key`.
        jobs: by id, in the order of their start.
        calls: method and path of every call, also those that were refused.
        before: is told of every call and may raise Refused.
        shown: makes the document that is shown of a job from the true one.
    """

    def __init__(self, account_id: str, access_token: str, *, largest_body: int = LARGEST_BODY, looks: int = 2) -> None:
        self._account_id, self._access_token = account_id, access_token
        self._largest_body, self._looks = largest_body, looks
        self._lock = threading.RLock()
        self.graph: dict[str, dict[str, dict[str, Record]]] = {}
        self.jobs: dict[str, StandInJob] = {}
        self.calls: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda _method, _path: None
        self.shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda document: document

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one call: status, headers, body."""
        with self._lock:
            self.calls.append((method, path))
            try:
                self.before(method, path)
                self._authenticate(headers)
                return 200, {}, {"job": self.shown(self._route(method, path, headers, body).document())}
            except Refused as refused:
                error = {"code": refused.code, "message": refused.message}
                return refused.status, refused.headers, {"error": error}

    def objects(self, scope: str, kind: str) -> dict[str, Record]:
        """Return the entities or relationships of a scope by `_key`."""
        return self.graph.get(scope, {}).get(kind, {})

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("authorization") != f"Bearer {self._access_token}":
            raise Refused(401, "UNAUTHORIZED", "Unauthorized")
        if given.get("jupiterone-account") != self._account_id:
            raise Refused(403, "FORBIDDEN", "Forbidden")

    def _route(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> StandInJob:
        match = _PATH.fullmatch(path)
        if not match:
            raise Refused(404, "NOT_FOUND", path)
        action = match["action"]
        if not match["job"]:
            return self._start(self._object(headers, body))
        job = self.jobs.get(match["job"])
        if job is None:
            raise Refused(404, "NOT_FOUND", "no such job")
        if method == "GET":
            return self._look(job)
        value = self._object(headers, body)
        if action == "finalize":
            return self._finalize(job, value)
        if action == "abort":
            return self._abort(job)
        return self._upload(job, action, value)

    def _object(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("content-type") != "application/json":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "application/json is expected")
        if given.get("content-encoding") == "gzip":
            try:
                body = gzip.decompress(body)
            except (OSError, EOFError, zlib.error) as error:
                raise Refused(400, "BAD_REQUEST", "the body is no gzip") from error
        if len(body) > self._largest_body:
            raise Refused(413, "RequestEntityTooLargeException", "request entity too large")
        try:
            value = json.loads(body)
        except ValueError as error:
            raise Refused(400, "BAD_REQUEST", "the body is no JSON") from error
        if not isinstance(value, dict):
            raise Refused(400, "BAD_REQUEST", "the body is no object")
        return value

    def _start(self, value: dict[str, Any]) -> StandInJob:
        if value.get("source") != "api" or value.get("syncMode") != "DIFF" or not value.get("scope"):
            raise Refused(400, "BAD_REQUEST", "source is api, syncMode DIFF, and a scope is required")
        if set(value) - {"source", "syncMode", "scope"}:
            raise Refused(400, "BAD_REQUEST", f"unknown: {sorted(set(value) - {'source', 'syncMode', 'scope'})}")
        job = StandInJob(f"00000000-0000-4000-8000-{len(self.jobs) + 1:012d}", value["scope"])
        self.jobs[job.id] = job
        return job

    def _upload(self, job: StandInJob, kind: str, value: dict[str, Any]) -> StandInJob:
        if job.status != "AWAITING_UPLOADS":
            raise Refused(400, "JOB_NOT_AWAITING_UPLOADS", f"job is {job.status}")
        records = value.get(kind)
        if set(value) != {kind} or not isinstance(records, list):
            raise Refused(400, "ENTITY_IS_NOT_ARRAY", f'"{kind}" should be an array')
        check = entity_problem if kind == "entities" else relationship_problem
        problems = [
            f"{kind}[{number}]: {problem}" for number, record in enumerate(records) if (problem := check(record))
        ]
        if problems:
            raise Refused(400, "INVALID_OBJECT", "; ".join(problems[:_SAMPLE]))
        uploaded = [record["_key"] for record in records]
        if len(set(uploaded)) < len(uploaded) or any(
            key in job.entities or key in job.relationships for key in uploaded
        ):
            raise Refused(400, "DUPLICATE_KEY", "a _key was uploaded before, ignoreDuplicates is not set")
        (job.entities if kind == "entities" else job.relationships).update(zip(uploaded, records, strict=True))
        return job

    def _finalize(self, job: StandInJob, value: dict[str, Any]) -> StandInJob:
        if job.status != "AWAITING_UPLOADS":
            raise Refused(400, "JOB_NOT_AWAITING_UPLOADS", f"job is {job.status}")
        others = [
            other for other in self.jobs.values() if other.scope == job.scope and other.status.startswith("FINALIZ")
        ]
        if others:
            raise Refused(400, "BAD_REQUEST", "another job of the scope is being finalized")
        types = value.get("partialDatasets", {}).get("types")
        if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
            raise Refused(400, "BAD_REQUEST", "partialDatasets.types is a list of texts")
        job.partial_types = frozenset(types)
        job.finalize_calls += 1
        job.status, job.looks = "FINALIZE_PENDING", self._looks
        return job

    def _abort(self, job: StandInJob) -> StandInJob:
        if job.status != "AWAITING_UPLOADS":
            raise Refused(400, "BAD_REQUEST", f"job is {job.status}")
        job.status = "ABORTED"
        return job

    def _look(self, job: StandInJob) -> StandInJob:
        """Each look at a job that is being finalized brings it forward."""
        if job.status.startswith("FINALIZ"):
            job.looks -= 1
            job.status = "FINALIZING_ENTITIES" if job.looks > 1 else "FINALIZING_RELATIONSHIPS"
            if job.looks <= 0:
                self._apply(job)
        return job

    def _apply(self, job: StandInJob) -> None:
        """Replace what the scope holds, except for the partial types."""
        scope = self.graph.setdefault(job.scope, {"entities": {}, "relationships": {}})
        wanted = {
            kind: {key: old for key, old in scope[kind].items() if old["_type"] in job.partial_types} | uploaded
            for kind, uploaded in (("entities", job.entities), ("relationships", job.relationships))
        }
        dangling = [
            record["_key"]
            for record in job.relationships.values()
            if not {record["_fromEntityKey"], record["_toEntityKey"]} <= wanted["entities"].keys()
        ]
        if dangling:
            job.status = "ERROR_BAD_DATA"
            return
        wanted["relationships"] = {
            key: record
            for key, record in wanted["relationships"].items()
            if {record["_fromEntityKey"], record["_toEntityKey"]} <= wanted["entities"].keys()
        }
        for kind, noun in (("entities", "Entities"), ("relationships", "Relationships")):
            old, new = scope[kind], wanted[kind]
            job.changes[f"num{noun}Created"] = len(new.keys() - old.keys())
            job.changes[f"num{noun}Deleted"] = len(old.keys() - new.keys())
            job.changes[f"num{noun}Updated"] = sum(old[key] != new[key] for key in new.keys() & old.keys())
        self.graph[job.scope] = wanted
        job.status = "FINISHED"
