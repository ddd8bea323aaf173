"""Erase a learner: from every snapshot and every part that is kept, and from all that will be made (ADR 0007)."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from isal import igzip
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from learning_graph.aws.bucket import JSON_LINES, Bucket, StoredObject
from learning_graph.aws.events import EventBus
from learning_graph.model import keys as model_keys
from learning_graph.model import schema
from learning_graph.runs.documents import read_manifest, read_value
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import Manifest, counts_of
from learning_graph.store.run import Outcome, Part, SnapshotFile
from learning_graph.values import erasure
from learning_graph.values.clock import Clock
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.steps import REPORT_STEPS

_log = logging.getLogger(__name__)

_USER_EDGES = tuple(name for name, ends in schema.RELATIONSHIPS.items() if schema.USER in ends)
_SUMMED = ("completed", "completions", "views", "secondsViewed")
_Keep = Callable[[dict[str, Any]], bool]


class ErasureNote(msgspec.Struct, frozen=True, rename="camel"):
    """What the bucket keeps of an erasure: all hashes of the person; until it is `done`, work is left.

    `cleaned` names the snapshots that need not be looked at again where the erasure is sent once more.
    """

    erased_at: str
    done: bool
    identities: tuple[str, ...]
    cleaned: tuple[str, ...] = ()


class EraseRequest(BaseModel):
    """The event of erase_learner: at least one identifier, as LinkedIn or the graph shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    profile_urn: str | None = Field(default=None, min_length=1)
    unique_user_id: str | None = Field(default=None, min_length=1)
    email: str | None = Field(default=None, min_length=1)


class Erased(msgspec.Struct, rename="camel"):
    """What was removed: users and relationships of snapshots, rows of parts; and what was rewritten for it."""

    users: int = 0
    relationships: int = 0
    part_rows: int = 0
    objects_rewritten: int = 0
    snapshots: list[str] = []


def read_request(event: dict[str, Any]) -> EraseRequest:
    """Return the request of an event.

    Raises:
        ConfigurationError: an unknown key, or no identifier at all.
    """
    try:
        request = EraseRequest.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(name, first["msg"], resolution="Give profileUrn, uniqueUserId or email.") from error
    if not request.model_dump(exclude_none=True):
        raise ConfigurationError("event", "names nobody", resolution="Give profileUrn, uniqueUserId or email.")
    return request


def erase_learner(request: EraseRequest, *, bucket: Bucket, bus: EventBus, clock: Clock) -> Erased:
    """Erase one learner and say what was removed; one that was interrupted is sent again and finishes the work.

    The hashes are noted before anything is cleaned, and everything is written only over what was read: a run that ends
    meanwhile either sees the note or is found here.
    """
    asked = erasure.identity_hashes(request.profile_urn, request.unique_user_id, request.email)
    # An erasure that was interrupted may have removed the very record that ties the identifiers together.
    notes = [note for one in sorted(asked) if (note := read_value(bucket, erasure.erasure_key(one), ErasureNote))]
    wanted = asked.union(*(note.identities for note in notes))
    seen: set[str] = set()
    people: set[frozenset[str]] = set()
    while True:
        new = _snapshots(bucket, besides=seen)
        for run in new:
            people.update(map(_hashes_of_user, _users(bucket, run)))
        seen.update(new)
        everything = _all_of(wanted, people)
        if not new and everything == wanted:
            break
        wanted = everything
        _note(bucket, wanted, clock, done=False)
    done_before = {run for note in notes if frozenset(note.identities) == wanted for run in note.cleaned}
    work = _Erasure(bucket, wanted, resumed=any(not note.done for note in notes))
    for run in sorted(seen - done_before):
        work.clean_snapshot(run)
        done_before.add(run)
        _note(bucket, wanted, clock, done=False, cleaned=done_before)
    for run in bucket.folders("runs/"):
        work.clean_parts(run)
    _note(bucket, wanted, clock, done=True)
    detail = msgspec.to_builtins(work.erased)
    bus.send("Learner Erased", detail)
    _log.info("learner erased", extra=detail)
    return work.erased


