"""An evidence package: what it holds, that it verifies without this software, and what can't be made."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from local import evidence
from tests.unit.reports.world import RUN, World, ms, requirement

EARLIER = "20260315T060000Z-00000000"
PEOPLE = (
    "email,name,group\n" + "".join(f"p{n}@example.com,,Engineering\n" for n in range(12)) + "=x@example.com,=Evil,\n"
)
EXEMPT = {"person": "p11@example.com", "reason": "Trainer", "decidedBy": "CISO", "from": "2026-01-01"}
ASKED = requirement(
    title="Security",
    controls=["SOC 2 CC1.4"],
    who={"population": "staff"},
    due={"date": "2026-03-31"},
    exemptions=[EXEMPT],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots: the first does not know the completion of the 12th yet, nor that of the 20th."""
    root = tmp_path_factory.mktemp("bucket")
    for run, done in (
        (EARLIER, {"p0": "2026-03-10"}),
        (RUN, {"p0": "2026-03-10", "p1": "2026-03-12", "p2": "2026-03-20"}),
    ):
        world = World(root, run=run)
        world.course("1")
        for number in range(12):
            world.learner(f"p{number}", "Engineering")
        for name, day in done.items():
            world.did(name, "1", f"{day}T10:00:00")
        world.write()
    (root / "config" / "populations").mkdir(parents=True)
    (root / "config" / "requirements.yaml").write_text(ASKED)
    (root / "config" / "populations" / "staff.csv").write_text(PEOPLE)
    return root


def package(folder: Path, out: Path, *options: str) -> dict[str, bytes]:
    arguments = ["r", "--folder", str(folder), "--time-zone", "Europe/Berlin", "--out", str(out), *options]
    assert evidence.main(arguments) == 0
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def met(files: dict[str, bytes]) -> set[str]:
    return {row["email"].partition("@")[0] for row in table(files, "statuses.csv") if row["status"] == "met"}


def test_it_verifies_with_its_own_sums(folder: Path, tmp_path: Path) -> None:
    files = package(folder, tmp_path / "e.zip")
    sums = dict(line.split("  ", 1)[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_everybody_in_scope_is_reported_and_the_counts_agree(folder: Path, tmp_path: Path) -> None:
    files = package(folder, tmp_path / "e.zip")
    statuses = table(files, "statuses.csv")
    assert len(statuses) == 13
    extraction = json.loads(files["extraction.json"])
    assert extraction["statuses"] == {"exempt": 1, "met": 3, "overdue": 8, "unknown": 1}
    assert extraction["rows"] == {
        "statuses.csv": 13,
        "not-met.csv": 9,
        "totals.csv": len(table(files, "totals.csv")),
        "exemptions.csv": 1,
        "sample.csv": 13,
        "sample-records.jsonl": 3,
    }
    assert {row["status"] for row in table(files, "not-met.csv")} == {"overdue", "unknown"}
    assert [row["reason"] for row in table(files, "exemptions.csv")] == ["Trainer"]
    [evil] = [row for row in statuses if row["status"] == "unknown"]
    assert (evil["name"], evil["email"]) == ("'=Evil", "'=x@example.com")
    readme = files["README.txt"].decode()
    assert "People in scope: 13. Obliged to meet it: 12" in readme
    assert "Met: 3, 25.0 % of them. Not met: 9" in readme
    assert 'must complete "Course 1". It is due on 2026-03-31.' in readme
    assert max(map(len, readme.splitlines())) <= 120


def test_a_proof_leads_to_the_record_in_the_file(folder: Path, tmp_path: Path) -> None:
    import duckdb

    files = package(folder, tmp_path / "e.zip")
    [row] = [row for row in table(files, "statuses.csv") if row["email"] == "p1@example.com"]
    path = folder / row["proofFile"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["proofFileSha256"]
    found = duckdb.execute(f"select completedOn from '{path}' where _key = ?", [row["proofRecordKey"]]).fetchall()
    assert found == [(ms("2026-03-12T10:00:00"),)]
    assert (row["metOnLocalTime"], row["metOnUtc"]) == ("2026-03-12 11:00:00", "2026-03-12 10:00:00 UTC")
    manifest = files["source/snapshot-manifest.json"]
    assert row["proofFileSha256"] in manifest.decode()
    assert json.loads(files["extraction.json"])["snapshotManifest"]["sha256"] == hashlib.sha256(manifest).hexdigest()
    records = [json.loads(line) for line in files["sample-records.jsonl"].decode().splitlines()]
    assert row["proofRecordKey"] in {record["_key"] for record in records}


def test_anybody_can_draw_the_sample_again(folder: Path, tmp_path: Path) -> None:
    files = package(folder, tmp_path / "e.zip", "--sample", "4", "--seed", "auditor's choice")
    keys = [row["personKey"] for row in table(files, "statuses.csv")]
    drawn = sorted(keys, key=lambda key: hashlib.sha256(f"auditor's choice:{key}".encode()).hexdigest())[:4]
    assert [row["personKey"] for row in table(files, "sample.csv")] == drawn


def test_as_of_an_earlier_date_with_what_was_known_then_or_is_known_now(folder: Path, tmp_path: Path) -> None:
    then = package(folder, tmp_path / "then.zip", "--as-of", "2026-03-16")
    assert met(then) == {"p0"}
    assert json.loads(then["extraction.json"])["snapshot"] == EARLIER
    assert "what the newest snapshot of that date knew" in then["README.txt"].decode()
    now = package(folder, tmp_path / "now.zip", "--as-of", "2026-03-16", "--known", "now")
    assert met(now) == {"p0", "p1"}
    assert json.loads(now["extraction.json"])["snapshot"] == RUN
    assert "knows now about that date" in now["README.txt"].decode()
    assert {row["status"] for row in table(now, "not-met.csv")} == {"due", "unknown"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope"], "there is no requirement nope\nThere are r."),
        (["r", "--as-of", "2026-03-01"], "Add --known now"),
        (["r", "--time-zone", "Mars/Olympus"], "is no IANA time zone"),
    ],
)
def test_what_cannot_be_made_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    out = tmp_path / "e.zip"
    assert evidence.main([*arguments, "--folder", str(folder), "--out", str(out)]) == 2
    assert told in capsys.readouterr().err
    assert not out.exists()
