"""The parts of a run on this machine's disk, checked against their outcomes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.assembly.database import PartFile
from learning_graph.graph.assembly.files import count_lines, sha256_of
from learning_graph.runs.reports import Outcomes
from learning_graph.store.run import Part, Shard

_AT_ONCE = 16


def fetch_parts(
    bucket: Bucket, shards: tuple[Shard, ...], outcomes: Outcomes, folder: Path
) -> tuple[list[PartFile], list[Shard]]:
    """Download the parts of every shard that succeeded.

    Returns:
        the files, and the shards of which some part is gone or is not what the outcome says: these are not assembled.
    """
    folder = folder / "parts"
    folder.mkdir(exist_ok=True)
    wanted = [
        (shard, part, folder / f"{number:04d}-{part.start:09d}.jsonl.gz")
        for number, shard in enumerate(shards)
        for part in outcomes[shard.step, shard.name].parts
        if outcomes[shard.step, shard.name].status == "SUCCEEDED"
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sound = list(pool.map(lambda entry: _fetch(bucket, entry[1], entry[2]), wanted))
    damaged = {shard.label: shard for (shard, _, _), good in zip(wanted, sound, strict=True) if not good}
    return [PartFile(path, shard) for shard, _, path in wanted], list(damaged.values())


def _fetch(bucket: Bucket, part: Part, path: Path) -> bool:
    # DuckDB reads a cut gzip file without an error when the cut falls on a line's end, so rows are counted here.
    if not bucket.download(part.key, path):
        return False
    return sha256_of(path) == part.sha256 and count_lines(path) == part.rows
