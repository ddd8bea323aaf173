"""Reads one shard: pages are written as parts, and a listing whose rows moved is read again (ADR 0004)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from learning_graph.aws.bucket import Bucket
from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import Row
from learning_graph.linkedin import queries
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.paging import Page
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.listings import converter_of, pages_of
from learning_graph.runs.part_writer import PartWriter
from learning_graph.runs.run_documents import read_document
from learning_graph.runs.run_messages import ShardMessage
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import ListingCounts, Outcome, Plan, Progress, Rejected, Shard, Status, Totals
from learning_graph.values.errors import (
    ConfigurationError,
    DailyQuotaReached,
    LearningGraphError,
    OutOfTime,
    RequestRefused,
    Throttled,
)

REJECTED_KEPT: Final = 100  # of a shard's rejected records so many are described; all are counted
READINGS: Final = 3  # at most so many times a listing whose rows move is read
_BAD_REQUEST: Final = 400
_INCOMPLETE: Final = (
    "Records of earlier snapshots are kept, and the next run reads the listing again. If it stays short, ask LinkedIn"
    " why the listing shows fewer records than its total."
)


class Reading:
    """Reads a shard from a message's offset on and writes its rows as parts.

    Args:
        erased: the learners who were erased.
    """

    def __init__(
        self, bucket: Bucket, plan: Plan, shard: Shard, message: ShardMessage, *, erased: ErasedLearners
    ) -> None:
        self._bucket, self._plan, self._shard, self._message = bucket, plan, shard, message
        progress = _progress_of(bucket, message, shard)
        self._so_far, self._counts, self._previous_counts = progress.outcome, progress.counts, progress.previous_counts
        self._reading = message.reading
        self._source, self._convert = converter_of(shard, plan)
        self._writer = PartWriter(bucket, plan.run_id, shard, erased)
        self._next_start: int | None = message.start
        self._pages = self._requests = 0
        self._rejected: list[Rejected] = []
        self._repaired = 0
        self._notes: list[str] = []
        self._account_totals = self._so_far.account_totals

    @property
    def has_progressed(self) -> bool:
        """Whether something was read, so that the rest can be handed over."""
        return self._pages > 0 or self._account_totals != self._so_far.account_totals

    def run(self, client: LinkedInClient, must_stop: Callable[[], bool]) -> Outcome | None:
        """Read to the end and return the outcome; None where `must_stop` ended it and `rest()` continues.

        Raises:
            LearningGraphError: as the client raises; the parts have what was read before, and `rest()` continues there.
        """
        try:
            if self._shard.kind == "learners" and self._account_totals is None:
                self._read_account_totals(client)
            while True:
                for page in pages_of(self._shard, self._plan, client, self._bucket, self._next_start or 0):
                    self._take(page)
                    if page.next_start is not None and must_stop():
                        return None
                if not self._must_read_again():
                    break
                self._begin_again()
                if must_stop():
                    return None
        except RequestRefused as error:
            if not (self._shard.optional and error.status == _BAD_REQUEST and not self.has_progressed):
                raise
            self._notes.append(f"LinkedIn does not offer this listing: {error}")
        finally:
            self._requests = client.requests
            self._writer.flush()
            self._writer.leave_out_erased()
        return self._ended()

    def rest(self) -> ShardMessage:
        """Store the progress; return the message that continues from there."""
        if not self.has_progressed:
            return self._message
        start = self._next_start or 0
        shard = self._shard
        key = graph_bucket.progress_key(self._plan.run_id, shard.step, shard.name, self._reading, start)
        progress = Progress(
            outcome=self._outcome("READING"), counts=self._counts, previous_counts=self._previous_counts
        )
        self._bucket.write(key, encode(progress))
        return msgspec.structs.replace(self._message, start=start, reading=self._reading, progress=key)

    def failed(self, error: LearningGraphError) -> Outcome:
        """Return the outcome of a shard that repeating cannot resolve."""
        return self._outcome(
            "FAILED", error=str(error.args[0]), kind=type(error).__name__, resolution=error.resolution or None
        )

    def _take(self, page: Page) -> None:
        rows: list[Row] = []
        if self._writer.is_empty:
            self._source.begin_part()
        convert = self._convert
        for record in page.records:
            convert(record, rows)
        self._writer.add(rows, start=page.start, reading=self._reading)
        self._rejected += [Rejected(row=offset, problem=problem) for offset, problem in page.rejected]
        self._repaired += page.repaired
        self._pages += 1
        self._next_start = page.next_start
        first = self._counts.received == 0
        self._counts = ListingCounts(
            received=self._counts.received + page.received,
            first_total=page.total if first else self._counts.first_total,
            total=page.total if page.total is not None else self._counts.total,
            moved=self._counts.moved or page.repeats,
        )

    def _must_read_again(self) -> bool:
        """Tell whether rows may have moved between pages (API reference §3.4), so that one was never shown.

        Signs of it are a total that changed, a page that repeats records of the page before it, and fewer records than
        the total. A reading with the same numbers as the one before it is not repeated.
        """
        counts, previous = self._counts, self._previous_counts
        if not (_is_short(counts) or _has_moved(counts)) or self._reading + 1 >= READINGS:
            return False
        return previous is None or (counts.received, counts.total) != (previous.received, previous.total)

    def _begin_again(self) -> None:
        """Begin the next reading with new counts; the parts of all readings are merged."""
        self._writer.flush()
        self._previous_counts, self._counts = self._counts, ListingCounts()
        self._reading += 1
        self._next_start = 0
        self._so_far = msgspec.structs.replace(
            self._so_far,
            unmodelled={},
            rejected=(),
            rejected_count=0,
            locales=self._locales,
            latest_data_at=self._latest_data_at,
        )
        self._source, self._convert = converter_of(self._shard, self._plan)
        self._rejected.clear()
        self._repaired = 0

    def _read_account_totals(self, client: LinkedInClient) -> None:
        """Read LinkedIn's own totals of the window, to compare with; without them the shard does not fail."""
        if self._shard.window_start is None or self._shard.window_days is None:
            raise ConfigurationError(self._shard.label, "the shard has no window")
        try:
            page = client.first_page(queries.account_totals(self._shard.window_start, self._shard.window_days))
        except (DailyQuotaReached, Throttled, OutOfTime):
            raise
        except LearningGraphError as error:
            self._notes.append(f"LinkedIn's own totals could not be read: {error}")
            return
        if page.rejected:
            self._notes.append(f"LinkedIn's own totals could not be read: {page.rejected[0][1]}")
            return
        if isinstance(self._source, ReportConverter):
            for record in page.records:
                self._source.count_account_totals(record)
            totals = self._source.account_totals
            self._account_totals = {kind: dict(metrics) for kind, metrics in totals.items()}

    @property
    def _latest_data_at(self) -> int | None:
        """The oldest `latestDataAt` of all pages: they may be read at different times."""
        own = self._source.latest_data_at if isinstance(self._source, ReportConverter) else None
        return min((at for at in (self._so_far.latest_data_at, own) if at is not None), default=None)

    @property
    def _locales(self) -> tuple[str, ...]:
        own = self._source.locales if isinstance(self._source, CatalogConverter) else ()
        return tuple(sorted({*self._so_far.locales, *own}))

    def _ended(self) -> Outcome:
        counts = self._counts
        if self._repaired:
            self._notes.append(f"{self._repaired} records had members that could not be read and were left out")
        if _is_short(counts):
            error = f"LinkedIn counts {counts.total} records and showed {counts.received}"
            return self._outcome("INCOMPLETE", error=error, kind="ListingIncomplete", resolution=_INCOMPLETE)
        if _has_moved(counts):
            self._notes.append(f"rows moved in each of {self._reading + 1} readings; all readings are merged")
        return self._outcome("SUCCEEDED")

    def _outcome(
        self, status: Status, *, error: str | None = None, kind: str | None = None, resolution: str | None = None
    ) -> Outcome:
        so_far = self._so_far
        parts = (*so_far.parts, *self._writer.parts)
        return Outcome(
            step=self._shard.step,
            shard=self._shard.name,
            status=status,
            rows=sum(part.rows for part in parts),
            parts=parts,
            pages=so_far.pages + self._pages,
            requests=so_far.requests + self._requests,
            latest_data_at=self._latest_data_at,
            rejected_count=so_far.rejected_count + len(self._rejected),
            rejected=(*so_far.rejected, *self._rejected)[:REJECTED_KEPT],
            locales=self._locales,
            unmodelled=_added(so_far.unmodelled, self._source.unmodelled),
            account_totals=self._account_totals,
            notes=(*so_far.notes, *self._notes),
            error=error,
            error_kind=kind,
            resolution=resolution,
        )


def _is_short(counts: ListingCounts) -> bool:
    return counts.total is not None and counts.received < counts.total


def _has_moved(counts: ListingCounts) -> bool:
    return counts.moved or counts.total != counts.first_total


def _progress_of(bucket: Bucket, message: ShardMessage, shard: Shard) -> Progress:
    """Return what earlier invocations read of the shard.

    Raises:
        ConfigurationError: there is no such progress document.
    """
    if message.progress is None:
        return Progress(outcome=Outcome(step=shard.step, shard=shard.name, status="READING"))
    found = read_document(bucket, message.progress, Progress)
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
