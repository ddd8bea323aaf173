"""The simulator as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from local.simulator import cli

ROOT = Path(__file__).parents[2]
TINY = ("--learners=3", "--courses=4", "--videos=8", "--history-days=20")


def test_it_says_where_it_listens_and_ends_with_its_starter() -> None:
    command = [sys.executable, "-m", "local.simulator", "--port=0", "--exit-on-stdin-eof", *TINY]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        said = json.loads(process.stdout.readline())
        assert said.keys() == {"port", "apiUrl", "oauthUrl"}
        assert requests.get(f"{said['apiUrl']}/_simulator/health", timeout=20).json()["learners"] == 3
        assert requests.post(said["oauthUrl"], timeout=20).status_code == 400
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    "argument",
    [
        "--fault=tsunami",
        "--assume=weather=fine",
        "--assume=gzip",
        "--now=noon",
        "--org-sync-token=a=maybe",
        "--learners=-1",
        "--locales=en_US,xx_YY",
    ],
)
def test_wrong_options_are_named(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*TINY, argument]) == 2
    assert "simulator: " in capsys.readouterr().err


def test_what_can_be_chosen_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list-assumptions"]) == 0
    assert "default-count=" in capsys.readouterr().out
    assert cli.main(["--list-faults"]) == 0
    assert "truncated" in capsys.readouterr().out


def test_it_shares_no_code_with_the_product() -> None:
    sources = (ROOT / "local" / "simulator").rglob("*.py")
    assert not [str(path) for path in sources if "learning_graph" in path.read_text(encoding="utf-8")]
