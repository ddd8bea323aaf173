"""Writing rows as gzipped JSON lines: the product's way beside the standard library's.

    python benchmarks/write_parts.py [--rows 100000]

Rows are encoded and compressed a thousand at a time, as parts are written. Processor time counts, not the clock.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]

import msgspec  # noqa: E402
from isal import igzip  # noqa: E402

from learning_graph.graph.rows import EngagementRow  # noqa: E402
from learning_graph.runs.part_writer import ROWS_A_PART  # noqa: E402

PRODUCT = "msgspec, isal level 1"
Encode = Callable[[list[Any]], bytes]
Compress = Callable[[bytes], bytes]

_encoder = msgspec.json.Encoder()


def encode_with_json(rows: list[Any]) -> bytes:
    return "".join(json.dumps(msgspec.to_builtins(row)) + "\n" for row in rows).encode()


def compress_with_isal(data: bytes) -> bytes:
    return bytes(igzip.compress(data, compresslevel=1, mtime=0))


WAYS: dict[str, tuple[Encode, Compress]] = {
    PRODUCT: (_encoder.encode_lines, compress_with_isal),
    "msgspec, gzip level 1": (_encoder.encode_lines, lambda data: gzip.compress(data, 1, mtime=0)),
    "msgspec, gzip level 6": (_encoder.encode_lines, lambda data: gzip.compress(data, 6, mtime=0)),
    "json, isal level 1": (encode_with_json, compress_with_isal),
    "json, gzip level 6": (encode_with_json, lambda data: gzip.compress(data, 6, mtime=0)),
}


def main() -> None:
    """Measure each way and print a table."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--rows", type=int, default=100_000)
    rows = [row_of(number) for number in range(arguments.parse_args().rows)]
    blocks = [rows[at : at + ROWS_A_PART] for at in range(0, len(rows), ROWS_A_PART)]
    seconds, sizes = {}, {}
    for label, (encode, compress) in WAYS.items():
        assert [json.loads(line) for line in encode(rows[:10]).splitlines()] == msgspec.to_builtins(rows[:10])
        begun = time.process_time()
        sizes[label] = sum(len(compress(encode(block))) for block in blocks)
        seconds[label] = time.process_time() - begun
    print(f"{len(rows):,} rows, {len(_encoder.encode_lines(rows)) / 1e6:.0f} MB      seconds   product = 1       MB")
    for label in sorted(WAYS, key=lambda name: seconds[name]):
        ratio = seconds[label] / seconds[PRODUCT]
        print(f"  {label:<28} {seconds[label]:9.2f} {ratio:13.1f} {sizes[label] / 1e6:8.1f}")


def row_of(number: int) -> EngagementRow:
    """Return a row as an activity shard writes it."""
    return EngagementRow(
        profile_urn=f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{number % 20_000})",
        unique_user_id=f"E{number % 20_000}",
        email=f"learner{number % 20_000}@example.com",
        name=f"Robin Sample {number % 977}",
        groups=["Engineering", "Berlin"],
        content_urn=f"urn:li:lyndaCourse:{800_000 + number % 5000}",
        content_name=f"Sample Course {number % 5000}",
        content_locale="en_US",
        views=number % 7,
        seconds_viewed=number % 7200,
        completions=number % 2,
        progress_percentage=number % 101,
        completed=number % 2 == 1,
        completed_on=1_790_000_000_000 + number * 1000 if number % 2 else None,
        full_progress_on=None,
        first_engaged_on=1_789_000_000_000 + number * 977,
        last_engaged_on=1_790_000_000_000 + number * 1013,
    )


if __name__ == "__main__":
    main()
