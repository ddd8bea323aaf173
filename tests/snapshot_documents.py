"""Documents of made snapshots: relationships, files of JSON lines, manifests and `latest.json`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from learning_graph.model import schema
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import Latest, Lookback, Manifest, PartialDatasets
from learning_graph.store.run import SnapshotFile

Record = dict[str, Any]


def relationship(record_type: str, source: Record | str, target: Record | str, **properties: Any) -> Record:
    """Return a relationship between two entities, or their keys."""
    verb = schema.RELATIONSHIPS[record_type].jupiterone_class
    from_key, to_key = (end if isinstance(end, str) else end["_key"] for end in (source, target))
    return {
        "_key": f"{from_key}|{verb.lower()}|{to_key}",
        "_type": record_type,
        "_class": verb,
        "displayName": verb,
        "_fromEntityKey": from_key,
        "_toEntityKey": to_key,
        **properties,
    }


def json_lines_file(run_id: str, record_type: str, records: Sequence[Record]) -> tuple[SnapshotFile, bytes]:
    """Return the entry of a manifest for some records, and the bytes of their file."""
    kind: Any = "relationships" if "_assigned_" in record_type or "_has_" in record_type else "entities"
    data = gzip.compress(b"".join(json.dumps(record).encode() + b"\n" for record in records), mtime=0)
    file = SnapshotFile(
        key=f"graph/{run_id}/jsonl/{kind}/{record_type}/part-00000.jsonl.gz",
        kind=kind,
        type=record_type,
        format="jsonl",
        rows=len(records),
        bytes=len(data),
        sha256=sha256(data).hexdigest(),
    )
    return file, data


def manifest_of(run_id: str, **members: Any) -> Manifest:
    """Return the manifest of a run that succeeded, with other members as given."""
    known: dict[str, Any] = {
        "status": "SUCCEEDED",
        "account_name": "Acme",
        "account_key_ref": "86client",
        "started_at": 0,
        "lookback": Lookback(days=14, start=0, end=1),
        "covered_until": None,
        "steps": {},
        "counts": {},
        "totals": {},
        "partial_datasets": PartialDatasets(types=()),
        "unmodelled_content": {},
        "reconciliation": None,
        "catalog": {},
        "bases": (),
        "merged_runs": (),
        "files": (),
    }
    return Manifest(run_id=run_id, **(known | members))


def documents_of(manifest: Manifest) -> dict[str, bytes]:
    """Return the objects that make a snapshot the newest: its manifest and `latest.json`."""
    key = graph_bucket.manifest_key(manifest.run_id)
    latest = Latest(run_id=manifest.run_id, status=manifest.status, manifest=key, started_at=manifest.started_at)
    return {key: encode(manifest), graph_bucket.LATEST: encode(latest)}
