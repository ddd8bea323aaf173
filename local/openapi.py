"""`python -m local openapi`: write the OpenAPI document of the validate call, or check the stored one."""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path

from learning_graph.validation.api import openapi_document

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "openapi.json"


def main(arguments: list[str]) -> int:
    """Write the document; with --check, return 1 where the stored one is not it."""
    parser = argparse.ArgumentParser(prog="python -m local openapi", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the stored document is not current"
    )
    options = parser.parse_args(arguments)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    text = json.dumps(openapi_document(version=version), indent=2, ensure_ascii=False) + "\n"
    if not options.check:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{DOCUMENT.relative_to(ROOT)} is not current: run `make openapi`")
    return 1
