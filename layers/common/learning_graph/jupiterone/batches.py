"""Records in batches that JupiterOne takes in one request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

# JupiterOne's SDK sends no more than this; its servers refuse bodies from some 6 MB on (docs/jupiterone.md, "Sources").
LARGEST_BODY: Final = 5_000_000
_ENVELOPE: Final = len(b'{"relationships":[]}')


class Batches:
    """Records in order, in batches that fit into a body of `largest` bytes before compression.

    Args:
        records: JSON, one each.
        largest: bytes; a larger record is a batch of its own.
    """

    def __init__(self, records: Iterable[bytes], *, largest: int = LARGEST_BODY) -> None:
        self._records = iter(records)
        self._taken_back: deque[bytes] = deque()
        self.largest = largest

    def __iter__(self) -> Iterator[list[bytes]]:
        while batch := self._next():
            yield batch

    def halve(self, batch: list[bytes]) -> None:
        """Return a batch that was too large; it and all later batches are at most half its size.

        Raises:
            ValueError: it is a single record.
        """
        if len(batch) == 1:
            raise ValueError("a single record can't be halved")
        self.largest = _size(batch) // 2
        self._taken_back.extendleft(reversed(batch))

    def _next(self) -> list[bytes]:
        batch: list[bytes] = []
        size = _ENVELOPE
        while record := self._take():
            size += len(record) + 1
            if batch and size > self.largest:
                self._taken_back.appendleft(record)
                break
            batch.append(record)
        return batch

    def _take(self) -> bytes | None:
        return self._taken_back.popleft() if self._taken_back else next(self._records, None)


def _size(batch: list[bytes]) -> int:
    return _ENVELOPE + sum(len(record) + 1 for record in batch)
