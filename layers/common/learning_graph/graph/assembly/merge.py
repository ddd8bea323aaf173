"""From parts and earlier snapshots to the files of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from learning_graph.graph.assembly import catalog, database, engagements, files, people, records
from learning_graph.model import schema
from learning_graph.values.steps import ACTIVITY_STEP_OF, CATALOG_STEP_OF, AssetType, Step


@dataclass(frozen=True)
class MergeRules:
    """What a run read, as far as the merging depends on it; instants in epoch milliseconds.

    `kept_types` and `keep_classifications` are those of `CatalogRules`; `incomplete_types` are asset types of which a
    window is missing; `curated_known` says whether the curated listing was read; `keep_since` is the retention limit.
    """

    account: records.Account
    lookback_start: int
    lookback_end: int
    kept_types: frozenset[AssetType]
    keep_classifications: bool
    incomplete_types: frozenset[AssetType]
    curated_known: bool
    keep_since: int | None = None


@dataclass(frozen=True)
class WrittenFile:
    """A finished file: its place in the snapshot (`entities/<_type>/part-00000.jsonl.gz`), and its rows."""

    name: str
    path: Path
    rows: int


class Merge:
    """One merging in a workspace folder; methods are called in the order they stand here."""

    def __init__(
        self,
        workspace: Path,
        parts: Sequence[database.PartFile],
        bases: Sequence[database.BaseFiles],
        *,
        memory_megabytes: int,
        erased: frozenset[str] = frozenset(),
    ) -> None:
        self._workspace = workspace
        self._db = database.connect(workspace, memory_megabytes=memory_megabytes)
        database.load_parts(self._db, parts)
        database.load_bases(self._db, bases)
        database.forget_erased(self._db, erased)
        catalog.read_content(self._db)

    def missing_content(
        self, *, read_in_full: frozenset[AssetType], looked_up: frozenset[AssetType]
    ) -> dict[AssetType, list[str]]:
        """Return URNs that activity names and the catalogue lacks (see `catalog.missing_content`)."""
        return catalog.missing_content(self._db, read_in_full=sorted(read_in_full), looked_up=sorted(looked_up))

    def types_in_several_locales(self) -> frozenset[AssetType]:
        """Return the asset types of which this run has read titles in more than one locale."""
        return catalog.types_in_several_locales(self._db)

    def merge(self, rules: MergeRules) -> None:
        """Bring people, engagement and catalogue together."""
        people.resolve_people(self._db)
        engagements.merge_engagements(
            self._db,
            lookback=(rules.lookback_start, rules.lookback_end),
            incomplete_types=sorted(rules.incomplete_types),
            keep_since=rules.keep_since,
        )
        if rules.keep_since is not None:
            people.forget_unseen(self._db)
        catalog.merge_catalog(self._db, catalog.CatalogRules(rules.kept_types, rules.keep_classifications))

    def write(self, rules: MergeRules) -> Iterator[WrittenFile]:
        """Write the snapshot's files below the workspace, one type after the other; yield each when it is finished."""
        curated = catalog.curated_videos(self._db) if rules.curated_known else None
        for entity_type in schema.ENTITY_TYPES:
            lines = records.entity_lines(self._db, entity_type, rules.account, curated)
            yield from self._files(f"entities/{entity_type}", lines)
        for relationship_type in schema.RELATIONSHIPS:
            lines = records.relationship_lines(self._db, relationship_type, rules.account)
            yield from self._files(f"relationships/{relationship_type}", lines)

    def learner_totals(self) -> dict[tuple[int, str], dict[str, int]]:
        """Return this run's sums over learners by window start and asset type."""
        return {
            (window_start, asset_type): {"views": views, "completions": completions, "secondsViewed": seconds}
            for window_start, asset_type, views, completions, seconds in engagements.learner_totals(self._db)
        }

    def carried_over(self) -> dict[Step, int]:
        """Return, by step, how many of its entities or relationships the snapshot has from earlier ones alone."""
        content = dict(
            self._db.execute("select type, count(*) from content where source in (1, 3) group by type").fetchall()
        )
        assigned = dict(
            self._db.execute(
                "select content.type, count(*) from assigned join content on content.key = content_key"
                " where carried group by content.type"
            ).fetchall()
        )
        counts: dict[Step, int] = {}
        counts["classifications"], counts["users"] = self._one(
            "select (select count(*) from classification where carried),"
            " (select count(*) from user_now where not seen_now)"
        )
        for kind, entity_type in schema.CONTENT_TYPE_OF.items():
            counts[CATALOG_STEP_OF[kind]] = content.get(entity_type, 0)
            counts[ACTIVITY_STEP_OF[kind]] = assigned.get(entity_type, 0)
        return counts

    def totals(self) -> dict[str, int]:
        """Return the sums a person looks at first: learners, completed pairs, completions, views, seconds."""
        row = self._one(
            "select (select count(*) from user_now), count(*) filter (where completed),"
            " coalesce(sum(completions), 0)::bigint, coalesce(sum(views), 0)::bigint,"
            " coalesce(sum(seconds_viewed), 0)::bigint from assigned"
        )
        return dict(zip(("learners", "completed", "completions", "views", "secondsViewed"), row, strict=True))

    def close(self) -> None:
        self._db.close()

    def _files(self, folder: str, lines: Iterator[bytes]) -> Iterator[WrittenFile]:
        for path, rows in files.write_files(lines, self._workspace / "snapshot" / folder):
            yield WrittenFile(f"{folder}/{path.name}", path, rows)

    def _one(self, query: str) -> tuple[int, ...]:
        row = self._db.execute(query).fetchone()
        if row is None:
            raise duckdb.Error(f"no row from {query}")
        return row
