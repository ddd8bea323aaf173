"""`python -m local verify DIR`: is a snapshot what its manifest says, and what the data model demands?

Reads nothing but the files: no AWS, no LinkedIn. DIR is the folder of a demo (`--out`) or a copy of the graph bucket
(`aws s3 sync`); the snapshot is the one that `graph/latest.json` names, or `--run`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from isal import igzip
from isal.igzip_lib import IsalError

from learning_graph.model import schema
from learning_graph.store import graph_bucket
from learning_graph.store.documents import DocumentDamaged, UnknownFormat, decode
from learning_graph.store.manifest import Latest, Manifest
from learning_graph.store.run import SnapshotFile
from local.record_rules import Record, entity_problems, relationship_problems

_FORMATS = ("jsonl", "parquet")
_PART_NAME = re.compile(r"part-(\d{5,})\.(jsonl\.gz|parquet)")
_SUMMED = ("completed", "completions", "views", "secondsViewed")
_BLOCK = 1 << 20
_ROWS_AT_ONCE = 1000
# IsalError comes without a stub.
_UNREADABLE: tuple[type[Exception], ...] = (OSError, EOFError, IsalError, duckdb.Error)  # type: ignore[assignment]
_SHOWN = 50


class SnapshotUnreadable(ValueError):
    """There is no snapshot where one was looked for; the message says what is missing."""


class Snapshot:
    """A snapshot on disk: `root` is the graph bucket's folder."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest
        self.prefix = graph_bucket.snapshot_prefix(manifest.run_id)

    def files(self, kind: str) -> list[SnapshotFile]:
        """Return the files of entities or relationships by key: JSON lines, or Parquet where there are none."""
        for file_format in ("jsonl", "parquet"):
            found = [file for file in self.manifest.files if (file.kind, file.format) == (kind, file_format)]
            if found:
                return sorted(found, key=lambda file: file.key)
        return []

    def lines(self, file: SnapshotFile) -> Iterator[bytes]:
        """Return the records of a file as JSON."""
        if file.format == "parquet":
            yield from (json.dumps(_without_nulls(record)).encode() for record in parquet_records(self.root / file.key))
            return
        with igzip.IGzipFile(str(self.root / file.key), "rb") as lines:  # type: ignore[no-untyped-call]
            yield from lines

    def records(self, kind: str) -> Iterator[dict[str, Any]]:
        """Return all records of a kind."""
        for file in self.files(kind):
            yield from (json.loads(line) for line in self.lines(file))


def parquet_records(path: Path) -> Iterator[dict[str, Any]]:
    """Return the rows of a Parquet file, in order."""
    with duckdb.connect() as database:
        found = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description]
        while batch := found.fetchmany(_ROWS_AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in batch)


def open_snapshot(folder: Path, run_id: str | None = None) -> Snapshot:
    """Open the snapshot that `graph/latest.json` names, or that of a run.

    Args:
        folder: a demo's `--out`, or a copy of the graph bucket.
        run_id: the run.

    Raises:
        SnapshotUnreadable: there is none, or its manifest cannot be read.
    """
    root = folder / "graph-bucket" if (folder / "graph-bucket").is_dir() else folder
    path = root / (graph_bucket.manifest_key(run_id) if run_id else graph_bucket.LATEST)
    try:
        if not run_id:
            path = root / msgspec.json.decode(path.read_bytes(), type=Latest).manifest
        return Snapshot(root, decode(path.read_bytes(), Manifest, path.name))
    except FileNotFoundError:
        raise SnapshotUnreadable(
            f"{path} is missing: name a folder that holds a snapshot, or a run with --run"
        ) from None
    except (msgspec.MsgspecError, DocumentDamaged, UnknownFormat) as error:
        raise SnapshotUnreadable(f"{path} cannot be read: {error}") from None


