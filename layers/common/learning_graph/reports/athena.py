"""A snapshot and its reports as tables of Athena: `<table>` is the newest run, `<table>_history` has all of them."""

from __future__ import annotations

import re
from typing import Final

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.data_catalog import CatalogTable, DataCatalog
from learning_graph.reports.columns import TABLE_COLUMNS
from learning_graph.reports.snapshot import Snapshot
from learning_graph.reports.tables import PROOF_TABLES, REPORT_TABLES
from learning_graph.store.graph_bucket import reports_prefix

PARTITION: Final = "snapshot"
_HIVE: Final = {
    "VARCHAR": "string",
    "VARCHAR[]": "array<string>",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
}
# Athena takes no other letters in a column's name.
_COLUMN: Final = re.compile(r"[A-Za-z0-9_]+")


def snapshot_tables() -> dict[str, CatalogTable]:
    """Return the catalog's tables of a snapshot's Parquet, from the model."""
    return {name: CatalogTable(name, _columns(columns)) for name, columns in TABLE_COLUMNS.items()}


def report_tables() -> dict[str, CatalogTable]:
    """Return the catalog's tables of the reports; each lies as one file beside others, so it is listed."""
    return {
        table.name: CatalogTable(
            table.name, _columns({column.name: column.type for column in table.columns}), True, f"A row is {table.row}."
        )
        for table in REPORT_TABLES
        if table not in PROOF_TABLES
    }


def publish_tables(catalog: DataCatalog, bucket: Bucket, snapshot: Snapshot, *, is_newest: bool) -> None:
    """Add a run's partitions to the `_history` tables, and move the others to it where it is the newest.

    A snapshot without some type leaves that table where it is, with no partition of this run.
    """
    run, folders = snapshot.run_id, _folders(snapshot)
    for name, table in snapshot_tables().items():
        if name in folders:
            _publish(catalog, table, f"s3://{bucket.name}/{folders[name]}", run, is_newest=is_newest)
    for name, table in report_tables().items():
        folder = f"{reports_prefix(run)}athena/{name}/"
        listed = f"s3://{bucket.name}/{reports_prefix(run)}{name}.parquet\n"
        bucket.write(f"{folder}files.txt", listed.encode(), content_type="text/plain")
        _publish(catalog, table, f"s3://{bucket.name}/{folder}", run, is_newest=is_newest)


def _publish(catalog: DataCatalog, table: CatalogTable, location: str, run: str, *, is_newest: bool) -> None:
    history = CatalogTable(f"{table.name}_history", table.columns, table.listed, table.description)
    if is_newest:
        catalog.put_table(table, location)
    catalog.put_table(history, location.partition("/graph/")[0] + "/graph/", partition=PARTITION)
    catalog.put_partition(history, run, location)


def _folders(snapshot: Snapshot) -> dict[str, str]:
    return {name: files[0].key.rpartition("/")[0] + "/" for name, files in snapshot.files.items()}


def _columns(columns: dict[str, str]) -> dict[str, str]:
    return {name: _HIVE[kind] for name, kind in columns.items() if _COLUMN.fullmatch(name)}
