"""The sections about the graph itself: contents and their classifications, people, and who engaged with what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import duckdb

from learning_graph.reports.page.index import CONTENT_KINDS
from learning_graph.reports.page.section import Section, differences, framed_by_digits, framed_by_domain

LEVELS: Final = ("BEGINNER", "INTERMEDIATE", "ADVANCED")


def columns_of(db: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the columns of a query's answer; each is empty where the answer has no row."""
    answer = db.execute(query, parameters)
    names = answer.description or []
    return list(zip(*answer.fetchall(), strict=True)) or [()] * len(names)


def content_section(db: duckdb.DuckDBPyConnection) -> Section:
    """Contents, most used first, and the classifications that they are tagged with."""
    section = Section("content")
    keys, titles, kinds, levels, lengths, retired, learners, completed, views, seconds, last = columns_of(
        db,
        """
        SELECT key, title, kind, coalesce(list_position($1, level), 0), coalesce(round(length)::BIGINT + 1, 0),
               CASE WHEN retired IS NULL THEN 0 WHEN retired THEN 2 ELSE 1 END, learners, completed,
               views::BIGINT, seconds::BIGINT, page_day(last)
        FROM page_content ORDER BY i
        """,
        [list(LEVELS)],
    )
    section.framed("keys", [framed_by_digits(key) for key in keys])
    section.value("titles", titles)
    section.value("levels", LEVELS)
    for name, numbers in (
        ("kind", kinds),
        ("level", levels),
        ("length", lengths),
        ("retired", retired),
        ("learners", learners),
        ("completed", completed),
        ("views", views),
        ("seconds", seconds),
        ("last", last),
    ):
        section.column(name, numbers)
    _add_tags(db, section)
    return section


def _add_tags(db: duckdb.DuckDBPyConnection, section: Section) -> None:
    keys, names, types, contents, learners = columns_of(
        db,
        """
        SELECT key, name, coalesce(type, ''), coalesce(contents, 0), coalesce(learners, 0)
        FROM page_tag
        LEFT JOIN (SELECT tag, count(*) AS contents FROM page_content_tag GROUP BY tag) c ON c.tag = i
        LEFT JOIN (
            SELECT tag, count(DISTINCT person) AS learners FROM page_edge JOIN page_content_tag USING (content)
            WHERE completed GROUP BY tag
        ) l ON l.tag = i
        ORDER BY i
        """,
    )
    section.value("tagKeys", keys)
    section.value("tagNames", names)
    section.value("tagTypes", types)
    section.column("tagContents", contents)
    section.column("tagLearners", learners)
    counts, tags = columns_of(
        db,
        """
        SELECT count(tag), coalesce(list(tag ORDER BY tag) FILTER (tag IS NOT NULL), [])
        FROM page_content LEFT JOIN page_content_tag ON content = i GROUP BY i ORDER BY i
        """,
    )
    section.column("tagCount", counts)
    section.column("tag", (step for row in tags for step in differences(row)))


def people_section(db: duckdb.DuckDBPyConnection) -> Section:
    """People with their groups and totals: how many of each kind of content, seconds, the last day."""
    section = Section("people")
    keys, names, emails, ids, known, start, groups = columns_of(
        db, "SELECT public_key, name, email, uid, known, start, groups FROM page_person ORDER BY i"
    )
    section.framed("keys", [framed_by_digits(key) for key in keys])
    section.framed("ids", [framed_by_digits(identifier or "") for identifier in ids])
    section.framed("emails", [framed_by_domain(email) for email in emails])
    section.value("names", names if any(names) else None)
    section.column("known", map(int, known))
    section.column("start", start)
    group_names = sorted({group for row in groups for group in row if group is not None})
    place = {group: number for number, group in enumerate(group_names)}
    memberships = [sorted({place[group] for group in row if group is not None}) for row in groups]
    section.value("groups", group_names)
    section.column("groupCount", map(len, memberships))
    section.column("group", (step for row in memberships for step in differences(row)))
    totals = ", ".join(
        f"count(*) FILTER (e.kind = {kind}), count(*) FILTER (e.kind = {kind} AND e.completed)"
        for kind in range(len(CONTENT_KINDS))
    )
    columns = columns_of(
        db,
        f"""
        SELECT coalesce(sum(e.secondsViewed), 0)::BIGINT, page_day(max(e.lastEngagedOn)), {totals}
        FROM page_person p LEFT JOIN page_edge e ON e.person = p.i GROUP BY p.i ORDER BY p.i
        """,
    )
    names_of = [
        "seconds",
        "last",
        *(f"{what}{kind}" for kind in range(len(CONTENT_KINDS)) for what in ("assigned_", "completed_")),
    ]
    for name, numbers in zip(names_of, columns, strict=True):
        section.column(name, numbers)
    (overdue,) = columns_of(
        db,
        """
        SELECT count(c.personKey) FROM page_person p
        LEFT JOIN (SELECT personKey FROM compliance WHERE status = 'overdue') c ON c.personKey = p.key
        GROUP BY p.i ORDER BY p.i
        """,
    )
    section.column("overdue", overdue)
    return section


def listed_section(kinds: Sequence[int]) -> Section:
    """The kinds of content that `engagement` lists in full, which the page shows before it opens that section."""
    section = Section("listed")
    section.value("kinds", list(kinds))
    return section


def engagement_section(db: duckdb.DuckDBPyConnection, kinds: Sequence[int]) -> Section:
    """Engagement by person: all contents of these kinds, and those that requirements are met by.

    Per person the contents in ascending order (as differences), and for each the state (twice the progress in per cent
    plus one, zero without progress; plus one where it is completed) and the day of completion, else of the last
    engagement.
    """
    section = Section("engagement")
    listed = f"(kind IN ({', '.join(map(str, kinds)) or '-1'}) OR content IN (SELECT content FROM page_required))"
    counts, contents = columns_of(
        db,
        f"""
        SELECT count(content), coalesce(list(content ORDER BY content) FILTER (content IS NOT NULL), [])
        FROM page_person p LEFT JOIN (SELECT person, content FROM page_edge WHERE {listed}) e ON e.person = p.i
        GROUP BY p.i ORDER BY p.i
        """,
    )
    states, days = columns_of(
        db,
        f"""
        SELECT (2 * coalesce(greatest(round(progressPercentage)::BIGINT, 0) + 1, 0) + completed::BIGINT)::BIGINT,
               page_day(CASE WHEN completed THEN completedOn ELSE lastEngagedOn END)
        FROM page_edge WHERE {listed} ORDER BY person, content
        """,
    )
    section.column("count", counts)
    section.column("content", (step for row in contents for step in differences(row)))
    section.column("state", states)
    section.column("day", days)
    return section
