"""Decoding pages, and making rows of them: the product's way beside pydantic and the standard library's json.

    python benchmarks/decode_pages.py [--seconds 1.5]

Pages are modelled on the API reference: 1000 records of an activity report, 100 courses. Processor time counts, not
the clock, and the best of several rounds; even so, read the ratios within one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "common")]

import msgspec  # noqa: E402
from learning_graph.graph.convert import Converter, Tally, asset_converter, engagement_converter  # noqa: E402
from pydantic import BaseModel, ConfigDict  # noqa: E402
from pydantic.alias_generators import to_camel  # noqa: E402

from learning_graph.linkedin.paging import read_page  # noqa: E402
from learning_graph.linkedin.records import Asset, ReportRow  # noqa: E402

SAMPLES = ROOT / "tests" / "data" / "linkedin-samples"
PRODUCT = "msgspec, record by record, and rows made of them"
Way = Callable[[bytes], int]


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class Locale(Model):
    language: str
    country: str | None = None


class LocaleString(Model):
    value: str
    locale: Locale | None = None


class Owner(Model):
    urn: str | None = None
    name: LocaleString | None = None


class Classification(Model):
    urn: str
    name: LocaleString | None = None
    type: str | None = None
    owner: Owner | None = None


class Tag(Model):
    associated_classification: Classification | None = None
    path: list[Classification] | None = None


class Contributor(Model):
    urn: str | None = None
    name: LocaleString | None = None


class Duration(Model):
    duration: float
    unit: str


class Details(Model):
    availability: str | None = None
    available_locales: list[Locale] | None = None
    classifications: list[Tag] | None = None
    contributors: list[Contributor] | None = None
    description: LocaleString | None = None
    short_description: LocaleString | None = None
    images: dict[str, str] | None = None
    last_updated_at: int | None = None
    published_at: int | None = None
    retired_at: int | None = None
    level: str | None = None
    time_to_complete: Duration | None = None
    urls: dict[str, str] | None = None


class AssetModel(Model):
    urn: str
    title: LocaleString | None = None
    type: str | None = None
    details: Details | None = None


class LearnerEntity(Model):
    profile_urn: str | None = None


class LearnerDetails(Model):
    name: str | None = None
    email: str | None = None
    unique_user_id: str | None = None
    entity: LearnerEntity | None = None
    enterprise_groups: list[str] | None = None


class ContentDetails(Model):
    content_urn: str
    name: str | None = None
    locale: Locale | None = None


class Activity(Model):
    engagement_type: str
    engagement_value: float
    asset_type: str | None = None
    engagement_metric_qualifier: str | None = None
    first_engaged_at: int | None = None
    last_engaged_at: int | None = None


class ReportRowModel(Model):
    activities: list[Activity]
    latest_data_at: int | None = None
    learner_details: LearnerDetails | None = None
    content_details: ContentDetails | None = None


class AssetPage(Model):
    elements: list[AssetModel]


class ReportPage(Model):
    elements: list[ReportRowModel]


class AssetStructs(msgspec.Struct):
    elements: list[Asset]


class ReportStructs(msgspec.Struct):
    elements: list[ReportRow]


def main() -> None:
    """Measure both kinds of page and print a table."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--seconds", type=float, default=1.5, help="for each way and page")
    seconds = arguments.parse_args().seconds
    report = ways_of(ReportRow, ReportStructs, ReportRowModel, ReportPage, engagement_converter("COURSE", Tally()))
    assets = ways_of(Asset, AssetStructs, AssetModel, AssetPage, asset_converter("COURSE", {}))
    for name, page, ways in (
        ("activity report, 1000 records", page_of("reports-individual-content", 1000), report),
        ("courses, 100 records", page_of("assets-course-page", 100), assets),
    ):
        (count,) = {way(page) for way in ways.values()}  # every way reads every record
        print(f"\n{name}, {len(page) / 1e6:.2f} MB                           records/s   product = 1")
        speeds = {label: count / best_of(way, page, seconds) for label, way in ways.items()}
        for label, records_a_second in sorted(speeds.items(), key=lambda item: -item[1]):
            print(f"  {label:<50} {records_a_second:12,.0f} {records_a_second / speeds[PRODUCT]:11.2f}")


def ways_of(struct: Any, structs: Any, model: Any, model_page: Any, convert: Converter) -> dict[str, Way]:
    """Return the ways to read a page, each answering how many records it read."""
    decoder = msgspec.json.Decoder(struct)
    return {
        PRODUCT: lambda page: len([convert(record).rows for record in elements_of(page)]),
        "msgspec, record by record": lambda page: len([decoder.decode(record) for record in elements_of(page)]),
        "msgspec, the page at once": lambda page: len(msgspec.json.decode(page, type=structs).elements),
        "json, no check at all": lambda page: len(json.loads(page)["elements"]),
        "json + pydantic, record by record": lambda page: len(
            [model.model_validate(record) for record in json.loads(page)["elements"]]
        ),
        "pydantic, the page at once": lambda page: len(model_page.model_validate_json(page).elements),
    }


def elements_of(page: bytes) -> list[msgspec.Raw]:
    return read_page(page, start=0, page_size=1000).elements


def best_of(way: Way, page: bytes, seconds: float) -> float:
    """Return the least processor time that one reading took."""
    best, spent = float("inf"), 0.0
    while spent < seconds:
        begun = time.process_time()
        way(page)
        took = time.process_time() - begun
        best, spent = min(best, took), spent + took
    return best


def page_of(sample: str, count: int) -> bytes:
    """Return a page of records made of the first of a sample page, each about another learner and course."""
    record = json.dumps(json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))["elements"][0])
    records = [
        json.loads(record.replace("99,12345", f"99,{number}").replace("800001", str(800_000 + number)))
        for number in range(count)
    ]
    paging = {"start": 0, "count": count, "total": count, "links": []}
    return json.dumps({"paging": paging, "elements": records}, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
