"""Decoding and converting pages: the product's way beside pydantic and the standard library's json.

    python benchmarks/decode_pages.py [--seconds 2]

Pages are modelled on the API reference: 1000 records of an activity report, 100 courses. Every way ends with the same
rows, which is checked; read the ratios within one run, not the seconds.
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
from pydantic import BaseModel, ConfigDict, create_model  # noqa: E402
from pydantic.alias_generators import to_camel  # noqa: E402

from learning_graph.graph import convert, linkedin_records  # noqa: E402
from learning_graph.graph.convert import Converter, Tally  # noqa: E402
from learning_graph.linkedin.pages import read_page  # noqa: E402

TAGS = {"tag.AccountName": "Acme"}
SAMPLES = ROOT / "tests" / "data" / "linkedin-samples"
Way = Callable[[bytes], list[Any]]


def main() -> None:
    """Measure both kinds of page and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--seconds", type=float, default=2, help="for each way and page")
    seconds = arguments.parse_args().seconds
    for name, page, asset in (("activity, 1000 records", activity_page(), False), ("courses, 100", asset_page(), True)):
        ways = ways_of(asset=asset)
        expected = ways["msgspec, record by record (product)"](page)
        for way in ways.values():
            assert way(page) == expected or way is ways["json.loads alone (no rows)"]
        print(f"\n{name}: {len(page) / 1e6:.2f} MB")
        speeds = {label: speed(way, page, len(json.loads(page)["elements"]), seconds) for label, way in ways.items()}
        product = speeds["msgspec, record by record (product)"]
        for label, records in sorted(speeds.items(), key=lambda item: -item[1]):
            print(f"  {label:<40} {records / 1000:8.1f} k records/s   {records / product:5.2f}")


def ways_of(*, asset: bool) -> dict[str, Way]:
    """Return every way from a page's bytes to its rows, by name."""
    record_type = linkedin_records.Asset if asset else linkedin_records.ReportRow
    model = pydantic_model(record_type)
    page_model = create_model("Page", elements=(list[model], ...))  # type: ignore[valid-type]

    def converter() -> Converter:
        return convert.asset_converter("COURSE", TAGS, Tally()) if asset else _engagements()

    def product(page: bytes) -> list[Any]:
        one = converter()
        return [one(record).rows for record in read_page(page, start=0, page_size=1000).elements]

    def whole_page(page: bytes) -> list[Any]:
        page_type = msgspec.defstruct("Page", [("elements", list[record_type])])  # type: ignore[valid-type]
        return [_rows(record, asset=asset) for record in msgspec.json.decode(page, type=page_type).elements]

    def loads_and_convert(page: bytes) -> list[Any]:
        records = json.loads(page)["elements"]
        return [_rows(msgspec.convert(record, record_type), asset=asset) for record in records]

    def pydantic_records(page: bytes) -> list[Any]:
        return [_rows(model.model_validate(record), asset=asset) for record in json.loads(page)["elements"]]

    def pydantic_page(page: bytes) -> list[Any]:
        read: Any = page_model.model_validate_json(page)
        return [_rows(record, asset=asset) for record in read.elements]

    return {
        "msgspec, record by record (product)": product,
        "msgspec, the whole page at once": whole_page,
        "json + msgspec.convert": loads_and_convert,
        "json + pydantic, record by record": pydantic_records,
        "pydantic, the whole page at once": pydantic_page,
        "json.loads alone (no rows)": lambda page: json.loads(page)["elements"],
    }


def _rows(record: Any, *, asset: bool) -> list[Any]:
    """Convert a decoded record, whatever decoded it: the product's own converters look at attributes alone."""
    if asset:
        return convert._asset_rows(record, "COURSE", TAGS)  # noqa: SLF001 - the same conversion for every decoder
    learner = convert.learner_of(record)
    return [convert.engagement_row(learner, record, record.content_details, "COURSE")]


def _engagements() -> Converter:
    return convert.engagement_converter("COURSE", Tally())


def pydantic_model(struct: Any, known: dict[Any, Any] | None = None) -> Any:
    """Return a pydantic model with a struct's members."""
    known = {} if known is None else known
    if struct not in known:
        members: dict[str, Any] = {}
        for field in msgspec.structs.fields(struct):
            default = ... if field.default is msgspec.NODEFAULT else field.default
            members[field.name] = (_translated(field.type, known), default)
        bases = (linkedin_records.Locale,) if struct is linkedin_records.Locale else ()
        config = ConfigDict(alias_generator=to_camel, extra="ignore")
        made = create_model(struct.__name__, __config__=config, **members)
        if bases:
            made.__str__ = linkedin_records.Locale.__str__  # type: ignore[method-assign, assignment]
        known[struct] = made
    return known[struct]


def _translated(kind: Any, known: dict[Any, Any]) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return pydantic_model(kind, known)
    parts = getattr(kind, "__args__", ())
    if not parts or getattr(kind, "__metadata__", None):
        return getattr(kind, "__origin__", kind) if getattr(kind, "__metadata__", None) else kind
    translated = [_translated(part, known) for part in parts]
    if getattr(kind, "__origin__", None) is list:
        return list[translated[0]]  # type: ignore[valid-type]
    union = translated[0]
    for part in translated[1:]:
        union = union | part
    return union


def speed(way: Way, page: bytes, records: int, seconds: float) -> float:
    """Return records a second: the best of several rounds, which other work on the machine disturbs least."""
    best, until = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        begun = time.perf_counter()
        way(page)
        best = max(best, records / (time.perf_counter() - begun))
    return best


def activity_page() -> bytes:
    """Return 1000 records made of the reference's sample, each about another learner and course."""
    sample = json.loads((SAMPLES / "reports-individual-content.json").read_text(encoding="utf-8"))["elements"][0]
    records = []
    for number in range(1000):
        record = json.loads(json.dumps(sample).replace("99,12345", f"99,{number}").replace("800001", f"{800_000 + number}"))
        records.append(record)
    return json.dumps({"paging": {"start": 0, "count": 1000, "total": 1000, "links": []}, "elements": records}).encode()


def asset_page() -> bytes:
    """Return 100 courses made of the reference's sample."""
    sample = json.loads((SAMPLES / "assets-course-page.json").read_text(encoding="utf-8"))["elements"][0]
    text = json.dumps(sample)
    records = [json.loads(text.replace("800001", f"{800_000 + number}")) for number in range(100)]
    return json.dumps({"paging": {"start": 0, "count": 100, "total": 100, "links": []}, "elements": records}).encode()


if __name__ == "__main__":
    main()
