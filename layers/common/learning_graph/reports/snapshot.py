"""A snapshot on this machine's disk, laid out as in the graph bucket, as views of a DuckDB."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from learning_graph.reports.columns import TABLE_COLUMNS
from learning_graph.values.errors import ConfigurationError

_PARQUET = "parquet"


class ManifestFile(msgspec.Struct, frozen=True, rename="camel"):
    """A file of the snapshot: key, rows and SHA-256."""

    key: str
    rows: int
    sha256: str


class ManifestLookback(msgspec.Struct, frozen=True, rename="camel"):
    """The span that was read, epoch milliseconds."""

    days: int
    start: int
    end: int


class ManifestView(msgspec.Struct, frozen=True, rename="camel"):
    """What reports need of `graph/<run>/manifest.json`; `document` of `Snapshot` has all of it."""

    format_version: int
    run_id: str
    status: str
    account_name: str
    started_at: int
    lookback: ManifestLookback
    covered_until: int | None
    files: tuple[ManifestFile, ...]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot below a folder that is laid out as the bucket.

    Args:
        root: the folder that stands for the bucket.
        manifest: what its manifest says.
        document: the whole manifest, as JSON values.
    """

    root: Path
    manifest: ManifestView
    document: dict[str, Any]

    @classmethod
    def open(cls, root: Path, run_id: str) -> Snapshot:
        """Read a snapshot's manifest.

        Raises:
            ConfigurationError: there is no such snapshot, or its manifest is damaged.
        """
        path = root / "graph" / run_id / "manifest.json"
        try:
            data = path.read_bytes()
            return cls(root, msgspec.json.decode(data, type=ManifestView), msgspec.json.decode(data))
        except FileNotFoundError as error:
            raise ConfigurationError(
                "snapshot", f"there is no {path}", resolution="Name a run below graph/ that has a manifest.json."
            ) from error
        except msgspec.DecodeError as error:
            raise ConfigurationError(
                "snapshot", f"{path} can't be read: {error}", resolution="Copy the snapshot from the bucket again."
            ) from error

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    @property
    def files(self) -> dict[str, list[ManifestFile]]:
        """The Parquet files by table: a `_type`, or a table such as `learner_attributes`."""
        found: dict[str, list[ManifestFile]] = {}
        for file in self.manifest.files:
            parts = file.key.split("/")
            if len(parts) == _KEY_PARTS and parts[2] == _PARQUET:
                found.setdefault(parts[4], []).append(file)
        return found

    def verify(self) -> None:
        """Compare the Parquet files with the SHA-256 of the manifest.

        Raises:
            ConfigurationError: a file is missing or has other bytes.
        """
        for files in self.files.values():
            for file in files:
                path = self.root / file.key
                if not path.is_file():
                    raise _damaged(file.key, "is missing")
                with path.open("rb") as opened:
                    if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                        raise _damaged(file.key, "has other bytes than the manifest says")


_KEY_PARTS = 6  # graph/<run>/parquet/<kind>/<table>/<file>


def _damaged(key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        "snapshot", f"{key} {problem}", resolution="Copy the snapshot from the bucket again, and compare the hashes."
    )


def run_ids(root: Path) -> list[str]:
    """Return the runs below `graph/` that have a manifest, oldest first."""
    return sorted(path.parent.name for path in root.glob("graph/*/manifest.json"))


def connect(workspace: Path, *, memory_megabytes: int, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Return a connection that keeps to the given memory, spills into `workspace` and reads nothing from the network."""
    db = duckdb.connect(
        config={
            "memory_limit": f"{memory_megabytes}MB",
            "temp_directory": str(workspace / "spill"),
            "threads": threads,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    db.execute("set timezone = 'UTC'")
    # Trino's spelling, so that the shipped queries run in Athena and here.
    db.execute("create macro from_unixtime(seconds) as to_timestamp(seconds)")
    return db


def create_views(db: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> list[str]:
    """Make a view for each type and table; return those of which the snapshot has no file, whose views are empty."""
    files = snapshot.files
    missing = []
    for table, columns in TABLE_COLUMNS.items():
        if table in files:
            _create_view(db, table, snapshot.root, [file.key for file in files[table]], columns)
        else:
            missing.append(table)
            nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
            db.execute(f'create or replace view "{table}" as select {nothing} where false')  # noqa: S608 - names of the model
    return missing


def create_history_views(db: duckdb.DuckDBPyConnection, snapshots: Iterator[Snapshot] | list[Snapshot]) -> None:
    """Make a view `<table>_history` over several snapshots, with the run in the column `snapshot`."""
    paths: dict[str, list[str]] = {}
    for snapshot in snapshots:
        for table, files in snapshot.files.items():
            paths.setdefault(table, []).extend(str(snapshot.root / file.key) for file in files)
    for table, columns in TABLE_COLUMNS.items():
        names = ", ".join(f'"{name}"' for name in columns)
        if table in paths:
            run = "regexp_extract(filename, 'graph/([^/]+)/parquet/', 1)"
            db.execute(
                f'create or replace view "{table}_history" as select {names}, {run} as snapshot'  # noqa: S608 - our names
                f" from read_parquet({_listed(paths[table])}, filename = true, union_by_name = true)"
            )
        else:
            nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
            db.execute(f'create or replace view "{table}_history" as select {nothing}, null::varchar as snapshot where false')  # noqa: S608


def _create_view(
    db: duckdb.DuckDBPyConnection, table: str, root: Path, keys: list[str], columns: dict[str, str]
) -> None:
    paths = [str(root / key) for key in keys]
    described = db.execute(f"describe select * from read_parquet({_listed(paths[:1])})").fetchall()  # noqa: S608
    present = {row[0] for row in described}
    # A snapshot of an earlier format may lack a column; the view has it, empty.
    names = [f'"{n}"' if n in present else f'null::{kind} as "{n}"' for n, kind in columns.items()]
    db.execute(
        f'create or replace view "{table}" as select {", ".join(names)} from read_parquet({_listed(paths)})'  # noqa: S608
    )


def _listed(paths: list[str]) -> str:
    return "[" + ", ".join("'" + path.replace("'", "''") + "'" for path in paths) + "]"
