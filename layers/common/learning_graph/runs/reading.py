"""One invocation's reading of a shard, and what a following one must know of it."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Hashable

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.convert import Tally, count_account_totals
from learning_graph.linkedin import queries
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.pages import Page
from learning_graph.runs.documents import read_value
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.listings import converter_of, pages_of
from learning_graph.runs.messages import ShardMessage
from learning_graph.runs.part_writer import PartWriter
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Outcome, Plan, Rejected, Shard, Status, Totals
from learning_graph.values.errors import (
    ConfigurationError,
    DailyQuotaReached,
    LearningGraphError,
    RequestRefused,
)

REJECTED_KEPT = 100  # of a shard's rejected records this many are described, all are counted
RECENT_KEPT = 1000  # digests of records handed on with the rest of a shard: a page of reports
READINGS = 3  # a listing whose rows shift while it is read is read at most this often
_BAD_REQUEST = 400


class Reading:
    """Reads pages from the message's offset on and writes their rows as parts."""

    def __init__(self, bucket: Bucket, plan: Plan, shard: Shard, message: ShardMessage) -> None:
        self._bucket, self._plan, self._shard, self._message = bucket, plan, shard, message
        self._so_far = outcome_so_far(bucket, message, shard)
        self._tally = Tally()
        self._convert = converter_of(shard, plan, self._tally)
        erased = ErasedLearners(bucket, shard)
        self._writer = PartWriter(bucket, plan.run_id, shard, erased, start=message.start, again=message.again)
        self._next_start: int | None = message.start
        self._recent = deque(message.recent, maxlen=RECENT_KEPT)
        self._seen = set(message.recent)
        self._pages = self._requests = 0
        self._first_total = message.first_total
        self._met_twice = message.met_twice
        self._total: int | None = None
        self._rejected: list[Rejected] = []
        self._notes: list[str] = []
        self._account_totals = self._so_far.account_totals

    @property
    def has_progressed(self) -> bool:
        """Whether a page was read, so that handing the rest on beats reading again from the message's start."""
        return self._pages > 0

    def run(self, client: LinkedInClient, must_stop: Callable[[], bool]) -> Outcome | None:
        """Read to the end and return the outcome; None where `rest()` is left: asked to stop, or to read again.

        Raises:
            LearningGraphError: as the client raises; what was read before is in the parts, and `rest()` goes on there.
        """
        try:
            if self._shard.kind == "learners" and self._so_far.account_totals is None:
                self._read_account_totals(client)
            for page in pages_of(self._shard, self._plan, client, self._bucket, self._message.start):
                self._take(page)
                if page.next_start is not None and must_stop():
                    return None
            if self._must_read_again():
                return None
        except RequestRefused as error:
            if not (self._shard.optional and error.status == _BAD_REQUEST and not self.has_progressed):
                raise
            self._notes.append(f"LinkedIn does not offer this listing: {error}")
        finally:
            self._requests = client.requests
            self._writer.flush(self._next_start or 0)
        return self._outcome()

    def rest(self) -> ShardMessage:
        """Note what was read; return the message that goes on from there, or that begins the next reading."""
        read = self._outcome(status="READING")
        message = self._message
        if self._next_start is not None:
            update = {
                "start": self._next_start,
                "distinct": self._distinct,
                "recent": tuple(self._recent),
                "first_total": self._first_total,
                "met_twice": self._met_twice,
            }
        else:
            again = {"again": message.again + 1, "last_distinct": self._distinct}
            update = {"start": 0, "distinct": 0, "recent": (), "first_total": None, "met_twice": False, **again}
            # What the next reading meets again must not be counted twice; the parts of both are merged.
            read = msgspec.structs.replace(read, unmodelled={}, rejected=(), rejected_count=0)
        following = message.model_copy(update=update)
        shard = self._shard
        key = graph_bucket.progress_key(self._plan.run_id, shard.step, shard.name, following.again, following.start)
        # Not in the message: of a long shard it is more than SQS takes.
        self._bucket.write(key, encode(read))
        return following.model_copy(update={"progress": key})

    def failed(self, error: LearningGraphError) -> Outcome:
        """Return the outcome of a shard that no repetition can resolve."""
        return msgspec.structs.replace(
            self._outcome(status="FAILED"),
            error=str(error.args[0]),
            error_kind=type(error).__name__,
            resolution=error.resolution or None,
        )

    def _take(self, page: Page) -> None:
        for offset, record in enumerate(page.elements):
            try:
                converted = self._convert(record)
            except (ValueError, msgspec.MsgspecError) as problem:
                self._rejected.append(Rejected(row=page.start + offset, problem=str(problem)))
                self._meet((page.start, offset))
                continue
            if self._meet(converted.identity):
                self._tally.count_unmodelled(converted.outside)
            self._writer.add(converted.rows)
        self._pages += 1
        self._next_start = page.next_start
        self._total = page.total
        self._first_total = page.total if self._first_total is None else self._first_total
        if self._writer.is_full:
            self._writer.flush(page.next_start or 0)

    def _meet(self, identity: Hashable) -> bool:
        """Remember a record; return whether it is seen for the first time."""
        digest = hashlib.blake2b(repr(identity).encode(), digest_size=6).hexdigest()
        if digest in self._seen:
            self._met_twice = True
            return False
        self._seen.add(digest)
        self._recent.append(digest)
        return True

    @property
    def _distinct(self) -> int:
        return self._message.distinct + len(self._seen) - len(self._message.recent)

    def _must_read_again(self) -> bool:
        """Rows may shift while one pages (API reference §3.4), and a row that slips over a border is never shown.

        Where LinkedIn's count changed meanwhile, or fewer distinct records came than it counts, the listing is read
        again, until a reading is complete or brings as many as the one before it: then it is the count that is wrong.
        Where LinkedIn does not count, a record that came twice is the only sign that rows have moved.
        """
        short = self._total is not None and self._distinct < self._total
        uncounted = self._total is None and self._shard.kind != "lookup"
        moved = self._total != self._first_total or (uncounted and self._met_twice)
        if (short or moved) and self._message.last_distinct != self._distinct and self._message.again + 1 < READINGS:
            return True
        if short:
            self._notes.append(f"LinkedIn counts {self._total} records and showed {self._distinct}")
        return False

    def _read_account_totals(self, client: LinkedInClient) -> None:
        """Read LinkedIn's own totals of the window, to compare with; that they are not to be had fails nothing."""
        if self._shard.window_start is None or self._shard.window_days is None:
            raise ConfigurationError(self._shard.label, "the shard has no window")
        try:
            page = client.first_page(queries.account_totals(self._shard.window_start, self._shard.window_days))
            for record in page.elements:
                count_account_totals(record, self._tally)
        except DailyQuotaReached:
            raise
        except (LearningGraphError, msgspec.MsgspecError) as error:
            self._notes.append(f"LinkedIn's own totals are not to be had: {error}")
        else:
            self._account_totals = {kind: dict(metrics) for kind, metrics in self._tally.account_totals.items()}

    def _outcome(self, status: Status = "SUCCEEDED") -> Outcome:
        so_far, tally = self._so_far, self._tally
        parts = (*so_far.parts, *self._writer.parts)
        known = [at for at in (so_far.latest_data_at, tally.latest_data_at) if at is not None]
        return Outcome(
            step=self._shard.step,
            shard=self._shard.name,
            status=status,
            rows=sum(part.rows for part in parts),
            parts=parts,
            pages=so_far.pages + self._pages,
            requests=so_far.requests + self._requests,
            latest_data_at=min(known, default=None),
            rejected_count=so_far.rejected_count + len(self._rejected),
            rejected=(*so_far.rejected, *self._rejected)[:REJECTED_KEPT],
            unmodelled=_added(so_far.unmodelled, tally.unmodelled),
            account_totals=self._account_totals,
            notes=(*so_far.notes, *self._notes),
        )


def outcome_so_far(bucket: Bucket, message: ShardMessage, shard: Shard) -> Outcome:
    """Return what earlier invocations read of the shard.

    Raises:
        ConfigurationError: the message's `progress` names nothing of our making.
    """
    if message.progress is None:
        return Outcome(step=shard.step, shard=shard.name, status="READING")
    found = read_value(bucket, message.progress, Outcome)
    if found is None:
        raise ConfigurationError("progress", f"there is no {message.progress}", resolution="Start another run.")
    return found


def _added(first: Totals, second: Totals) -> Totals:
    """Return the sums of both, metric by metric."""
    total: Totals = {kind: dict(metrics) for kind, metrics in first.items()}
    for kind, metrics in second.items():
        own = total.setdefault(kind, {})
        for metric, value in metrics.items():
            own[metric] = own.get(metric, 0) + value
    return total
