"""Files of records: equal records are equal bytes, rows are counted, and a cut file is noticed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from learning_graph.graph.assembly import files


def numbered(count: int) -> Iterator[bytes]:
    return (b'{"n":%d}' % number for number in range(count))


def test_lines_are_written_as_gzip_that_any_tool_reads(tmp_path: Path) -> None:
    ((path, rows),) = files.write_files(numbered(3), tmp_path / "new" / "folder")

    assert (path.name, rows) == ("part-00000.jsonl.gz", 3)
    assert gzip.decompress(path.read_bytes()) == b'{"n":0}\n{"n":1}\n{"n":2}\n'


def test_the_same_lines_are_the_same_bytes_wherever_they_are_written(tmp_path: Path) -> None:
    first, second = (next(files.write_files(numbered(5000), tmp_path / name))[0].read_bytes() for name in ("a", "b"))

    assert first == second


def test_no_lines_are_no_file(tmp_path: Path) -> None:
    assert list(files.write_files(iter(()), tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_many_lines_are_several_files_without_an_empty_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE_ROWS", 1500)
    written = list(files.write_files(numbered(3000), tmp_path))

    assert [(path.name, rows) for path, rows in written] == [
        ("part-00000.jsonl.gz", 1500),
        ("part-00001.jsonl.gz", 1500),
    ]
    assert b"".join(gzip.decompress(path.read_bytes()) for path, _ in written).splitlines() == list(numbered(3000))


def test_rows_and_hash_of_a_file_are_those_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\nthree\n"))

    assert files.count_lines(path) == 3
    assert files.sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_cut_at_the_end_of_a_line_is_not_counted_as_whole(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl.gz"
    whole = gzip.compress(b"".join(line + b"\n" for line in numbered(20_000)))
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(EOFError):
        files.count_lines(path)


def test_what_is_no_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "part.jsonl.gz"
    path.write_bytes(b'{"n":0}\n')

    with pytest.raises((EOFError, OSError)):
        files.count_lines(path)
