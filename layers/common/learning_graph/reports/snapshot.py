"""A snapshot on this machine's disk, with the bucket's layout, as views of a DuckDB database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from learning_graph.model.schema import RELATIONSHIPS
from learning_graph.reports.columns import TABLE_COLUMNS
from learning_graph.reports.tables import REPORT_TABLES
from learning_graph.store.documents import DocumentDamaged, decode
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import SnapshotFile
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.files import sha256_of
from learning_graph.values.sql import quoted, quoted_list

_PARQUET = "parquet"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot below a folder with the bucket's layout.

    Args:
        root: the folder that corresponds to the bucket.
        manifest: its manifest.
    """

    root: Path
    manifest: Manifest

    @classmethod
    def open(cls, root: Path, run_id: str) -> Snapshot:
        """Read a snapshot's manifest.

        Raises:
            ConfigurationError: there is no such snapshot, or its manifest is damaged.
            UnknownFormat: another release wrote it.
        """
        path = root / "graph" / run_id / "manifest.json"
        try:
            return cls(root, decode(path.read_bytes(), Manifest, str(path)))
        except FileNotFoundError as error:
            raise ConfigurationError(
                "snapshot", f"there is no {path}", resolution="Name a run below graph/ that has a manifest.json."
            ) from error
        except DocumentDamaged as error:
            raise ConfigurationError(
                "snapshot",
                str(error),
                resolution="Copy the snapshot from the bucket again.",
            ) from error

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    @property
    def files(self) -> dict[str, list[SnapshotFile]]:
        """The Parquet files by table: a `_type`, or a table such as `learner_attributes`."""
        found: dict[str, list[SnapshotFile]] = {}
        for file in self.manifest.files:
            if file.format == _PARQUET and file.kind != "export":
                found.setdefault(file.type, []).append(file)
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
                if sha256_of(path) != file.sha256:
                    raise _damaged(file.key, "has other bytes than the manifest says")


def _damaged(key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        "snapshot", f"{key} {problem}", resolution="Copy the snapshot from the bucket again, and compare the hashes."
    )


def run_ids(root: Path) -> list[str]:
    """Return the runs below `graph/` that have a snapshot, oldest first; one that failed has a manifest alone."""
    return sorted(path.parent.name for path in root.glob("graph/*/manifest.json") if not _has_failed(path))


class _Status(msgspec.Struct):
    status: str | None = None


def _has_failed(manifest: Path) -> bool:
    try:
        return msgspec.json.decode(manifest.read_bytes(), type=_Status).status == "FAILED"
    except msgspec.DecodeError:
        return False  # whoever opens it says what is wrong


def connect(workspace: Path, *, memory_megabytes: int, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Return a connection with the given memory limit, which spills into `workspace`."""
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
    # Trino's name for it, so that the shipped queries run in Athena and here.
    db.execute("create macro from_unixtime(seconds) as to_timestamp(seconds)")
    db.execute("create or replace macro element_at(list, place) as list[place]")
    db.execute("create macro array_join(list, separator) as array_to_string(list, separator)")
    return db


def keep_to(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Restrict a connection to a folder, before SQL of a configuration file is run."""
    db.execute(f"set allowed_directories = ['{str(folder.resolve()).replace(chr(39), chr(39) * 2)}/']")
    db.execute("set enable_external_access = false")


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
            db.execute(f'create or replace view "{table}" as select {nothing} where false')
    return missing


def create_history_views(db: duckdb.DuckDBPyConnection, snapshots: Sequence[Snapshot]) -> None:
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
                f'create or replace view "{table}_history" as select {names}, {run} as snapshot'
                f" from read_parquet({quoted_list(paths[table])}, filename = true, union_by_name = true)"
            )
        else:
            nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
            db.execute(
                f'create or replace view "{table}_history" as select {nothing}, null::varchar as snapshot where false'
            )


def _create_view(
    db: duckdb.DuckDBPyConnection, table: str, root: Path, keys: list[str], columns: dict[str, str]
) -> None:
    paths = [str(root / key) for key in keys]
    described = db.execute(f"describe select * from read_parquet({quoted_list(paths[:1])})").fetchall()
    present = {row[0] for row in described}
    # A snapshot of an earlier format may lack a column; in the view it is null.
    names = [f'"{n}"' if n in present else f'null::{kind} as "{n}"' for n, kind in columns.items()]
    db.execute(f'create or replace view "{table}" as select {", ".join(names)} from read_parquet({quoted_list(paths)})')


def create_assigned_view(db: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Make the view `assigned` of all engagement, with each record's file in `path`, and the table `snapshot_file`."""
    files = snapshot.files
    selects = []
    db.execute("create table snapshot_file (path varchar, key varchar, sha256 varchar)")
    for table in (name for name, found in RELATIONSHIPS.items() if found.jupiterone_class == "ASSIGNED"):
        names = ", ".join(f'"{name}"' for name in TABLE_COLUMNS[table])
        if table not in files:
            selects.append(f'select {names}, null::varchar as path from "{table}"')
            continue
        for file in files[table]:
            path = str(snapshot.root / file.key)
            db.execute("insert into snapshot_file values (?, ?, ?)", [path, file.key, file.sha256])
            selects.append(f"select {names}, filename as path from read_parquet({quoted(path)}, filename = true)")
    db.execute(f"create view assigned as {' union all '.join(selects)}")


def create_report_views(db: duckdb.DuckDBPyConnection, root: Path, run_id: str) -> None:
    """Make a view for each report table of a run, empty where it has none, and `<table>_history` over all runs."""
    for table in REPORT_TABLES:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        nothing = ", ".join(f'null::{column.type} as "{column.name}"' for column in table.columns)
        path = root / "graph" / run_id / "reports" / f"{table.name}.parquet"
        found = sorted(str(each) for each in root.glob(f"graph/*/reports/{table.name}.parquet"))
        if path.is_file():
            db.execute(f'create view "{table.name}" as select {names} from read_parquet({quoted(path)})')
        else:
            db.execute(f'create view "{table.name}" as select {nothing} where false')
        if found:
            run = "regexp_extract(filename, 'graph/([^/]+)/reports/', 1)"
            db.execute(
                f'create view "{table.name}_history" as select {names}, {run} as snapshot'
                f" from read_parquet({quoted_list(found)}, filename = true, union_by_name = true)"
            )
        else:
            db.execute(f'create view "{table.name}_history" as select {nothing}, null::varchar as snapshot where false')
