"""`local verify` accepts a correct snapshot and finds what is wrong with its files: manifest, parts, latest.json."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local.verify import Verification, main, open_snapshot
from tests.unit.local.tiny import RUN, correct_records, write, write_json

COURSE = "entities/linkedin_learning_course"
DID_COURSE = "relationships/linkedin_learning_user_assigned_course"


def problems(out: Path) -> str:
    return "\n".join(Verification(open_snapshot(out)).run())


def test_a_correct_snapshot_has_no_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, correct_records())
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"run {RUN} (SUCCEEDED): 17 files, 20 records, 0 problems\n"


SPOILED_MANIFESTS: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("its SHA-256 is not the manifest's", lambda manifest: manifest["files"][0].update(sha256="0" * 64)),
    ("the manifest says 99", lambda manifest: manifest["files"][0].update(rows=99)),
    ("bytes, the manifest says 7", lambda manifest: manifest["files"][0].update(bytes=7)),
    ("is not in the manifest", lambda manifest: manifest["files"].pop()),
    ("is missing", lambda manifest: manifest["files"].append(manifest["files"][0] | {"key": f"graph/{RUN}/jsonl/x"})),
    ("is in the manifest twice", lambda manifest: manifest["files"].append(manifest["files"][0])),
    ("the files have 2", lambda manifest: manifest["counts"]["entities"].update(linkedin_learning_user=9)),
    ("the files have 2", lambda manifest: manifest["counts"]["entities"].pop("linkedin_learning_user")),
    ("the files have 1", lambda manifest: manifest["counts"].pop("entities")),
    ("totals.completed is 99", lambda manifest: manifest["totals"].update(completed=99)),
]


@pytest.mark.parametrize(("problem", "spoil"), SPOILED_MANIFESTS, ids=range(len(SPOILED_MANIFESTS)))
def test_a_manifest_that_disagrees_with_the_files_is_found(
    problem: str, spoil: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    path = write(tmp_path, correct_records()) / "manifest.json"
    manifest = json.loads(path.read_text())
    spoil(manifest)
    write_json(path, manifest)
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("{", "is no JSON object", id="cut"),
        pytest.param("", "is no JSON object", id="empty"),
        pytest.param("[]", "is no JSON object", id="list"),
        pytest.param('{"_key": "urn:li:lyndaCourse:1", "name": "a", "name": "b"}', "there twice", id="twice"),
    ],
)
def test_a_broken_line_is_found(line: str, problem: str, tmp_path: Path) -> None:
    part = write(tmp_path, correct_records()) / "jsonl" / COURSE / "part-00000.jsonl.gz"
    part.write_bytes(part.read_bytes() + gzip.compress(f"{line}\n".encode()))
    found = problems(tmp_path)
    assert all(one in found for one in (problem, "SHA-256", "has 2 rows, the manifest says 1"))


def test_a_truncated_part_and_one_of_another_name_are_found(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    part = root / "jsonl" / DID_COURSE / "part-00000.jsonl.gz"
    part.write_bytes(part.read_bytes()[:-20])
    (root / "jsonl" / COURSE / "courses.jsonl.gz").write_bytes(gzip.compress(b""))
    found = problems(tmp_path)
    assert "cannot be read to its end" in found
    assert "courses.jsonl.gz: is not in the manifest" in found


@pytest.mark.parametrize("changes", [{}, {"displayName": "Other"}], ids=["the same", "another name"])
def test_parquet_holds_the_same_records(changes: dict[str, Any], tmp_path: Path) -> None:
    records = correct_records()
    root = write(tmp_path, records)
    lines, path = tmp_path / "course.jsonl", root / "parquet" / COURSE / "part-00000.parquet"
    path.parent.mkdir(parents=True)
    lines.write_text(json.dumps(records[COURSE][0] | changes))
    duckdb.execute(f"COPY (FROM read_json('{lines}')) TO '{path}' (FORMAT parquet)")
    assert problems(tmp_path) == f"graph/{RUN}/parquet/{COURSE}/part-00000.parquet: is not in the manifest"
    manifest = json.loads((root / "manifest.json").read_text())
    written = path.read_bytes()
    manifest["files"].append(
        {
            "key": f"graph/{RUN}/parquet/{COURSE}/part-00000.parquet",
            "kind": "entities",
            "type": "linkedin_learning_course",
            "format": "parquet",
            "rows": 1,
            "bytes": len(written),
            "sha256": hashlib.sha256(written).hexdigest(),
        }
    )
    write_json(root / "manifest.json", manifest)
    assert ("line 1: is not the record of" in problems(tmp_path)) == bool(changes)


@pytest.mark.parametrize("text", [None, "{}", "not JSON"])
def test_no_snapshot_is_an_error_of_its_own(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(tmp_path, correct_records())
    if text is None:
        (root.parent / "latest.json").unlink()
    else:
        (root / "manifest.json").write_text(text)
    assert main([str(tmp_path)]) == 2
    assert str(root.parent) in capsys.readouterr().out


def test_a_latest_that_names_no_manifest_is_an_error_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latest = write(tmp_path, correct_records()).parent / "latest.json"
    write_json(latest, {**json.loads(latest.read_text()), "manifest": "graph/elsewhere/manifest.json"})
    assert main([str(tmp_path)]) == 2
    assert "elsewhere/manifest.json is missing" in capsys.readouterr().out
