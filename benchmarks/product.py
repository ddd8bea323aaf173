"""The product's functions that benchmarks call, in one place; everything else measures whole processes from outside.

python -m benchmarks.product collect|assemble|bare FOLDER [RUN]   (see `assembly`)
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from benchmarks.account import Account, Size
from benchmarks.server import Server
from learning_graph.aws.bucket import Bucket, StoredObject
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import Row
from learning_graph.linkedin.auth import read_credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.paging import Page, read_page
from learning_graph.linkedin.queries import Query
from learning_graph.linkedin.records import Asset, EngagementReportRow
from learning_graph.runs.assemble_graph import Assembler
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.part_writer import PartWriter
from learning_graph.runs.run_messages import ShardMessage, StartRequest
from learning_graph.runs.shard_reading import Reading
from learning_graph.runs.start_run import RunSettings, start_run
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.run import Shard

# Of the function's memory, 3008 MB, DuckDB may use this much.
MEMORY_MEGABYTES = 1805
THREADS = 2


class FolderBucket(Bucket):
    """A bucket whose objects are files of a folder; conditional writes are decided as by S3."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder.name)
        self._folder = folder

    def read(self, key: str) -> StoredObject | None:
        path = self._folder / key
        if not path.is_file():
            return None
        data = path.read_bytes()
        return StoredObject(data, hashlib.sha256(data).hexdigest())

    def etag(self, key: str) -> str | None:
        found = self.read(key)
        return found.etag if found else None

    def write(self, key: str, data: bytes, *, content_type: str = "") -> None:
        del content_type
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def write_if_absent(self, key: str, data: bytes, *, content_type: str = "") -> str | None:
        return None if self.exists(key) else self._written(key, data, content_type)

    def write_if_unchanged(self, key: str, data: bytes, etag: str, *, content_type: str = "") -> str | None:
        return self._written(key, data, content_type) if self.etag(key) == etag else None

    def _written(self, key: str, data: bytes, content_type: str) -> str:
        self.write(key, data, content_type=content_type)
        return hashlib.sha256(data).hexdigest()

    def delete(self, key: str) -> None:
        (self._folder / key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[str]:
        top = self._folder / prefix.rpartition("/")[0]
        found = (path.relative_to(self._folder).as_posix() for path in top.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix)))

    def folders(self, prefix: str) -> Iterator[str]:
        top = self._folder / prefix
        return iter(sorted(path.name for path in top.iterdir() if path.is_dir()) if top.is_dir() else ())

    def upload(self, path: Path, key: str, *, content_type: str = "") -> None:
        del content_type
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

    def download(self, key: str, path: Path) -> bool:
        source = self._folder / key
        if not source.is_file():
            return False
        path.write_bytes(source.read_bytes())
        return True


class _NowhereBucket(FolderBucket):
    """Keeps nothing."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))

    def write(self, key: str, data: bytes, *, content_type: str = "") -> None:
        """Forget it."""

    def keys(self, prefix: str) -> Iterator[str]:
        del prefix
        return iter(())


class _Nothing:
    """A queue or event bus that takes everything."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_options: None


class _Pages:
    """LinkedIn's answers without HTTP."""

    requests = 0

    def __init__(self, size: Size, now: datetime) -> None:
        account = Account(size, now=round(now.timestamp() * 1000))
        self._server = Server(account, latency=0, limit=0)

    def pages(self, query: Query, start: int = 0) -> Iterator[Page]:
        following: int | None = start
        while following is not None:
            page = self._page(query, following)
            yield page
            following = page.next_start

    def first_page(self, query: Query) -> Page:
        return self._page(query, 0)

    def _page(self, query: Query, start: int) -> Page:
        parameters = {**dict(query.parameters), "start": str(start), "count": str(query.page_size)}
        body = self._server.page(query.path, parameters)
        return read_page(body, query.record, start=start, page_size=query.page_size)


