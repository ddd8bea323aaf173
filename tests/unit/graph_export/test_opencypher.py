"""openCypher CSV is what Neptune's guide says, survives hostile values, and loads into a graph database."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from pathlib import Path

import duckdb
import ladybug
import pytest

from learning_graph.graph.export.opencypher import export
from learning_graph.graph.export.snapshot_tables import ExportRefused
from tests.snapshot_documents import relationship
from tests.unit.graph_export.snapshots import (
    ACCOUNT,
    ASSIGNED,
    COURSE,
    HAS,
    HOSTILE,
    USER,
    account,
    course,
    hostile_snapshot,
    properties_of,
    tables,
    user,
)

Rows = list[dict[str, str]]


def exported(folder: Path, records: dict[str, list[dict[str, object]]]) -> dict[str, Path]:
    with tables(folder, records) as source:
        files = list(export(source, folder / "opencypher"))
    assert all(file.path == folder / "opencypher" / file.name for file in files)
    assert {file.type: file.rows for file in files} == {name: len(found) for name, found in records.items()}
    return {file.name: file.path for file in files}


def read(path: Path) -> Rows:
    """Read a file as RFC 4180 has it."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def items(field: str) -> list[str]:
    """Take a list apart as Neptune does: at each `;` that has no backslash before it."""
    return [item.replace("\\;", ";") for item in re.split(r"(?<!\\);", field)] if field else []


def test_nodes_and_relationships_are_in_separate_files_with_typed_headers(tmp_path: Path) -> None:
    files = exported(tmp_path, hostile_snapshot())
    assert sorted(files) == [
        f"nodes/{ACCOUNT}.csv.gz",
        f"nodes/{COURSE}.csv.gz",
        f"nodes/{USER}.csv.gz",
        f"relationships/{HAS}.csv.gz",
        f"relationships/{ASSIGNED}.csv.gz",
    ]
    nodes, edges = read(files[f"nodes/{COURSE}.csv.gz"]), read(files[f"relationships/{ASSIGNED}.csv.gz"])
    kinds = {"string": "String", "integer": "Long", "number": "Double", "boolean": "Boolean", "strings": "String[]"}
    expected = [f"{prop.name}:{kinds[prop.type]}" for prop in properties_of(COURSE) if prop.name != "_class"]
    assert list(nodes[0]) == [":ID", ":LABEL", *expected]
    assert {"contributorNames:String[]", "durationSeconds:Double", "isRetired:Boolean", "publishedOn:Long"} <= set(
        expected
    )
    assert list(edges[0])[:4] == [":ID", ":START_ID", ":END_ID", ":TYPE"]
    assert {"completed:Boolean", "completedOn:Long", "views:Long", "progressPercentage:Double"} <= set(edges[0])
    assert nodes[0][":LABEL"] == f"Training;{COURSE}"
    assert {row[":TYPE"] for row in edges} == {"ASSIGNED"}
    assert (edges[0]["completed:Boolean"], edges[0]["views:Long"]) == ("true", "3")


def test_hostile_values_come_back_as_they_were(tmp_path: Path) -> None:
    nodes = {row[":ID"]: row for row in read(exported(tmp_path, hostile_snapshot())[f"nodes/{COURSE}.csv.gz"])}
    for number, value in enumerate(HOSTILE):
        row = nodes[f"urn:li:lyndaCourse:{number}"]
        assert row["name:String"] == row["description:String"] == value
        # A backslash at the end of an item would take the separator for its own: a blank stands after it.
        assert items(row["contributorNames:String[]"]) == [value + " " if value.endswith("\\") else value, "B"]
    assert nodes["urn:li:lyndaCourse:98"]["contributorNames:String[]"] == ""
    assert nodes["urn:li:lyndaCourse:99"]["contributorNames:String[]"] == ""
    assert nodes["urn:li:lyndaCourse:99"]["publishedOn:Long"] == ""


