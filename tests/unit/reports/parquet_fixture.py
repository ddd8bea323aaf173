"""Makes a snapshot's Parquet files from records, laid out as the graph bucket."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from learning_graph.reports.columns import TABLE_COLUMNS


def from_json_lines(root: Path, run: str) -> None:
    """Write the Parquet files of a snapshot that has JSON lines alone, and name them in its manifest."""
    manifest_path = root / "graph" / run / "manifest.json"
    manifest = json.loads(manifest_path.read_bytes())
    for file in list(manifest["files"]):
        kind, table = file["key"].split("/")[3:5]
        records = [json.loads(line) for line in gzip.decompress((root / file["key"]).read_bytes()).splitlines()]
        manifest["files"].append(write_table(root, run, kind, table, records))
    manifest_path.write_text(json.dumps(manifest))


def write_table(root: Path, run: str, kind: str, table: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    key = f"graph/{run}/parquet/{kind}/{table}/part-00000.parquet"
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".jsonl")
    source.write_text("\n".join(json.dumps(record) for record in records))
    columns = TABLE_COLUMNS[table]
    described = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"
    order = next(iter(columns))
    duckdb.execute(
        f"copy (select * from read_json('{source}', format='newline_delimited', columns={described}) order by \"{order}\")"
        f" to '{path}' (format parquet, compression zstd)"
    )
    source.unlink()
    data = path.read_bytes()
    return {"key": key, "rows": len(records), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
