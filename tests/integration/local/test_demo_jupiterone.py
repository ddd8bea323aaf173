"""`python -m local demo --jupiterone`: from the schedule to the JupiterOne account, through the real functions."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.jupiterone_side import publication_lines
from local.org_sync import SAMPLE
from local.place import ROOT
from tests.integration.disclosure import disclosed, local_run, people_of_account

pytestmark = pytest.mark.integration
SIZES = {"learners": 10, "courses": 6, "videos": 8, "paths": 2}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a demo, and what it printed."""
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "local", "demo", "--quiet", "--jupiterone", "--out", str(out)]
    command += ["--set", "LogLevel=DEBUG", *(f"--{name}={size}" for name, size in SIZES.items())]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return out, ended.stdout


def test_the_account_holds_exactly_the_snapshots_records(demo: tuple[Path, str]) -> None:
    out, printed = demo
    account = json.loads((out / "jupiterone-account.json").read_bytes())
    assert list(account) == ["linkedin-learning"]
    for kind, held in account["linkedin-learning"].items():
        files = (out / "graph-bucket" / "graph").glob(f"*/jsonl/{kind}/**/*.jsonl.gz")
        records = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
        assert held == {record["_key"]: record for record in records}
        assert f"{len(records):,} {kind}" in printed
    events = [json.loads(line)["detail-type"] for line in (out / "events.jsonl").read_text().splitlines()]
    assert events.count("JupiterOne Published") == 1
    assert "JupiterOne Publish Failed" not in events


def test_no_log_metric_or_event_of_a_demo_names_a_person_or_a_secret(demo: tuple[Path, str]) -> None:
    out, _ = demo
    rows = csv.DictReader(SAMPLE.read_text(encoding="utf-8").splitlines())
    people = {row["preferred_first_name"] + " " + row["preferred_last_name"] for row in rows}
    told = local_run(out)
    assert {"ReportSnapshotFunction.log", "TrackOrgSyncFunction.log", "PublishToJupiterOneFunction.log"} <= set(told)
    assert '"level":"DEBUG"' in told["CollectActivityFunction.log"]
    assert disclosed(told, people | people_of_account(SIZES)) == []


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
