"""What a reader of the page sees, as values."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page


def until(page: Page, expression: str, seconds: float = 20) -> None:
    """Wait until an expression holds; Playwright's own waiting would need the eval that the page's policy forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {expression}")
        page.wait_for_timeout(20)


def go(page: Page, fragment: str) -> None:
    """Follow a fragment within the page, and wait until its view is there."""
    if page.evaluate("location.hash") == f"#{fragment}":
        return
    before = page.evaluate("document.querySelector('main').firstElementChild?.setAttribute('data-old', '')")
    assert before is None
    page.evaluate("fragment => { location.hash = fragment }", fragment)
    until(page, "!document.querySelector('main').firstElementChild?.hasAttribute('data-old')")


def panel(page: Page, title: str) -> Locator:
    """Return the panel whose heading begins with `title`."""
    return (
        page.locator("section.panel").filter(has=page.locator("h3", has_text=re.compile(f"^{re.escape(title)}"))).first
    )


def summary(table: Locator) -> str:
    """Return what a table says about how many rows match."""
    return table.locator(".count").inner_text()


def cells(table: Locator) -> list[list[str]]:
    """Return the rows on view, as text."""
    rows: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return rows


def fact(scope: Locator | Page, name: str) -> str:
    """Return the value beside a name."""
    return scope.locator(f"dl div:has(> dt:text-is('{name}')) > dd").first.inner_text()


def tile(page: Page, name: str) -> str:
    return page.locator(".tile").filter(has=page.locator(f"dt:text-is('{name}')")).locator("strong").inner_text()


def downloaded(page: Page, table: Locator, folder: Path) -> list[dict[str, str]]:
    """Return the rows of the table's CSV as a spreadsheet reads them."""
    with page.expect_download() as waiting:
        table.get_by_role("button", name="Download CSV").click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    text = file.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def number(text: str) -> int:
    return int(text.replace(",", ""))
