"""Options of `python -m local org-sync`: what can't be used is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.org_sync_options import read_options


@pytest.mark.parametrize("text", ["[1]", "no JSON", '{"E-Mail": 5}', '{"E-Mail": null}'])
def test_a_column_map_that_maps_no_texts_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people, column_map = tmp_path / "people.csv", tmp_path / "map.json"
    people.write_text("E-Mail\n")
    column_map.write_text(text)
    with pytest.raises(SystemExit) as ended:
        read_options([str(people), "--column-map", str(column_map)])
    assert ended.value.code == 2
    assert str(column_map) in capsys.readouterr().err


def test_a_column_map_becomes_a_parameter(tmp_path: Path) -> None:
    people, column_map = tmp_path / "people.csv", tmp_path / "map.json"
    people.write_text("E-Mail\n")
    column_map.write_text('\ufeff{ "E-Mail": "invited_email_address" }', encoding="utf-8")
    options = read_options([str(people), "--column-map", str(column_map)])
    assert options.column_map == '{"E-Mail":"invited_email_address"}'
