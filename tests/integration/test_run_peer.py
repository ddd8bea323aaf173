"""The same collection against a LinkedIn of another maker: other totals and orders, short pages, missing members."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.linkedin_side import LinkedIn
from tests.integration.support import MARKS, lab_of
from tests.judge.reading import open_snapshot
from tests.judge.snapshot import judge_folder
from tests.peer.expected import compare
from tests.peer.running import running_peer
from tests.peer.server import CLIENT_ID, CLIENT_SECRET

pytestmark = MARKS
SECRET = json.dumps({"contentClientId": CLIENT_ID, "contentClientSecret": CLIENT_SECRET})


@pytest.mark.parametrize(
    "options",
    [(), ("--asset-total=low", "--classification-total=missing", "--report-total=high", "--page-size=7")],
    ids=["usual", "worse totals, smaller pages"],
)
def test_a_peers_account_is_collected_as_its_data_says(cloud, tmp_path: Path, options: tuple[str, ...]) -> None:
    with running_peer(*options) as peer:
        lab = lab_of(cloud, LinkedIn(peer.api_url, peer.oauth_url, SECRET, "{}"))
        lab.now = datetime.fromtimestamp(peer.base / 1000, tz=UTC) + timedelta(seconds=1)
        lab.settings["CATALOG_LOCALES"] = "all"  # one of its courses is in a language nobody lists
        manifest = lab.run(lookbackDays=30)
        assert manifest["status"] == "SUCCEEDED", manifest["steps"]
        folder = lab.save(tmp_path)
        assert compare(open_snapshot(folder), peer.base) == []
        verdict = judge_folder(folder)
        assert verdict.violations.total == 0, verdict.violations.lines(5)
