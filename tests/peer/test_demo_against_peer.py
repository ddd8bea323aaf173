"""The main job against a server of another maker: the demo reads it, and the snapshot says what the peer knows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.judge.reading import open_snapshot
from tests.judge.snapshot import judge_folder
from tests.peer.expected import compare
from tests.peer.running import REPOSITORY, running_peer, write_secret


@pytest.mark.integration
@pytest.mark.parametrize(
    "habits",
    [
        pytest.param((), id="its-own-habits"),
        pytest.param(("--asset-total", "low", "--report-total", "missing", "--page-size", "20"), id="other-totals"),
        pytest.param(("--fault-rate", "0.15", "--fault-seed", "11"), id="faults"),
    ],
)
def test_the_snapshot_says_what_the_peer_knows(habits: tuple[str, ...], tmp_path: Path) -> None:
    with running_peer(*habits) as peer:
        command = [sys.executable, "-m", "local", "demo", "--quiet", "--lookback", "30", "--out", str(tmp_path / "out")]
        command += ["--linkedin-api-url", peer.api_url, "--linkedin-oauth-url", peer.oauth_url]
        command += ["--secret", str(write_secret(tmp_path / "secret.json"))]
        ended = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert judge_folder(tmp_path / "out").violations.examples == []
    assert compare(open_snapshot(tmp_path / "out"), peer.base) == []
