"""Whatever is dropped: what is sent plus what is reported accounts for every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learning_graph.hr_file.check_file import OnBadRows, RowCounts
from tests.unit.hr_file.support import DUCKDB, IN_MEMORY, check

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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=10, deadline=None)
@given(ROWS)
def test_the_database_finds_the_same_repeats_as_a_dictionary(rows: list[tuple[str, ...]]) -> None:
    data = written(rows, ",")
    one, other = (check(data, on_bad_rows="skip", people=people) for people in (DUCKDB, IN_MEMORY))
    assert (one.sent, one.findings, one.file.rows) == (other.sent, other.findings, other.file.rows)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(1, 400))
def test_how_the_file_is_cut_into_pieces_changes_nothing(rows: list[tuple[str, ...]], piece: int) -> None:
    data = written(rows, ",")
    one, other = check(data, on_bad_rows="skip"), check(data, on_bad_rows="skip", piece=piece)
    assert (one.sent, one.findings, one.file.rows) == (other.sent, other.findings, other.file.rows)


@pytest.mark.parametrize("on_bad_rows", ["refuse", "skip"])
def test_one_identifier_in_very_many_rows_is_reported_in_each(on_bad_rows: OnBadRows) -> None:
    rows = "".join(f"same@example.com,{number // 2}\n" for number in range(2000))
    data = f"invited_email_address,unique_user_id\n{rows}"
    checked = check(data, on_bad_rows=on_bad_rows, people=DUCKDB, piece=500)
    assert checked.file.rows == RowCounts(read=2000, refused=1999, sendable=1)
    assert len(checked.error_lines) == 1999 + 1000  # the address of all rows but one, the id of every other row
    assert set(checked.error_lines) == set(range(3, 2002))
    assert checked.sent_rows == (
        [{"invited_email_address": "same@example.com", "unique_user_id": "0"}] * (on_bad_rows == "skip")
    )


ODD_ROWS = st.lists(
    st.lists(
        st.sampled_from(
            [
                "a@example.com", "A@Example.com", "ren\u00e9@example.com", "rene\u0301@example.com", "nobody", "#N/A",
                "b@example.com\u200b", "1.23E+05", "E1", "00123", "Active", "inactive", "yes", " ", "", "\u00a0", '"x"',
                '"x\ny"', '"', 'a"b', "\ufffd", "=1", "\0",
            ]
        ),
        max_size=6,
    ).map(",".join),
    max_size=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(ODD_ROWS, st.integers(1, 60), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_a_row_has_one_verdict_however_the_file_is_cut_and_whatever_ends_its_lines(
    rows: list[str], piece: int, end: str, has_mark: bool
) -> None:
    lines = ["invited_email_address,unique_user_id,license_learning_status,groups", *rows]
    one = check("\n".join(lines), on_bad_rows="skip")
    data = ("\ufeff" if has_mark else "") + end.join(lines).replace("\r\r\n", "\r\n")
    other = check(data if end == "\n" else data.replace("x\ny", f"x{end}y"), on_bad_rows="skip", piece=piece)
    assert (one.sent, one.findings, one.file.rows, one.file.notes) == (
        other.sent, other.findings, other.file.rows, other.file.notes,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(ODD_ROWS, ODD_ROWS)
def test_the_rows_before_change_no_verdict(before: list[str], rows: list[str]) -> None:
    """Except where they name the same person, or leave a quote open."""
    header = "unique_user_id,license_learning_status,groups"
    before = [row for row in before if '"' not in row]
    alone, after = (check("\n".join([header, *lines]), on_bad_rows="skip") for lines in (rows, [*before, *rows]))
    shift = len(before)
    repeats = {int(f["line"]) for f in after.findings if f["problem"].startswith("the same as")}
    repeats |= {int(f["line"]) + shift for f in alone.findings if f["problem"].startswith("the same as")}
    verdicts = [
        [
            (line + moved, f["column"], f["problem"])
            for f in found.findings
            if (line := int(f["line"] or 0)) + moved > 1 + shift and line + moved not in repeats
        ]
        for found, moved in ((alone, shift), (after, 0))
    ]
    assert verdicts[0] == verdicts[1]
