"""Writes the rows of a shard as parts, a thousand or so at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
from isal import igzip

from learning_graph.aws.bucket import JSON_LINES, Bucket
from learning_graph.graph.rows import Row
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.store import graph_bucket
from learning_graph.store.run import Part, Shard

ROWS_A_PART = 1000
# A second reading of a listing numbers its rows from here, so that its parts stand beside those of the first.
AGAIN = 100_000_000

_encoder = msgspec.json.Encoder()


class PartWriter:
    """Collects rows from one offset on and writes them as one object when asked, or when there are enough."""

    def __init__(
        self, bucket: Bucket, run_id: str, shard: Shard, erased: ErasedLearners, *, start: int, again: int
    ) -> None:
        self._bucket = bucket
        self._run_id = run_id
        self._shard = shard
        self._erased = erased
        self._start = start
        self._again = again
        self._rows: list[Row] = []
        self._records = 0
        self.parts: list[Part] = []

    def add(self, rows: Iterable[Row]) -> None:
        """Take the rows of one record."""
        self._rows.extend(rows)
        self._records += 1

    @property
    def is_full(self) -> bool:
        return self._records >= ROWS_A_PART

    def flush(self, next_start: int) -> None:
        """Write what there is; the next part begins at offset `next_start`."""
        if rows := self._erased.rows_of_others(self._rows):
            part = self._write(rows)
            # An erasure notes its learner before it cleans parts: one that did not see this part is seen here.
            while self._erased.look_again():
                rows = self._erased.rows_of_others(rows)
                part = self._write(rows)
            self.parts.append(part)
        self._start, self._rows, self._records = next_start, [], 0

    def _write(self, rows: list[Row]) -> Part:
        start = self._start + self._again * AGAIN
        key = graph_bucket.part_key(self._run_id, self._shard.step, self._shard.name, start)
        data = igzip.compress(_encoder.encode_lines(rows), compresslevel=1, mtime=0)
        self._bucket.write(key, data, content_type=JSON_LINES)
        return Part(key=key, start=start, rows=len(rows), sha256=hashlib.sha256(data).hexdigest())
