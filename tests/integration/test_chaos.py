"""A random schedule of faults ends with the undisturbed graph, and names no person and no secret on its way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.chaos.runner import ACCOUNT
from local.place import ROOT
from tests.integration.disclosure import disclosed, local_run, people_of_account

pytestmark = pytest.mark.integration
SEED = "7"  # a kill, a step that always fails, messages of others


def test_a_disturbed_run_ends_as_it_must_and_names_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "chaos", "--seed", SEED, "--runs", "1", "--out", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr

    options = dict(option.removeprefix("--").replace("-", "_").split("=") for option in ACCOUNT)
    sizes = {name: int(value) if value.isdecimal() else value for name, value in options.items()}
    people = people_of_account(sizes | {"sessions_per_week": float(options["sessions_per_week"])})
    told = local_run(tmp_path)
    assert "call failed" in told["CollectActivityFunction.log"]
    assert "Graph Snapshot Ready" in told["events.jsonl"]
    assert len(people) > 20
    assert disclosed(told, people) == []
