"""`python -m local demo --jupiterone`: from the schedule to the JupiterOne account, through the real function."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.jupiterone_side import publication_lines
from local.place import ROOT

pytestmark = pytest.mark.integration
SMALL = ("--learners=10", "--courses=6", "--videos=8", "--paths=2")


def test_the_account_holds_exactly_the_snapshots_records(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "demo", "--quiet", "--jupiterone", *SMALL, "--out", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr

    account = json.loads((tmp_path / "jupiterone-account.json").read_bytes())
    assert list(account) == ["linkedin-learning"]
    for kind, held in account["linkedin-learning"].items():
        files = (tmp_path / "graph-bucket" / "graph").glob(f"*/jsonl/{kind}/**/*.jsonl.gz")
        records = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
        assert held == {record["_key"]: record for record in records}
        assert f"{len(records):,} {kind}" in ended.stdout
    events = [json.loads(line)["detail-type"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert events.count("JupiterOne Published") == 1
    assert "JupiterOne Publish Failed" not in events


def test_a_person_is_told_how_a_publication_ended() -> None:
    published = {
        "scope": "s",
        "runId": "r",
        "entities": 1234,
        "relationships": 5,
        "changed": {"entitiesCreated": 1234, "entitiesDeleted": 0},
    }
    assert publication_lines({"published": published}) == [
        "",
        "JupiterOne: scope s holds run r",
        "  uploaded   1,234 entities, 5 relationships",
        "  changed    1,234 entitiesCreated",
    ]
    failure = {"reason": "401", "resolution": "Check the token."}
    assert publication_lines({"failure": failure}) == ["", "JupiterOne: FAILED: 401", "  Check the token."]
    assert publication_lines({}) == ["", "JupiterOne: nothing was published"]
