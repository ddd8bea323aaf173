"""The formats that are asked for are written; one that is refused says why and stops no other."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from learning_graph.graph.assembly.snapshot_files import WrittenFile
from learning_graph.graph.export import FORMATS, demand_known, export_files, graphml
from learning_graph.settings import AssembleSettings
from learning_graph.values.errors import ConfigurationError
from local.template import ParameterRefused, read_template
from tests.unit.graph_export.snapshots import COURSE, course, tables
from tests.unit.wiring.environment import ENVIRONMENT

PSEUDONYM = {"PSEUDONYM_SECRET_ARN": "arn"}


def test_a_refused_format_says_why_and_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphml, "MOST_RECORDS", 1)
    refused: dict[str, str] = {}
    with tables(tmp_path, {COURSE: [course(1), course(2)]}) as source:
        [path] = source.entities[COURSE]
        parquet = [WrittenFile("entities", COURSE, "parquet", "", path, 2)]
        files = list(export_files(duckdb.connect(), parquet, ("graphml", "jsonl", "opencypher"), tmp_path, refused))
    assert [(file.kind, file.format, file.type, file.rows) for file in files] == [("export", "opencypher", COURSE, 2)]
    assert files[0].path == tmp_path / "opencypher" / files[0].name
    assert list(refused) == ["graphml"]
    assert "2 records" in refused["graphml"]
    assert "ExportFormats" in refused["graphml"]


def test_the_parameter_allows_every_format_and_says_so() -> None:
    parameter = read_template({}).body["Parameters"]["ExportFormats"]
    assert set(FORMATS) == {"jupiterone", "opencypher", "graphml"}
    for name in ("jsonl", *FORMATS):
        assert re.fullmatch(parameter["AllowedPattern"], f"jsonl,{name}")
        assert name in parameter["Description"]


@pytest.mark.parametrize(
    ("text", "formats"), [("", ()), ("jsonl", ("jsonl",)), ("opencypher,jupiterone", ("opencypher", "jupiterone"))]
)
def test_the_setting_lists_formats(text: str, formats: tuple[str, ...]) -> None:
    read_template({"ExportFormats": text})
    assert AssembleSettings.read({**ENVIRONMENT, **PSEUDONYM, "EXPORT_FORMATS": text}).export_formats == formats


@pytest.mark.parametrize("text", ["csv", "jsonl,csv", "jsonl, opencypher"])
def test_an_unknown_format_is_refused_by_its_parameter(text: str) -> None:
    with pytest.raises(ParameterRefused, match="ExportFormats"):
        read_template({"ExportFormats": text})
    with pytest.raises(ConfigurationError, match="EXPORT_FORMATS"):
        demand_known(AssembleSettings.read({**ENVIRONMENT, **PSEUDONYM, "EXPORT_FORMATS": text}).export_formats)
