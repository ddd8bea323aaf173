"""The documents of a run in the graph bucket: plan, shards, parts, outcomes (design, "Run, step, shard")."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from learning_graph.store.documents import CompactValue, Document
from learning_graph.values.steps import AssetType, KeyType, Step
from learning_graph.values.windows import Window

Mode = Literal["full", "incremental"]
Status = Literal["READING", "SUCCEEDED", "INCOMPLETE", "FAILED"]
ShardKind = Literal["classifications", "assets", "curated", "lookup", "learners", "engagements"]


class Shard(CompactValue, frozen=True, kw_only=True):
    """One step for one locale and type, one window, or one list of URNs; a worker reads it page by page.

    `name` is unique within the step and safe in an object key. `optional` marks what LinkedIn may not offer (a locale
    of the longer list, the curated listing): a 400 there is an answer, not a failure.
    """

    step: Step
    name: str
    kind: ShardKind
    locale: str | None = None
    classification_type: str | None = None
    asset_type: AssetType | None = None
    modified_after: int | None = None
    window_start: int | None = None
    window_days: int | None = None
    lookup_key: str | None = None
    optional: bool = False

    @property
    def label(self) -> str:
        """`<step>/<name>`, as people name it."""
        return f"{self.step}/{self.name}"

    def log_fields(self, run_id: str) -> dict[str, str]:
        """Return what every log line about the shard says: `run`, `step` and `shard`."""
        return {"run": run_id, "step": self.step, "shard": self.name}

    @property
    def window_end(self) -> int | None:
        """The first instant after the window, epoch milliseconds; None for a shard without a window."""
        if self.window_start is None or self.window_days is None:
            return None
        return Window(self.window_start, self.window_days).end


class CatalogRead(CompactValue, frozen=True, kw_only=True):
    """How far a catalogue step has been read: instants in epoch milliseconds, and what the reading covered.

    `by_locale`: locales that the listing without a locale does not bring, so that each is listed by name.
    """

    read_at: int
    full_read_at: int
    locales: tuple[str, ...]
    licensed_only: bool
    by_locale: tuple[str, ...] = ()


class Plan(Document, frozen=True, kw_only=True):
    """Everything a run does, decided once by start_run; workers and the assembly take their work from it alone.

    Instants are epoch milliseconds. `started_at` is the start event's time: the lookback ends there. `deadline` and
    `planned_at` follow the wall clock.
    """

    run_id: str
    started_at: int
    deadline: int
    planned_at: int | None = None
    account_name: str
    tag_account_name: bool
    account_key_ref: str
    lookback_days: int
    lookback_start: int
    lookback_end: int
    locales: tuple[str, ...]
    all_locales: bool
    licensed_only: bool
    modes: dict[Step, Mode]
    shards: tuple[Shard, ...]

    def shard(self, step: str, name: str) -> Shard | None:
        """Return the shard of that step and name, None where the plan has none."""
        return next((shard for shard in self.shards if shard.step == step and shard.name == name), None)


class SecondRound(Document, frozen=True, kw_only=True):
    """Shards that a run reads besides those of its plan (see `runs.second_round`)."""

    shards: tuple[Shard, ...]


class Part(CompactValue, frozen=True, kw_only=True):
    """One object of rows: JSON lines, gzip. `start` is the first row's offset; `sha256` is of the object's bytes."""

    key: str
    start: int
    rows: int
    sha256: str


class Rejected(CompactValue, frozen=True, kw_only=True):
    """A record LinkedIn sent that cannot be used: its offset in the listing and what is wrong with it."""

    row: int
    problem: str


Totals = dict[str, dict[str, int]]  # asset type -> metric (`views`, `completions`, `secondsViewed`) -> sum


class Outcome(Document, frozen=True, kw_only=True):
    """How a shard ended (or, while its status is READING, how far it has been read).

    The parts of an INCOMPLETE shard are used, but LinkedIn showed fewer records than it counts. `locales` are those of
    the titles in a listing of assets.
    `latest_data_at` (epoch milliseconds) and `account_totals` are what LinkedIn's reports say of themselves.
    """

    step: Step
    shard: str
    status: Status
    rows: int = 0
    parts: tuple[Part, ...] = ()
    pages: int = 0
    requests: int = 0
    latest_data_at: int | None = None
    rejected_count: int = 0
    rejected: tuple[Rejected, ...] = ()
    locales: tuple[str, ...] = ()
    unmodelled: Totals = msgspec.field(default_factory=dict)
    account_totals: Totals | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
    resolution: str | None = None
    error_kind: str | None = None


class ListingCounts(CompactValue, frozen=True, kw_only=True):
    """What one reading of a listing has counted so far.

    `received` counts records, `first_total` and `total` are LinkedIn's count on the first and on the last page, and
    `moved` tells whether a page repeated a record of the page before it.
    """

    received: int = 0
    first_total: int | None = None
    total: int | None = None
    moved: bool = False


class Progress(Document, frozen=True, kw_only=True):
    """How far a shard has been read: what a worker leaves to the one that reads the rest.

    `outcome` has the status READING. `counts` are of the reading under way, `previous_counts` of the one before it.
    """

    outcome: Outcome
    counts: ListingCounts = ListingCounts()
    previous_counts: ListingCounts | None = None


class Limits(Document, frozen=True, kw_only=True):
    """What the workers of a run know of LinkedIn's limits for a key type.

    `quota_used_up_until` is in epoch milliseconds, None where the daily quota is not used up; `requests_per_second` is
    what LinkedIn was seen to allow one worker at `rate_learnt_at` (epoch milliseconds), both None where it never
    throttled.
    """

    key_type: KeyType
    quota_used_up_until: int | None = None
    requests_per_second: float | None = None
    rate_learnt_at: int | None = None


class LastError(Document, frozen=True, kw_only=True):
    """Why a worker gave a shard back to its queue."""

    error: str
    error_kind: str
    resolution: str = ""


RecordKind = Literal["entities", "relationships"]
RECORD_KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
JSON_LINES_FORMAT: Final = "jsonl"
FileKind = Literal["entities", "relationships", "tables", "export"]


class SnapshotFile(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A file of a snapshot.

    `kind` and `type` say what it holds: the `_type` of entities or relationships, or the name of a table; a file of an
    export has its records' `_type` or, with several, `graph`. `format` is `parquet`, `jsonl` or that of an
    export;
    `sha256` is of the file's bytes.
    """

    key: str
    kind: FileKind
    type: str
    format: str
    rows: int
    bytes: int
    sha256: str
