"""Pages of made snapshots, beside the tables that they were built from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from learning_graph.reports.page.build import build_page
from learning_graph.reports.page.compliance_sections import EarlierSnapshot
from tests.browser.made_manifest import made_manifest
from tests.browser.made_reports import make_reports
from tests.browser.made_snapshot import DAY, START, Size, make_snapshot

# Debian's; the one without a screen takes a quarter less processor time.
CHROMIUM = next(
    (path for path in (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")) if path.exists()), None
)
ZONE = "Europe/Berlin"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class MadePage:
    """A page as a file, beside the tables that it was built from."""

    db: duckdb.DuckDBPyConnection
    manifest: dict[str, Any]
    file: Path

    def one(self, query: str, *parameters: Any) -> Any:
        row = self.db.execute(query, list(parameters)).fetchone()
        assert row
        return row[0]

    def address(self, fragment: str) -> str:
        return f"{self.file.as_uri()}#{fragment}"


@cache
def _earlier() -> tuple[EarlierSnapshot, ...]:
    return tuple(
        EarlierSnapshot(
            f"20260{month}21T160000Z-00000000",
            START - (9 - month) * 30 * DAY,
            8 + month,
            10 * month,
            {"REQ-01": month / 10},
        )
        for month in (6, 7, 8)
    )


def make_page(file: Path, size: Size, *, requirements: int, people: Any = "names", change: str = "") -> MadePage:
    """Write the page of a made snapshot; `change` is SQL that is run on the tables before."""
    db = duckdb.connect()
    make_snapshot(db, size)
    db.execute(change)
    make_reports(db, requirements)
    manifest = made_manifest(db)
    file.write_bytes(build_page(db, manifest, people=people, time_zone=ZONE, earlier=_earlier()))
    return MadePage(db, manifest, file)
