"""The merge of a run's parts into a snapshot: seconds, and peak memory as the operating system saw it.

    python benchmarks/merge_parts.py [--rows 100000 1000000] [--memory 1100] [--all]

27 windows of engagement with as many learners as a fiftieth of the rows, and a catalogue of 5000 courses. Each merge
is a process of its own with the memory limit of an assembling function; its peak is `ru_maxrss`, read from outside.
The second merge of the first size (with `--all`, of each) has the first one's snapshot below it, as later runs have.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]

import msgspec  # noqa: E402
from isal import igzip  # noqa: E402
from learning_graph.graph.assembly.records import Account  # noqa: E402
from learning_graph.graph.convert import asset_converter  # noqa: E402

from learning_graph.graph.assembly.database import BaseFiles, PartFile  # noqa: E402
from learning_graph.graph.assembly.merge import Merge, MergeRules  # noqa: E402
from learning_graph.graph.rows import EngagementRow, Row  # noqa: E402
from learning_graph.store.run import Shard  # noqa: E402
from learning_graph.values.windows import Window, windows_of  # noqa: E402

END = 1_795_276_800_000
WINDOWS = windows_of(END, 365)
COURSES = 5000
ROWS_A_PART = 10_000


def main() -> None:
    """Measure each size without and with an earlier snapshot, and print a table."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments.add_argument("--memory", type=int, default=1100, help="DuckDB's limit in MB")
    arguments.add_argument("--all", action="store_true", help="merge over an earlier snapshot at every size")
    arguments.add_argument("--merge", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--base", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.merge:
        merge(options.merge, options.base, options.memory)
        return
    print(f"{'rows':>10} {'parts, MB':>10} {'earlier snapshot':>17} {'seconds':>9} {'peak MB':>9} {'snapshot, MB':>13}")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as name:
            first, second = Path(name) / "first", Path(name) / "second"
            write_parts(first, rows)
            second.mkdir()
            (second / "parts").symlink_to(first / "parts")
            size = size_of(first / "parts")
            both = options.all or rows == options.rows[0]
            for folder, base in ((first, None), (second, first / "snapshot"))[: 1 + both]:
                seconds, peak = measured(folder, base, options.memory)
                made = size_of(folder / "snapshot")
                earlier = "yes" if base else "no"
                print(f"{rows:>10,} {size:>10.1f} {earlier:>17} {seconds:>9.1f} {peak:>9.0f} {made:>13.1f}", flush=True)


def measured(folder: Path, base: Path | None, memory: int) -> tuple[float, float]:
    """Run one merge as a process; return its seconds and its peak memory in MB."""
    command = [sys.executable, __file__, "--merge", str(folder), "--memory", str(memory)]
    begun = time.perf_counter()
    process = subprocess.Popen(command + (["--base", str(base)] if base else []))
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the merge ended with status {status}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - begun, usage.ru_maxrss * kilobyte / 1e6


def merge(folder: Path, base: Path | None, memory: int) -> None:
    """Merge the parts of a folder, over an earlier snapshot if there is one, into `snapshot` below it."""
    parts = [PartFile(path, shard_of(path)) for path in sorted((folder / "parts").iterdir())]
    work = Merge(folder, parts, [base_files(base)] if base else [], memory_megabytes=memory)
    rules = MergeRules(
        account=Account("86client", "Acme", {"tag.AccountName": "Acme"}),
        lookback_start=WINDOWS[0].start,
        lookback_end=END,
        kept_types=frozenset(),
        keep_classifications=False,
        incomplete_types=frozenset(),
        curated_known=False,
    )
    with closing(work):
        work.merge(rules)
        for file in work.write(rules):
            assert file.rows


def base_files(folder: Path) -> BaseFiles:
    found: dict[str, dict[str, list[Path]]] = {"entities": {}, "relationships": {}}
    for path in sorted(folder.glob("*/*/*.gz")):
        found[path.parts[-3]].setdefault(path.parts[-2], []).append(path)
    return BaseFiles("20261120T160000Z-00000000", found["entities"], found["relationships"])


def shard_of(path: Path) -> Shard:
    """Return the shard that a part's name stands for: `courses-…` or `<number of the window>-…`."""
    place = path.name.partition("-")[0]
    if place == "courses":
        return Shard(step="courses", name="en_US", kind="assets", asset_type="COURSE")
    window = WINDOWS[int(place)]
    return Shard(
        step="course-activity",
        name=place,
        kind="engagements",
        asset_type="COURSE",
        window_start=window.start,
        window_days=window.days,
    )


def write_parts(folder: Path, rows: int) -> None:
    (folder / "parts").mkdir(parents=True)
    convert = asset_converter("COURSE", {})
    write(folder / "parts" / "courses-0.gz", [row for n in range(COURSES) for row in convert(course(n)).rows])
    for number, window in enumerate(WINDOWS):
        block: list[EngagementRow] = []
        for row in engagements(window, number, rows // len(WINDOWS), learners=max(1, rows // 50)):
            block.append(row)
            if len(block) == ROWS_A_PART:
                write(folder / "parts" / f"{number:02d}-{row.last_engaged_on}.gz", block)
                block = []
        write(folder / "parts" / f"{number:02d}-rest.gz", block)


def engagements(window: Window, place: int, rows: int, *, learners: int) -> Iterator[EngagementRow]:
    """Yield rows of one window; learners and courses are spread as a fixed sequence spreads them."""
    for number in range(rows):
        learner = (number * 7919 + place * 104_729) % learners
        completed = number % 9 == 0
        at = window.start + number % 1_000_000
        yield EngagementRow(
            profile_urn=f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{learner})",
            unique_user_id=f"E{learner}",
            email=f"learner{learner}@example.com",
            name=f"Robin Sample {learner}",
            groups=["Engineering"],
            content_urn=f"urn:li:lyndaCourse:{(number * 31 + learner) % COURSES}",
            content_name=None,
            content_locale=None,
            views=number % 7,
            seconds_viewed=number % 7200,
            completions=int(completed),
            progress_percentage=100 if completed else number % 100,
            completed=completed,
            completed_on=at if completed else None,
            full_progress_on=None,
            first_engaged_on=at,
            last_engaged_on=at + number,
        )


def course(number: int) -> bytes:
    topic = {"associatedClassification": {"urn": f"urn:li:lyndaCategory:{number % 300}", "type": "TOPIC"}, "path": []}
    details = {
        "availability": "AVAILABLE",
        "lastUpdatedAt": number,
        "classifications": [topic],
        "description": {"value": hashlib.sha256(str(number).encode()).hexdigest() * 5},
    }
    return msgspec.json.encode(
        {
            "urn": f"urn:li:lyndaCourse:{number}",
            "type": "COURSE",
            "title": {"value": f"Course {number}"},
            "details": details,
        }
    )


def write(path: Path, rows: Sequence[Row]) -> None:
    if rows:
        path.write_bytes(igzip.compress(msgspec.json.Encoder().encode_lines(rows), compresslevel=1, mtime=0))


def size_of(folder: Path) -> float:
    """Return the megabytes of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
