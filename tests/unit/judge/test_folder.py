"""The judge finds what is wrong with a snapshot's files: manifest, parts, latest.json."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.judge.__main__ import main
from tests.judge.reading import SnapshotUnreadable
from tests.judge.snapshot import judge_folder
from tests.unit.judge.tiny import RUN, correct_records, write, write_json

COURSE = "entities/linkedin_learning_course"
DID_COURSE = "relationships/linkedin_learning_user_assigned_course"


def rules(out: Path) -> set[str]:
    return judge_folder(out).violations.rules


def _manifest(root: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((root / "manifest.json").read_text())
    return value


SPOILED_MANIFESTS: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("manifest-status", lambda manifest: manifest.update(status="FAILED")),
    ("manifest-sha256", lambda manifest: manifest["files"][0].update(sha256="0" * 64)),
    ("manifest-rows", lambda manifest: manifest["files"][0].update(rows=99)),
    ("manifest-file-unlisted", lambda manifest: manifest["files"].pop()),
    ("manifest-file-missing", lambda manifest: manifest["files"].append({"key": "jsonl/x", "sha256": "0"})),
    ("manifest-file-twice", lambda manifest: manifest["files"].append(manifest["files"][0])),
    ("manifest-files", lambda manifest: manifest.pop("files")),
    ("manifest-counts", lambda manifest: manifest["counts"].update(linkedin_learning_user=9)),
    ("manifest-counts", lambda manifest: manifest["counts"].pop("linkedin_learning_user")),
    ("manifest-counts", lambda manifest: manifest.pop("counts")),
    ("manifest-totals", lambda manifest: manifest["totals"].update(completed=99)),
    ("manifest-member", lambda manifest: manifest.pop("lookback")),
]


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [pytest.param(rule, spoil, id=f"{rule}-{number}") for number, (rule, spoil) in enumerate(SPOILED_MANIFESTS)],
)
def test_a_manifest_that_disagrees_with_the_files_is_found(
    rule: str, spoil: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    root = write(tmp_path, correct_records())
    manifest = _manifest(root)
    spoil(manifest)
    write_json(root / "manifest.json", manifest)
    assert rule in rules(tmp_path)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        pytest.param("line-not-json", "{", id="cut"),
        pytest.param("line-not-json", "", id="empty"),
        pytest.param("line-not-object", "[]", id="list"),
        pytest.param("property-twice", '{"_key": "urn:li:lyndaCourse:1", "name": "a", "name": "b"}', id="twice"),
    ],
)
def test_a_broken_line_is_found(rule: str, line: str, tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    part = root / "jsonl" / COURSE / "part-00000.jsonl.gz"
    part.write_bytes(part.read_bytes() + gzip.compress(f"{line}\n".encode()))
    assert {rule, "manifest-sha256", "manifest-rows"} <= rules(tmp_path)


def test_a_truncated_part_is_found(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    part = root / "jsonl" / DID_COURSE / "part-00000.jsonl.gz"
    part.write_bytes(part.read_bytes()[:-20])
    assert "part-unreadable" in rules(tmp_path)


def test_a_part_of_another_name_is_found(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    (root / "jsonl" / COURSE / "courses.jsonl.gz").write_bytes(gzip.compress(b""))
    assert "part-name" in rules(tmp_path)


def test_latest_that_names_another_run_is_found(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    write_json(root.parent / "latest.json", {"run": "20261120T160000Z-00000000"})
    assert "latest-elsewhere" in judge_folder(tmp_path, RUN).violations.rules
    with pytest.raises(SnapshotUnreadable):
        judge_folder(tmp_path)


def test_latest_with_another_hash_of_the_manifest_is_found(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    write_json(root.parent / "latest.json", {"run": RUN, "manifestSha256": "0" * 64})
    assert "latest-sha256" in rules(tmp_path)


def test_a_partial_run_is_a_remark(tmp_path: Path) -> None:
    root = write(tmp_path, correct_records())
    manifest = _manifest(root)
    write_json(root / "manifest.json", manifest | {"status": "PARTIAL"})
    assert "partial" in judge_folder(tmp_path).remarks.rules
    assert rules(tmp_path) == set()


def test_no_snapshot_is_an_error_of_its_own(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2


def test_an_unknown_folder_is_found_even_without_records(tmp_path: Path) -> None:
    records = correct_records()
    records["entities/linkedin_learning_audio"] = []
    write(tmp_path, records)
    assert "folder-unknown" in rules(tmp_path)
