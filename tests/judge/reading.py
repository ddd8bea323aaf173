"""Reads a snapshot's folder: which files there are, their bytes, rows and hashes."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Section = Literal["entities", "relationships"]
SECTIONS: Final[tuple[Section, ...]] = ("entities", "relationships")


class SnapshotUnreadable(Exception):
    """There is no snapshot where one was looked for; the message says what is missing."""


@dataclass(frozen=True)
class Part:
    """One `part-*.jsonl.gz` of one type."""

    path: Path
    section: Section
    type: str

    @property
    def relative(self) -> str:
        """The path below the snapshot's folder, as a manifest would name it."""
        return f"jsonl/{self.section}/{self.type}/{self.path.name}"

    def lines(self) -> Iterator[str]:
        with gzip.open(self.path, "rt", encoding="utf-8", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")


@dataclass(frozen=True)
class Snapshot:
    """One snapshot on disk. `root` is `<bucket>/graph/<run>`."""

    bucket: Path
    root: Path
    latest: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def run(self) -> str:
        return self.root.name

    def parts(self) -> list[Part]:
        """Every part, sorted by section, type and name."""
        found: list[Part] = []
        for section in SECTIONS:
            paths = sorted((self.root / "jsonl" / section).glob("*/*"))
            found += [Part(path, section, path.parent.name) for path in paths]
        return found

    def records(self, section: Section) -> Iterator[tuple[str, dict[str, Any]]]:
        """All records of a section as (type of the folder, record); raises on what is not JSON."""
        for part in self.parts():
            if part.section == section:
                for line in part.lines():
                    yield part.type, json.loads(line)


def open_snapshot(folder: Path, run: str | None = None) -> Snapshot:
    """Open the snapshot that `graph/latest.json` names, or that of `run`.

    `folder` is the demo's `--out` folder, or the bucket's folder itself.
    Raises `SnapshotUnreadable` when there is none.
    """
    bucket = folder / "graph-bucket" if (folder / "graph-bucket").is_dir() else folder
    graph = bucket / "graph"
    if not graph.is_dir():
        raise SnapshotUnreadable(f"no graph/ below {bucket}")
    latest_path = graph / "latest.json"
    if not latest_path.is_file():
        raise SnapshotUnreadable(f"no {latest_path}")
    latest = _object(latest_path)
    root = graph / run if run else _pointed_at(graph, latest)
    manifest_path = root / "manifest.json"
    if not manifest_path.is_file():
        raise SnapshotUnreadable(f"no {manifest_path}")
    return Snapshot(bucket, root, latest, _object(manifest_path))


def _object(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise SnapshotUnreadable(f"{path} is not a JSON object")
    return value


def _pointed_at(graph: Path, latest: dict[str, Any]) -> Path:
    """The run folder that a text in latest.json names, alone or within a key."""
    names = {piece for value in latest.values() if isinstance(value, str) for piece in value.split("/") if piece}
    runs = sorted(path for path in graph.iterdir() if path.is_dir() and path.name in names)
    if len(runs) != 1:
        raise SnapshotUnreadable(f"graph/latest.json points at {len(runs)} snapshots: {latest!r:.200}")
    return runs[0]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes as stored (compressed), in lower-case hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
