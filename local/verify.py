"""`python -m local verify DIR`: is a snapshot what its manifest says, and what the data model demands?

Reads nothing but the files: no AWS, no LinkedIn. DIR is the folder of a demo (`--out`) or a copy of the graph bucket
(`aws s3 sync`); the snapshot is the one that `graph/latest.json` names, or `--run`.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from isal import igzip
from isal.igzip_lib import IsalError

from learning_graph.model import schema
from learning_graph.model.keys import relationship_key
from learning_graph.store import graph_bucket
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.store.run import SnapshotFile
from local.record_rules import (
    Record,
    entity_problems,
    is_a,
    property_problems,
    relationship_problems,
)

_CLASS_TEXTS = {"Account": ("vendor",)}
_CLASS_LISTS = {"User": ("email", "shortLoginId", "username")}
_CLASS_NULLABLE = {"User": ("firstName", "lastName", "email", "shortLoginId", "username")}
_SHORTEST_KEY = 10
_SHOWN = 50


class Verification:
    """Collects what is wrong with one snapshot."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self._root, self._manifest = root, manifest
        self.problems: list[str] = []
        self.records = 0
        self._type_of: dict[str, str] = {}
        self._counts: dict[str, Counter[str]] = {"entities": Counter(), "relationships": Counter()}
        self._sums: Counter[str] = Counter()

    def run(self) -> None:
        """Check every file, then every record, entities before relationships."""
        self._check_file_list()
        files = sorted(self._manifest.files, key=lambda file: file.key)
        for kind, check in (("entities", self._check_entity), ("relationships", self._check_relationship)):
            last: dict[str, str] = {}
            for file in (file for file in files if f"/jsonl/{kind}/" in file.key):
                for place, record in self._records_of(file):
                    record_type = file.key.split("/")[4]
                    self._counts[kind][record_type] += 1
                    key = str(record.get("_key"))
                    if record_type in last and key <= last[record_type]:
                        self._say(place, f"_key {key!r} is not after the one before it: doubled or unsorted")
                    last[record_type] = key
                    check(place, record_type, record)
        self._check_counts()

    def _say(self, place: str, problem: str) -> None:
        self.problems.append(f"{place}: {problem}")

    def _check_file_list(self) -> None:
        prefix = graph_bucket.snapshot_prefix(self._manifest.run_id)
        listed = {file.key for file in self._manifest.files}
        present = {
            str(path.relative_to(self._root)) for path in (self._root / prefix / "jsonl").rglob("*") if path.is_file()
        }
        for key in sorted(present - listed):
            self._say(key, "is not in the manifest")

    def _records_of(self, file: SnapshotFile) -> Iterator[tuple[str, Record]]:
        path = self._root / file.key
        if not path.is_file():
            self._say(file.key, "is missing")
            return
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != file.sha256:
            self._say(file.key, "its SHA-256 is not the manifest's")
        if len(content) != file.bytes:
            self._say(file.key, f"has {len(content)} bytes, the manifest says {file.bytes}")
        rows = 0
        for rows, line in enumerate(self._lines(path, file.key), 1):
            self.records += 1
            try:
                record = msgspec.json.decode(line, type=dict)
            except msgspec.MsgspecError as error:
                self._say(f"{file.key} line {rows}", f"is no JSON object: {error}")
                continue
            yield f"{file.key} line {rows}", record
        if rows != file.rows:
            self._say(file.key, f"has {rows} rows, the manifest says {file.rows}")

    def _lines(self, path: Path, key: str) -> Iterator[bytes]:
        try:
            with igzip.IGzipFile(str(path), "rb") as lines:  # type: ignore[no-untyped-call]
                yield from lines
        except (OSError, EOFError, IsalError) as error:  # type: ignore[misc]  # IsalError comes without a stub
            self._say(key, f"cannot be read to its end: {error}")

    def _check_entity(self, place: str, record_type: str, record: Record) -> None:
        if record_type not in schema.CLASS_OF:
            self._say(place, f"{record_type} is no entity type of the model")
            return
        entity_class = schema.CLASS_OF[record_type]
        key = record.get("_key")
        if not isinstance(key, str) or len(key) < _SHORTEST_KEY:
            self._say(place, f"_key {key!r} is no text of at least {_SHORTEST_KEY} characters")
        elif key in self._type_of:
            self._say(place, f"_key {key!r} is not unique")
        else:
            self._type_of[key] = record_type
        if record.get("_type") != record_type or record.get("_class") != [entity_class]:
            self._say(place, f"_type and _class are {record.get('_type')!r} and {record.get('_class')!r}")
        self._check_class(place, entity_class, record)
        for problem in (*property_problems(record, schema.PROPERTIES[record_type]), *entity_problems(record)):
            self._say(place, problem)

    def _check_class(self, place: str, entity_class: str, record: Record) -> None:
        for name in ("name", "displayName", *_CLASS_TEXTS.get(entity_class, ())):
            if not isinstance(record.get(name), str):
                self._say(place, f"{name} is no text")
        for name in _CLASS_NULLABLE.get(entity_class, ()):
            if name not in record:
                self._say(place, f"{name} is missing")
        for name in _CLASS_LISTS.get(entity_class, ()):
            if not is_a(record.get(name), "array", nullable=True):
                self._say(place, f"{name} is neither a list of texts nor null")

    def _check_relationship(self, place: str, record_type: str, record: Record) -> None:
        if record_type not in schema.RELATIONSHIPS:
            self._say(place, f"{record_type} is no relationship type of the model")
            return
        source, verb, target = schema.RELATIONSHIPS[record_type]
        from_key, to_key = record.get("_fromEntityKey"), record.get("_toEntityKey")
        for end, kind in ((from_key, source), (to_key, target)):
            if self._type_of.get(str(end)) != kind:
                self._say(place, f"its end {end!r} is no {kind} of this snapshot")
        if record.get("_key") != relationship_key(str(from_key), verb, str(to_key)):
            self._say(place, f"_key {record.get('_key')!r} is not made of its ends")
        if record.get("_type") != record_type or record.get("_class") != verb or record.get("displayName") != verb:
            self._say(place, "_type, _class or displayName is wrong")
        for problem in relationship_problems(record):
            self._say(place, problem)
        if verb == "ASSIGNED":
            self._check_assigned(place, record)

    def _check_assigned(self, place: str, record: Record) -> None:
        problems = list(property_problems(record, schema.ENGAGEMENT))
        for problem in problems:
            self._say(place, problem)
        if problems:
            return
        if not record["completed"] and record["completedOn"] is not None:
            self._say(place, "completed and completedOn contradict each other")
        self._sums["completed"] += record["completed"]
        for name in ("completions", "views", "secondsViewed"):
            if record[name] < 0:
                self._say(place, f"{name} is {record[name]}")
            self._sums[name] += record[name]

    def _check_counts(self) -> None:
        for kind, counts in self._counts.items():
            if dict(counts) != self._manifest.counts[kind]:
                self._say("manifest", f"its counts of {kind} are not those of the files")
        self._sums["learners"] = self._counts["entities"][schema.USER]
        for name, value in self._manifest.totals.items():
            if self._sums[name] != value:
                self._say("manifest", f"totals.{name} is {value}, the files add up to {self._sums[name]}")
        has = {edge: count for edge, count in self._counts["relationships"].items() if edge.startswith(schema.ACCOUNT)}
        for edge, count in has.items():
            if count != self._counts["entities"][schema.RELATIONSHIPS[edge][2]]:
                self._say("manifest", f"{edge}: not every entity belongs to the account")


