"""Whatever people write into names and lists comes back from every format."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_graph.graph.export import graphml, jupiterone_folder, opencypher
from tests.unit.graph_export.snapshots import COURSE, as_record, course, tables

# What XML has no character for is replaced there, and CSV files are read as text: a surrogate is none.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), min_size=1, max_size=40)
LISTS = st.lists(TEXT, min_size=1, max_size=4, unique=True)


@settings(max_examples=10, deadline=None)
@given(TEXT, LISTS)
def test_a_name_and_a_list_come_back(name: str, items: list[str]) -> None:
    record = course(1, name, description=name, contributorNames=items)
    with TemporaryDirectory() as folder, tables(Path(folder), {COURSE: [record]}) as source:
        [csv_file] = opencypher.export(source, Path(folder) / "opencypher")
        [xml_file] = graphml.export(source, Path(folder) / "graphml")
        [json_file] = jupiterone_folder.export(source, Path(folder) / "jupiterone")
        with gzip.open(csv_file.path, "rt", encoding="utf-8", newline="") as lines:
            [row] = csv.DictReader(lines)
        node = nx.read_graphml(xml_file.path).nodes["urn:li:lyndaCourse:1"]
        [entity] = json.loads(json_file.path.read_bytes())["entities"]

    assert row["name:String"] == row["description:String"] == name
    # At each semicolon that has no backslash before it; after a backslash at the end of an item stands a blank.
    found = [item.replace("\\;", ";") for item in re.split(r"(?<!\\);", row["contributorNames:String[]"])]
    assert found == [f"{item} " if item.endswith("\\") else item for item in items]
    assert node["name"] == _in_xml(name)
    assert node["contributorNames"] == _in_xml("; ".join(items))
    assert entity == as_record(record)


def _in_xml(text: str) -> str:
    return re.sub("[\ufffe\uffff]", "\ufffd", text)
