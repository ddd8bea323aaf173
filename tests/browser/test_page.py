"""How the page behaves: hostile names stay text, everything works by keyboard, prints, and fits a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Open
from tests.browser.made_page import MadePage, make_page
from tests.browser.made_snapshot import START, Size
from tests.browser.reading import cells, downloaded, fact, go, panel, summary, until

PARTS = (
    "overview",
    "compliance",
    "compliance/REQ-01",
    "skills",
    "explore",
    "explore/group/Legal",
    "content",
    "people",
    "data",
)
PHONE = {"viewport": {"width": 390, "height": 844}}
SCRIPT = "</script><script>alert(1)</script>"
RIGHT_TO_LEFT = "\u202eمحمد \u05d0\u05d1\u05d2"
LONG = "Wörter " + "Donaudampfschifffahrtsgesellschaft" * 20
QUOTES = "\"><img src=x onerror=alert(2)> ' ; {{sections}} & &lt;"
HOSTILE = (
    SCRIPT,
    RIGHT_TO_LEFT,
    LONG,
    QUOTES,
    '=HYPERLINK("http://x")',
    "line\nbreak\ttab",
    "__proto__",
    "100 %",
    "{a|b}\\u003c",
)
_TABLES = ("user", "course", "learning_path", "video", "classification")


def _renamed() -> str:
    """SQL that gives every entity a hostile name, in turn, and the first three learners hostile groups."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in HOSTILE)
    statements = [
        f"UPDATE linkedin_learning_{table} SET displayName = [{names}][1 + (n.row % {len(HOSTILE)})::INTEGER] "
        f"FROM (SELECT _key AS key, row_number() OVER (ORDER BY _key) - 1 AS row FROM linkedin_learning_{table}) n WHERE key = _key"
        for table in _TABLES
    ]
    statements.append(f"UPDATE linkedin_learning_user SET enterpriseGroupNames = [{names}] WHERE number < 6")
    return ";".join(statements)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> MadePage:
    return make_page(tmp_path_factory.mktemp("hostile") / "page.html", Size(), requirements=3, change=_renamed())


@pytest.fixture(scope="session")
def ids_alone(tmp_path_factory: pytest.TempPathFactory) -> MadePage:
    change = "UPDATE linkedin_learning_user SET _key = 'linkedin_learning_user:' || email[1] WHERE number = 0"
    return make_page(tmp_path_factory.mktemp("ids") / "page.html", Size(), requirements=3, people="ids", change=change)


def test_hostile_names_stay_text_in_every_part(hostile: MadePage, open_page: Open) -> None:
    page = open_page(hostile)
    for part in PARTS:
        go(page, part)
        assert page.evaluate("document.querySelectorAll('main script, main img, main [onerror]').length") == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = {row[0] for row in cells(page.locator("main")) if row}
    assert shown
    go(page, "people")
    names = page.locator("tbody th bdi").evaluate_all("cells => cells.map(cell => cell.textContent)")
    expected = hostile.db.execute("SELECT displayName FROM linkedin_learning_user").fetchall()
    assert set(names) >= {row[0] for row in expected}
    for name in HOSTILE:
        go(page, f"explore/group/{page.evaluate('encodeURIComponent', name)}")
        assert page.locator("h3.node").evaluate("heading => heading.textContent") == name
        until(page, "document.querySelector('.graph svg') !== null")


def test_a_search_for_a_hostile_name_finds_it(hostile: MadePage, open_page: Open) -> None:
    page = open_page(hostile, "people")
    page.get_by_role("searchbox").fill("</script>")
    expected = hostile.one("SELECT count(*) FROM linkedin_learning_user WHERE displayName = ?", SCRIPT)
    groups = hostile.one(
        "SELECT count(*) FROM linkedin_learning_user WHERE list_contains(enterpriseGroupNames, ?)", SCRIPT
    )
    assert int(summary(page.locator(".table")).split()[0]) >= max(expected, groups) > 0


