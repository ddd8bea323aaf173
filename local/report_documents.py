"""`python -m local report-documents`: write what docs/ says of the report tables and of requirements.yaml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from learning_graph.reports.tables import REPORT_TABLES, ReportTable
from local.place import ROOT

_BEGIN, _END = "<!-- tables: written by `python -m local report-documents` -->", "<!-- end of tables -->"


def documents() -> dict[Path, str]:
    """Return the present text of every document that is made from declarations of the package."""
    guide = ROOT / "docs" / "reports.md"
    return {guide: _with_tables(guide.read_text(encoding="utf-8"))}


def main(arguments: list[str]) -> int:
    """Write the documents; with --check, return 1 where a stored one is not current."""
    parser = argparse.ArgumentParser(prog="python -m local report-documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a stored document is not current")
    options = parser.parse_args(arguments)
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text("utf-8") != text]
    if not options.check:
        for path, text in documents().items():
            path.write_text(text, encoding="utf-8")
        return 0
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not current: run `python -m local report-documents`", file=sys.stderr)
    return int(bool(stale))


def _with_tables(guide: str) -> str:
    before, _, rest = guide.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    tables = "\n\n".join(map(_table, REPORT_TABLES))
    return f"{before}{_BEGIN}\n\n{tables}\n\n{_END}{after}"


def _table(table: ReportTable) -> str:
    rows = "\n".join(f"| `{column.name}` | {column.type} | {column.description} |" for column in table.columns)
    return f"### `{table.name}`\n\nA row is {table.row}.\n\n| column | type | what |\n|---|---|---|\n{rows}"
