"""Erase a learner from every stored snapshot and part, and from all later ones (ADR 0007)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec
from isal import igzip
from msgspec import Meta

from learning_graph.aws.bucket import JSON_LINES, PARQUET, Bucket, StoredObject
from learning_graph.aws.events import EventBus
from learning_graph.graph.assembly.erasing import (
    LEARNER_COLUMN,
    LearnerSearch,
    Person,
    assigned_files,
    copy_without,
    in_memory,
    learner_columns,
    learner_keys,
    sums_of_assigned,
)
from learning_graph.graph.assembly.snapshot_files import WrittenFile, write_json_lines
from learning_graph.graph.export import FORMATS, export_files
from learning_graph.graph.rows import LearnerRow, Row, comparable_identifiers, decode_report_rows, without_learners
from learning_graph.model import schema
from learning_graph.runs.assembly_inputs import described
from learning_graph.runs.publish import has_ended
from learning_graph.runs.run_documents import read_document, read_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import Document, decode, encode
from learning_graph.store.manifest import Manifest, counts_of
from learning_graph.store.run import JSON_LINES_FORMAT, Outcome, Part, SnapshotFile
from learning_graph.values.clock import Clock
from learning_graph.values.erasure import identifying_hashes, identity_hashes, mark_of_key
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.fields import FieldError, read_fields
from learning_graph.values.files import sha256_of
from learning_graph.values.identity import comparable_email, comparable_id
from learning_graph.values.steps import REPORT_STEPS

_log = logging.getLogger(__name__)

_IDENTITIES = "learner_identities"
_Identifier = Annotated[str, Meta(pattern=r"\S")]
_NAME_AN_IDENTIFIER = "Give profileUrn, uniqueUserId or email."
_SHARED_ID = "Several people have this uniqueUserId: name one by profileUrn."
_SHARED_EMAIL = "Several people have this e-mail address: name one by profileUrn or uniqueUserId."
_ERASE_THE_OTHER = "Another profile has a uniqueUserId of this person: if it is theirs too, erase it by its profileUrn."


class ErasureNote(Document, frozen=True, kw_only=True):
    """The record of an erasure: all hashes of the person, and whether it is `done`."""

    erased_at: str
    done: bool
    identities: tuple[str, ...]


class EraseRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The event of erase_learner: at least one identifier, as LinkedIn or the graph shows it."""

    profile_urn: _Identifier | None = None
    unique_user_id: _Identifier | None = None
    email: _Identifier | None = None


class Erased(msgspec.Struct, rename="camel", kw_only=True):
    """What was removed (users and relationships of snapshots, rows of parts), and what was rewritten.

    `ambiguous`: several people have the uniqueUserId or the e-mail address, so nothing was removed. `resolution` says
    what is left to do.
    """

    users: int = 0
    relationships: int = 0
    part_rows: int = 0
    objects_rewritten: int = 0
    snapshots: list[str] = msgspec.field(default_factory=list)
    ambiguous: bool = False
    resolution: str | None = None


def read_request(event: dict[str, Any]) -> EraseRequest:
    """Return the request of an event.

    Raises:
        ConfigurationError: an unknown key, or no identifier at all.
    """
    try:
        request = read_fields(EraseRequest, event)
    except FieldError as error:
        raise ConfigurationError(error.name or "event", error.problem, resolution=_NAME_AN_IDENTIFIER) from None
    if not any(msgspec.structs.astuple(request)):
        raise ConfigurationError("event", "names nobody", resolution=_NAME_AN_IDENTIFIER)
    return request


class _Changed(Exception):
    """Another writer changed an object between reading and writing it here."""