class Verification:
    """Collects what is wrong with one snapshot, in `problems`. Keeps one key per record in memory."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._manifest = snapshot, snapshot.manifest
        self.problems: list[str] = []
        self.records = 0
        self._type_of: dict[str, str] = {}
        self._relationship_keys: set[str] = set()
        self._of_account: Counter[str] = Counter()
        self._account_names: set[str | None] = set()
        self._counts: dict[str, Counter[str]] = {"entities": Counter(), "relationships": Counter()}
        self._sums: Counter[str] = Counter()
        self._unreadable: set[str] = set()

    def run(self) -> list[str]:
        """Check every file, then every record, entities before relationships; return the problems."""
        self._check_file_list()
        for kind, check in (("entities", self._check_entity), ("relationships", self._check_relationship)):
            last: dict[str, str] = {}
            for file in self._snapshot.files(kind):
                record_type = file.type
                for place, record in self._records_of(file):
                    self._counts[kind][record_type] += 1
                    key = str(record.get("_key"))
                    if record_type in last and key <= last[record_type]:
                        self._report(place, f"_key {key!r} is not after the one before it: doubled or unsorted")
                    last[record_type] = key
                    check(place, record_type, record)
                self._compare_with_parquet(file)
        self._check_accounts()
        self._check_counts()
        return self.problems

    def _report(self, place: str, problem: str) -> None:
        self.problems.append(f"{place}: {problem}")

    def _check_file_list(self) -> None:
        root, prefix = self._snapshot.root, self._snapshot.prefix
        listed = Counter(file.key for file in self._manifest.files)
        present = {path.relative_to(root).as_posix() for path in (root / prefix).rglob("*") if path.is_file()}
        # Reports, the page and exports of other functions are written after the manifest.
        snapshot = (f"{prefix}jsonl/", f"{prefix}parquet/")
        for key in sorted(present - listed.keys()):
            if key.startswith(snapshot):
                self._report(key, "is not in the manifest")
        for key, times in listed.items():
            if times > 1:
                self._report(key, "is in the manifest twice")
        for file in self._manifest.files:
            self._check_file(file)

    def _check_file(self, file: SnapshotFile) -> None:
        path = self._snapshot.root / file.key
        if not path.is_file():
            self._report(file.key, "is missing")
            return
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != file.sha256:
            self._report(file.key, "its SHA-256 is not the manifest's")
        if (size := path.stat().st_size) != file.bytes:
            self._report(file.key, f"has {size} bytes, the manifest says {file.bytes}")
        if file.format in _FORMATS and not _PART_NAME.fullmatch(path.name):
            self._report(file.key, "is not called part-<number>.jsonl.gz or part-<number>.parquet")

    def _records_of(self, file: SnapshotFile) -> Iterator[tuple[str, Record]]:
        rows = 0
        try:
            for rows, line in enumerate(self._snapshot.lines(file), 1):
                place = f"{file.key} line {rows}"
                self.records += 1
                try:
                    record = json.loads(line, object_pairs_hook=_distinct)
                except ValueError as error:
                    self._report(place, f"is no JSON object: {error}")
                    continue
                if isinstance(record, dict):
                    yield place, record
                else:
                    self._report(place, "is no JSON object")
        except FileNotFoundError:
            self._unreadable.add(file.key)
            return
        except _UNREADABLE as error:
            self._unreadable.add(file.key)
            self._report(file.key, f"cannot be read to its end: {error}")
        if rows != file.rows:
            self._report(file.key, f"has {rows} rows, the manifest says {file.rows}")

    def _compare_with_parquet(self, file: SnapshotFile) -> None:
        """Compare a file with the same records in Parquet, where the snapshot has them; a null may be left out."""
        same = (file.kind, file.type, _number(file.key))
        others = [one for one in self._manifest.files if one.format == "parquet" and file.format != "parquet"]
        other = next((one for one in others if (one.kind, one.type, _number(one.key)) == same), None)
        if other is None or file.key in self._unreadable or not (self._snapshot.root / other.key).is_file():
            return
        try:
            self._compare_records(file, other)
        except duckdb.Error as error:
            self._report(other.key, f"cannot be read to its end: {error}")

    def _compare_records(self, file: SnapshotFile, other: SnapshotFile) -> None:
        pairs = zip_longest(self._snapshot.lines(file), parquet_records(self._snapshot.root / other.key))
        for row, (line, record) in enumerate(pairs, 1):
            if line is None or record is None:
                self._report(file.key, f"has another number of rows than {other.key}")
                return
            if _without_nulls(json.loads(line)) != _without_nulls(record):
                self._report(f"{file.key} line {row}", f"is not the record of {other.key}")

    def _check_entity(self, place: str, record_type: str, record: Record) -> None:
        if record_type not in schema.ENTITIES:
            self._report(place, f"{record_type} is no entity type of the model")
            return
        key = str(record.get("_key"))
        if key in self._type_of:
            self._report(place, f"_key {key!r} is not unique")
        self._type_of.setdefault(key, record_type)
        self._account_names.add(record.get("tag.AccountName"))
        for problem in entity_problems(record, record_type):
            self._report(place, problem)

    def _check_relationship(self, place: str, record_type: str, record: Record) -> None:
        if record_type not in schema.RELATIONSHIPS:
            self._report(place, f"{record_type} is no relationship type of the model")
            return
        key = str(record.get("_key"))
        if key in self._type_of or key in self._relationship_keys:
            self._report(place, f"_key {key!r} is not unique")
        self._relationship_keys.add(key)
        relationship = schema.RELATIONSHIPS[record_type]
        ends = (record.get("_fromEntityKey"), relationship.source), (record.get("_toEntityKey"), relationship.target)
        for end, kind in ends:
            if self._type_of.get(str(end)) != kind:
                self._report(place, f"its end {end!r} is no {kind} of this snapshot")
        if relationship.source == schema.ACCOUNT:
            self._of_account[str(record.get("_toEntityKey"))] += 1
        for problem in relationship_problems(record, record_type):
            self._report(place, problem)
        lookback = self._manifest.lookback
        within = (record.get("lookbackStart"), record.get("lookbackEnd")) == (lookback.start, lookback.end)
        for name in _SUMMED:
            value = record.get(name)
            if isinstance(value, int) and (within or name == "completed"):
                self._sums[name] += value

    def _check_accounts(self) -> None:
        accounts = self._counts["entities"][schema.ACCOUNT]
        if accounts != 1:
            self._report("entities", f"there are {accounts} accounts, not one")
        if len(self._account_names) > 1:
            self._report("entities", f"tag.AccountName has several values: {sorted(map(str, self._account_names))}")
        for key, record_type in self._type_of.items():
            if record_type != schema.ACCOUNT and self._of_account[key] != 1:
                self._report(key, f"the account has it {self._of_account[key]} times, not once")

    def _check_counts(self) -> None:
        for kind, counts in self._counts.items():
            listed = self._manifest.counts.get(kind, {})
            for name in sorted(listed.keys() | counts.keys()):
                if listed.get(name, 0) != counts[name]:
                    self._report(
                        "manifest", f"counts.{kind}.{name} is {listed.get(name)}, the files have {counts[name]}"
                    )
        self._sums["learners"] = self._counts["entities"][schema.USER]
        for name, value in self._manifest.totals.items():
            if self._sums[name] != value:
                self._report("manifest", f"totals.{name} is {value}, the files add up to {self._sums[name]}")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a property is there twice")
    return found


def _number(key: str) -> str | None:
    """Return the number of a part; the parts of one number hold the same records in every format."""
    found = _PART_NAME.search(key)
    return found and found[1]


def _without_nulls(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def main(arguments: list[str]) -> int:
    """Print what is wrong with a snapshot; return 0 only where nothing is, 2 where there is none."""
    parser = argparse.ArgumentParser(prog="python -m local verify", description=__doc__)
    parser.add_argument("folder", type=Path, help="a demo's --out, or a copy of the graph bucket")
    parser.add_argument("--run", help="the run to verify instead of the one graph/latest.json names")
    options = parser.parse_args(arguments)
    try:
        snapshot = open_snapshot(options.folder, options.run)
    except SnapshotUnreadable as missing:
        print(missing)
        return 2
    verification = Verification(snapshot)
    problems = verification.run()
    for problem in problems[:_SHOWN]:
        print(problem)
    if len(problems) > _SHOWN:
        print(f"… and {len(problems) - _SHOWN} more")
    manifest = snapshot.manifest
    print(
        f"run {manifest.run_id} ({manifest.status}): {len(manifest.files)} files, {verification.records} records,"
        f" {len(problems)} problems"
    )
    return 1 if problems else 0
