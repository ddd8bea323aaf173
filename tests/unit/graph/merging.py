"""Merges hand-written rows, and what earlier merges left, into a snapshot that tests can look at."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from learning_graph.graph.assembly.catalog import CatalogRules
from learning_graph.graph.assembly.database import BaseFiles, PartFile
from learning_graph.graph.assembly.merge import Merge, MergeRules
from learning_graph.graph.assembly.snapshot_files import Account
from learning_graph.graph.rows import ContentRow, EngagementRow, LearnerRow, Row
from learning_graph.store.run import Shard
from learning_graph.values.identity import comparable_email, comparable_id
from learning_graph.values.steps import ACTIVITY_STEP_OF, ASSET_TYPES, CATALOG_STEP_OF, AssetType, Step

DAY = 86_400_000
END = 1_795_276_800_000  # 2026-11-21T16:00:00Z
START = END - 14 * DAY
ACCOUNT = Account("86client", "Acme", tag=True)
NO_TYPES: frozenset[AssetType] = frozenset()
EVERY_TYPE: frozenset[AssetType] = frozenset(ASSET_TYPES)
ROBIN = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"
KIM = "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12346)"
COURSE = "urn:li:lyndaCourse:800001"
OTHER_COURSE = "urn:li:lyndaCourse:800002"

Record = dict[str, Any]


@dataclass(frozen=True)
class Engaged:
    """What one record of a report says: a learner, a content, and the metrics of an `EngagementRow`."""

    learner: LearnerRow
    content: ContentRow
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """Rows of one shard: `window` (first day before `END`, days) for a report, `asset_type` where the shard has one."""

    rows: Sequence[Row | Engaged]
    asset_type: AssetType | None = None
    window: tuple[int, int] | None = None

    @property
    def shard(self) -> Shard:
        """The shard whose parts these would be."""
        if self.window is not None:
            days_ago, days = self.window
            start = END - days_ago * DAY
            if self.asset_type is None:
                return Shard(step="users", name="w", kind="learners", window_start=start, window_days=days)
            return Shard(
                step=ACTIVITY_STEP_OF[self.asset_type],
                name="w",
                kind="engagements",
                asset_type=self.asset_type,
                window_start=start,
                window_days=days,
            )
        if self.asset_type is None:
            return Shard(step="classifications", name="c", kind="classifications")
        return Shard(step=CATALOG_STEP_OF[self.asset_type], name="a", kind="assets", asset_type=self.asset_type)


@dataclass
class Snapshot:
    """What a merging left: records by key, the files' bytes by name, and the counts of the manifest."""

    files: dict[str, bytes]
    totals: dict[str, int]
    carried_over: dict[Step, int]
    learner_totals: dict[tuple[int, str], dict[str, int]]
    missing: dict[AssetType, list[str]]
    entities: dict[str, Record] = field(default_factory=dict)
    relationships: dict[str, Record] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, data in self.files.items():
            if not name.endswith(".jsonl.gz"):
                continue
            kind = self.entities if name.startswith("entities/") else self.relationships
            for line in gzip.decompress(data).splitlines():
                record = msgspec.json.decode(line)
                if record["_key"] in self.entities or record["_key"] in self.relationships:
                    self.repeated.append(record["_key"])
                kind[record["_key"]] = record

    def table(self, name: str) -> list[tuple[Any, ...]]:
        """Return the rows of a table, in the order of the file."""
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as db:
            path = Path(folder) / "table.parquet"
            path.write_bytes(self.files[f"tables/{name}/part-00000.parquet"])
            return db.execute("from read_parquet(?)", [str(path)]).fetchall()

    def of_type(self, record_type: str) -> list[Record]:
        """Return the entities or relationships of one `_type`, in the order of the files."""
        return [r for r in (*self.entities.values(), *self.relationships.values()) if r["_type"] == record_type]

    @property
    def lines(self) -> list[bytes]:
        """Every line of every file."""
        files = (data for name, data in self.files.items() if name.endswith(".jsonl.gz"))
        return [line for data in files for line in gzip.decompress(data).splitlines()]

    @property
    def users(self) -> dict[str, Record]:
        return {user["_key"]: user for user in self.of_type("linkedin_learning_user")}

    @property
    def dangling(self) -> list[str]:
        """Relationships with an end that is not in the snapshot."""
        return [
            key
            for key, edge in self.relationships.items()
            if edge["_fromEntityKey"] not in self.entities or edge["_toEntityKey"] not in self.entities
        ]

    def assigned(self, user: str, content: str) -> Record | None:
        """Return what the relationship of a user and a content says of their engagement."""
        edge = self.relationships.get(f"{user}|assigned|{content}")
        return None if edge is None else {name: edge[name] for name in ENGAGEMENT}


