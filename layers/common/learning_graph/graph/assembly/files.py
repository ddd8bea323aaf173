"""Writes records as JSON lines, gzip, and says for every file how many rows and which SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
from isal import igzip

LARGEST_FILE_ROWS = 250_000
_BLOCK = 1000  # rows encoded at a time: more costs memory and is no faster

_encode = msgspec.json.Encoder().encode


def record_line(record: object) -> bytes:
    """Return the record's JSON; its names are sorted by whoever made it, so equal records are equal bytes."""
    return _encode(record)


def write_files(lines: Iterator[bytes], folder: Path) -> Iterator[tuple[Path, int]]:
    """Write the lines into `part-00000.jsonl.gz` and so on; yield each finished file and its rows."""
    number = 0
    while True:
        path = folder / f"part-{number:05d}.jsonl.gz"
        rows = _write_file(islice(lines, LARGEST_FILE_ROWS), path)
        if rows == 0:
            path.unlink(missing_ok=True)
            return
        yield path, rows
        number += 1


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_lines(path: Path) -> int:
    """Return how many lines a gzip file holds.

    Raises:
        EOFError, igzip.BadGzipFile: the file is cut or is no gzip.
    """
    with igzip.IGzipFile(path, "rb") as file:  # type: ignore[no-untyped-call]
        return sum(1 for _ in file)


def _gzip(raw: BinaryIO) -> BinaryIO:
    file = igzip.IGzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="")  # type: ignore[no-untyped-call]
    return cast("BinaryIO", file)


def _write_file(lines: Iterator[bytes], path: Path) -> int:
    rows = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, _gzip(raw) as file:
        while block := list(islice(lines, _BLOCK)):
            file.write(b"".join(line + b"\n" for line in block))
            rows += len(block)
    return rows
