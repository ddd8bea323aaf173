"""The same drop and the same run give the same bytes, whichever supported Python does the work.

The digests in tests/data/digests.json were made once; this test runs on every interpreter that the tests run on. Write
them anew after a change of a format or of DuckDB's version: python -m tests.unit.test_same_bytes
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from learning_graph.graph.convert_activity import ReportConverter
from learning_graph.graph.convert_catalog import CatalogConverter
from learning_graph.graph.rows import Row
from learning_graph.hr_file.check_file import check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.people import PeopleFile, PeopleTables
from learning_graph.linkedin.decoding import decode_page
from learning_graph.linkedin.records import Asset, Classification, EngagementReportRow
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.part_writer import PartWriter
from learning_graph.store.run import Shard
from tests.fakes.bucket import FakeBucket
from tests.unit.graph.merging import ROBIN, Engaged, Rows, engaged, learner, merged
from tests.unit.graph.samples import FOLDER, STARTED_AT

DIGESTS = Path(__file__).parents[1] / "data" / "digests.json"

# Names in several scripts, composed and decomposed; cells that need quotes; a row that is refused and one that repeats.
DROP = (
    "Work E-mail,unique_user_id,first_name,last_name,license_learning_status,groups\r\n"
    'robin.sample@example.com,00123,Robin,"Sample, Jr.",active,"Sales;Emea ""North"""\r\n'
    "RENE\u0301@Example.com,456,Rene\u0301,Groß,active,Ünïts\r\n"
    "li.wei@例え.jp,789,伟,李,inactive,\r\n"
    "robin.sample@example.com,00123,Robin,Sample,active,Sales\r\n"
    "nobody,9,\u200bNo,Body,active,\r\n"
    'tab@example.com,7,"Two\nlines",İstanbul,active,ﬁnance\r\n'
)


def test_every_interpreter_writes_the_same_bytes() -> None:
    assert _digests() == json.loads(DIGESTS.read_text(encoding="utf-8"))


def _digests() -> dict[str, str]:
    return {
        # What gzip files hold: how ISA-L compresses it depends on the processor.
        name: hashlib.sha256(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).hexdigest()
        for files in (_drop(), _parts(), _snapshot())
        for name, data in files
    }


def _drop() -> Iterator[tuple[str, bytes]]:
    tables = PeopleTables(b"k" * 32, memory_megabytes=200)
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as scratch:
        checked = check_hr_file(
            lambda: [DROP.encode()],
            column_map=ColumnMap({"Work E-mail": "invited_email_address"}),
            on_bad_rows="skip",
            people=tables,
            workspace=Path(name),
        )
        yield "drop/sent.csv", checked.sent_path.read_bytes()
        yield "drop/errors.csv", checked.errors_path.read_bytes()
        ledger = tables.apply(checked.people, PeopleFile(), Path(scratch))
        assert ledger.path is not None
        yield "drop/people.parquet", ledger.path.read_bytes()


def _parts() -> Iterator[tuple[str, bytes]]:
    report = Shard(step="course-activity", name="0-14d", kind="engagements", asset_type="COURSE", window_start=0)
    assets = Shard(step="courses", name="all", kind="assets", asset_type="COURSE")
    tags = Shard(step="classifications", name="all", kind="classifications")
    engagements = ReportConverter(STARTED_AT, "COURSE")
    catalog = CatalogConverter(STARTED_AT, "COURSE")
    for shard, sample, record, convert in (
        (report, "reports-individual-content", EngagementReportRow, engagements.convert_engagement),
        (assets, "assets-course-page", Asset, catalog.convert_asset),
        (tags, "classifications-localeAndType-page", Classification, catalog.convert_classification),
    ):
        bucket, rows = FakeBucket(), list[Row]()
        for found in decode_page((FOLDER / f"{sample}.json").read_bytes(), record).records:
            convert(found, rows)
        writer = PartWriter(bucket, "20261121T160000Z-00000000", shard, ErasedLearners(bucket, lambda: b""))
        writer.add(rows, start=0, reading=0)
        writer.flush()
        for part in writer.parts:
            stored = bucket.read(part.key)
            assert stored is not None
            yield f"part/{shard.step}", stored.data


def _snapshot() -> Iterator[tuple[str, bytes]]:
    course = {"t": "asset", "urn": "urn:li:lyndaCourse:800001", "assetType": "COURSE", "name": "Crème", "rank": 0}
    windows: list[Row | Engaged] = [
        engaged(email="rene\u0301@example.com", completions=1, completed_on=STARTED_AT - 5, progress_percentage=66.5),
        engaged(profile_urn=None, unique_user_id="00123", email="RENÉ@example.com", name="René \U0001f600", views=3),
        learner(ROBIN, "00123", "rené@example.com", "Robin", ["Sales", "Équipe"], {"office": ["Köln", "Paris"]}),
    ]
    first = merged(Rows([course], asset_type="COURSE"), Rows(windows[:2], asset_type="COURSE", window=(14, 14)))
    second = merged(
        Rows([course], asset_type="COURSE"),
        Rows(windows[1:2], asset_type="COURSE", window=(14, 14)),
        Rows(windows[2:], window=(14, 14)),
        bases=[first],
    )
    for name, data in sorted(second.files.items()):
        yield f"snapshot/{name}", data


if __name__ == "__main__":
    DIGESTS.write_text(json.dumps(_digests(), indent=2) + "\n", encoding="utf-8")
