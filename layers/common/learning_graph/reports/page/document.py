"""The page's HTML: the template with style sheet, scripts and data filled in, and a policy that allows just these."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from gzip import decompress
from importlib.resources import files
from typing import Any, Final

PAGE_ASSETS: Final = files("learning_graph.reports.page") / "assets"
# In the order in which they build on one another; a module imports only earlier ones.
SCRIPTS: Final = (
    "dom", "format", "sections", "model", "csv", "table", "charts", "overview", "compliance", "skills", "explore",
    "content", "people", "data", "main",
)  # fmt: skip
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def page_document(title: str, sections: Iterable[tuple[str, str]]) -> bytes:
    """Return the page with these sections (name, gzip in base64).

    The Content-Security-Policy names the SHA-256 of the style sheet, of the page's script and of the chart library (as
    it is after decompression), and forbids everything else: no network, no other script, no style attribute.
    """
    style, script, library = _text("page.css"), page_script(), chart_library()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(script.encode())} {_source(library)}",
            f"style-src {_source(style.encode())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    facts = library_facts()
    data = "\n".join(
        f'<script type="text/plain" id="section-{html.escape(name)}">{text}</script>' for name, text in sections
    )
    return _filled(
        {
            "policy": policy,
            "title": html.escape(title),
            "style": style,
            "script": script,
            "library": base64.b64encode((PAGE_ASSETS / "vendor" / facts["file"]).read_bytes()).decode(),
            "library_notice": html.escape(
                f"{facts['name']} {facts['version']}, {facts['licence']}, SHA-256 {facts['sha256']}"
            ),
            "sections": data,
        }
    ).encode()


def _filled(values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], _text("template.html"))


@cache
def _text(name: str) -> str:
    return (PAGE_ASSETS / name).read_text(encoding="utf-8")


@cache
def page_script() -> str:
    """Return the page's modules as one script: each in a function of its own that gives what the module exports."""
    modules = [f"const module_{name} = (() => {{\n{_as_function(_text(f'js/{name}.js'))}}})();" for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(modules) + "\n})();\n"


def _as_function(module: str) -> str:
    exported = ", ".join(name for _, name in _EXPORT.findall(module))
    body = _IMPORT.sub(r"const {\1} = module_\2;", _EXPORT.sub(r"\1 \2", module))
    return f"{body}return {{ {exported} }};\n"


@cache
def chart_library() -> bytes:
    """Return the vendored chart library as the browser runs it.

    Raises:
        ValueError: its bytes are not those that `echarts.json` names.
    """
    facts = library_facts()
    library = decompress((PAGE_ASSETS / "vendor" / facts["file"]).read_bytes())
    if hashlib.sha256(library).hexdigest() != facts["sha256"]:
        raise ValueError(
            f"{facts['file']} is not the file that echarts.json describes: renew both with local/page_bundle"
        )
    return library


@cache
def library_facts() -> dict[str, Any]:
    """Return name, version, licence, file and hashes of the vendored chart library."""
    facts: dict[str, Any] = json.loads(_text("vendor/echarts.json"))
    return facts


def _source(text: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
