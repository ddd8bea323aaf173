"""GraphML opens in networkx with everything that it can hold, and is refused beyond a size that its readers open."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from learning_graph.graph.export import graphml
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
    tables,
    user,
)


def exported(folder: Path, records: dict[str, list[dict[str, object]]]) -> Path:
    with tables(folder, records) as source:
        [file] = graphml.export(source, folder / "graphml")
    assert (file.kind, file.type, file.format) == ("export", "graph", "graphml")
    assert (file.name, file.rows) == ("graph.graphml", sum(map(len, records.values())))
    return file.path


def test_networkx_reads_every_node_and_edge_with_typed_properties(tmp_path: Path) -> None:
    records = hostile_snapshot()
    graph = nx.read_graphml(exported(tmp_path, records), force_multigraph=True)

    assert graph.is_directed()
    assert graph.number_of_nodes() == 1 + len(records[COURSE]) + len(records[USER])
    assert graph.number_of_edges() == len(records[HAS]) + len(records[ASSIGNED])
    for number, value in enumerate(HOSTILE):
        node = graph.nodes[f"urn:li:lyndaCourse:{number}"]
        assert node["name"] == node["label"] == value
        assert node["contributorNames"] == f"{value}; B"
    node = graph.nodes["urn:li:lyndaCourse:0"]
    assert (node["publishedOn"], node["durationSeconds"], node["isRetired"]) == (1_795_276_800_000, 90.5, False)
    assert graph.nodes["urn:li:lyndaCourse:98"]["description"] in ("", None)


def test_what_has_no_value_is_left_out(tmp_path: Path) -> None:
    graph = nx.read_graphml(exported(tmp_path, hostile_snapshot()))
    assert not {"description", "publishedOn", "contributorNames"} & graph.nodes["urn:li:lyndaCourse:99"].keys()
    assert "contributorNames" not in graph.nodes["urn:li:lyndaCourse:98"]


def test_edges_have_their_keys_and_what_they_carry(tmp_path: Path) -> None:
    edge = relationship(ASSIGNED, user(1), course(1), completed=True, views=3, progressPercentage=33.5)
    records = {ACCOUNT: [account()], COURSE: [course(1)], USER: [user(1)], ASSIGNED: [edge]}
    graph = nx.read_graphml(exported(tmp_path, records))
    [(start, end, data)] = graph.edges(data=True)
    assert (start, end) == (user(1)["_key"], course(1)["_key"])
    assert data == {
        "id": edge["_key"],
        "label": "ASSIGNED",
        "_class": "ASSIGNED",
        "_type": ASSIGNED,
        "displayName": "ASSIGNED",
        "completed": True,
        "views": 3,
        "progressPercentage": 33.5,
    }


def test_characters_that_xml_does_not_have_are_replaced(tmp_path: Path) -> None:
    name = "a\x00b\x0bc\x1fd\ufffee"
    path = exported(tmp_path, {COURSE: [course(1, name)]})
    ET.parse(path)
    assert nx.read_graphml(path).nodes["urn:li:lyndaCourse:1"]["name"] == "a\ufffdb\ufffdc\ufffdd\ufffde"


def test_a_graph_that_no_reader_opens_is_refused_with_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphml, "MOST_RECORDS", 3)
    with tables(tmp_path, {COURSE: [course(n) for n in range(4)]}) as source, pytest.raises(ExportRefused) as refused:
        list(graphml.export(source, tmp_path / "graphml"))
    assert "4 records" in str(refused.value)
    assert "opencypher" in refused.value.resolution
    assert not (tmp_path / "graphml").exists()


def test_a_dangling_edge_is_refused(tmp_path: Path) -> None:
    records = {COURSE: [course(1)], ASSIGNED: [relationship(ASSIGNED, user(1), course(1))]}
    with tables(tmp_path, records) as source, pytest.raises(ExportRefused, match="not there"):
        list(graphml.export(source, tmp_path))
