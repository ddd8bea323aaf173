"""Small snapshots as Parquet, with the values that break formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from learning_graph.graph.assembly.database import SQL_TYPE
from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export.snapshot_tables import SnapshotTables
from learning_graph.model import schema
from learning_graph.model.schema import Property
from learning_graph.store.run import FileKind
from tests.snapshot_documents import relationship

Record = dict[str, Any]

ACCOUNT, COURSE, USER = "linkedin_learning_account", "linkedin_learning_course", "linkedin_learning_user"
HAS, ASSIGNED = "linkedin_learning_account_has_course", "linkedin_learning_user_assigned_course"
HOSTILE = (
    'a "quoted" name, with a comma',
    "two\nlines\r\nand a bare\rreturn",
    "semi;colon; and a backslash \\",
    "</data><script>alert(1)</script> & <![CDATA[",
    "=1+1",
    " blanks around ",
    "Zoë 名前 \U0001f600 \u200b\ufeff",
    "x" * 5000,
    "'; drop table node; --",
    "NULL",
    "[a,b]",
)


def account() -> Record:
    key = "linkedin_learning_account:86client"
    return {"_class": ["Account"], "_key": key, "_type": ACCOUNT, "displayName": "Acme", "name": "Acme", "vendor": "L"}


def course(number: int, name: str = "Course", **properties: Any) -> Record:
    return {
        "_class": ["Training"],
        "_key": f"urn:li:lyndaCourse:{number}",
        "_type": COURSE,
        "displayName": name,
        "name": name,
        "tag.AccountName": "Acme",
        "description": None,
        "contributorNames": ["A", "B"],
        "durationSeconds": 90.5,
        "isRetired": False,
        "publishedOn": 1_795_276_800_000,
        **properties,
    }


def user(number: int, name: str = "Zoë", groups: list[str] | None = None) -> Record:
    return {
        "_class": ["User"],
        "_key": f"urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,{number})",
        "_type": USER,
        "displayName": name,
        "name": name,
        "enterpriseGroupNames": groups,
    }


def hostile_snapshot() -> dict[str, list[Record]]:
    """Return a snapshot whose names, lists and texts break careless writers."""
    courses = [course(n, name, description=name, contributorNames=[name, "B"]) for n, name in enumerate(HOSTILE)]
    courses.append(course(98, "empty", contributorNames=[], description="", durationSeconds=None, isRetired=None))
    courses.append(course(99, "null", contributorNames=None, publishedOn=None))
    users = [user(n, name, [name, "ends with \\", "C"]) for n, name in enumerate(HOSTILE)]
    engagement = {"completed": True, "completedOn": None, "views": 3, "progressPercentage": 33.5}
    return {
        ACCOUNT: [account()],
        COURSE: courses,
        USER: users,
        HAS: [relationship(HAS, account(), found) for found in courses],
        ASSIGNED: [relationship(ASSIGNED, found, courses[0], **engagement) for found in users],
    }


@contextmanager
def tables(folder: Path, records: dict[str, list[Record]]) -> Iterator[SnapshotTables]:
    """Write records by `_type` as Parquet files with the schema's columns, sorted by `_key`, and open them."""
    db = duckdb.connect()
    files = []
    for record_type, found in records.items():
        kind: FileKind = "entities" if record_type in schema.ENTITIES else "relationships"
        path = folder / "parquet" / kind / record_type / "part-00000.parquet"
        path.parent.mkdir(parents=True)
        lines = path.with_suffix(".jsonl")
        lines.write_text("".join(json.dumps(record) + "\n" for record in found), encoding="utf-8")
        columns = ", ".join(f"'{prop.name}': '{SQL_TYPE[prop.type]}'" for prop in properties_of(record_type))
        db.execute(
            f"copy (select * from read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}})"
            f" order by _key) to '{path}' (format parquet, compression zstd)"
        )
        files.append(WrittenFile(kind, record_type, "parquet", "", path, len(found)))
    try:
        yield SnapshotTables.of(db, files)
    finally:
        db.close()


def properties_of(record_type: str) -> list[Property]:
    """Return the schema's properties of a `_type`, in the order of the columns."""
    found = schema.ENTITIES.get(record_type) or schema.RELATIONSHIPS[record_type]
    return sorted(found.properties, key=lambda prop: prop.name)


def as_record(record: Record) -> Record:
    """Return a record with every property of the schema, as the JSON lines have it."""
    whole = {prop.name: record.get(prop.name) for prop in properties_of(record["_type"])}
    optional = {prop.name for prop in properties_of(record["_type"]) if prop.presence == "optional"}
    return {name: value for name, value in whole.items() if value is not None or name not in optional}
