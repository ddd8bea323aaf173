"""`python -m local report-documents`: write what docs/ says of the report tables and of requirements.yaml."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from learning_graph.reports.named_queries import named_queries
from learning_graph.reports.requirements import json_schema
from learning_graph.reports.tables import REPORT_TABLES, ReportTable
from local.place import ROOT

_QUERIES_BEGIN = "  # ── Named queries, written by `python -m local report-documents` from reports/queries/*.sql ──\n"
_QUERIES_END = "  # ── End of the named queries ──\n"
# Placeholder for a parameter without default, to be replaced in Athena's editor.
_EXAMPLES = {
    "content": "urn:li:lyndaCourse:0000000",
    "earlier": "20260101T000000Z-00000000",
    "day": "2026-03-31",
}
_BEGIN, _END = "<!-- tables: written by `python -m local report-documents` -->", "<!-- end of tables -->"


def documents() -> dict[Path, str]:
    """Return the present text of every document that is made from declarations of the package."""
    guide, template = ROOT / "docs" / "reports.md", ROOT / "template.yaml"
    return {
        guide: _with_tables(guide.read_text(encoding="utf-8")),
        template: _with_queries(template.read_text(encoding="utf-8")),
        ROOT / "docs" / "requirements.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


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


def _with_queries(template: str) -> str:
    before, _, rest = template.partition(_QUERIES_BEGIN)
    _, _, after = rest.partition(_QUERIES_END)
    return before + _QUERIES_BEGIN + "".join(_named_queries()) + _QUERIES_END + after


def _named_queries() -> Iterator[str]:
    for query in named_queries().values():
        needed = {one.name: _EXAMPLES[one.name] for one in query.parameters if one.default is None}
        sql = "\n".join(f"        {line}".rstrip() for line in query.sql(needed).splitlines())
        name = "".join(word.capitalize() for word in query.name.split("_"))
        yield f"""  {name}Query:
    Type: AWS::Athena::NamedQuery
    Properties:
      Name: {query.title}
      Description: {json.dumps(query.description)}
      Database: !Ref SnapshotDatabase
      WorkGroup: !Ref SnapshotWorkGroup
      QueryString: |
{sql}
"""


def _table(table: ReportTable) -> str:
    rows = "\n".join(f"| `{column.name}` | {column.type} | {column.description} |" for column in table.columns)
    return f"### `{table.name}`\n\nA row is {table.row}.\n\n| column | type | what |\n|---|---|---|\n{rows}"
