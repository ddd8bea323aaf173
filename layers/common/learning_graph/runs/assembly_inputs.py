"""The inputs of an assembly on this machine's disk: the run's parts, and earlier snapshots."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.assembly.database import BaseFiles, PartFile
from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.runs.run_documents import newest_manifest, read_manifest
from learning_graph.runs.run_report import Outcomes
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import COMPLETION_RULE, Manifest
from learning_graph.store.run import Part, Shard, SnapshotFile
from learning_graph.values.errors import FatalError
from learning_graph.values.files import sha256_of

_CONCURRENCY = 16


class SnapshotDamaged(FatalError):
    """A file of an earlier snapshot does not match its manifest."""

    resolution = (
        "If a learner's erasure was interrupted, send its event again. Else restore the object, or point "
        "graph/latest.json at a snapshot that verifies."
    )


def fetch_parts(
    bucket: Bucket, shards: tuple[Shard, ...], outcomes: Outcomes, folder: Path
) -> tuple[list[PartFile], list[Shard]]:
    """Download the parts of every shard that did not fail.

    Returns:
        the files, and the shards with a part that is missing or does not match the outcome: these are not assembled.
    """
    folder.mkdir(exist_ok=True)
    wanted = [
        (shard, part, folder / f"{number:04d}-{part.start:09d}.jsonl.gz")
        for number, shard in enumerate(shards)
        for part in outcomes[shard.step, shard.name].parts
        if outcomes[shard.step, shard.name].status != "FAILED"
    ]

    def fetch(entry: tuple[Shard, Part, Path]) -> bool:
        _, part, path = entry
        return bucket.download(part.key, path) and sha256_of(path) == part.sha256

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        sound = list(pool.map(fetch, wanted))
    damaged = {shard.label: shard for (shard, _, _), good in zip(wanted, sound, strict=True) if not good}
    return [PartFile(path, shard) for shard, _, path in wanted], list(damaged.values())


def base_manifests(bucket: Bucket, run_id: str) -> list[Manifest]:
    """Return the newest snapshot, then those that were not merged into another, newest first.

    A run that ends after a later one has updated `latest.json` is not lost: the next run merges its snapshot as well.
    """
    newest = newest_manifest(bucket)
    known = {run_id}
    bases: list[Manifest] = []
    others = (name for name in bucket.folders("graph/") if graph_bucket.RUN_ID.fullmatch(name))
    for name in [*([newest.run_id] if newest else []), *sorted(others, reverse=True)]:
        if name in known:
            continue
        manifest = read_manifest(bucket, name)
        if manifest is not None and manifest.status != "FAILED":
            bases.append(manifest)
            known |= {name, *manifest.merged_runs}
    return bases


def fetch_base(bucket: Bucket, manifest: Manifest, folder: Path) -> BaseFiles:
    """Download a snapshot's Parquet files and check them.

    Raises:
        SnapshotDamaged: a file's SHA-256 differs from the manifest's.
    """
    folder.mkdir()
    wanted = [file for file in manifest.files if file.format == "parquet"]
    base = BaseFiles(manifest.run_id, manifest.completion_rule == COMPLETION_RULE)

    def fetch(entry: tuple[int, SnapshotFile]) -> Path:
        number, file = entry
        path = folder / f"{number:05d}.parquet"
        if not bucket.download(file.key, path) or sha256_of(path) != file.sha256:
            raise SnapshotDamaged(f"{file.key} does not match its manifest")
        return path

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        for file, path in zip(wanted, pool.map(fetch, enumerate(wanted)), strict=True):
            base.files.setdefault(file.type, []).append(path)
    return base


def described(key: str, file: WrittenFile) -> SnapshotFile:
    """Return a finished file as the manifest lists it, under its key in the bucket."""
    return SnapshotFile(
        key=key,
        kind=file.kind,
        type=file.type,
        format=file.format,
        rows=file.rows,
        bytes=file.path.stat().st_size,
        sha256=sha256_of(file.path),
    )
