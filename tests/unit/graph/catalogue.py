"""Rows of the catalogue and of activity, for merging."""

from __future__ import annotations

from typing import Any

from learning_graph.graph.rows import Row
from learning_graph.values.steps import AssetType
from tests.unit.graph.merging import COURSE, Rows, Snapshot, engaged
from tests.unit.graph.samples import asset, asset_rows, classification_rows, encoded, text

SKILL = "urn:li:skill:990001"
TOPIC = "urn:li:lyndaCategory:900100"
VIDEOS = [f"urn:li:lyndaVideo:(urn:li:lyndaCourse:800001,{number})" for number in range(3)]
TAGGED = f"{COURSE}|has|{SKILL}"


def read(
    urn: str = COURSE,
    title: str = "Batch Jobs",
    *,
    updated: int = 1,
    tags: list[dict[str, Any]] | None = None,
    kind: AssetType = "COURSE",
    **details: Any,
) -> list[Row]:
    """Return the rows of one asset that a catalogue listing shows."""
    given = {
        "availability": "AVAILABLE",
        "lastUpdatedAt": updated,
        "classifications": [{"associatedClassification": tag, "path": []} for tag in tags or []],
    }
    record = asset(urn, title=text(title), type=kind, details=given | details)
    return asset_rows(record, kind)


def topic(urn: str = SKILL, name: str = "Batch", locale: tuple[str, str] = ("en", "US")) -> dict[str, Any]:
    return {"urn": urn, "type": "SKILL", "name": text(name, locale)}


def listed(*classifications: dict[str, Any]) -> Rows:
    return Rows(classification_rows(*map(encoded, classifications)))


def courses(*assets: list[Row]) -> Rows:
    return Rows([row for rows in assets for row in rows], "COURSE")


def engagement(**row: Any) -> Rows:
    return Rows([engaged(**row)], "COURSE", (14, 14))


def whole(snapshot: Snapshot) -> None:
    assert (snapshot.repeated, snapshot.dangling) == ([], [])
