"""Run ids, and the key of every object in the graph bucket."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
LATEST = "graph/latest.json"
ERASURES = "erasures/"


def run_id_of(time: datetime, event_id: str) -> str:
    """Return a run id that sorts by time, e.g. `20261121T160000Z-1c291ca3`; the same event is always the same run."""
    return f"{time:%Y%m%dT%H%M%SZ}-{hashlib.sha256(event_id.encode()).hexdigest()[:8]}"


def start_of(run_id: str) -> datetime:
    """Return the instant at which a run started, which its id begins with."""
    return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def plan_key(run_id: str) -> str:
    return f"runs/{run_id}/plan.json"


def part_key(run_id: str, step: str, shard: str, start: int) -> str:
    """Return the key of the part whose first row is `start`: a repeat of the work overwrites the same object."""
    return f"runs/{run_id}/parts/{step}/{shard}/{start:09d}.jsonl.gz"


def parts_prefix(run_id: str, step: str) -> str:
    return f"runs/{run_id}/parts/{step}/"


def outcomes_prefix(run_id: str) -> str:
    return f"runs/{run_id}/outcomes/"


def outcome_key(run_id: str, step: str, shard: str) -> str:
    return f"{outcomes_prefix(run_id)}{step}/{shard}.json"


def last_error_key(run_id: str, step: str, shard: str) -> str:
    """Return where a worker records why it returned a shard to the queue; read when the queue gives up."""
    return f"runs/{run_id}/last-errors/{step}/{shard}.json"


def progress_key(run_id: str, step: str, shard: str, reading: int, start: int) -> str:
    """Return where a worker records what it read of a shard; another continues from that offset."""
    return f"runs/{run_id}/progress/{step}/{shard}/{reading}-{start:09d}.json"


def limits_key(run_id: str, key_type: str) -> str:
    """Return where the workers of a run record LinkedIn's limits for `Content` or `Report`."""
    return f"runs/{run_id}/limits/{key_type}.json"


def other_locales_key(run_id: str) -> str:
    return f"runs/{run_id}/second-round/other-locales.json"


def lookups_key(run_id: str) -> str:
    return f"runs/{run_id}/second-round/lookups.json"


def lookup_list_key(run_id: str, step: str, number: int) -> str:
    return f"runs/{run_id}/lookups/{step}/{number:05d}.json"


def reread_key(run_id: str, step: str, shard: str) -> str:
    return f"runs/{run_id}/rereads/{step}/{shard}.json"


def ended_key(run_id: str) -> str:
    """Return the key of the marker that a run has ended and its event was sent; it does not expire with `runs/`."""
    return f"graph/{run_id}/ended.json"


def snapshot_prefix(run_id: str) -> str:
    return f"graph/{run_id}/"


def manifest_key(run_id: str) -> str:
    return f"graph/{run_id}/manifest.json"


def run_of(key: str) -> str | None:
    """Return the run of a key, or of a prefix, below `graph/`; None where it is of no run."""
    run = key.removeprefix("graph/").partition("/")[0]
    return run if RUN_ID.fullmatch(run) else None


def reports_prefix(run_id: str) -> str:
    return f"graph/{run_id}/reports/"


def reports_manifest_key(run_id: str) -> str:
    """Return what says that all reports on a snapshot are made."""
    return f"{reports_prefix(run_id)}manifest.json"


def page_key(run_id: str) -> str:
    return f"graph/{run_id}/page.html"


def snapshot_file_key(run_id: str, file_format: str, name: str) -> str:
    """Return the key of a snapshot's file; `name` is e.g. `entities/<_type>/part-00000.parquet`."""
    return f"{snapshot_prefix(run_id)}{file_format}/{name}"


def erasure_key(identity_hash: str) -> str:
    return f"{ERASURES}{identity_hash}.json"


def erased_hash(key: str) -> str:
    """Return the identity hash of a key below `erasures/`."""
    return key.removeprefix(ERASURES).removesuffix(".json")


def report_keys(run_id: str, keys: Iterable[str]) -> list[str]:
    """Return those of a snapshot's keys that are its reports and its page."""
    return [key for key in keys if key.startswith(reports_prefix(run_id)) or key == page_key(run_id)]