def test_no_cell_of_a_csv_is_a_formula(hostile: MadePage, open_page: Open, tmp_path: Path) -> None:
    page = open_page(hostile, "people")
    rows = downloaded(page, page.locator(".table"), tmp_path)
    assert '\'=HYPERLINK("http://x")' in {row["Name"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row["Name"].removeprefix("'") for row in rows} >= {
        row[0] for row in hostile.db.execute("SELECT displayName FROM linkedin_learning_user").fetchall()
    }


def test_with_ids_alone_no_name_or_address_is_in_the_page(ids_alone: MadePage, open_page: Open, tmp_path: Path) -> None:
    page = open_page(ids_alone, "people")
    everything = page.evaluate(
        """async () => {
            const texts = await Promise.all([...document.querySelectorAll('script[id^="section-"]')].map(async element => {
                const bytes = Uint8Array.from(atob(element.textContent), letter => letter.charCodeAt(0));
                return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
            }));
            return texts.join('\\n');
        }"""
    )
    for name, email in ids_alone.db.execute("SELECT displayName, email[1] FROM linkedin_learning_user").fetchall():
        assert name not in everything
        assert email not in everything
    assert "@example.com" not in everything
    rows = downloaded(page, page.locator(".table"), tmp_path)
    expected = ids_alone.one("SELECT count(*) FROM linkedin_learning_user")
    assert sum(row["Known to LinkedIn"] == "yes" for row in rows) == expected
    assert {row["Id"] for row in rows} >= {
        row[0] for row in ids_alone.db.execute("SELECT uniqueUserId FROM linkedin_learning_user").fetchall()
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("settings", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_has_no_serious_finding(ten: MadePage, open_page: Open, scheme: str, settings: dict[str, Any]) -> None:
    page = open_page(ten, color_scheme=scheme, **settings)
    axe = Axe()
    found = []
    for part in PARTS:
        go(page, part)
        page.wait_for_timeout(150)
        found += [
            (part, violation["id"], violation["nodes"][0]["html"], violation["nodes"][0]["failureSummary"])
            for violation in axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_part_is_wider_than_the_screen(ten: MadePage, open_page: Open, width: int) -> None:
    page = open_page(ten, viewport={"width": width, "height": 800})
    for part in PARTS:
        go(page, part)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, part


def _focused(page: Page) -> str:
    text: str = page.evaluate(
        "document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    )
    return text.strip()


def test_the_page_is_used_by_keyboard_alone(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten)
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to the content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if _focused(page) == "People":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:text-is('People')")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert _focused(page) == "Search by name, e-mail, id or group"
    for _ in range(20):
        page.keyboard.press("Tab")
        if _focused(page).startswith("Courses"):
            break
    page.keyboard.press("Enter")
    courses = page.locator("th", has_text="Courses")
    assert courses.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert courses.get_attribute("aria-sort") == "ascending"
    assert "sort=completed0" in page.url
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hash?.startsWith('#explore/person/')"):
            break
    name = _focused(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("h3.node")
    assert page.locator("h3.node").inner_text() == name


@pytest.mark.parametrize("sort", ["last", "-last"])
def test_rows_without_a_value_are_last_in_either_order(ten: MadePage, open_page: Open, sort: str) -> None:
    page = open_page(ten, f"people?sort={sort}")
    days = [row[-2] for row in cells(page.locator(".table"))]
    empty = [day[0] not in "0123456789" for day in days]
    assert any(empty)
    assert empty == sorted(empty)


def test_what_is_found_is_announced(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, "content")
    page.get_by_role("searchbox").fill("no such title")
    assert page.locator("#status").inner_text() == "0 titles"
    assert cells(page.locator(".table")) == [["No title matches."]]


def test_a_link_to_a_view_shows_the_same_view(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, "people?q=e1000&sort=-completed0")
    table = page.locator(".table")
    rows = cells(table)
    assert len(rows) == 10
    again = open_page(ten, page.url.split("#")[1])
    assert cells(again.locator(".table")) == rows


def test_every_part_prints_with_all_its_rows(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, "data?size=25")
    for part in PARTS:
        go(page, part)
        assert page.pdf(format="A4").startswith(b"%PDF")
    go(page, "content?size=25")
    assert len(cells(page.locator(".table"))) == 25
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(cells(page.locator(".table"))) == 35
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(cells(page.locator(".table"))) == 25


def test_the_theme_is_chosen_and_charts_follow(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, color_scheme="light")
    page.wait_for_selector(".chart svg")
    bar = "document.querySelector('.chart svg').innerHTML"
    light = page.evaluate(bar)
    for expected in ("light", "dark"):
        page.locator("#theme").click()
        assert page.locator("#theme").inner_text() == f"Theme: {expected}"
    assert page.evaluate(bar) != light
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"


def test_numbers_and_dates_are_in_the_language_of_the_browser(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, locale="de-DE", timezone_id="America/Los_Angeles")
    assert fact(panel(page, "State and freshness"), "Started") == "21.11.2026, 17:00"
    english = open_page(ten, locale="en-US", timezone_id="Asia/Tokyo")
    assert fact(panel(english, "State and freshness"), "Started") == "Nov 21, 2026, 5:00 PM"


def test_a_completion_late_in_the_evening_keeps_its_day(tmp_path: Path, open_page: Open) -> None:
    """22:30 UTC on 20 November is 23:30 in Berlin, the same day; 23:30 UTC is the next."""
    midnight = START - 16 * 3_600_000
    change = f"""
        UPDATE linkedin_learning_course SET displayName = _key;
        UPDATE linkedin_learning_user_assigned_course SET completed = true, completedOn = {midnight} - 5400000 WHERE rowid = 0;
        UPDATE linkedin_learning_user_assigned_course SET completed = true, completedOn = {midnight} - 1800000 WHERE rowid = 1
    """
    made = make_page(tmp_path / "page.html", Size(), requirements=0, change=change)
    page = open_page(made, "explore")
    rows = made.db.execute(
        "SELECT _fromEntityKey, _toEntityKey FROM linkedin_learning_user_assigned_course WHERE rowid < 2 ORDER BY rowid"
    ).fetchall()
    for (person, content), day in zip(rows, ("20 Nov 2026", "21 Nov 2026"), strict=True):
        go(page, f"explore/person/{page.evaluate('encodeURIComponent', person)}")
        title = made.one("SELECT displayName FROM linkedin_learning_course WHERE _key = ?", content)
        assert [row[3] for row in cells(panel(page, "Content:")) if row[0] == title] == [day]


def test_a_snapshot_without_requirements_groups_or_activity_still_opens(tmp_path: Path, open_page: Open) -> None:
    empty = ";".join(
        f"DELETE FROM linkedin_learning_{table}"
        for table in ("user", "user_assigned_course", "user_assigned_learning_path", "user_assigned_video")
    )
    made = make_page(tmp_path / "page.html", Size(), requirements=0, change=empty)
    page = open_page(made)
    assert "No completion is known yet." in panel(page, "Completions").inner_text()
    for part in (
        "compliance",
        "skills",
        "explore",
        "content",
        "people",
        "data",
        "explore/person/nobody",
        "no-such-part",
    ):
        go(page, part)
    go(page, "people")
    assert cells(page.locator(".table")) == [["No person matches."]]


def test_the_graph_grows_with_the_way_and_back_shortens_it(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, "explore")
    page.locator("a[href^='#explore/group/']").first.click()
    page.wait_for_selector("h3.node")
    page.locator("a[href^='#explore/person/']").first.click()
    page.wait_for_selector(".kind:text-is('Person')")
    page.locator("tbody a[href^='#explore/content/']").first.click()
    until(page, "document.querySelectorAll('.way li').length === 4")
    assert page.locator(".drawn").get_attribute("aria-hidden") == "true"
    page.go_back()
    until(page, "document.querySelectorAll('.way li').length === 3")


def test_a_link_that_was_cut_off_says_that_there_is_no_such_thing(ten: MadePage, open_page: Open) -> None:
    page = open_page(ten, "explore/person/urn%3Ali%")
    assert panel(page, "Not in this snapshot").locator("code").inner_text() == "urn%3Ali%"


def test_a_file_that_is_not_complete_says_so(ten: MadePage, browser: Browser, tmp_path: Path) -> None:
    text = ten.file.read_text()
    damaged = tmp_path / "page.html"
    damaged.write_text(re.sub(r'(id="section-people">)[^<]{40}', r"\1", text))
    page = browser.new_page()
    page.goto(f"{damaged.as_uri()}#people")
    page.wait_for_selector("h2:text-is('This part cannot be shown')")
    page.close()
