"""A table of people: one row of 4-byte codes a person, and an index of their identifiers.

The same form serves for what one file says (facts: its first column is the line of the dropped file, 0 for a row that
does not count) and for what all applied files together say (the ledger). Nothing is in clear: identifiers are digests,
cells are checksums, licence cells are 1 (active) or 2 (inactive), 0 is "nothing said". The tables lie in scratch files
and are read in blocks, so that eight million people need no more memory than eight hundred.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final
from zlib import crc32

from isal import igzip

from learning_graph.hr_file.cells import ACTIVE, INACTIVE

LINE: Final = "line"
ACTIVE_CODE: Final = 1
INACTIVE_CODE: Final = 2
FORMAT: Final = 1
ALIAS: Final = struct.Struct(">QI")  # digest, row
_LICENSE_CODES: Final = {ACTIVE: ACTIVE_CODE, INACTIVE: INACTIVE_CODE, "": 0}
_BLOCK_ROWS: Final = 16_384
_COPY_BYTES: Final = 1 << 20

assert array("I").itemsize == ALIAS.size // 3 and sys.byteorder == "little"  # noqa: PT018 - so are Lambda's machines


@dataclass(frozen=True)
class PeopleTable:
    """A table in a folder.

    Args:
        columns: LinkedIn's headers; of facts the first is `line`.
        licenses: those of `columns` that hold a licence.
        rows: number of people.
    """

    folder: Path
    columns: tuple[str, ...]
    licenses: frozenset[str]
    rows: int

    @property
    def rows_path(self) -> Path:
        return self.folder / "rows"

    @property
    def aliases_path(self) -> Path:
        return self.folder / "aliases"

    @cached_property
    def form(self) -> struct.Struct:
        return struct.Struct(f"<{len(self.columns)}I")

    def read_rows(self, first: int = 0) -> Iterator[tuple[int, ...]]:
        with self.rows_path.open("rb") as file:
            file.seek(first * self.form.size)
            while block := file.read(_BLOCK_ROWS * self.form.size):
                yield from self.form.iter_unpack(block)

    @property
    def alias_count(self) -> int:
        return self.aliases_path.stat().st_size // ALIAS.size

    def alias_blocks(self) -> Iterator[list[tuple[int, int]]]:
        """Yield the index in blocks of (digest, row), sorted by digest."""
        with self.aliases_path.open("rb") as file:
            while block := file.read(_BLOCK_ROWS * ALIAS.size):
                yield list(ALIAS.iter_unpack(block))

    def active_licenses(self) -> int:
        """Return how many licences are known to be active."""
        width = len(self.columns)
        places = [place for place, header in enumerate(self.columns) if header in self.licenses]
        count = 0
        with self.rows_path.open("rb") as file:
            while block := file.read(_BLOCK_ROWS * self.form.size):
                codes = array("I")
                codes.frombytes(block)
                count += sum(codes[place::width].count(ACTIVE_CODE) for place in places)
        return count


def empty_table(folder: Path) -> PeopleTable:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows").write_bytes(b"")
    (folder / "aliases").write_bytes(b"")
    return PeopleTable(folder, (), frozenset(), 0)


def codes_of(cells: Sequence[str], *, is_license: bool) -> list[int]:
    """Return the codes of a column's cells."""
    if is_license:
        return [_LICENSE_CODES[cell] for cell in cells]
    return list(map(crc32, map(str.encode, cells)))  # 0 for an empty cell


def strike_out(table: PeopleTable, rows: Iterable[int]) -> None:
    """Let rows of facts count no more."""
    with table.rows_path.open("r+b") as file:
        for row in rows:
            os.pwrite(file.fileno(), b"\0\0\0\0", row * table.form.size)


def line_of(table: PeopleTable, file: IO[bytes], row: int) -> int:
    """Return the line of the dropped file on which a row of facts stands; `file` is its open `rows_path`."""
    return int.from_bytes(os.pread(file.fileno(), 4, row * table.form.size), "little")


def pack(table: PeopleTable, path: Path) -> Path:
    """Write a table as one gzip file: a line of JSON, the rows, the index."""
    head = {
        "format": FORMAT,
        "columns": table.columns,
        "licenses": sorted(table.licenses),
        "rows": table.rows,
        "rowBytes": table.rows_path.stat().st_size,
    }
    with _gzip(path, "wb") as packed:
        packed.write(json.dumps(head).encode() + b"\n")
        for part in (table.rows_path, table.aliases_path):
            with part.open("rb") as file:
                _copy(file.read, packed.write)
    return path


def unpack(path: Path, folder: Path) -> PeopleTable:
    """Read a table that `pack` wrote.

    Raises:
        ValueError: it was written in another format.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _gzip(path, "rb") as packed:
        head = json.loads(packed.readline())
        if head["format"] != FORMAT:
            raise ValueError(f"people table of format {head['format']}, {FORMAT} expected")
        table = PeopleTable(folder, tuple(head["columns"]), frozenset(head["licenses"]), head["rows"])
        remaining = head["rowBytes"]

        def read_row_bytes(most: int) -> bytes:
            nonlocal remaining
            data: bytes = packed.read(min(most, remaining))
            remaining -= len(data)
            return data

        with table.rows_path.open("wb") as file:
            _copy(read_row_bytes, file.write)
        with table.aliases_path.open("wb") as file:
            _copy(packed.read, file.write)
    return table


def _gzip(path: Path, mode: str) -> Any:
    return igzip.open(path, mode, compresslevel=1)  # type: ignore[no-untyped-call]


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
    while block := read(_COPY_BYTES):
        write(block)
