"""Every part of the page says what the snapshot's tables say: at ten learners, and at 50,000 with a million relationships."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.browser.made_page import MadePage
from tests.browser.made_snapshot import DAY, START
from tests.browser.reading import cells, downloaded, fact, go, number, panel, summary, tile, until

ASSIGNED = """(
    SELECT _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, secondsViewed, lookbackEnd, 'course' AS kind FROM linkedin_learning_user_assigned_course
    UNION ALL SELECT _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, secondsViewed, lookbackEnd, 'path' FROM linkedin_learning_user_assigned_learning_path
    UNION ALL SELECT _fromEntityKey, _toEntityKey, completed, completedOn, lastEngagedOn, secondsViewed, lookbackEnd, 'video' FROM linkedin_learning_user_assigned_video
)"""
SIZES = ["ten", pytest.param("many", marks=pytest.mark.slow)]


@pytest.fixture(params=SIZES)
def made(request: pytest.FixtureRequest) -> MadePage:
    page: MadePage = request.getfixturevalue(request.param)
    return page


def test_the_overview_counts_learners_completions_and_content(made: MadePage, open_page: Open) -> None:
    page = open_page(made)
    assert number(tile(page, "Learners")) == made.one("SELECT count(*) FROM linkedin_learning_user")
    assert number(tile(page, "Completed")) == made.one(f"SELECT count(*) FROM {ASSIGNED} WHERE completed")
    assert number(tile(page, "Content")) == made.one(
        "SELECT (SELECT count(*) FROM linkedin_learning_course) + (SELECT count(*) FROM linkedin_learning_learning_path) "
        "+ (SELECT count(*) FROM linkedin_learning_video)"
    )
    active = made.one(
        f"SELECT count(DISTINCT _fromEntityKey) FROM {ASSIGNED} WHERE lastEngagedOn >= ?", START - 14 * DAY
    )
    assert page.locator(".tile").first.inner_text().split("\n")[-1].startswith(f"{active:,} active in the last 14 days")
    assert fact(panel(page, "State and freshness"), "Started") == "21 Nov 2026, 17:00"
    assert fact(panel(page, "State and freshness"), "Steps") == "7 of 8 succeeded, videos partial"
    assert fact(panel(page, "State and freshness"), "Rejected records") == "2 records"
    counts = {row[0].split()[-1]: number(row[1]) for row in cells(panel(page, "Entities:"))}
    assert counts == made.manifest["counts"]["entities"]
    counts = {row[0].split()[-1]: number(row[1]) for row in cells(panel(page, "Relationships:"))}
    assert counts == made.manifest["counts"]["relationships"]


def test_completions_over_time_are_counted_in_the_days_of_the_time_zone(made: MadePage, open_page: Open) -> None:
    page = open_page(made)
    chart = panel(page, "Completions by month")
    chart.get_by_text("Show the numbers").click()
    expected = made.db.execute(f"""
        SELECT count(*), count(DISTINCT _fromEntityKey)
        FROM (SELECT *, date_trunc('month', timezone('Europe/Berlin', to_timestamp(completedOn / 1000))) AS month FROM {ASSIGNED} WHERE completed)
        GROUP BY month ORDER BY month
    """).fetchall()
    assert [(number(row[1]), number(row[2])) for row in cells(chart)] == expected


def test_the_most_used_content_is_that_with_most_learners(made: MadePage, open_page: Open) -> None:
    page = open_page(made)
    expected = made.db.execute(f"""
        SELECT count(*) FROM {ASSIGNED} GROUP BY _toEntityKey ORDER BY 1 DESC LIMIT 10
    """).fetchall()
    shown = page.locator(".ranking .amount").all_inner_texts()
    assert [number(text.split()[0]) for text in shown] == [row[0] for row in expected]


def test_requirements_have_the_totals_of_the_report(made: MadePage, open_page: Open) -> None:
    page = open_page(made, "compliance")
    rows = {row[1]: row for row in cells(panel(page, "Requirements"))}
    expected = made.db.execute("""
        SELECT requirementId, overdue, "unknown", due, people FROM compliance_totals WHERE groupName IS NULL
    """).fetchall()
    assert {key: tuple(map(number, row[5:9])) for key, row in rows.items()} == {row[0]: row[1:] for row in expected}


def test_people_of_a_requirement_are_listed_filtered_and_downloaded(
    made: MadePage, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(made, "compliance/REQ-01")
    people = panel(page, "People")
    total = made.one("SELECT count(*) FROM compliance WHERE requirementId = 'REQ-01'")
    assert summary(people).startswith(f"{total:,} people")
    overdue = made.one("SELECT count(*) FROM compliance WHERE requirementId = 'REQ-01' AND status = 'overdue'")
    people.get_by_label("Status", exact=True).select_option("overdue")
    people.get_by_label("Group", exact=True).select_option("Contractors")
    in_group = made.db.execute("""
        SELECT personKey, strftime(dueDate, '%Y-%m-%d'), daysOverdue FROM compliance
        WHERE requirementId = 'REQ-01' AND status = 'overdue' AND list_contains(groups, 'Contractors') ORDER BY 1
    """).fetchall()
    assert overdue >= len(in_group)
    rows = downloaded(page, people, tmp_path)
    assert sorted((row["Key"], row["Due"], int(row["Days late"])) for row in rows) == in_group


def test_days_and_proof_of_everybody_who_met_a_requirement_are_those_of_the_report(
    made: MadePage, open_page: Open, tmp_path: Path
) -> None:
    last = made.one("SELECT max(requirementId) FROM requirements")
    for requirement in ("REQ-01", "REQ-02", last):
        page = open_page(made, f"compliance/{requirement}")
        rows = downloaded(page, panel(page, "People"), tmp_path)
        shown = [
            (
                row["Key"],
                row["Status"],
                row["Due"],
                row["Days late"],
                row["Met on"],
                row["Grace until"],
                row["Days from start"],
                row["Proof: file"],
            )
            for row in rows
        ]
        expected = made.db.execute(
            """
            SELECT personKey, status, coalesce(strftime(dueDate, '%Y-%m-%d'), ''), coalesce(daysOverdue::VARCHAR, ''),
                   coalesce(strftime(metDate, '%Y-%m-%d'), ''), coalesce(strftime(graceUntil, '%Y-%m-%d'), ''),
                   coalesce(daysFromStart::VARCHAR, ''), coalesce(proofFile, '')
            FROM compliance WHERE requirementId = ? ORDER BY personKey
            """,
            [requirement],
        ).fetchall()
        assert [tuple(_plain(cell) for cell in row) for row in sorted(shown)] == expected
        page.close()


def _plain(cell: str) -> str:
    """A negative number of days is marked, as everything that a spreadsheet would take for a formula."""
    return cell.removeprefix("'")


def test_the_heat_map_shows_the_coverage_of_the_report(made: MadePage, open_page: Open) -> None:
    page = open_page(made, "skills")
    group, skill, covered, size = made.db.execute("""
        SELECT groupName, skill, covered, groupSize FROM skills WHERE asked AND NOT withheld AND peopleToTrain > 0
        ORDER BY peopleToTrain DESC, groupName, skill LIMIT 1
    """).fetchone() or ("", "", 0, 0)
    gaps = panel(page, "Gaps")
    open_gaps = made.one("SELECT count(*) FROM skills WHERE gap > 0")
    assert summary(gaps).startswith(f"{open_gaps:,} gap")
    page.get_by_title(f"{group}, {skill}: {covered:,} of {size:,} covered").click()
    about = panel(page, f"{skill} in {group}")
    assert fact(about, "Covered").endswith(f"{covered:,} of {size:,} learners")
    expected = made.one("SELECT count(*) FROM skill_contents WHERE groupName = ? AND skill = ?", group, skill)
    assert about.locator("ol.closing li").count() == expected


def test_content_is_searched_filtered_and_sorted(made: MadePage, open_page: Open) -> None:
    page = open_page(made, "content")
    table = page.locator(".table")
    table.get_by_role("searchbox").fill("PYTHON")
    expected = made.one("""
        SELECT count(*) FROM (SELECT displayName FROM linkedin_learning_course UNION ALL SELECT displayName FROM linkedin_learning_learning_path
        UNION ALL SELECT displayName FROM linkedin_learning_video) WHERE displayName ILIKE '%python%'
    """)
    assert number(summary(table).split()[0]) == expected
    table.get_by_label("Kind", exact=True).select_option(label="Course")
    expected = made.one("SELECT count(*) FROM linkedin_learning_course WHERE displayName ILIKE '%python%'")
    assert number(summary(table).split()[0]) == expected
    learners = [number(row[4]) for row in cells(table)]
    assert learners == sorted(learners, reverse=True)
    assert "q=PYTHON" in page.url


def test_people_are_found_without_their_accents_and_counted_by_group(
    made: MadePage, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(made, "people")
    table = page.locator(".table")
    name = made.one(
        "SELECT displayName FROM linkedin_learning_user WHERE strip_accents(displayName) <> displayName LIMIT 1"
    )
    plain = made.one("SELECT strip_accents(?)", name)
    table.get_by_role("searchbox").fill(plain.lower())
    expected = made.one("SELECT count(*) FROM linkedin_learning_user WHERE displayName = ?", name)
    assert number(summary(table).split()[0]) >= expected
    table.get_by_role("searchbox").fill("")
    group = made.one(
        "SELECT unnest(enterpriseGroupNames) AS g FROM linkedin_learning_user GROUP BY g ORDER BY g LIMIT 1"
    )
    table.get_by_label("Group", exact=True).select_option(label=group)
    rows = downloaded(page, table, tmp_path)
    expected_rows = made.db.execute(
        f"""
        SELECT u._key, count(*) FILTER (kind = 'course' AND completed), count(*) FILTER (kind = 'path' AND completed),
               count(*) FILTER (kind = 'video' AND completed), count(*) FILTER (NOT completed),
               coalesce(sum(secondsViewed) FILTER (lookbackEnd = {START}), 0)
        FROM linkedin_learning_user u LEFT JOIN {ASSIGNED} a ON a._fromEntityKey = u._key
        WHERE list_contains(enterpriseGroupNames, ?) GROUP BY u._key ORDER BY u._key
        """,
        [group],
    ).fetchall()
    shown = sorted(
        (
            row["Key"],
            *(int(row[name]) for name in ("Courses", "Paths", "Videos", "Not completed")),
            round(float(row["Hours viewed"]) * 3600),
        )
        for row in rows
    )
    assert shown == expected_rows


def test_a_course_is_explored_from_a_search_to_its_learners_and_back(
    made: MadePage, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(made, "explore")
    key, title, learners, completed = made.db.execute("""
        SELECT c._key, c.displayName, count(*), count(*) FILTER (completed) FROM linkedin_learning_course c
        JOIN linkedin_learning_user_assigned_course ON _toEntityKey = c._key GROUP BY ALL ORDER BY 3 DESC, 1 LIMIT 1
    """).fetchone() or ("", "", 0, 0)
    page.get_by_label("Search people, groups, content, skills and topics").fill(title)
    page.locator(".results a").filter(has_text=title).first.click()
    page.wait_for_selector("h3.node")
    go(page, f"explore/content/{page.evaluate('encodeURIComponent', key)}")
    assert fact(page, "Learners") == f"{learners:,}, of whom {completed:,} completed it"
    rows = downloaded(page, panel(page, "Learners"), tmp_path)
    assert len(rows) == learners
    assert sum(row["State"] == "completed" for row in rows) == completed
    panel(page, "Learners").locator("tbody a").first.click()
    until(page, "location.hash.startsWith('#explore/person/')")
    page.wait_for_selector(".kind:text-is('Person')")
    page.go_back()
    page.wait_for_selector(f"h3.node:has-text({title!r})")


def test_a_person_has_requirements_groups_and_content(made: MadePage, open_page: Open) -> None:
    key, name, seconds, courses, completed = made.db.execute(f"""
        SELECT u._key, any_value(displayName), coalesce(sum(secondsViewed) FILTER (lookbackEnd = {START}), 0), count(*) FILTER (kind = 'course'),
               count(*) FILTER (kind = 'course' AND completed)
        FROM linkedin_learning_user u JOIN {ASSIGNED} a ON a._fromEntityKey = u._key
        WHERE enterpriseGroupNames IS NOT NULL GROUP BY u._key ORDER BY 4 DESC, 1 LIMIT 1
    """).fetchone() or ("", "", 0, 0, 0)
    page = open_page(made, "explore")
    go(page, f"explore/person/{page.evaluate('encodeURIComponent', key)}")
    assert page.locator("h3.node").inner_text() == name
    assert fact(page, "Courses") == f"{completed:,} completed of {courses:,} used"
    assert fact(page, "Viewed").split()[0] == (
        f"{seconds / 3600:.1f}" if 0 < seconds < 36_000 else f"{round(seconds / 3600):,}"
    )
    requirements = made.one("SELECT count(*) FROM compliance WHERE personKey = ?", key)
    assert panel(page, "Requirements:").locator("li").count() == requirements


def test_a_group_has_its_members(made: MadePage, open_page: Open) -> None:
    group = made.one(
        "SELECT unnest(enterpriseGroupNames) AS g FROM linkedin_learning_user GROUP BY g ORDER BY count(*) DESC, g LIMIT 1"
    )
    page = open_page(made, "explore")
    go(page, f"explore/group/{page.evaluate('encodeURIComponent', group)}")
    members = made.one(
        "SELECT count(*) FROM linkedin_learning_user WHERE list_contains(enterpriseGroupNames, ?)", group
    )
    assert number(fact(page, "People")) == members


def test_a_skill_has_its_content_and_the_learners_who_completed_some(made: MadePage, open_page: Open) -> None:
    tags = " UNION ALL ".join(
        f"SELECT _fromEntityKey AS content, _toEntityKey AS tag FROM linkedin_learning_{kind}_has_classification"
        for kind in ("course", "learning_path", "video")
    )
    key, contents, learners = made.db.execute(f"""
        WITH tags AS ({tags})
        SELECT tag, count(DISTINCT content), count(DISTINCT _fromEntityKey) FILTER (completed)
        FROM tags LEFT JOIN {ASSIGNED} a ON a._toEntityKey = content WHERE tag LIKE 'urn:li:skill:%' GROUP BY tag ORDER BY 3 DESC, 1 LIMIT 1
    """).fetchone() or ("", 0, 0)
    page = open_page(made, "explore")
    go(page, f"explore/tag/{page.evaluate('encodeURIComponent', key)}")
    assert fact(page, "Content") == f"{contents:,} title" + ("" if contents == 1 else "s")
    assert number(fact(page, "Learners").split()[0]) == learners


def test_the_data_part_shows_steps_failures_reconciliation_and_files(
    made: MadePage, open_page: Open, tmp_path: Path
) -> None:
    page = open_page(made, "data")
    assert [row[1] for row in cells(panel(page, "Steps"))].count("Succeeded") == 7
    assert "Start another run" in panel(page, "Failures: 1").inner_text()
    assert "row 17: urn: missing" in panel(page, "Rejected records: 2").inner_text()
    assert "two rows name the same person" in panel(page, "Problems of the reports").inner_text()
    assert cells(panel(page, "Reconciliation"))[2] == [
        "Video",
        "Seconds viewed",
        "200,001",
        "205,829",
        "-5,828",
        "2.8%",
    ]
    rows = downloaded(page, panel(page, "Files:"), tmp_path)
    assert [(row["Object key"], int(row["Rows"]), row["SHA-256"]) for row in rows] == sorted(
        (file["key"], file["rows"], file["sha256"]) for file in made.manifest["files"]
    )


@pytest.mark.slow
def test_the_page_of_50000_learners_with_a_million_relationships_is_at_most_5_megabytes(
    many: MadePage, open_page: Open
) -> None:
    assert many.file.stat().st_size <= 5_000_000
    page = open_page(many)
    assert "does not list who used single videos" in page.locator("#limits").inner_text()
