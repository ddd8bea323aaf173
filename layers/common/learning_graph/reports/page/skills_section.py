"""The section about skills: coverage per group and skill, and the contents that would close each gap."""

from __future__ import annotations

import duckdb

from learning_graph.reports.page.section import Section

_FIGURES = (
    "groupSize", "covered", "coverage", "coveredRecently", "recentCoverage", "engaged", "engagedShare", "target", "gap",
    "peopleToTrain", "recentGap", "peopleToTrainRecently", "withinMonths",
)  # fmt: skip


def skills_section(db: duckdb.DuckDBPyConnection) -> Section:
    """Return the table `skills` row by row, and `skill_contents` with its contents by number."""
    section = Section("skills")
    figures = ", ".join(f'"{name}"' for name in _FIGURES)
    section.value("figures", _FIGURES)
    section.value(
        "rows",
        db.execute(
            f"SELECT groupName, skill, skillKey, asked, withheld, {figures} FROM skills ORDER BY groupName, skill"
        ).fetchall(),
    )
    section.value(
        "contents",
        db.execute("""
            SELECT groupName, skill, c.i, s.learners, s.started
            FROM skill_contents s JOIN page_content c ON c.key = contentKey ORDER BY groupName, skill, rank
        """).fetchall(),
    )
    return section
