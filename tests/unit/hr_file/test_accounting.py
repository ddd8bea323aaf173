"""Whatever is dropped: what is sent plus what is reported accounts for every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learning_graph.hr_file import identifiers
from learning_graph.hr_file.check import OnBadRows, RowCounts
from tests.unit.hr_file.support import check

HEADERS = ["invited_email_address", "unique_user_id", "license_learning_status", "groups", "Salary"]
EMAILS = st.sampled_from(
    ["", "a@example.com", "A@example.com", "b@example.com", "zoë@example.com", "nobody", " c@d.org "]
)
TEXTS = st.text(alphabet=st.sampled_from('ab,;"\n\r =\0é\t '), max_size=8)
ROWS = st.lists(
    st.tuples(
        EMAILS, st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["active", "Inactive", "x", ""]), TEXTS, TEXTS
    ),
    max_size=12,
)
RAW = st.text(alphabet=st.sampled_from('a1@.,"\n\r'), max_size=120)


def written(rows: Sequence[tuple[str, ...]], delimiter: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows([HEADERS, *rows])
    return buffer.getvalue()


@settings(max_examples=300, deadline=None)
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.integers(1, 400))
def test_every_written_row_is_sent_refused_or_blank(rows: list[tuple[str, ...]], delimiter: str, piece: int) -> None:
    checked = check(written(rows, delimiter), on_bad_rows="skip", piece=piece)
    counts = checked.file.rows
    assert counts.read == len(rows)
    assert counts.read == counts.blank + counts.refused + counts.sendable
    assert len(checked.sent_rows) == (counts.sendable if checked.file.is_sendable else 0)
    assert len(set(checked.error_lines)) >= counts.refused
    dropped = {(row[0].strip(), row[1], row[2].lower(), in_lines(row[3])) for row in rows}
    assert all(tuple(sent.values()) in dropped for sent in checked.sent_rows)


def in_lines(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=300, deadline=None)
@given(RAW, st.integers(1, 50))
@example('"', 1)
@example('a@a.aa,1,,"\n"', 1)
def test_any_text_after_the_headers_is_accounted_for_line_by_line(raw: str, piece: int) -> None:
    header = "invited_email_address,unique_user_id\n"
    checked = check(header + raw, on_bad_rows="skip", piece=piece)
    counts = checked.file.rows
    assert counts.read == counts.blank + counts.refused + counts.sendable
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert counts.read <= len(lines)
    if '"' not in raw:
        assert counts.read == len(lines) - (lines[-1] == "")
    assert len({line for line in checked.error_lines if line > 1}) >= counts.refused


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 400))
def test_how_the_file_is_cut_into_pieces_changes_nothing(rows: list[tuple[str, ...]], piece: int) -> None:
    data = written(rows, ",")
    one, other = check(data, on_bad_rows="skip"), check(data, on_bad_rows="skip", piece=piece)
    assert (one.sent, one.findings, one.file.rows) == (other.sent, other.findings, other.file.rows)


def test_repeats_are_found_as_well_when_the_digests_are_spilled_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifiers, "_HELD_IN_MEMORY", 10)
    rows = [(f"p{number % 50}@example.com", str(number), "active", "", "") for number in range(100)]
    checked = check(written(rows, ","), on_bad_rows="skip", piece=64)
    assert checked.error_lines == list(range(52, 102))
    assert checked.file.rows.sendable == 50


@pytest.mark.parametrize("on_bad_rows", ["refuse", "skip"])
def test_one_identifier_in_very_many_rows_fills_no_heap(
    monkeypatch: pytest.MonkeyPatch, on_bad_rows: OnBadRows
) -> None:
    monkeypatch.setattr(identifiers, "_HELD_IN_MEMORY", 100)
    longest = 0
    heaps = identifiers.Digests.heaps

    def watched(self: identifiers.Digests) -> Iterator[list[bytes]]:
        nonlocal longest
        for heap in heaps(self):
            longest = max(longest, len(heap))
            yield heap

    monkeypatch.setattr(identifiers.Digests, "heaps", watched)
    rows = "".join(f"same@example.com,{number // 2}\n" for number in range(2000))
    checked = check(f"invited_email_address,unique_user_id\n{rows}", on_bad_rows=on_bad_rows, piece=500)
    assert longest < 150
    assert checked.file.rows == RowCounts(read=2000, refused=1999, sendable=1)
    assert len(checked.error_lines) == 1999 + 1000  # the address of all rows but one, the id of every other row
    assert set(checked.error_lines) == set(range(3, 2002))
    assert checked.sent_rows == (
        [{"invited_email_address": "same@example.com", "unique_user_id": "0"}] * (on_bad_rows == "skip")
    )