def _all_of(wanted: frozenset[str], people: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return every hash of the person: who shares an identifier with them, in any snapshot, is that person."""
    before: frozenset[str] | None = None
    while wanted != before:
        before, wanted = wanted, wanted.union(*(own for own in people if own & wanted))
    return wanted


class _Outrun(Exception):
    """Somebody else has written what was about to be written."""


class _Erasure:
    """Rewrites objects without one learner; `resumed` lets a file that is ahead of its manifest pass."""

    def __init__(self, bucket: Bucket, hashes: frozenset[str], *, resumed: bool) -> None:
        self._bucket, self._hashes, self._resumed = bucket, hashes, resumed
        self.erased = Erased()

    def clean_snapshot(self, run: str) -> None:
        """Rewrite a snapshot's files of users and their edges, then its manifest."""
        with_all_files = self._resumed
        while True:
            # Where an assembly takes its manifest back, it has seen the note and makes the snapshot anew.
            stored = self._bucket.read(graph_bucket.manifest_key(run))
            if stored is None:
                return
            try:
                self._clean_snapshot(stored, with_all_files=with_all_files)
            except _Outrun:
                with_all_files = True
            else:
                return

    def _clean_snapshot(self, stored: StoredObject, *, with_all_files: bool) -> None:
        manifest = msgspec.json.decode(stored.data, type=Manifest)
        files: list[SnapshotFile] = []
        sums: Counter[str] = Counter()

        def keep(record: dict[str, Any]) -> bool:
            if record["_type"] == schema.USER:
                gone = bool(_hashes_of_user(record) & self._hashes)
                sums["learners"] += not gone
                return not gone
            ends = _hashes_of_key(record["_fromEntityKey"]) | _hashes_of_key(record["_toEntityKey"])
            gone = bool(ends & self._hashes)
            sums.update({name: 0 if gone else int(record.get(name) or 0) for name in _SUMMED})
            return not gone

        for file in manifest.files:
            record_type = file.key.split("/")[4]
            if record_type not in (schema.USER, *_USER_EDGES):
                files.append(file)
                continue
            cleaned = self._clean(file.key, keep)
            if record_type == schema.USER:
                self.erased.users += cleaned.gone
            else:
                self.erased.relationships += cleaned.gone
            files.append(
                SnapshotFile(key=file.key, rows=cleaned.rows, bytes=cleaned.size, sha256=cleaned.sha256)
                if cleaned.gone or with_all_files
                else file
            )
        if files == list(manifest.files):
            return
        totals = {name: sums[name] for name in manifest.totals}
        renewed = msgspec.structs.replace(manifest, files=tuple(files), counts=counts_of(files), totals=totals)
        if not self._bucket.write_if_unchanged(
            graph_bucket.manifest_key(manifest.run_id), encode(renewed), stored.etag
        ):
            raise _Outrun
        self.erased.snapshots.append(manifest.run_id)

    def clean_parts(self, run: str) -> None:
        """Rewrite a run's parts, then the outcomes that list them; one still in a message is read again later."""

        def keep(row: dict[str, Any]) -> bool:
            named = row["t"] in ("learner", "engagement")
            return not (
                named and erasure.identity_hashes(row["profileUrn"], row["uniqueUserId"], row["email"]) & self._hashes
            )

        cleaned: dict[str, _Cleaned] = {}
        for step in REPORT_STEPS:
            for key in self._bucket.keys(graph_bucket.parts_prefix(run, step)):
                part = self._clean_part(key, keep)
                self.erased.part_rows += part.gone
                if part.gone or self._resumed:
                    cleaned[key] = part
        for key in self._bucket.keys(graph_bucket.outcomes_prefix(run)) if cleaned else ():
            outcome = read_value(self._bucket, key, Outcome)
            if outcome is None or not any(part.key in cleaned for part in outcome.parts):
                continue
            parts = tuple(_renewed(part, cleaned.get(part.key)) for part in outcome.parts)
            rows = sum(part.rows for part in parts)
            self._bucket.write(key, encode(msgspec.structs.replace(outcome, parts=parts, rows=rows)))

    def _clean_part(self, key: str, keep: _Keep) -> _Cleaned:
        while True:
            try:
                return self._clean(key, keep)
            except _Outrun:
                continue

    def _clean(self, key: str, keep: _Keep) -> _Cleaned:
        stored = self._bucket.read(key)
        lines = _lines(stored)
        kept = [line for line in lines if keep(msgspec.json.decode(line))]
        gone = len(lines) - len(kept)
        data = stored.data if stored else b""
        if stored and gone:
            data = igzip.compress(b"".join(kept), compresslevel=1, mtime=0)
            if not self._bucket.write_if_unchanged(key, data, stored.etag, content_type=JSON_LINES):
                raise _Outrun
            self.erased.objects_rewritten += 1
        return _Cleaned(len(kept), gone, len(data), hashlib.sha256(data).hexdigest())


class _Cleaned(NamedTuple):
    """An object after cleaning: rows that stayed and went, its size in bytes and its SHA-256."""

    rows: int
    gone: int
    size: int
    sha256: str


def _renewed(part: Part, cleaned: _Cleaned | None) -> Part:
    return part if cleaned is None else msgspec.structs.replace(part, rows=cleaned.rows, sha256=cleaned.sha256)


def _note(bucket: Bucket, hashes: frozenset[str], clock: Clock, *, done: bool, cleaned: Iterable[str] = ()) -> None:
    note = encode(ErasureNote(clock().isoformat(), done, tuple(sorted(hashes)), tuple(sorted(cleaned))))
    for identity in sorted(hashes):
        bucket.write(erasure.erasure_key(identity), note)


def _snapshots(bucket: Bucket, *, besides: set[str]) -> list[str]:
    runs = (run for run in bucket.folders("graph/") if graph_bucket.RUN_ID.fullmatch(run) and run not in besides)
    return [run for run in runs if bucket.exists(graph_bucket.manifest_key(run))]


def _users(bucket: Bucket, run: str) -> Iterator[dict[str, Any]]:
    manifest = read_manifest(bucket, run)
    for file in manifest.files if manifest else ():
        if file.key.split("/")[4] == schema.USER:
            yield from map(msgspec.json.decode, _lines(bucket.read(file.key)))


def _lines(stored: StoredObject | None) -> list[bytes]:
    data: bytes = igzip.decompress(stored.data) if stored else b""  # type: ignore[no-untyped-call]
    return data.splitlines(keepends=True)


def _hashes_of_user(user: dict[str, Any]) -> frozenset[str]:
    email = (user["email"] or [None])[0]
    own = erasure.identity_hashes(user["profileUrn"], user["uniqueUserId"], email)
    return own | _hashes_of_key(user["_key"])


@lru_cache(maxsize=1 << 17)
def _hashes_of_key(key: str) -> frozenset[str]:
    """Return the hashes of what a user's key is made of; of another entity's key, some that nobody has."""
    identifier = key.removeprefix(model_keys.user_key(""))
    if identifier == key:
        return erasure.identity_hashes(key, None, None)
    return erasure.identity_hashes(None, None, identifier) | erasure.identity_hashes(None, identifier, None)
