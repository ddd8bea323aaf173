"""Identifiers as digests: who is named twice in a file of any length, in bounded memory.

Identifiers are compared as BLAKE2b digests of 128 bits: among eight million, two different ones look the same with a
chance of 1 to 10^25, so nobody is accused by a collision. The digests are cut into 256 heaps by their first byte,
spilled to scratch files where they are many, and sorted heap by heap. Where one heap gets far more than its share, the
same identifier stands in very many rows: its repeats are taken out at once, so that no heap outgrows the memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

DIGEST_BYTES: Final = 16
ALIAS_BYTES: Final = 8  # of the digest, in the people table
_RECORD_BYTES: Final = DIGEST_BYTES + 5  # digest, row (4 bytes), source (1 byte)
REPEATS_ONLY: Final = 64  # added to a source whose digests are looked at for repeats, but name nobody
LINK_ONLY: Final = 255  # the source of digests that name a person, but may stand in several rows
_HELD_IN_MEMORY: Final = 150_000  # records, some 15 MB
_SKEWED: Final = 16  # a heap that holds more than one in so many records, where one in 256 is its share
_REPEAT: Final = struct.Struct(">IIB")  # row, the row it repeats, source
_BLOCK_REPEATS: Final = 16_384


class Digests:
    """A bag of (digest, row, source), to be read back sorted by digest and row.

    Args:
        workspace: folder for scratch files.
    """

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "digests"
        self._heaps: list[list[bytes]] = [[] for _ in range(256)]
        self._held = 0

    def add(self, space: bytes, values: Sequence[str], first_row: int, source: int) -> None:
        """Add one identifier a row, for consecutive rows from `first_row` on; empty ones are left out.

        Args:
            space: keeps e-mails and ids apart.
            values: the identifiers.
            first_row: the row of the first.
            source: the column they come from, with its role; see `repeats` and `aliases`.
        """
        heaps = self._heaps
        tail = bytes([source])
        for row, value in enumerate(values, first_row):
            if value:
                digest = blake2b(space + value.encode(), digest_size=DIGEST_BYTES).digest()
                heaps[digest[0]].append(digest + row.to_bytes(4, "big") + tail)
        self._held += len(values)
        if self._held > _HELD_IN_MEMORY:
            self._spill()

    def taken_out(self) -> Iterator[tuple[int, int, int]]:
        """Yield (row, row it repeats, source) for the records that no heap has any more; see `repeats`."""
        path = self._folder / "repeats"
        if path.exists():
            with path.open("rb") as file:
                while block := file.read(_BLOCK_REPEATS * _REPEAT.size):
                    yield from _REPEAT.iter_unpack(block)

    def heaps(self) -> Iterator[list[bytes]]:
        """Yield the records, sorted, in 256 lists that follow one another."""
        for number, heap in enumerate(self._heaps):
            path = self._folder / f"{number:03d}"
            if path.exists():
                data = path.read_bytes()
                heap.extend(data[at : at + _RECORD_BYTES] for at in range(0, len(data), _RECORD_BYTES))
                path.unlink()
            heap.sort()
            yield heap
            self._heaps[number] = []

    def _spill(self) -> None:
        self._folder.mkdir(exist_ok=True)
        for number, heap in enumerate(self._heaps):
            kept = self._without_repeats(heap) if len(heap) * _SKEWED > self._held else heap
            with (self._folder / f"{number:03d}").open("ab") as file:
                file.write(b"".join(kept))
            heap.clear()
        self._held = 0

    def _without_repeats(self, heap: list[bytes]) -> list[bytes]:
        """Return a heap's records but those that repeat another of them, which are kept for `taken_out`."""
        heap.sort()
        found = list(repeats(heap))
        with (self._folder / "repeats").open("ab") as file:
            file.writelines(_REPEAT.pack(*repeat) for repeat in found)
        places = {(row, source) for row, _, source in found}
        return [
            record
            for record in heap
            if record[-1] == LINK_ONLY or (row_of(record), record[-1] % REPEATS_ONLY) not in places
        ]


def repeats(heap: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yield (row, first row, source) for every record of a sorted heap whose digest an earlier row has.

    Records that only link a row to a person known before (`LINK_ONLY`) accuse nobody and are not accused.
    """
    if len({record[:DIGEST_BYTES] for record in heap}) == len(heap):
        return
    first = b""
    for record in heap:
        if record[-1] == LINK_ONLY:
            continue
        if first and record[:DIGEST_BYTES] == first[:DIGEST_BYTES]:
            if row_of(record) != row_of(first):
                yield row_of(record), row_of(first), record[-1] % REPEATS_ONLY
        else:
            first = record


def aliases(heap: Sequence[bytes]) -> bytes:
    """Return what of a sorted heap names a person: 8 bytes of digest and 4 of row each, sorted."""
    return b"".join(
        [
            record[:ALIAS_BYTES] + record[DIGEST_BYTES:-1]
            for record in heap
            if record[-1] < REPEATS_ONLY or record[-1] == LINK_ONLY
        ]
    )


def row_of(record: bytes) -> int:
    return int.from_bytes(record[DIGEST_BYTES:-1], "big")
