"""Writes the rows of a shard as parts of a useful size, without keeping them in memory."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
from isal import isal_zlib

from learning_graph.aws.bucket import JSON_LINES, Bucket
from learning_graph.graph.rows import Row, decode_report_rows, without_learners
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.store import graph_bucket
from learning_graph.store.run import Part, Shard
from learning_graph.values.steps import key_type_of

ROWS_A_PART: Final = 25_000
BYTES_A_PART: Final = 8 << 20  # of JSON, before gzip
_ROWS_AT_ONCE: Final = 1000  # encoded; more at once costs time and memory
_GZIP: Final = zlib.MAX_WBITS | 16
# A second reading of a listing numbers its rows from here, so that its parts do not overwrite those of the first.
NEXT_READING: Final = 100_000_000

_encoder = msgspec.json.Encoder()


class PartWriter:
    """Compresses rows as they come, and writes an object when there are enough.

    Args:
        erased: the learners who were erased.
    """

    def __init__(self, bucket: Bucket, run_id: str, shard: Shard, erased: ErasedLearners) -> None:
        self._bucket = bucket
        self._run_id = run_id
        self._shard = shard
        self._erased = erased
        self._erasures = erased.digest
        self.parts: list[Part] = []
        self._begin(0)

    @property
    def is_empty(self) -> bool:
        """Whether the next rows begin a part."""
        return not self._rows

    def add(self, rows: Sequence[Row], *, start: int, reading: int) -> None:
        """Add the rows of a page; `start` is its offset, `reading` the number of earlier readings of the listing."""
        if not self._rows:
            self._begin(start + reading * NEXT_READING)
        if self._erased:
            rows = without_learners(rows, self._erased.is_erased_row, self._left_out)
        for place in range(0, len(rows), _ROWS_AT_ONCE):
            lines = _encoder.encode_lines(rows[place : place + _ROWS_AT_ONCE])
            self._bytes += len(lines)
            self._compressed += self._compressor.compress(lines)
        self._rows += len(rows)
        if self._rows >= ROWS_A_PART or self._bytes >= BYTES_A_PART:
            self.flush()

    def flush(self) -> None:
        """Write the rows that have been added since the last part."""
        if self._rows:
            data = bytes(self._compressed + self._compressor.flush())
            key = graph_bucket.part_key(self._run_id, self._shard.step, self._shard.name, self._start)
            self.parts.append(self._write(key, self._start, self._rows, data))
        self._begin(0)

    def leave_out_erased(self) -> None:
        """Rewrite the parts without learners who were erased since the shard was begun.

        An erasure records its learner before it cleans parts: one that did not see these parts is seen here.
        """
        if not self.parts or key_type_of(self._shard.step) != "Report":
            return
        self._erased.look()
        while self._erased.digest != self._erasures:
            self._erasures = self._erased.digest
            self.parts = [self._without_erased(part) for part in self.parts]
            self._erased.look()

    def _begin(self, start: int) -> None:
        self._start = start
        self._rows = self._bytes = 0
        self._left_out: set[int] = set()
        self._compressed = bytearray()
        self._compressor = isal_zlib.compressobj(level=1, wbits=_GZIP)

    def _without_erased(self, part: Part) -> Part:
        stored = self._bucket.read(part.key)
        lines = zlib.decompress(stored.data, _GZIP) if stored else b""
        rows = without_learners(decode_report_rows(lines), self._erased.is_erased_row)
        compressor = isal_zlib.compressobj(level=1, wbits=_GZIP)
        data = compressor.compress(_encoder.encode_lines(rows)) + compressor.flush()
        return self._write(part.key, part.start, len(rows), data)

    def _write(self, key: str, start: int, rows: int, data: bytes) -> Part:
        self._bucket.write(key, data, content_type=JSON_LINES)
        return Part(key=key, start=start, rows=rows, sha256=hashlib.sha256(data).hexdigest())
