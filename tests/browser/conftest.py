"""Pages of made snapshots in a headless Chromium. Whatever a page logs or its policy blocks fails the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from tests.browser.made_page import ARGUMENTS, CHROMIUM, MadePage, make_page
from tests.browser.made_snapshot import LARGE, Size


@pytest.fixture(scope="session")
def ten(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> MadePage:
    """Ten learners."""
    return make_page(tmp_path_factory.mktemp("page") / "page.html", Size(), requirements=5)


@pytest.fixture(scope="session")
def many(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> MadePage:
    """50,000 learners and a million relationships, 20 requirements."""
    return make_page(tmp_path_factory.mktemp("page") / "page.html", LARGE, requirements=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: the pipeline installs Debian's chromium-headless-shell")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium-headless-shell)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@dataclass
class Complaints:
    """What a page should never do: errors, violations of its policy, requests, dialogs."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective, e.blockedURI))"
        )
        page.on("console", lambda message: self.found.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("dialog", self._asked)
        page.on("request", self._requested)

    def _asked(self, dialog: Dialog) -> None:
        self.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.found.append(f"request: {request.url}")


@dataclass
class Tabs:
    """Tabs that tests leave behind for the next ones with the same settings: a new one takes as long as most tests."""

    browser: Browser
    complaints: Complaints = field(default_factory=Complaints)
    free: dict[str, list[Page]] = field(default_factory=dict)

    def take(self, settings: dict[str, Any]) -> Page:
        if left := self.free.get(repr(settings)):
            return left.pop()
        context = self.browser.new_context(**settings)
        context.set_default_timeout(20_000)
        page = context.new_page()
        self.complaints.watch(page)
        return page

    def leave(self, settings: dict[str, Any], page: Page) -> None:
        if page.is_closed():
            page.context.close()
            return
        page.goto("about:blank")
        self.free.setdefault(repr(settings), []).append(page)


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


Open = Callable[..., Page]


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[Open]:
    """Return a function that opens a made page at a fragment; keyword arguments are those of a browser context."""
    taken: list[tuple[dict[str, Any], Page]] = []

    def opened(made: MadePage, fragment: str = "overview", **settings: Any) -> Page:
        settings = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **settings}
        page = tabs.take(settings)
        taken.append((settings, page))
        page.goto(made.address(fragment))
        page.wait_for_selector("main h2", state="attached")
        return page

    yield opened
    for settings, page in taken:
        tabs.leave(settings, page)
    found, tabs.complaints.found = tabs.complaints.found, []
    assert found == []
