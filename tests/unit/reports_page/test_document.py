"""The page's HTML allows its own scripts and style sheet by hash, and nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from learning_graph.reports.page.document import (
    PAGE_ASSETS,
    SCRIPTS,
    chart_library,
    library_facts,
    page_document,
    page_script,
)

HOSTILE = "</title></script><script>alert(1)</script>\"'"


class _Reader(HTMLParser):
    """Collects the elements of a document with their attributes and text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._open = False
        self.feed(document)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        at = len(self.elements) - 1
        if self._open:
            self.texts[at] = self.texts.get(at, "") + data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (attributes, self.texts.get(at, "")) for at, (name, attributes) in enumerate(self.elements) if name == tag
        ]


@pytest.fixture(scope="module")
def page() -> _Reader:
    return _Reader(page_document(HOSTILE, [("overview", "AAAA")]).decode())


def _hash(text: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"


def test_the_policy_names_exactly_the_page_s_own_texts(page: _Reader) -> None:
    [(attributes, _)] = [found for found in page.all("meta") if found[0].get("http-equiv")]
    [(_, script)] = [found for found in page.all("script") if "type" not in found[0]]
    [(_, style)] = page.all("style")
    assert attributes["content"] == "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script.encode())} {_hash(chart_library())}",
            f"style-src {_hash(style.encode())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def test_no_element_has_a_handler_a_style_or_an_address_elsewhere(page: _Reader) -> None:
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), tag


def test_a_hostile_title_stays_text(page: _Reader) -> None:
    assert [text for _, text in page.all("title")] == [HOSTILE]


def test_data_is_in_blocks_that_no_browser_runs(page: _Reader) -> None:
    assert ({"type": "text/plain", "id": "section-overview"}, "AAAA") in page.all("script")


def test_scripts_parse_nothing_as_html_and_evaluate_no_text() -> None:
    for name in SCRIPTS:
        text = (PAGE_ASSETS / "js" / f"{name}.js").read_text()
        assert not re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.cssText", text
        ), name
    assert "</script" not in page_script()
    assert b"</script" not in chart_library()


def test_every_module_is_in_the_page_and_imports_only_what_comes_before() -> None:
    files = {file.name for file in (PAGE_ASSETS / "js").iterdir()}
    assert files == {f"{name}.js" for name in SCRIPTS}
    for place, name in enumerate(SCRIPTS):
        imported = re.findall(
            r'^import \{[^}]*\} from "\./(\w+)\.js";$', (PAGE_ASSETS / "js" / f"{name}.js").read_text(), re.MULTILINE
        )
        assert set(imported) <= set(SCRIPTS[:place]), name
    assert not re.findall(r"^(?:import|export)\b", page_script(), re.MULTILINE)


def test_the_vendored_library_is_the_one_described_with_its_licence() -> None:
    facts = library_facts()
    compressed = (PAGE_ASSETS / "vendor" / facts["file"]).read_bytes()
    assert hashlib.sha256(compressed).hexdigest() == facts["compressedSha256"]
    assert hashlib.sha256(gzip.decompress(compressed)).hexdigest() == facts["sha256"]
    assert facts["licence"] == "Apache-2.0"
    assert "Apache License" in (PAGE_ASSETS / "vendor" / "echarts.LICENSE").read_text()
    assert "Apache ECharts" in (PAGE_ASSETS / "vendor" / "echarts.NOTICE").read_text()


def test_versions_of_the_library_agree_with_the_developers_lock_file() -> None:
    folder = Path(__file__).parents[3] / "local" / "page_bundle"
    wanted = json.loads((folder / "package.json").read_text())["devDependencies"]["echarts"]
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]["node_modules/echarts"]
    assert (library_facts()["version"], locked["version"]) == (wanted, wanted)
    assert "resolved" not in locked
