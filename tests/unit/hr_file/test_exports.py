"""Whole files as the programs of HR departments write them."""

from __future__ import annotations

import pytest

from tests.unit.hr_file.support import check

PEOPLE = [
    {"invited_email_address": "zoë@example.com", "unique_user_id": "00123", "license_learning_status": "active"},
    {"invited_email_address": "jörg@example.com", "unique_user_id": "E-2", "license_learning_status": "inactive"},
]
HEADERS = list(PEOPLE[0])
ROWS = [HEADERS, *(list(person.values()) for person in PEOPLE)]


def written(delimiter: str, end: str, *, quoted: bool = False, rows: list[list[str]] = ROWS) -> str:
    return "".join(delimiter.join(f'"{cell}"' if quoted else cell for cell in row) + end for row in rows)


TITLE_CASE = [["Invited Email Address", "Unique User ID", "License Learning Status"], *ROWS[1:]]
PADDED = [[cell.ljust(30) for cell in row] for row in ROWS]


@pytest.mark.parametrize(
    ("data", "setting"),
    [
        pytest.param(("\ufeff" + written(",", "\r\n")).encode(), "utf-8", id="Excel, CSV UTF-8"),
        pytest.param(("\ufeff" + written(";", "\r\n")).encode(), "utf-8", id="Excel in Germany, CSV UTF-8"),
        pytest.param(written(";", "\r\n").encode("cp1252"), "windows-1252", id="Excel in Germany, CSV"),
        pytest.param(written(";", "\r").encode("mac_roman"), "mac_roman", id="Excel on a Mac, CSV (Macintosh)"),
        pytest.param(b"\xff\xfe" + written("\t", "\r\n").encode("utf-16-le"), "utf-8", id="Excel, Unicode text"),
        pytest.param(("\ufeffsep=;\r\n" + written(";", "\r\n")).encode(), "utf-8", id="a web application, for Excel"),
        pytest.param(written(",", "\n", quoted=True).encode(), "utf-8", id="LibreOffice, all text cells quoted"),
        pytest.param(written(",", "\r\n").rstrip("\r\n").encode(), "utf-8", id="Google Sheets"),
        pytest.param(written(";", "\n").encode(), "utf-8", id="Numbers in France"),
        pytest.param(written("|", "\r\n", rows=PADDED).encode("cp1250"), "cp1250", id="an ERP system, padded"),
        pytest.param(("\ufeff" + written(",", "\n", quoted=True, rows=TITLE_CASE)).encode(), "utf-8", id="a report"),
        pytest.param(("\ufeff\ufeff" + written("\t", "\n")).encode(), "utf-8", id="two tools that add a mark"),
        pytest.param(
            written(",", "\n", rows=[[*row, "", ""] for row in ROWS]).encode(), "utf-8", id="empty columns at the end"
        ),
        pytest.param((written(",", "\r\n") + ",,\r\n" * 500).encode(), "utf-8", id="formatted empty rows at the end"),
    ],
)
def test_the_same_people_are_sent_whatever_program_wrote_the_file(data: bytes, setting: str) -> None:
    checked = check(data, encoding=setting, piece=13)
    assert checked.findings == []
    assert checked.sent_rows == PEOPLE


def test_a_file_of_which_each_line_is_one_quoted_cell_is_refused_with_what_is_in_it() -> None:
    checked = check('"invited_email_address,unique_user_id"\n"a@example.com,1"\n')
    assert "did you mean" in checked.findings[0]["problem"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("zo\u00eb@example.com\u200b", "the invisible character U+200B (zero width space) stands at position 16"),
        (
            "\u202azoe@example.com\u202c",
            "the invisible character U+202A (left-to-right embedding) stands at position 1",
        ),
        ("zoe@exam\u00adple.com", "the invisible character U+00AD (soft hyphen) stands at position 9"),
        ("zoe\u00a0@example.com", "the invisible character U+00A0 (no-break space) stands at position 4"),
        ("zoe@example.com\t", "the invisible character U+0009 (tab) stands at position 16"),
        ('"zoe@example.com\n"', "the invisible character U+000A (line break) stands at position 16"),
        ("mailto:zoe@example.com", "not an e-mail address: it is a mailto link"),
        ("Zoe <zoe@example.com>", "not an e-mail address: it stands in angle brackets"),
        ("zoe@example.com; jo@example.com", "not an e-mail address: there are several"),
        ("zoe\uff20example.com", "not an e-mail address: it has full-width characters"),
        ("zoe@example.com.", "not an e-mail address"),
        ("#N/A", "a spreadsheet's error value"),
        ("NULL", "a placeholder for a missing value"),
    ],
)
def test_an_address_that_was_pasted_is_refused_with_line_column_and_reason(cell: str, words: str) -> None:
    checked = check(f"invited_email_address,unique_user_id\n{cell},1\njo@example.com,2\n")
    [finding] = checked.findings
    assert (finding["line"], finding["column"]) == ("2", "invited_email_address")
    assert finding["problem"].startswith(words)
    assert not checked.file.is_sendable


@pytest.mark.parametrize("one", ["I", "\u0130", "i"])
def test_the_letter_i_of_turkish_makes_no_two_people_one(one: str) -> None:
    other = "\u0131"
    checked = check(f"invited_email_address\n{one}lker@example.com\n{other}lker@example.com\n")
    assert len(checked.sent_rows) == 2
