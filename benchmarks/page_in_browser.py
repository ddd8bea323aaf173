"""The page of 50,000 learners in a headless Chromium: until the first chart is there, and its size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.results import Line
from tests.browser.made_page import ARGUMENTS, CHROMIUM, make_page
from tests.browser.made_snapshot import LARGE
from tests.browser.reading import until

_LOADS = 10


def measure(folder: Path) -> Iterator[Line]:
    """Yield milliseconds, the least of ten loads, and megabytes; nothing where Chromium is not installed."""
    if CHROMIUM is None:
        print("page: Chromium is not installed (Debian: apt-get install chromium-headless-shell)", file=sys.stderr)
        return
    file = make_page(folder / "page.html", LARGE, requirements=20).file
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 900})
        page.goto(file.as_uri())
        milliseconds = [_first_chart(page) for _ in range(_LOADS)]
        browser.close()
    detail = f"the slowest of {_LOADS} loads: {max(milliseconds):,.0f}"
    yield Line("page of 50,000 learners: first chart", min(milliseconds), "ms", target=1_000, detail=detail)
    yield Line("page of 50,000 learners: size", file.stat().st_size / 1e6, "MB", target=5)


def _first_chart(page: Page) -> float:
    page.reload()
    until(page, "performance.getEntriesByName('first-chart').length > 0")
    started: float = page.evaluate("performance.getEntriesByName('first-chart')[0].startTime")
    return started
