"""What is wrong with a row is told with line, column and resolution; the others go their way."""

from __future__ import annotations

import csv
import io

import pytest

from learning_graph.hr_file.check_file import OnBadRows, RowCounts
from tests.unit.hr_file.support import DUCKDB, check

HEADER = "invited_email_address,unique_user_id,license_learning_status,groups\n"


def test_a_good_file_is_sent_as_it_is() -> None:
    data = HEADER + 'robin@example.com,E1,active,Sales\nzoë@example.com,E2,,"Sales, Support"\n'
    checked = check(data)
    assert checked.sent == data
    assert not checked.file.is_converted
    assert checked.findings == []


def test_line_ends_and_a_missing_last_newline_do_not_matter() -> None:
    rows = "a@example.com,E1,active,Sales\nb@example.com,E2,active,x\n"
    for data in ((HEADER + rows).replace("\n", "\r\n"), (HEADER + rows)[:-1], (HEADER + rows).replace("\n", "\r")):
        checked = check(data)
        assert checked.sent == HEADER + rows
        assert not checked.file.is_converted


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("nobody,E1,active,", "invited_email_address", "not an e-mail address"),
        ("a@example,E1,active,", "invited_email_address", "not an e-mail address"),
        ("a b@example.com,E1,active,", "invited_email_address", "not an e-mail address"),
        ("a@b@example.com,E1,active,", "invited_email_address", "not an e-mail address"),
        ("a..b@example.com,E1,active,", "invited_email_address", "not an e-mail address"),
        ("@example.com,E1,active,", "invited_email_address", "not an e-mail address"),
        (f"{'a' * 65}@example.com,E1,active,", "invited_email_address", "not an e-mail address"),
        (f"a@{'b.' * 130}com,E1,active,", "invited_email_address", "not an e-mail address"),
        (",,active,", "invited_email_address or unique_user_id", "nothing identifies the person"),
        ("a@example.com,E1,yes,", "license_learning_status", "not a licence value"),
        ("a@example.com,E1,active", "", "the row has 3 cells, the header row has 4"),
        ("a@example.com,E1,active,x,y", "", "the row has 5 cells, the header row has 4"),
        ('a@example.com,E1,active,5" pipe', "groups", "a stray quote"),
        ('a@example.com,"E1"x,active,', "unique_user_id", "a stray quote"),
        ('a@example.com, "E1",active,', "unique_user_id", "a stray quote"),
        ('a@example.com,E1,active,"Sales', "groups", "a quote is opened and not closed"),
        ("a@example.com,E1,active,Sa\0les", "groups", "NUL byte"),
        ('a@example.com,"E\n1",active,', "unique_user_id", "line break"),
    ],
)
def test_a_bad_row_refuses_the_file_and_is_left_out_in_skip_mode(row: str, column: str, words: str) -> None:
    good = ["p@example.com,P,active,x", 'q@example.com,Q,inactive,"a ""b"" c"']
    data = HEADER + "\n".join([good[0], row, good[1]]) + "\n"
    refused = check(data)
    assert not refused.file.is_sendable
    finding = refused.findings[0]
    assert (finding["line"], finding["column"]) == ("3", column)
    assert words in finding["problem"]
    assert finding["resolution"]
    skipped = check(data, on_bad_rows="skip")
    assert skipped.sent == HEADER + "\n".join(good) + "\n"
    assert skipped.file.rows.refused == 1
    assert skipped.error_lines == [3]


@pytest.mark.parametrize(
    "email", ["a@example.com", "a+b@sub.example.co.uk", "zoë@example.com", "o'brien@x-y.example", "a@münchen.example"]
)
def test_an_email_address_of_any_alphabet_passes(email: str) -> None:
    assert check(f"{HEADER}{email},E1,,\n").file.is_sendable


def test_identifiers_named_twice_point_to_the_first_line() -> None:
    data = HEADER + "a@example.com,E1,,\nb@example.com,E2,,\nA@Example.com,E3,,\nc@example.com,E2,,\n"
    checked = check(data)
    assert [(f["line"], f["column"], f["problem"]) for f in checked.findings] == [
        ("4", "invited_email_address", "the same as on line 2"),
        ("5", "unique_user_id", "the same as on line 3"),
    ]
    skipped = check(data, on_bad_rows="skip")
    assert [row["unique_user_id"] for row in skipped.sent_rows] == ["E1", "E2"]
    assert skipped.file.rows.sendable == 2


