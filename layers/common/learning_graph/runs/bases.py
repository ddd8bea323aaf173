"""Which earlier snapshots a new one rests on, and their files on this machine's disk."""

from __future__ import annotations

from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.assembly.database import BaseFiles
from learning_graph.graph.assembly.files import sha256_of
from learning_graph.runs.documents import newest_manifest, read_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Manifest
from learning_graph.values.errors import FatalError


class SnapshotDamaged(FatalError):
    """A file of an earlier snapshot is not what its manifest says."""

    resolution = (
        "If a learner's erasure was interrupted, send its event again. Else restore the object, or point "
        "graph/latest.json at a snapshot that verifies."
    )


def base_manifests(bucket: Bucket, run_id: str) -> list[Manifest]:
    """Return the newest snapshot, then those that ended but are in no other yet, newest first.

    A run that ends after a later one has moved `latest.json` is not lost: the next run takes its snapshot in as well.
    """
    newest = newest_manifest(bucket)
    if newest is None:
        return _left_out(bucket, {run_id})
    known = {run_id, newest.run_id, *newest.merged_runs}
    return [newest, *_left_out(bucket, known)]


def fetch_base(bucket: Bucket, manifest: Manifest, folder: Path) -> BaseFiles:
    """Download a snapshot's files and check them.

    Raises:
        SnapshotDamaged: a file's SHA-256 is not the manifest's.
    """
    found: dict[str, dict[str, list[Path]]] = {"entities": {}, "relationships": {}}
    for number, file in enumerate(manifest.files):
        _, _, _, kind, record_type, _ = file.key.split("/")
        path = folder / f"{number:05d}.jsonl.gz"
        if not bucket.download(file.key, path) or sha256_of(path) != file.sha256:
            raise SnapshotDamaged(f"{file.key} does not match its manifest")
        found[kind].setdefault(record_type, []).append(path)
    return BaseFiles(manifest.run_id, found["entities"], found["relationships"])


def _left_out(bucket: Bucket, known: set[str]) -> list[Manifest]:
    others = [name for name in bucket.folders("graph/") if graph_bucket.RUN_ID.fullmatch(name) and name not in known]
    manifests = (read_manifest(bucket, name) for name in sorted(others, reverse=True))
    return [manifest for manifest in manifests if manifest and manifest.status != "FAILED"]