@dataclass
class LearnerEraser:
    """What erasing needs; `workspace` opens an empty folder that is removed afterwards."""

    bucket: Bucket
    bus: EventBus
    clock: Clock
    pseudonym_key: Callable[[], bytes]
    workspace: Callable[[], AbstractContextManager[Path]]

    def erase(self, request: EraseRequest) -> Erased:
        """Erase one learner and return what was removed; after an interruption, repeat the call to finish the work.

        The hashes are recorded before anything is cleaned: a run that ends meanwhile either sees the record, or its
        snapshot is found here.
        """
        erased = Erased()
        cleaned: set[str] = set()
        # An interrupted erasure may have removed the record that connects the identifiers.
        hashes = self._noted(request)
        while True:
            person = self._find(request)
            if person.others:
                return Erased(ambiguous=True, resolution=_SHARED_ID if request.unique_user_id else _SHARED_EMAIL)
            if person.shares_id:
                erased.resolution = _ERASE_THE_OTHER
            snapshots = [run for run in self._snapshots() if run not in cleaned]
            found = self._hashes(person)
            if not snapshots and found <= hashes:
                break
            hashes |= found
            self._note(hashes, done=False)
            for run in snapshots:
                self._clean_snapshot(run, person, erased)
                cleaned.add(run)
        for run in self.bucket.folders("runs/"):
            self._clean_parts(run, hashes, erased)
        self._delete_unlisted()
        self._note(hashes, done=True)
        detail = msgspec.to_builtins(erased)
        self.bus.send("Learner Erased", detail)
        for run in erased.snapshots:
            manifest = read_manifest(self.bucket, run)
            if manifest is not None:
                account = {"runId": run, "accountName": manifest.account_name, "again": True}
                self.bus.send("Graph Snapshot Cleaned", account)
        _log.info("learner erased", extra=detail)
        return erased

    def _find(self, request: EraseRequest) -> Person:
        """Return the person's identifiers in the snapshots and in the parts of runs that have no snapshot yet."""
        with self.workspace() as folder, closing(LearnerSearch()) as search:
            for number, run in enumerate(self._snapshots()):
                manifest = read_manifest(self.bucket, run)
                for file in manifest.files if manifest else ():
                    if file.type == _IDENTITIES and self.bucket.download(file.key, folder / f"{number}.parquet"):
                        search.add_snapshot(folder / f"{number}.parquet")
            for run in self.bucket.folders("runs/"):
                if not has_ended(self.bucket, run):
                    for _, stored in self._parts(run):
                        search.add_learners(row for row in _rows(stored) if isinstance(row, LearnerRow))
            return search.find(*_comparable(request))

    def _noted(self, request: EraseRequest) -> frozenset[str]:
        """Return the hashes recorded by an earlier erasure of the same identifiers."""
        asked = identity_hashes(self.pseudonym_key(), *(text or "" for text in _comparable(request)))
        keys = map(graph_bucket.erasure_key, sorted(asked))
        notes = [note for key in keys if (note := read_document(self.bucket, key, ErasureNote))]
        return frozenset().union(*(note.identities for note in notes))

    def _hashes(self, person: Person) -> frozenset[str]:
        key = self.pseudonym_key()
        return frozenset().union(
            *(identity_hashes(key, urn, "", "") for urn in person.profile_urns),
            *(identity_hashes(key, "", unique_user_id, "") for unique_user_id in person.unique_user_ids),
            *(identity_hashes(key, "", "", email) for email in person.emails),
        )

    def _note(self, hashes: frozenset[str], *, done: bool) -> None:
        note = encode(ErasureNote(erased_at=self.clock().isoformat(), done=done, identities=tuple(sorted(hashes))))
        if hashes:
            self.bucket.write(graph_bucket.erasure_key(mark_of_key(self.pseudonym_key())), b"{}")
        for identity in sorted(hashes):
            self.bucket.write(graph_bucket.erasure_key(identity), note)

    def _snapshots(self) -> list[str]:
        runs = filter(graph_bucket.RUN_ID.fullmatch, self.bucket.folders("graph/"))
        return [run for run in runs if self.bucket.exists(graph_bucket.manifest_key(run))]

    def _clean_snapshot(self, run: str, person: Person, erased: Erased) -> None:
        """Rewrite the files of a snapshot that name the learner, then its manifest."""
        while True:
            # An assembly that deletes its manifest has seen the record, and makes the snapshot again.
            stored = self.bucket.read(graph_bucket.manifest_key(run))
            if stored is None:
                return
            manifest = decode(stored.data, Manifest, graph_bucket.manifest_key(run))
            try:
                with self.workspace() as folder:
                    files = self._files_without(manifest, person, folder, erased)
                    if files is None:
                        return
                    totals = manifest.totals | self._totals(manifest, files, folder)
                renewed = msgspec.structs.replace(manifest, files=files, counts=counts_of(files), totals=totals)
                if self.bucket.write_if_unchanged(graph_bucket.manifest_key(run), encode(renewed), stored.etag):
                    erased.snapshots.append(run)
                    return
            except _Changed:
                continue

    def _files_without(
        self, manifest: Manifest, person: Person, folder: Path, erased: Erased
    ) -> tuple[SnapshotFile, ...] | None:
        """Return the snapshot's files after cleaning, None where there is nothing to clean."""
        naming = [file for file in manifest.files if file.type in LEARNER_COLUMN and file.kind != "export"]
        untouched = [file for file in manifest.files if file.type not in LEARNER_COLUMN and file.kind != "export"]
        listed = next((file for file in naming if file.type == _IDENTITIES), None)
        identities = folder / "identities.parquet"
        if listed is None or not self.bucket.download(listed.key, identities):
            return None
        if keys := learner_keys(identities, person):
            cleaned = [
                written
                for file in naming
                if file.format == "parquet" and file != listed
                for written in self._clean_file(manifest, file, keys, folder, erased)
            ]
            exported = self._exported_anew(manifest, [*untouched, *cleaned], folder, erased)
            self._clean_reports(manifest.run_id, keys, folder)
            # The identities are cleaned last: until then, an interrupted erasure can find the rest again.
            cleaned.extend(self._clean_file(manifest, listed, keys, folder, erased))
        elif sha256_of(identities) != listed.sha256:
            # An erasure was interrupted between its last file and the manifest.
            cleaned = [self._described_anew(file, folder) for file in naming]
            exported = self._exported_anew(manifest, [*untouched, *cleaned], folder, erased)
        else:
            return None
        return tuple(sorted([*untouched, *cleaned, *exported], key=lambda file: file.key))

    def _exported_anew(
        self, manifest: Manifest, files: Iterable[SnapshotFile], folder: Path, erased: Erased
    ) -> list[SnapshotFile]:
        """Write the snapshot's exports again, from Parquet files that no longer name the learner."""
        formats = [name for name in FORMATS if any(f.kind == "export" and f.format == name for f in manifest.files)]
        if not formats:
            return []
        tables: list[WrittenFile] = []
        for number, file in enumerate(file for file in files if file.format == "parquet" and file.kind != "tables"):
            path = folder / f"table-{number}.parquet"
            if not self.bucket.download(file.key, path):
                raise _Changed
            tables.append(WrittenFile(file.kind, file.type, "parquet", "", path, file.rows))
        exported: list[SnapshotFile] = []
        with in_memory() as db:
            for written in export_files(db, tables, formats, folder / "exports", {}):
                key = graph_bucket.snapshot_file_key(manifest.run_id, written.format, written.name)
                self.bucket.upload(written.path, key, content_type=FORMATS[written.format].content_type)
                erased.objects_rewritten += 1
                exported.append(described(key, written))
        return exported

    def _clean_reports(self, run: str, keys: list[str], folder: Path) -> None:
        """Remove the learner from the reports on a snapshot.

        Later reports use the tables of earlier ones as evidence, so these are rewritten; everything else is deleted
        and made again on the event *Graph Snapshot Cleaned*.
        """
        source, target = folder / "report.parquet", folder / "cleaned.parquet"
        for key in graph_bucket.report_keys(run, self.bucket.keys(graph_bucket.snapshot_prefix(run))):
            if not key.endswith(".parquet"):
                if not key.endswith("/manifest.json"):
                    self.bucket.delete(key)
                continue
            if not self.bucket.download(key, source):
                continue
            for column in learner_columns(source):
                copy_without(source, column, keys, target)
                target.replace(source)
            self.bucket.upload(source, key, content_type=PARQUET)

    def _clean_file(
        self, manifest: Manifest, file: SnapshotFile, keys: list[str], folder: Path, erased: Erased
    ) -> Iterable[SnapshotFile]:
        etag = self.bucket.etag(file.key)
        source, target = folder / "source.parquet", folder / "parquet" / file.key.rpartition("/parquet/")[2]
        if etag is None or not self.bucket.download(file.key, source):
            raise _Changed
        target.parent.mkdir(parents=True, exist_ok=True)
        rows, gone = copy_without(source, LEARNER_COLUMN[file.type], keys, target)
        if file.kind == "entities":
            erased.users += gone
        elif file.kind == "relationships":
            erased.relationships += gone
        if not self.bucket.upload_if_unchanged(target, file.key, etag, content_type=PARQUET):
            raise _Changed
        erased.objects_rewritten += 1
        written = WrittenFile(file.kind, file.type, "parquet", "", target, rows)
        yield described(file.key, written)
        if any(other.format == JSON_LINES_FORMAT and other.type == file.type for other in manifest.files):
            with in_memory() as db:
                for lines in write_json_lines(db, written, folder):
                    key = graph_bucket.snapshot_file_key(manifest.run_id, JSON_LINES_FORMAT, lines.name)
                    self.bucket.upload(lines.path, key, content_type=JSON_LINES)
                    erased.objects_rewritten += 1
                    yield described(key, lines)

    def _described_anew(self, file: SnapshotFile, folder: Path) -> SnapshotFile:
        path = folder / f"now-{PurePosixPath(file.key).name}"
        if not self.bucket.download(file.key, path):
            return file
        rows = _rows_of(path, file.format)
        return msgspec.structs.replace(file, rows=rows, bytes=path.stat().st_size, sha256=sha256_of(path))

    def _totals(self, manifest: Manifest, files: Iterable[SnapshotFile], folder: Path) -> dict[str, int]:
        paths: dict[str, list[Path]] = {}
        learners = 0
        for number, file in enumerate(file for file in files if file.format == "parquet"):
            learners += file.rows if file.type == schema.USER else 0
            if file.kind == "relationships" and file.type in LEARNER_COLUMN:
                path = folder / f"total-{number}.parquet"
                if self.bucket.download(file.key, path):
                    paths.setdefault(file.type, []).append(path)
        lookback = manifest.lookback.start, manifest.lookback.end
        return {"learners": learners, **sums_of_assigned(assigned_files(paths), lookback)}

    def _parts(self, run: str) -> Iterable[tuple[str, StoredObject]]:
        for step in REPORT_STEPS:
            for key in self.bucket.keys(graph_bucket.parts_prefix(run, step)):
                stored = self.bucket.read(key)
                if stored is not None:
                    yield key, stored

    def _clean_parts(self, run: str, hashes: frozenset[str], erased: Erased) -> None:
        """Rewrite a run's parts, then the outcomes that list them; a part without an outcome is read again later."""
        cleaned: dict[str, Part] = {}
        for key, stored in self._parts(run):
            if part := self._clean_part(key, stored, hashes, erased):
                cleaned[key] = part
        for key in self.bucket.keys(graph_bucket.outcomes_prefix(run)) if cleaned else ():
            found = self.bucket.read(key)
            if found is None:
                continue
            outcome = decode(found.data, Outcome, key)
            parts = tuple(
                msgspec.structs.replace(part, rows=cleaned[part.key].rows, sha256=cleaned[part.key].sha256)
                if part.key in cleaned
                else part
                for part in outcome.parts
            )
            if parts != outcome.parts:
                rows = sum(part.rows for part in parts)
                renewed = encode(msgspec.structs.replace(outcome, parts=parts, rows=rows))
                # An outcome rewritten meanwhile lists parts whose writer knew of this erasure.
                self.bucket.write_if_unchanged(key, renewed, found.etag)

    def _clean_part(self, key: str, stored: StoredObject | None, hashes: frozenset[str], erased: Erased) -> Part | None:
        pseudonym_key = self.pseudonym_key()

        def is_erased(row: LearnerRow) -> bool:
            return not hashes.isdisjoint(identifying_hashes(pseudonym_key, *comparable_identifiers(row)))

        while stored is not None:
            rows = _rows(stored)
            kept = without_learners(rows, is_erased)
            if len(kept) == len(rows):
                return None
            data = igzip.compress(msgspec.json.Encoder().encode_lines(kept), compresslevel=1, mtime=0)
            if self.bucket.write_if_unchanged(key, data, stored.etag, content_type=JSON_LINES):
                erased.part_rows += len(rows) - len(kept)
                erased.objects_rewritten += 1
                return Part(key=key, start=0, rows=len(kept), sha256=hashlib.sha256(data).hexdigest())
            stored = self.bucket.read(key)
        return None

    def _delete_unlisted(self) -> None:
        """Delete files uploaded by interrupted assemblies: they are in no manifest, and may name the learner.

        They cannot be told from those of an assembly in progress, which makes its snapshot again when they are gone.
        """
        for run in filter(graph_bucket.RUN_ID.fullmatch, self.bucket.folders("graph/")):
            formats = ("parquet", JSON_LINES_FORMAT, *FORMATS)
            folders = tuple(graph_bucket.snapshot_file_key(run, name, "") for name in formats)
            keys = [key for key in self.bucket.keys(graph_bucket.snapshot_prefix(run)) if key.startswith(folders)]
            for key in sorted(set(keys) - self._listed(run)):
                # Its manifest may have been written meanwhile.
                if key not in self._listed(run):
                    self.bucket.delete(key)

    def _listed(self, run: str) -> set[str]:
        manifest = read_manifest(self.bucket, run)
        return {file.key for file in manifest.files} if manifest else set()


def _comparable(request: EraseRequest) -> tuple[str | None, str | None, str | None]:
    return (
        comparable_id(request.profile_urn) if request.profile_urn else None,
        comparable_id(request.unique_user_id) if request.unique_user_id else None,
        comparable_email(request.email) if request.email else None,
    )


def _rows(stored: StoredObject) -> list[Row]:
    lines: bytes = igzip.decompress(stored.data)  # type: ignore[no-untyped-call]
    return decode_report_rows(lines)


def _rows_of(path: Path, file_format: str) -> int:
    with in_memory() as db:
        reader = "read_parquet" if file_format == "parquet" else "read_json_objects"
        counted = db.execute(f"select count(*) from {reader}(?)", [str(path)]).fetchone()  # noqa: S608 - names are ours
    return int(counted[0]) if counted else 0