def test_a_row_refused_for_something_else_does_not_accuse_another() -> None:
    checked = check(HEADER + "a@example.com,E1,maybe,\na@example.com,E1,active,\n", on_bad_rows="skip")
    assert checked.error_lines == [2]
    assert len(checked.sent_rows) == 1


def test_a_quote_that_is_never_closed_costs_its_own_row_only() -> None:
    rows = [f"p{number}@example.com,P{number},active,x" for number in range(400)]
    rows[3] = 'p3@example.com,P3,active,"x'
    checked = check(HEADER + "\n".join(rows), on_bad_rows="skip", piece=512)
    assert checked.error_lines == [5]
    assert checked.file.rows.sendable == 399


@pytest.mark.parametrize("piece", [7, 1 << 16])
def test_a_quote_open_to_the_end_adds_no_row(piece: int) -> None:
    checked = check(HEADER + 'a@example.com,1,,"open\nb@example.com,2,,\n', on_bad_rows="skip", piece=piece)
    assert checked.file.rows == RowCounts(read=2, refused=1, sendable=1)


def test_a_cell_over_several_lines_keeps_line_numbers_right() -> None:
    checked = check(
        HEADER + 'a@example.com,E1,active,"Sales\nSupport"\nnobody,E2,active,\n', on_bad_rows="skip", piece=3
    )
    assert checked.sent_rows[0]["groups"] == "Sales\nSupport"
    assert checked.error_lines == [4]


def test_blanks_and_capitals_in_keyed_cells_are_corrected_with_a_note() -> None:
    checked = check(HEADER + " a@example.com ,E1 , ACTIVE ,x\n")
    assert checked.sent_rows[0] == {
        "invited_email_address": "a@example.com",
        "unique_user_id": "E1",
        "license_learning_status": "active",
        "groups": "x",
    }
    assert checked.file.is_converted
    assert checked.file.notes == (
        "blanks around values are left out: invited_email_address, license_learning_status, unique_user_id",
        "values are sent in lower case: license_learning_status",
    )


@pytest.mark.parametrize(
    ("header", "cell", "sent"),
    [
        ("license_learning_status", "Active", "active"),
        ("permission_curate_content", "YES", "yes"),
        ("group_permission_edit_groups", " group:Sales", "group:Sales"),
        ("unique_user_id", "E1\u00a0", "E1"),
        ("unique_user_id", "Rene\u0301", "Ren\u00e9"),
    ],
)
def test_a_value_that_is_sent_in_another_form_makes_the_file_a_converted_one(header: str, cell: str, sent: str) -> None:
    checked = check(f"invited_email_address,{header}\na@example.com,{cell}\n")
    assert checked.sent_rows == [{"invited_email_address": "a@example.com", header: sent}]
    assert checked.file.is_converted
    assert [note.rpartition(": ")[2] for note in checked.file.notes] == [header]


def test_rows_of_blanks_and_empty_cells_beyond_the_headers_are_left_out_with_a_note() -> None:
    checked = check(HEADER + "a@example.com,E1,active,x,,\n  ,\u00a0,,\n ,\nb@example.com,E2,active,x\n")
    assert checked.file.rows == RowCounts(read=4, blank=2, sendable=2)
    assert checked.file.notes == (
        "2 empty rows are left out",
        "empty cells beyond the last header are left out in 1 rows",
    )


def test_a_totals_row_is_refused() -> None:
    checked = check(HEADER + "a@example.com,E1,active,x\nTotal: 1,,,\n,,1,\n", on_bad_rows="skip")
    assert set(checked.error_lines) == {3, 4}
    assert checked.file.rows == RowCounts(read=3, refused=2, sendable=1)


def test_one_person_in_two_spellings_is_refused_and_two_people_are_not() -> None:
    checked = check("invited_email_address\nrene\u0301@example.com\nREN\u00c9@example.com\n", people=DUCKDB)
    assert [(f["line"], f["problem"]) for f in checked.findings] == [("3", "the same as on line 2")]
    for one, other in (("jan.wei\u00df", "jan.weiss"), ("\ufb03", "ffi"), ("\u0131", "i")):
        assert (
            len(check(f"invited_email_address\n{one}@example.com\n{other}@example.com\n", people=DUCKDB).sent_rows) == 2
        )


def test_a_formula_is_a_warning_and_is_sent() -> None:
    checked = check(HEADER + "a@example.com,E1,active,=1+1\nb@example.com,E2,active,-\n")
    assert checked.file.is_sendable
    assert [(f["line"], f["column"], f["severity"]) for f in checked.findings] == [("2", "groups", "warning")]
    assert checked.sent_rows[0]["groups"] == "=1+1"


