"""The reference's sample answers, and small records to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import EngagementRow, Row
from learning_graph.linkedin.records import Asset, Classification, EngagementReportRow, LearnerReportRow
from learning_graph.values.steps import AssetType

STARTED_AT = 1_795_276_800_000  # 2026-11-21T16:00:00Z
FOLDER = Path(__file__).parents[2] / "data" / "linkedin-samples"


def elements(name: str) -> list[dict[str, Any]]:
    """Return the records of a sample page."""
    page = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    records: list[dict[str, Any]] = page["elements"]
    return records


def element(name: str, place: int = 0) -> bytes:
    """Return one record of a sample page, as it comes off the wire."""
    return encoded(elements(name)[place])


def encoded(record: object) -> bytes:
    return json.dumps(record).encode()


def text(value: str, locale: tuple[str, str] = ("en", "US")) -> dict[str, Any]:
    """Return a LocaleString."""
    return {"locale": {"language": locale[0], "country": locale[1]}, "value": value}


def asset(urn: str = "urn:li:lyndaCourse:800001", *, details: dict[str, Any] | None = None, **members: Any) -> bytes:
    """Return an asset with the details given and nothing else."""
    record: dict[str, Any] = {"urn": urn, "title": text("A title"), "type": "COURSE"}
    return encoded(record | ({} if details is None else {"details": details}) | members)


def report_row(
    activities: list[dict[str, Any]], *, learner: dict[str, Any] | None = None, content: dict[str, Any] | None = None
) -> bytes:
    """Return a row of INDIVIDUAL + CONTENT: Robin and a course, unless told otherwise."""
    robin = {"entity": {"profileUrn": "urn:li:enterpriseProfile:(urn:li:enterpriseAccount:99,12345)"}}
    course = {"contentUrn": "urn:li:lyndaCourse:800001", "name": "Batch Jobs"}
    return encoded(
        {
            "latestDataAt": 1_700_553_540_000,
            "learnerDetails": robin if learner is None else learner,
            "contentDetails": course if content is None else content,
            "activities": activities,
        }
    )


def activity(engagement_type: str, value: object, **members: Any) -> dict[str, Any]:
    """Return one activity about a course; a member that is `...` is left out."""
    record = {
        "engagementType": engagement_type,
        "engagementValue": value,
        "engagementMetricQualifier": "TOTAL",
        "assetType": "COURSE",
        "firstEngagedAt": 1_699_920_000_000,
        "lastEngagedAt": 1_700_006_400_000,
    }
    return {name: member for name, member in (record | members).items() if member is not ...}


def asset_rows(record: bytes, asset_type: AssetType = "COURSE") -> list[Row]:
    """Return the rows that a listing of assets makes of a record."""
    rows: list[Row] = []
    CatalogConverter(STARTED_AT, asset_type).convert_asset(msgspec.json.decode(record, type=Asset), rows)
    return rows


def properties_of(record: bytes, asset_type: AssetType = "COURSE") -> dict[str, Any]:
    """Return the columns of the asset's row."""
    row = asset_rows(record, asset_type)[-1]
    assert isinstance(row, dict)
    return row


def classification_rows(*records: bytes) -> list[Row]:
    """Return the rows that the classifications' listing makes of records."""
    rows: list[Row] = []
    converter = CatalogConverter(STARTED_AT)
    for record in records:
        converter.convert_classification(msgspec.json.decode(record, type=Classification), rows)
    return rows


def converter_after(*records: bytes, asset_type: AssetType | None = "COURSE") -> tuple[ReportConverter, list[Row]]:
    """Return the converter of a report after the records, and the rows it made of them.

    Without `asset_type` it is a report of learners alone.
    """
    rows: list[Row] = []
    converter = ReportConverter(STARTED_AT, asset_type)
    for record in records:
        if asset_type is None:
            converter.convert_learner(msgspec.json.decode(record, type=LearnerReportRow), rows)
        else:
            converter.convert_engagement(msgspec.json.decode(record, type=EngagementReportRow), rows)
    return converter, rows


def report_rows(*records: bytes, asset_type: AssetType | None = "COURSE") -> list[Row]:
    """Return the rows that a report makes of records."""
    return converter_after(*records, asset_type=asset_type)[1]


def engagement_of(record: bytes, asset_type: AssetType = "COURSE") -> EngagementRow:
    """Return what a report row says of the engagement."""
    row = report_rows(record, asset_type=asset_type)[-1]
    assert isinstance(row, EngagementRow)
    return row