def collect(folder: Path, size: Size, started: datetime, lookback: int = 365) -> str:
    """Plan a run and write its parts and outcomes into a folder, as the workers do; return its id."""
    bucket = FolderBucket(folder)
    settings = RunSettings(
        account_name="Benchmark",
        tag_account_name=True,
        lookback_days=lookback,
        locales="en_US",
        licensed_only=True,
        deadline_hours=26,
        full_refresh_days=7,
    )
    plan = start_run(
        StartRequest(time=started, id="benchmark", lookback_days=cast("Any", lookback), mode="full"),
        settings,
        bucket=bucket,
        queue_of=lambda _shard: cast("Queue", _NOTHING),
        credentials=read_credentials(json.dumps({"contentClientId": "a", "contentClientSecret": "b"})),
        clock=lambda: started,
    )
    client = cast("LinkedInClient", _Pages(size, started))
    erased = _nobody(bucket)
    for shard in plan.shards:
        message = ShardMessage(run=plan.run_id, step=shard.step, shard=shard.name)
        outcome = Reading(bucket, plan, shard, message, erased=erased).run(client, lambda: False)
        if outcome is None:
            raise RuntimeError(f"{shard.label} was not read to its end")
        bucket.write(graph_bucket.outcome_key(plan.run_id, shard.step, shard.name), encode(outcome))
    return plan.run_id


_NOTHING = _Nothing()


def assemble(folder: Path, run_id: str) -> int:
    """Assemble a run over the snapshots of the folder; return the most bytes that lay in the function's disk."""
    scratch = 0

    @contextmanager
    def workspace() -> Iterator[Path]:
        nonlocal scratch
        with tempfile.TemporaryDirectory(dir=folder) as name:
            done = threading.Event()

            def watch() -> None:
                nonlocal scratch
                while not done.wait(0.1):
                    scratch = max(scratch, bytes_of(Path(name)))

            thread = threading.Thread(target=watch, daemon=True)
            thread.start()
            yield Path(name)
            done.set()
            thread.join()

    bucket = FolderBucket(folder)
    assembler = Assembler(
        bucket=bucket,
        queue_of=lambda _shard: cast("Queue", _NOTHING),
        bus=cast("EventBus", _NOTHING),
        workspace=workspace,
        erased=lambda: _nobody(bucket),
        time_left=lambda: 900.0,
        memory_megabytes=MEMORY_MEGABYTES,
        retention_days=0,
        tolerance_percent=1.0,
    )
    manifest = assembler.assemble(run_id)
    if manifest is None or manifest.status != "SUCCEEDED":
        raise RuntimeError(f"run {run_id} was not assembled: {manifest and manifest.status}")
    return scratch


def bytes_of(folder: Path) -> int:
    """Return the size of all files below a folder; files that go meanwhile are left out."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _nobody(bucket: Bucket) -> ErasedLearners:
    return ErasedLearners(bucket, lambda: b"")


Decode = Callable[[bytes], list[Any]]
Convert = Callable[[list[Any]], list[Row]]
Write = Callable[[list[Row]], None]


def stages(kind: str, started_at: int) -> tuple[Decode, Convert, Write]:
    """Return what decodes a page (`activity` or `assets`), converts its records, and writes their rows as parts."""
    shard = (
        Shard(step="courses", name="en_US", kind="assets", asset_type="COURSE")
        if kind == "assets"
        else Shard(step="course-activity", name="0-14d", kind="engagements", asset_type="COURSE")
    )
    record, page_size = (Asset, 100) if kind == "assets" else (EngagementReportRow, 1000)
    report, catalog = ReportConverter(started_at, "COURSE"), CatalogConverter(started_at, "COURSE")
    convert_record: Callable[[Any, list[Row]], None] = (
        catalog.convert_asset if kind == "assets" else report.convert_engagement
    )
    bucket = _NowhereBucket()
    writer = PartWriter(bucket, "20261121T160000Z-00000000", shard, _nobody(bucket))

    def decode(body: bytes) -> list[Any]:
        return read_page(body, record, start=0, page_size=page_size).records

    def convert(records: list[Any]) -> list[Row]:
        rows: list[Row] = []
        if writer.is_empty:
            report.begin_part()
            catalog.begin_part()
        for found in records:
            convert_record(found, rows)
        return rows

    def write(rows: list[Row]) -> None:
        writer.add(rows, start=0, reading=0)

    return decode, convert, write


def main(command: str, folder: Path, run_id: str = "") -> None:
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    if command == "collect":
        size = Size(**options["size"])
        found = [collect(folder, size, datetime.fromisoformat(at).astimezone(UTC)) for at in options["started"]]
        (folder / "runs.json").write_text(json.dumps(found), encoding="utf-8")
    elif command == "assemble":
        (folder / "scratch.json").write_text(json.dumps(assemble(folder, run_id)), encoding="utf-8")
    else:
        sys.exit(f"unknown command {command}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