def test_empty_rows_are_counted_and_left_out() -> None:
    checked = check(HEADER + "a@example.com,E1,active,x\n\n,,,\nb@example.com,E2,active,x\n\n")
    assert checked.file.rows.blank == 3
    assert len(checked.sent_rows) == 2
    assert "3 empty rows are left out" in checked.file.notes


@pytest.mark.parametrize("blank", ["\t,,,", ",,\t,", ",,,\u2028", "\x1f,\x85, ,\t", "\u3000,,,"])
@pytest.mark.parametrize("other", ["b@example.com,E2,active,x", "", "b@example.com,E2", "b@example.com,E2,,a\0"])
def test_a_row_of_white_space_is_blank_whatever_the_other_rows_are(blank: str, other: str) -> None:
    checked = check(f"{HEADER}a@example.com,E1,active,x\n{blank}\n{other}\n", on_bad_rows="skip")
    assert checked.file.rows.blank == 1 + (not other)
    assert 3 not in checked.error_lines


def test_the_old_address_needs_the_new_one() -> None:
    header = "existing_email_address,invited_email_address,unique_user_id\n"
    checked = check(header + "old@example.com,new@example.com,1\nold2@example.com,,2\n", on_bad_rows="skip")
    assert checked.error_lines == [3]


def test_group_permissions_name_a_group() -> None:
    header = "invited_email_address,group_permission_edit_groups\n"
    checked = check(header + "a@example.com,group:Sales\nb@example.com,yes\n", on_bad_rows="skip")
    assert checked.error_lines == [3]


def test_the_list_of_errors_is_bounded_when_the_file_is_refused_and_whole_when_rows_are_skipped() -> None:
    data = HEADER + "nobody,E1,active,\n" * 12_000 + "a@example.com,E1,active,\n"
    refused = check(data)
    assert len(refused.findings) == 10_001
    assert "2000 more problems" in refused.findings[-1]["problem"]
    skipped = check(data, on_bad_rows="skip")
    assert skipped.error_lines == list(range(2, 12_002))
    assert len(skipped.sent_rows) == 1


def test_a_line_that_never_ends_is_refused() -> None:
    for piece in (1 << 16, 1 << 20, 1 << 24):
        checked = check(HEADER + "a@example.com,1,,\n" + "x" * 5_000_000 + "\nb@example.com,2,,\n", piece=piece)
        assert [(f["line"], f["problem"]) for f in checked.findings] == [
            ("3", "the line has more than 4,194,304 characters")
        ]


@pytest.mark.parametrize("cell", ["x" * 300_000, '"' + "x" * 90_000 + "\n" + "y" * 200_000 + '"'])
@pytest.mark.parametrize("on_bad_rows", ["refuse", "skip"])
def test_a_long_cell_is_sent_whole(cell: str, on_bad_rows: OnBadRows) -> None:
    again = "" if on_bad_rows == "refuse" else "a@example.com,again\n"
    checked = check(f"invited_email_address,work_title\na@example.com,{cell}\n{again}", on_bad_rows=on_bad_rows)
    assert checked.sent == f"invited_email_address,work_title\na@example.com,{cell}\n"


def test_no_cell_content_stands_in_the_list_of_errors() -> None:
    checked = check(HEADER + "secret.person@@example.com,SECRET,nonsense,\n")
    buffer = io.StringIO()
    csv.DictWriter(buffer, checked.findings[0].keys()).writerows(checked.findings)
    assert "secret" not in buffer.getvalue().lower()


def test_a_header_that_is_a_formula_does_not_become_one_in_the_list() -> None:
    checked = check("=cmd(),unique_user_id\nnobody,1\n", column_map={"=cmd()": "invited_email_address"})
    assert checked.findings[0]["column"] == "'=cmd()"


@pytest.mark.parametrize("repeated", ['a,"b""', '""', '",', '"a",', "a-.", "a@"])
def test_a_hostile_line_of_millions_of_characters_is_checked_like_any_other(repeated: str) -> None:
    hostile = repeated * (3_000_000 // len(repeated))
    checked = check(HEADER + hostile + "\na@example.com,E1,active,x\n", on_bad_rows="skip")
    assert checked.error_lines == [2]
    assert checked.file.rows == RowCounts(read=2, refused=1, sendable=1)
