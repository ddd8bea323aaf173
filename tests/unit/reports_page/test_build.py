"""What is in the page of a snapshot, and what has to stay out for its size or for people's names."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pytest

from learning_graph.reports.page import build
from learning_graph.reports.page.build import build_page
from learning_graph.reports.page.section import Section
from tests.browser.made_manifest import made_manifest
from tests.browser.made_reports import make_reports
from tests.browser.made_snapshot import Size, make_snapshot
from tests.unit.reports_page.test_section import opened


class _Encoded(Section):
    """A section that is already encoded, as the page has it."""

    def __init__(self, text: str) -> None:
        super().__init__("read")
        self._text = text

    def encoded(self) -> str:
        return self._text


@pytest.fixture(scope="module")
def snapshot() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    make_snapshot(db, Size(learners=40, edges=400))
    make_reports(db)
    return db


def page_of(db: duckdb.DuckDBPyConnection, **settings: Any) -> bytes:
    return build_page(db, made_manifest(db), **{"people": "names", "time_zone": "UTC", **settings})


def sections(page: bytes) -> dict[str, tuple[dict[str, Any], dict[str, list[int]]]]:
    found = re.findall(r'<script type="text/plain" id="section-([\w-]+)">([^<]*)</script>', page.decode())
    return {name: opened(_Encoded(text)) for name, text in found}


def test_the_same_snapshot_gives_the_same_bytes(snapshot: duckdb.DuckDBPyConnection) -> None:
    assert page_of(snapshot) == page_of(snapshot)


def test_a_small_snapshot_lists_all_engagement(snapshot: duckdb.DuckDBPyConnection) -> None:
    read = sections(page_of(snapshot))
    edges = sum(
        count for name, count in made_manifest(snapshot)["counts"]["relationships"].items() if "_user_assigned_" in name
    )
    assert sorted(read["listed"][0]["kinds"]) == [0, 1, 2]
    assert len(read["engagement"][1]["state"]) == edges


def test_a_page_that_would_be_too_large_lists_fewer_kinds_of_content(
    snapshot: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page_of(snapshot)
    kinds = []
    for bytes_left_out in (0, 600, 1_200, 2_400, len(whole)):
        monkeypatch.setattr(build, "MAX_BYTES", len(whole) - bytes_left_out)
        read = sections(page_of(snapshot))
        kinds.append(tuple(read["listed"][0]["kinds"]))
        required = snapshot.execute("SELECT count(*) FROM page_required_edge").fetchone()
        assert required
        assert len(read["engagement"][1]["state"]) >= required[0] > 0
    assert set(kinds) <= {(1, 0, 2), (1, 0), (1,), ()}
    assert kinds == sorted(kinds, key=len, reverse=True)
    assert (kinds[0], kinds[-1]) == ((1, 0, 2), ())


def test_where_everybody_is_too_much_those_with_something_to_do_are_listed(
    snapshot: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_COMPLIANCE_BYTES", 100)
    values, columns = sections(page_of(snapshot))["requirement-0"]
    expected = snapshot.execute(
        "SELECT count(*) FROM compliance WHERE requirementId = 'REQ-01' AND status NOT IN ('met', 'exempt', 'paused')"
    ).fetchone()
    assert values["everybody"] is False
    assert expected == (len(columns["status"]),)


def test_with_ids_alone_no_section_has_a_name_or_an_address(snapshot: duckdb.DuckDBPyConnection) -> None:
    read = repr(sections(page_of(snapshot, people="ids")))
    for name, email in snapshot.execute("SELECT displayName, email[1] FROM linkedin_learning_user").fetchall():
        assert name not in read
        assert email not in read
    for text in ("new.starter", "robin.leaver", "long-term contractor", "C. Officer"):
        assert text in repr(sections(page_of(snapshot)))
        assert text not in read


def test_an_account_s_hostile_name_and_time_zone_do_no_harm(snapshot: duckdb.DuckDBPyConnection) -> None:
    manifest = made_manifest(snapshot, account_name="</title><script>alert(1)</script>")
    page = build_page(snapshot, manifest, people="names", time_zone="Pacific/Kiritimati").decode()
    assert "<script>alert(1)" not in page


def test_a_time_zone_that_does_not_exist_is_refused(snapshot: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="Berlin'; DROP"):
        build_page(snapshot, made_manifest(snapshot), people="names", time_zone="Europe/Berlin'; DROP TABLE x; --")
