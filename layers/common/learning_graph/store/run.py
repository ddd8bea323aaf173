"""What a run is made of, as it lies in the graph bucket: plan, shards, parts, outcomes (design, "Run, step, shard")."""

from __future__ import annotations

from typing import Literal

import msgspec

from learning_graph.values.steps import AssetType, KeyType, Step
from learning_graph.values.windows import Window

PLAN_FORMAT = 1

Mode = Literal["full", "incremental"]
Status = Literal["READING", "SUCCEEDED", "FAILED"]
ShardKind = Literal["classifications", "assets", "curated", "lookup", "learners", "engagements"]


class _Value(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A value whose JSON has camel-cased names and leaves out defaults."""


class Shard(_Value, frozen=True, kw_only=True):
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
        """`<step>/<name>`, as people and log lines name it."""
        return f"{self.step}/{self.name}"

    @property
    def window_end(self) -> int | None:
        """The first instant after the window, epoch milliseconds; None for a shard without a window."""
        if self.window_start is None or self.window_days is None:
            return None
        return Window(self.window_start, self.window_days).end


class CatalogRead(_Value, frozen=True, kw_only=True):
    """How far a catalogue step has been read: instants in epoch milliseconds, and what the reading covered.

    `by_locale`: a listing without a locale did not bring all of them, so each is listed by name.
    """

    read_at: int
    full_read_at: int
    locales: tuple[str, ...]
    licensed_only: bool
    by_locale: bool = False


class Plan(_Value, frozen=True, kw_only=True):
    """Everything a run does, decided once by start_run; workers and the assembly read nothing else to know their work.

    Instants are epoch milliseconds. `started_at` is the start event's time: the lookback ends there. `deadline` follows
    the wall clock.
    """

    format: int = PLAN_FORMAT
    run_id: str
    started_at: int
    deadline: int
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


class Lookups(_Value, frozen=True, kw_only=True):
    """The second round of a run: URNs that activity names and the catalogue lacks, as shards of their own."""

    shards: tuple[Shard, ...]


class Part(_Value, frozen=True, kw_only=True):
    """One object of rows: JSON lines, gzip. `start` is the first row's offset; `sha256` is of the object's bytes."""

    key: str
    start: int
    rows: int
    sha256: str


class Rejected(_Value, frozen=True, kw_only=True):
    """A record LinkedIn sent that cannot be used: its offset in the listing and what is wrong with it."""

    row: int
    problem: str


Totals = dict[str, dict[str, int]]  # asset type -> metric (`views`, `completions`, `secondsViewed`) -> sum


class Outcome(_Value, frozen=True, kw_only=True):
    """How a shard ended (or, in a message, how far it has been read).

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
    unmodelled: Totals = msgspec.field(default_factory=dict)
    account_totals: Totals | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None
    resolution: str | None = None
    error_kind: str | None = None


class Throttle(_Value, frozen=True, kw_only=True):
    """A used-up daily quota, told to every worker of the run: no call before `until` (epoch milliseconds)."""

    key_type: KeyType
    until: int


class LastError(_Value, frozen=True, kw_only=True):
    """Why a worker gave a shard back to its queue."""

    error: str
    error_kind: str
    resolution: str = ""


class SnapshotFile(_Value, frozen=True, kw_only=True):
    """A file of a snapshot: its object key, how many rows and bytes it has, the SHA-256 of its bytes."""

    key: str
    rows: int
    bytes: int
    sha256: str
