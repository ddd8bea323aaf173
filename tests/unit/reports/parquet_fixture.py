"""Writes a snapshot's Parquet files from records, laid out as the graph bucket."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from learning_graph.reports.columns import TABLE_COLUMNS

Record = dict[str, Any]


def write_table(root: Path, run: str, kind: str, table: str, records: list[Record]) -> Record:
    """Write one Parquet file; return its entry in the manifest."""
    key = f"graph/{run}/parquet/{kind}/{table}/part-00000.parquet"
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".jsonl")
    source.write_text("\n".join(json.dumps(record) for record in records))
    columns = TABLE_COLUMNS[table]
    described = "{" + ", ".join(f"'{name}': '{column}'" for name, column in columns.items()) + "}"
    duckdb.execute(
        f"copy (select * from read_json('{source}', format='newline_delimited', columns={described})"
        f" order by \"{next(iter(columns))}\") to '{path}' (format parquet, compression zstd)"
    )
    source.unlink()
    data = path.read_bytes()
    return {
        "key": key,
        "kind": kind,
        "type": table,
        "format": "parquet",
        "rows": len(records),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
