"""`python -m local data-model`: write the tables of docs/data-model.md from the schema, or check the stored ones."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from learning_graph.model import schema
from learning_graph.model.schema import Property

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "data-model.md"
_MARK = "<!-- The rest of this page is written by `python -m local data-model`. -->\n"


def main(arguments: list[str]) -> int:
    """Write the tables; with --check, return 1 where the stored ones differ."""
    parser = argparse.ArgumentParser(prog="python -m local data-model", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the stored tables are not current")
    options = parser.parse_args(arguments)
    stored = DOCUMENT.read_text(encoding="utf-8")
    text = stored.partition(_MARK)[0] + _MARK + "".join(f"{line}\n" for line in _lines())
    if not options.check:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if stored == text:
        return 0
    print(f"{DOCUMENT.relative_to(ROOT)} is not current: run `make data-model`")
    return 1


def _lines() -> Iterator[str]:
    yield from ("", "## Entities")
    shown: set[tuple[Property, ...]] = set()
    for entity in schema.ENTITIES.values():
        yield from ("", f"### `{entity.name}` ({entity.jupiterone_class})", "")
        if entity.properties in shown:
            yield f"The properties of `{schema.COURSE}`."
            continue
        shown.add(entity.properties)
        yield from _table(entity.properties)
    yield from ("", "## Relationships", "", "| `_type` | from | `_class` | to |", "|---|---|---|---|")
    for relationship in schema.RELATIONSHIPS.values():
        ends = f"`{relationship.source}` | {relationship.jupiterone_class} | `{relationship.target}`"
        yield f"| `{relationship.name}` | {ends} |"
    yield from ("", "Properties of every relationship, then those of ASSIGNED alone:", "")
    yield from _table(schema.RELATIONSHIPS[schema.relationship_type(schema.USER, "ASSIGNED", schema.COURSE)].properties)
    yield from ("", "## Tables", "", "Parquet alone, below `graph/<run>/parquet/tables/`.")
    for name, properties in schema.TABLES.items():
        yield from ("", f"### `{name}`", "")
        yield from _table(properties)


def _table(properties: Iterable[Property]) -> Iterator[str]:
    yield "| property | type | | description | LinkedIn |"
    yield "|---|---|---|---|---|"
    for prop in properties:
        source = f"`{prop.source}`" if prop.source else ""
        yield f"| `{prop.name}` | {prop.type} | {prop.presence} | {prop.description} | {source} |"
