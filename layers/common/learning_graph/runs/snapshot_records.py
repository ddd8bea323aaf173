"""The records of a snapshot's JSON lines, checked against its manifest while they are read."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from isal import igzip

from learning_graph.aws.bucket import Bucket
from learning_graph.store import graph_bucket
from learning_graph.store.documents import decode
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import JSON_LINES_FORMAT, RECORD_KINDS, RecordKind, SnapshotFile
from learning_graph.values.errors import ConfigurationError, RetriableError
from learning_graph.values.files import sha256_of


class SnapshotChanging(RetriableError):
    """A file does not match the manifest: a learner is being erased, or the object is damaged."""

    resolution = "If a learner's erasure was interrupted, send its event again. Else restore the object."


@dataclass(frozen=True)
class SnapshotRecords:
    """The JSON lines of one snapshot; `digest` is the SHA-256 of its manifest's bytes."""

    bucket: Bucket
    manifest: Manifest
    digest: str
    workspace: Callable[[], AbstractContextManager[Path]]

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    def counts(self) -> dict[RecordKind, int]:
        """Return how many records of each kind the manifest counts.

        Raises:
            ConfigurationError: the snapshot has no JSON lines, or not for all of its records.
        """
        counts: dict[RecordKind, int] = {kind: sum(self.manifest.counts[kind].values()) for kind in RECORD_KINDS}
        if counts != {kind: sum(file.rows for file in self._files(kind)) for kind in RECORD_KINDS}:
            raise ConfigurationError(
                "ExportFormats",
                f"snapshot {self.run_id} has no JSON lines, or not of all its records",
                resolution="Let the parameter ExportFormats name jsonl, and publish the next snapshot.",
            )
        return counts

    def has_changed(self) -> bool:
        """Tell whether the manifest has changed since the beginning, as after the erasure of a learner."""
        stored = self.bucket.read(graph_bucket.manifest_key(self.run_id))
        return stored is None or sha256(stored.data).hexdigest() != self.digest

    def lines(self, kind: RecordKind, *, skip: int = 0) -> Generator[bytes]:
        """Yield each record's JSON in the order of the manifest's files, from the record number `skip` on.

        Raises:
            SnapshotChanging: a file's SHA-256 or its number of lines differs from the manifest's.
        """
        for file in self._files(kind):
            if skip >= file.rows:
                skip -= file.rows
                continue
            with self.workspace() as folder:
                for number, line in enumerate(self._lines_of(file, folder / "records.jsonl.gz")):
                    if number >= skip:
                        yield line
            skip = 0

    def _lines_of(self, file: SnapshotFile, path: Path) -> Iterator[bytes]:
        if not self.bucket.download(file.key, path) or sha256_of(path) != file.sha256:
            raise SnapshotChanging(f"{file.key} does not match its manifest")
        rows = 0
        with igzip.IGzipFile(path, "rb") as lines:  # type: ignore[no-untyped-call]
            for line in lines:
                rows += 1
                yield line.rstrip(b"\n")
        if rows != file.rows:
            raise SnapshotChanging(f"{file.key} has {rows} records, and {file.rows} in its manifest")

    def _files(self, kind: RecordKind) -> list[SnapshotFile]:
        return [file for file in self.manifest.files if (file.format, file.kind) == (JSON_LINES_FORMAT, kind)]


def snapshot_records(
    bucket: Bucket, run_id: str, workspace: Callable[[], AbstractContextManager[Path]]
) -> SnapshotRecords:
    """Return the records of a run's snapshot.

    Raises:
        ConfigurationError: the run has none.
    """
    stored = bucket.read(graph_bucket.manifest_key(run_id))
    manifest = None if stored is None else decode(stored.data, Manifest, graph_bucket.manifest_key(run_id))
    if stored is None or manifest is None or manifest.status == "FAILED":
        raise ConfigurationError(
            "runId", f"there is no snapshot of run {run_id} in {bucket.name}", resolution="Name a run of this bucket."
        )
    return SnapshotRecords(bucket, manifest, sha256(stored.data).hexdigest(), workspace)
