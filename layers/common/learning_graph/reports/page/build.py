"""Build the page of a snapshot from its tables, its manifest and its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import duckdb

from learning_graph.reports.page.compliance_sections import (
    EarlierSnapshot,
    people_of_requirement_section,
    requirement_ids,
    requirements_section,
)
from learning_graph.reports.page.document import page_document
from learning_graph.reports.page.graph_sections import (
    content_section,
    engagement_section,
    listed_section,
    people_section,
)
from learning_graph.reports.page.index import People, build_index
from learning_graph.reports.page.overview_section import data_section, overview_section
from learning_graph.reports.page.skills_section import skills_section

MAX_BYTES: Final = 5_000_000
# Size of one engagement on the page, in base64: measured 4.0 to 4.4 bytes.
_BYTES_PER_ENGAGEMENT: Final = 4.5
_COMPLIANCE_BYTES: Final = 2_000_000
# Learning paths are few; videos are the most numerous and the least informative.
_KINDS_BY_WORTH: Final = (1, 0, 2)

Sections = list[tuple[str, str]]


def build_page(
    db: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    *,
    people: People,
    time_zone: str,
    earlier: Sequence[EarlierSnapshot] = (),
) -> bytes:
    """Return `graph/<run>/page.html`.

    Args:
        db: a connection with a table or view per `_type` of the graph and per table of `reports.tables`; columns are
            named as in them. Temporary tables `page_…` are made in it.
        manifest: the snapshot's manifest as decoded JSON.
        people: `names`: names and e-mail addresses are in the page; `ids`: neither is.
        time_zone: IANA name of the zone in which the page counts days.
        earlier: totals of the snapshots before this one, oldest first.

    The page is kept below `MAX_BYTES`: first who met which requirement is cut down to those with something to do, then
    engagement is listed for as many kinds of content as fit (learning paths, courses, videos) besides the contents that
    requirements are met by. The page says what it lists.
    """
    build_index(db, lookback=manifest["lookback"], people=people, time_zone=time_zone)
    _mark_required(db)
    sections = [
        (section.name, section.encoded())
        for section in (
            overview_section(db, manifest, earlier, people=people, time_zone=time_zone),
            requirements_section(db),
            skills_section(db),
            content_section(db),
            people_section(db),
            data_section(db, manifest, people=people),
        )
    ]
    sections += _people_of_requirements(db, people)
    title = f"{manifest['accountName']}: LinkedIn Learning"
    return _with_engagement(db, title, sections)


def _people_of_requirements(db: duckdb.DuckDBPyConnection, people: People) -> Sections:
    ids = requirement_ids(db)
    for everybody in (True, False):
        sections = [
            people_of_requirement_section(db, requirement, number, everybody=everybody, people=people)
            for number, requirement in enumerate(ids)
        ]
        encoded = [(section.name, section.encoded()) for section in sections]
        if sum(len(text) for _, text in encoded) <= _COMPLIANCE_BYTES:
            break
    return encoded


def _with_engagement(db: duckdb.DuckDBPyConnection, title: str, sections: Sections) -> bytes:
    """Return the page with as much engagement as fits; the rest is in people's totals only."""
    room = MAX_BYTES - len(page_document(title, sections))
    for kinds in _choices(db, room):
        engagement = [engagement_section(db, kinds), listed_section(kinds)]
        page = page_document(title, [*sections, *((section.name, section.encoded()) for section in engagement)])
        if len(page) <= MAX_BYTES:
            break
    return page


def _choices(db: duckdb.DuckDBPyConnection, room: int) -> list[tuple[int, ...]]:
    """Return the sets of content kinds that may fit into `room` bytes, the largest first; the last choice is empty."""
    counted = dict(db.execute("SELECT kind, count(*) FROM page_edge GROUP BY kind").fetchall())
    sums = accumulate(counted.get(kind, 0) for kind in _KINDS_BY_WORTH)
    fitting = sum(total * _BYTES_PER_ENGAGEMENT <= room for total in sums)
    return [_KINDS_BY_WORTH[:number] for number in range(fitting, -1, -1)]


def _mark_required(db: duckdb.DuckDBPyConnection) -> None:
    """Keep the contents that a requirement is known to be met by: their engagement is listed before any other."""
    db.execute("""
        CREATE OR REPLACE TEMP TABLE page_required AS
        SELECT DISTINCT x.i AS content FROM compliance c JOIN page_content x ON x.key = c.contentKey
    """)
    db.execute("""
        CREATE OR REPLACE TEMP TABLE page_required_edge AS
        SELECT person, content, completed, completedOn, lastEngagedOn FROM page_edge
        WHERE content IN (SELECT content FROM page_required)
    """)
