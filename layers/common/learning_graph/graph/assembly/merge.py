"""Merges parts and earlier snapshots into the files of one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from learning_graph.graph.assembly import catalog, database, engagements, identities, snapshot_files
from learning_graph.graph.assembly.snapshot_files import Account, SnapshotWriter, WrittenFile
from learning_graph.graph.export import export_files
from learning_graph.model import schema
from learning_graph.model.keys import account_key
from learning_graph.store.run import JSON_LINES_FORMAT
from learning_graph.values.steps import ACTIVITY_STEP_OF, CATALOG_STEP_OF, AssetType, Step

_JSON_FILES_AT_ONCE = 2


@dataclass(frozen=True)
class MergeRules:
    """What the merge needs to know about the run; instants in epoch milliseconds.

    `catalog`: what was read of the catalogue; `incomplete_types`: asset types of which a window is missing;
    `keep_since`: the retention limit.
    """

    account: Account
    lookback_start: int
    lookback_end: int
    catalog: catalog.CatalogRules
    incomplete_types: frozenset[AssetType]
    keep_since: int | None = None


class Merge:
    """One merge in a workspace folder; the methods are called in the order in which they are defined."""

    def __init__(
        self,
        workspace: Path,
        parts: Sequence[database.PartFile],
        bases: Sequence[database.BaseFiles],
        *,
        memory_megabytes: int,
        is_erased: identities.IsErased | None = None,
    ) -> None:
        self._workspace = workspace
        self._db = database.connect(workspace, memory_megabytes=memory_megabytes)
        database.load_parts(self._db, parts)
        database.load_bases(self._db, bases)
        identities.read_people(self._db, is_erased)
        engagements.read_contents(self._db)
        catalog.read_content(self._db)

    def missing_content(
        self, *, read_in_full: frozenset[AssetType], looked_up: frozenset[AssetType]
    ) -> dict[AssetType, list[str]]:
        """Return URNs that activity names and the catalogue lacks (see `catalog.missing_content`)."""
        return catalog.missing_content(self._db, read_in_full=sorted(read_in_full), looked_up=sorted(looked_up))

    def merge(self, rules: MergeRules) -> None:
        """Merge people, engagement and catalogue."""
        identities.resolve_people(self._db)
        engagements.merge_engagements(
            self._db,
            lookback=(rules.lookback_start, rules.lookback_end),
            incomplete_types=sorted(schema.CONTENT_TYPE_OF[kind] for kind in rules.incomplete_types),
            keep_since=rules.keep_since,
        )
        if rules.keep_since is not None:
            identities.forget_unseen(self._db)
        catalog.merge_catalog(self._db, rules.catalog)
        identities.create_views(self._db)
        engagements.create_views(self._db)
        catalog.create_views(self._db)
        snapshot_files.create_account_views(self._db, account_key(rules.account.key_ref), rules.account)

    def describe(self, rows: Iterable[dict[str, Any]]) -> None:
        """Set the rows of the table `snapshot`, one per step."""
        properties = schema.TABLES["snapshot"]
        columns = ", ".join(f'"{prop.name}" {database.SQL_TYPE[prop.type]}' for prop in properties)
        self._db.execute(f"create table table_snapshot ({columns})")
        places = ", ".join(f"${prop.name}" for prop in properties)
        for row in rows:
            self._db.execute(f"insert into table_snapshot values ({places})", row)

    def write(self, account: Account, *, formats: Collection[str], refused: dict[str, str]) -> Iterator[WrittenFile]:
        """Write the snapshot's files below the workspace; yield each when it is finished.

        `formats` are written besides Parquet, JSON lines while the Parquet files of the next types are written;
        `refused` gets the reason for each format that cannot be written.
        """
        folder = self._workspace / "snapshot"
        written: list[WrittenFile] = []
        database.preserve_order(self._db)
        with ThreadPoolExecutor(_JSON_FILES_AT_ONCE) as pool:

            def json_lines(file: WrittenFile) -> list[WrittenFile]:
                return list(snapshot_files.write_json_lines(self._db, file, folder))

            converted = []
            for file in SnapshotWriter(self._db, folder, account).parquet():
                written.append(file)
                yield file
                if JSON_LINES_FORMAT in formats and file.kind != "tables":
                    converted.append(pool.submit(json_lines, file))
            for files in converted:
                yield from files.result()
        yield from export_files(self._db, written, formats, folder, refused)

    def learner_totals(self) -> dict[tuple[int, str], dict[str, int]]:
        """Return this run's sums over learners by window start and asset type."""
        return {
            (window_start, asset_type): {"views": views, "completions": completions, "secondsViewed": seconds}
            for window_start, asset_type, views, completions, seconds in engagements.learner_totals(self._db)
        }

    def carried_over(self) -> dict[Step, int]:
        """Return, by step, how many of its entities or relationships come from earlier snapshots only."""
        content = dict(
            self._db.execute("select type, count(*) from content where source in (1, 3) group by type").fetchall()
        )
        assigned = dict(
            self._db.execute("select content_type, count(*) from assigned where carried group by all").fetchall()
        )
        counts: dict[Step, int] = {}
        counts["classifications"], counts["users"] = self._one(
            "select (select count(*) from classification where carried),"
            " (select count(*) from person where not seen_now)"
        )
        for kind, entity_type in schema.CONTENT_TYPE_OF.items():
            counts[CATALOG_STEP_OF[kind]] = content.get(entity_type, 0)
            counts[ACTIVITY_STEP_OF[kind]] = assigned.get(entity_type, 0)
        return counts

    def totals(self, rules: MergeRules) -> dict[str, int]:
        """Return the totals of the manifest (`store.manifest.Manifest.totals`)."""
        row = self._one(
            "with within as (select *, lookback_start = $start and lookback_end = $end as now from assigned)"
            " select (select count(*) from person), count(*) filter (where completed),"
            " coalesce(sum(completions) filter (where now), 0)::bigint,"
            " coalesce(sum(views) filter (where now), 0)::bigint,"
            " coalesce(sum(seconds_viewed) filter (where now), 0)::bigint from within",
            {"start": rules.lookback_start, "end": rules.lookback_end},
        )
        return dict(zip(("learners", "completed", "completions", "views", "secondsViewed"), row, strict=True))

    def close(self) -> None:
        self._db.close()

    def _one(self, query: str, parameters: dict[str, int] | None = None) -> tuple[int, ...]:
        row = self._db.execute(query, parameters).fetchone()
        if row is None:
            raise duckdb.Error(f"no row from {query}")
        return row