ENGAGEMENT = (
    "completed",
    "completedOn",
    "completions",
    "views",
    "secondsViewed",
    "progressPercentage",
    "firstEngagedOn",
    "lastEngagedOn",
    "lookbackStart",
    "lookbackEnd",
)


def merged(
    *parts: Rows,
    bases: Sequence[Snapshot] = (),
    account: Account = ACCOUNT,
    lookback: tuple[int, int] = (START, END),
    kept_types: frozenset[AssetType] = NO_TYPES,
    keep_classifications: bool = False,
    incomplete_types: frozenset[AssetType] = NO_TYPES,
    curated_known: bool = False,
    keep_since: int | None = None,
    is_erased: Callable[[str, str, str], bool] | None = None,
    keeps_completion_dates: bool = True,
    read_in_full: frozenset[AssetType] = EVERY_TYPE,
) -> Snapshot:
    """Merge a run's rows and earlier snapshots, the newest first; by default the whole catalogue was read."""
    rules = MergeRules(
        account=account,
        lookback_start=lookback[0],
        lookback_end=lookback[1],
        catalog=CatalogRules(kept_types, keep_classifications=keep_classifications, curated_known=curated_known),
        incomplete_types=incomplete_types,
        keep_since=keep_since,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [PartFile(_part(folder / f"{n:04d}.jsonl.gz", part.rows), part.shard) for n, part in enumerate(parts)]
        known = [
            _base(folder / f"base-{n}", snapshot, keeps_completion_dates=keeps_completion_dates)
            for n, snapshot in enumerate(bases)
        ]
        with closing(Merge(folder, files, known, memory_megabytes=600, is_erased=is_erased)) as merge:
            missing = merge.missing_content(read_in_full=read_in_full, looked_up=EVERY_TYPE)
            merge.merge(rules)
            merge.describe([])
            written = {
                file.name: file.path.read_bytes() for file in merge.write(account, formats=["jsonl"], refused={})
            }
            return Snapshot(written, merge.totals(rules), merge.carried_over(), merge.learner_totals(), missing)


def engaged(
    content: str = COURSE,
    *,
    profile_urn: str | None = ROBIN,
    unique_user_id: str | None = None,
    email: str | None = None,
    name: str | None = "Robin Sample",
    groups: tuple[str, ...] | None = ("Engineering",),
    content_name: str | None = "Batch Jobs",
    content_locale: str | None = "en_US",
    **metrics: Any,
) -> Engaged:
    """Return a record of a report: Robin saw a minute of a course, unless told otherwise."""
    return Engaged(
        learner(profile_urn, unique_user_id, email, name, None if groups is None else list(groups)),
        ContentRow(0, content, content_name, content_locale),
        {"views": 1, "seconds_viewed": 60, "completions": 0} | metrics,
    )


def learner(  # noqa: PLR0917 - in the order in which identifiers count
    profile_urn: str | None = None,
    unique_user_id: str | None = None,
    email: str | None = None,
    name: str | None = "Robin Sample",
    groups: list[str] | None = None,
    attributes: dict[str, str | list[str]] | None = None,
) -> LearnerRow:
    return LearnerRow(
        0,
        profile_urn,
        unique_user_id,
        email,
        comparable_id(profile_urn) if profile_urn else None,
        comparable_id(unique_user_id) if unique_user_id else None,
        comparable_email(email) if email else None,
        name,
        groups,
        attributes,
    )


def _numbered(rows: Iterable[Row | Engaged]) -> Iterator[Row]:
    """Yield rows as a part has them: every learner and content has a number of its own."""
    for number, row in enumerate(rows):
        if isinstance(row, Engaged):
            yield msgspec.structs.replace(row.learner, learner=number)
            yield msgspec.structs.replace(row.content, content=number)
            yield EngagementRow(number, number, **row.metrics)
        elif isinstance(row, LearnerRow):
            yield msgspec.structs.replace(row, learner=number)
        else:
            yield row


def _part(path: Path, rows: Iterable[Row | Engaged]) -> Path:
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in _numbered(rows))
    path.write_bytes(gzip.compress(lines, mtime=0))
    return path


def _base(folder: Path, snapshot: Snapshot, *, keeps_completion_dates: bool) -> BaseFiles:
    base = BaseFiles("20261120T160000Z-00000000", keeps_completion_dates)
    for name, data in snapshot.files.items():
        if name.endswith(".parquet"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            base.files.setdefault(name.split("/")[1], []).append(path)
    return base
