"""JupiterOne's folder: at most 500 objects a file, records that JupiterOne takes, none left out and none twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learning_graph.graph.export.jupiterone_folder import OBJECTS_OF_A_FILE, export
from learning_graph.graph.export.snapshot_tables import ExportRefused
from local.jupiterone.object_rules import entity_problem, relationship_problem
from tests.snapshot_documents import relationship
from tests.unit.graph_export.snapshots import (
    ASSIGNED,
    COURSE,
    HOSTILE,
    USER,
    as_record,
    course,
    hostile_snapshot,
    tables,
    user,
)

Record = dict[str, Any]


def exported(folder: Path, records: dict[str, list[Record]]) -> list[Path]:
    with tables(folder, records) as source:
        files = list(export(source, folder / "jupiterone"))
    assert sum(file.rows for file in files) == sum(map(len, records.values()))
    assert all(file.path == folder / "jupiterone" / file.name for file in files)
    return [file.path for file in files]


def objects(folder: Path, kind: str) -> Iterator[Record]:
    """Read the folder as JupiterOne's command line does."""
    for path in sorted((folder / "jupiterone" / "graph").glob("**/*.json")):
        value = json.loads(path.read_bytes())
        assert set(value) <= {"entities", "relationships"}
        assert sum(map(len, value.values())) <= OBJECTS_OF_A_FILE
        yield from value.get(kind, [])


def test_every_record_is_there_once_and_jupiterone_takes_it(tmp_path: Path) -> None:
    records = hostile_snapshot()
    exported(tmp_path, records)
    entities, relationships = (list(objects(tmp_path, kind)) for kind in ("entities", "relationships"))

    assert [problem for record in entities if (problem := entity_problem(record))] == []
    assert [problem for record in relationships if (problem := relationship_problem(record))] == []
    found = [record["_key"] for record in (*entities, *relationships)]
    assert sorted(found) == sorted(record["_key"] for of_type in records.values() for record in of_type)
    keys = {record["_key"] for record in entities}
    assert all({record["_fromEntityKey"], record["_toEntityKey"]} <= keys for record in relationships)


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    exported(tmp_path, hostile_snapshot())
    courses = {record["_key"]: record for record in objects(tmp_path, "entities")}
    for number, value in enumerate(HOSTILE):
        expected = course(number, value, description=value, contributorNames=[value, "B"])
        assert courses[f"urn:li:lyndaCourse:{number}"] == as_record(expected)
    # What JupiterOne does not take as null is left out; the seed's own properties are null.
    without = courses["urn:li:lyndaCourse:99"]
    assert without == as_record(course(99, "null", contributorNames=None, publishedOn=None))
    assert "description" not in without
    assert without["publishedOn"] is None


@pytest.mark.parametrize(("value", "written"), [(100.0, "100"), (33.5, "33.5"), (0.0, "0"), (None, "null")])
def test_a_whole_number_has_no_fraction(tmp_path: Path, value: float | None, written: str) -> None:
    edges = [
        relationship(ASSIGNED, user(1), course(1), progressPercentage=value),
        relationship(ASSIGNED, user(1), course(2), progressPercentage=0.5),
    ]
    files = exported(tmp_path, {COURSE: [course(1), course(2)], USER: [user(1)], ASSIGNED: edges})
    assert f'"progressPercentage":{written},' in files[-1].read_text()


def test_a_file_has_at_most_five_hundred_objects(tmp_path: Path) -> None:
    files = exported(tmp_path, {COURSE: [course(number) for number in range(1001)]})
    assert [len(json.loads(path.read_bytes())["entities"]) for path in files] == [500, 500, 1]
    assert [path.name for path in files] == ["00000.json", "00001.json", "00002.json"]


def test_a_dangling_relationship_is_refused(tmp_path: Path) -> None:
    records = {COURSE: [course(1)], ASSIGNED: [relationship(ASSIGNED, user(1), course(1))]}
    with tables(tmp_path, records) as source, pytest.raises(ExportRefused, match="not there"):
        list(export(source, tmp_path))
    assert not list(tmp_path.glob("graph/**/*.json"))