def test_an_empty_text_is_no_missing_property(tmp_path: Path) -> None:
    path = exported(tmp_path, hostile_snapshot())[f"nodes/{COURSE}.csv.gz"]
    found = duckdb.execute(
        f"""select ":ID", "description:String" is null from read_csv('{path}', header = true, all_varchar = true,
        quote = '"', escape = '"', allow_quoted_nulls = false) where ":ID" in ('urn:li:lyndaCourse:98',
        'urn:li:lyndaCourse:99') order by 1"""
    ).fetchall()
    assert found == [("urn:li:lyndaCourse:98", False), ("urn:li:lyndaCourse:99", True)]


def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (exported(tmp_path / name, hostile_snapshot()) for name in ("a", "b"))
    digests = [{n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items()} for files in (first, second)]
    assert digests[0] == digests[1]


def test_a_graph_database_loads_every_node_and_relationship(tmp_path: Path) -> None:
    records = hostile_snapshot()
    connection = load(tmp_path, exported(tmp_path, records))
    assert one(connection, "MATCH (n) RETURN count(n)") == 1 + len(records[COURSE]) + len(records[USER])
    assert one(connection, "MATCH ()-[r]->() RETURN count(r)") == len(records[HAS]) + len(records[ASSIGNED])
    reached = one(connection, f"MATCH (a:{ACCOUNT})-->(c:{COURSE})<--(u:{USER}) RETURN count(DISTINCT u)")
    assert reached == len(records[USER])


def test_the_graph_database_refuses_a_relationship_whose_end_is_missing(tmp_path: Path) -> None:
    """So that the test above proves something."""
    files = exported(
        tmp_path, {ACCOUNT: [account()], COURSE: [course(1)], HAS: [relationship(HAS, account(), course(1))]}
    )
    path = files[f"relationships/{HAS}.csv.gz"]
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b",urn:li:lyndaCourse:1,", b",gone,")))
    with pytest.raises(RuntimeError, match="gone"):
        load(tmp_path, files)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ({COURSE: [course(1)], ASSIGNED: [relationship(ASSIGNED, user(1), course(1))]}, "1 linkedin_learning_user_ass"),
        ({ASSIGNED: [relationship(ASSIGNED, user(1), course(1))]}, "lead to an entity that is not there"),
        ({COURSE: [course(1), course(1)]}, "1 records have the _key of another one"),
    ],
)
def test_a_graph_that_no_loader_takes_is_refused(
    tmp_path: Path, records: dict[str, list[dict[str, object]]], said: str
) -> None:
    with tables(tmp_path, records) as source, pytest.raises(ExportRefused, match=re.escape(said)) as refused:
        list(export(source, tmp_path))
    assert refused.value.resolution
    assert "urn:li" not in str(refused.value)


def load(folder: Path, files: dict[str, Path]) -> ladybug.Connection:
    """Load the files into an embedded graph database, every property as a text."""
    database = ladybug.Database(str(folder / "graph.lbdb"), buffer_pool_size=1 << 28, max_db_size=1 << 30)
    connection = ladybug.Connection(database)
    ends = {HAS: (ACCOUNT, COURSE), ASSIGNED: (USER, COURSE)}
    for name, path in files.items():
        kind, _, file_name = name.partition("/")
        table = file_name.removesuffix(".csv.gz")
        plain = folder / f"{kind}-{table}.csv"
        system = 1 if kind == "nodes" else 3
        rows = read(path)
        with plain.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            for row in rows:
                values = list(row.values())
                writer.writerow(values if kind == "nodes" else [*values[1:3], values[0], *values[3:]])
        properties = ", ".join(f"p{number} STRING" for number in range(len(rows[0]) - system))
        if kind == "nodes":
            connection.execute(f"CREATE NODE TABLE {table}(id STRING PRIMARY KEY, {properties})")
        else:
            start, end = ends[table]
            connection.execute(f"CREATE REL TABLE {table}(FROM {start} TO {end}, id STRING, {properties})")
        connection.execute(
            f"COPY {table} FROM '{plain}' (header=false, quote='\"', escape='\"', parallel=false, auto_detect=false)"
        )
    return connection


def one(connection: ladybug.Connection, query: str) -> int:
    result = connection.execute(query)
    assert isinstance(result, ladybug.QueryResult)
    row = result.get_next()
    assert isinstance(row, list)
    return int(row[0])