def main(arguments: list[str]) -> int:
    """Print what is wrong with a snapshot; return 0 only where nothing is, 2 where there is none."""
    parser = argparse.ArgumentParser(prog="python -m local verify", description=__doc__)
    parser.add_argument("folder", type=Path, help="a demo's --out, or a copy of the graph bucket")
    parser.add_argument("--run", help="the run to verify instead of the one graph/latest.json names")
    options = parser.parse_args(arguments)
    root: Path = options.folder
    root = root / "graph-bucket" if (root / "graph-bucket").is_dir() else root
    manifest = _manifest(root, options.run)
    if manifest is None:
        return 2
    verification = Verification(root, manifest)
    verification.run()
    for problem in verification.problems[:_SHOWN]:
        print(problem)
    if len(verification.problems) > _SHOWN:
        print(f"… and {len(verification.problems) - _SHOWN} more")
    print(
        f"run {manifest.run_id} ({manifest.status}): {len(manifest.files)} files, {verification.records} records,"
        f" {len(verification.problems)} problems"
    )
    return 1 if verification.problems else 0


def _manifest(root: Path, run_id: str | None) -> Manifest | None:
    path = root / graph_bucket.LATEST
    if run_id:
        path = root / graph_bucket.manifest_key(run_id)
    elif path.is_file():
        path = root / msgspec.json.decode(path.read_bytes(), type=Latest).manifest
    if not path.is_file():
        print(f"{path} is missing: name a folder that holds a snapshot, or a run with --run")
        return None
    return msgspec.json.decode(path.read_bytes(), type=Manifest)
