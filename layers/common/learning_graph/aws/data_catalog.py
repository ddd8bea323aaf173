"""The Glue database that Athena reads: tables whose location moves to the newest snapshot, and partitions per run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from learning_graph.aws import clients

_PARQUET_SERDE: Final = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_PARQUET_INPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
# The folder holds a text file that lists the table's files.
_LISTED_INPUT: Final = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_MOST_PARTITIONS: Final = 25  # that Glue deletes with one request
_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"


@dataclass(frozen=True)
class CatalogTable:
    """A table: its name, its columns with Hive's types, and whether its folder lists files instead of holding them."""

    name: str
    columns: Mapping[str, str]
    listed: bool = False
    description: str = ""


class DataCatalog:
    """Tables of one Glue database."""

    def __init__(self, database: str) -> None:
        self._database = database

    def put_table(self, table: CatalogTable, location: str, *, partition: str | None = None) -> None:
        """Create a table or change it to these columns and this location; `partition` is its partition column."""
        definition: Any = {
            "Name": table.name,
            "Description": table.description,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "StorageDescriptor": _storage(table, location),
            "PartitionKeys": [{"Name": partition, "Type": "string"}] if partition else [],
        }
        glue = clients.glue()
        try:
            glue.create_table(DatabaseName=self._database, TableInput=definition)
        except glue.exceptions.AlreadyExistsException:
            glue.update_table(DatabaseName=self._database, TableInput=definition, SkipArchive=True)

    def put_partition(self, table: CatalogTable, value: str, location: str) -> None:
        """Add a partition to a table; one that is there already is left as it is.

        Raises:
            RuntimeError: Glue took the call but refused the partition.
        """
        answer = clients.glue().batch_create_partition(
            DatabaseName=self._database,
            TableName=table.name,
            PartitionInputList=[{"Values": [value], "StorageDescriptor": _storage(table, location)}],
        )
        errors = [error.get("ErrorDetail", {}).get("ErrorCode") for error in answer.get("Errors", ())]
        if refused := [code for code in errors if code != "AlreadyExistsException"]:
            raise RuntimeError(f"Glue refused partition {value} of {table.name}: {refused[0]}")

    def delete_partitions(self, values: Sequence[str]) -> None:
        """Remove the partitions with these values from every table that has partitions; absent ones are no error.

        Raises:
            RuntimeError: Glue took the call but kept a partition.
        """
        glue = clients.glue()
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=self._database) if values else ()
        tables = [table["Name"] for page in pages for table in page["TableList"] if table.get("PartitionKeys")]
        for table in tables:
            for start in range(0, len(values), _MOST_PARTITIONS):
                answer = glue.batch_delete_partition(
                    DatabaseName=self._database,
                    TableName=table,
                    PartitionsToDelete=[{"Values": [value]} for value in values[start : start + _MOST_PARTITIONS]],
                )
                errors = [error.get("ErrorDetail", {}).get("ErrorCode") for error in answer.get("Errors", ())]
                if kept := [code for code in errors if code != "EntityNotFoundException"]:
                    raise RuntimeError(f"Glue kept a partition of {table}: {kept[0]}")


def _storage(table: CatalogTable, location: str) -> Any:
    return {
        "Columns": [{"Name": name.lower(), "Type": kind} for name, kind in table.columns.items()],
        "Location": location,
        "InputFormat": _LISTED_INPUT if table.listed else _PARQUET_INPUT,
        "OutputFormat": _OUTPUT,
        "SerdeInfo": {"SerializationLibrary": _PARQUET_SERDE, "Parameters": {"serialization.format": "1"}},
    }
