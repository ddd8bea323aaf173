"""LinkedIn's result: which sent rows it shows as applied, whatever it looks like."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from learning_graph.hr_file.check_file import check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.people import PeopleTables
from learning_graph.org_sync.result_file import ResultNotUnderstood, ResultReport, read_result

TABLES = PeopleTables(b"k" * 32, memory_megabytes=200)
HEADER = "invited_email_address,unique_user_id,groups"
ROWS = ["a@x.org,1,S", "nobody,9,S", "b@x.org,2,S", ",3,S", "c@x.org,4,S"]  # lines 2 to 6; line 3 is refused before
ALL = "a@x.org,1,S,\nb@x.org,2,S,No free licences\n,3,S,Unknown user\nc@x.org,4,S,\n"


def read(
    folder: Path, result: str | bytes, error_count: int | None = None, job_messages: Sequence[Any] = ()
) -> ResultReport:
    checked = check_hr_file(
        lambda: ["\n".join([HEADER, *ROWS]).encode()],
        column_map=ColumnMap({}),
        on_bad_rows="skip",
        people=TABLES,
        workspace=folder,
    )
    path = folder / "result.csv"
    path.write_bytes(result.encode() if isinstance(result, str) else result)
    out = folder / "result"
    return read_result(path, checked.people, TABLES, out, error_count=error_count, job_messages=job_messages)


def counts(report: ResultReport) -> dict[str, int]:
    names = ("rows", "applied", "refused", "undecided", "missing", "repeated", "unknown")
    return {name: value for name in names if (value := getattr(report, name))}


def lines(report: ResultReport) -> list[int | None]:
    return [row["line"] for row in report.listed]


UNDERSTOOD = {"rows": 4, "applied": 2, "refused": 2}


def test_messages_are_listed_with_line_and_identifier(tmp_path: Path) -> None:
    report = read(tmp_path, f"{HEADER},Messages\n{ALL}")
    assert counts(report) == UNDERSTOOD
    expected: list[dict[str, Any]] = [
        {"line": 4, "identifier": "b@x.org", "message": "No free licences"},
        {"line": 5, "identifier": "3", "message": "Unknown user"},
    ]
    assert list(report.listed) == expected
    with report.refused_path.open(encoding="utf-8", newline="") as file:
        refused = list(csv.reader(file))
    assert refused == [["line", "identifier", "message"], *([str(v) for v in row.values()] for row in expected)]
    assert TABLES.count(report.people, tmp_path / "result").people == 2


TITLED = "Invited Email Address,Unique User ID,Groups"


@pytest.mark.parametrize(
    "result",
    [
        f"{HEADER},Messages\r\n{ALL}".replace("\n", "\r\n"),
        f"\n\n{HEADER},Messages\n\n{ALL}\n",
        f"\ufeff{HEADER},Messages\n{ALL}",
        f'\n;;;\n"",""\nsep=,\n{HEADER},Messages\n{ALL}',
        "\n" * 30 + f"{HEADER},Messages\n{ALL}",
        f"{TITLED},Messages\n{ALL}",
        f"invitedEmailAddress,uniqueUserId,Groups,messages\n{ALL}",
        f"{TITLED.replace('Email', 'E-Mail')},Messages\n{ALL}",
        f"{HEADER},Error,Messages\na@x.org,1,S,,\nb@x.org,2,S,bad,\n,3,S,,bad\nc@x.org,4,S,,\n",
        f"{HEADER},Error Message\n{ALL}".upper(),
        f"{HEADER},Messages\n{ALL}".encode("utf-16"),
        f"{HEADER},Messages\n{ALL}".encode("utf-16-le"),
        f"{HEADER},Messages\n{ALL}".encode("utf-16-be"),
        f"{HEADER},Messages\n{ALL}".replace(",", ";"),
        f"{HEADER},Messages\n{ALL}".replace(",", "\t"),
        f"{HEADER},Messages\n{ALL}".replace(",", "|"),
        'Messages,"unique_user_id",email\n,1,A@X.org\nbad,2,b@x.org\nbad,3,\n"",4, c@x.org \n',
        f"{HEADER},Messages\nc@x.org,4,S,\n,3,S,bad\nb@x.org,2,S,bad\na@x.org,1,S,\n",
        f"{HEADER},Messages\nc@x.org,4,S\n,3,S,bad\nb@x.org,2,S,bad,more,cells\na@x.org,1\n",
    ],
    ids=[
        "CRLF", "blank lines", "BOM", "empty cells above", "30 blank lines", "title case", "camel case", "E-Mail",
        "two columns of messages", "upper case", "UTF-16", "UTF-16 LE", "UTF-16 BE", "semicolons",
        "tabs", "bars", "other columns", "other order", "ragged rows",
    ],
)  # fmt: skip
def test_a_result_is_understood_whatever_its_form(tmp_path: Path, result: str | bytes) -> None:
    assert counts(read(tmp_path, result)) == UNDERSTOOD


def test_rows_that_are_missing_repeated_or_were_never_sent_are_counted(tmp_path: Path) -> None:
    text = f"{HEADER},Messages\nstranger@x.org,77,S,bad\na@x.org,1,S,\na@x.org,1,S,\nTotal,,\nc@x.org,4,S,bad\n"
    report = read(tmp_path, text)
    assert counts(report) == {"rows": 5, "applied": 1, "refused": 1, "missing": 2, "repeated": 1, "unknown": 2}
    assert lines(report) == [None, 6]
    assert report.listed_missing == (4, 5)
    assert report.missing_path.read_text() == "line\n4\n5\n"


def test_a_row_that_comes_twice_is_applied_only_if_no_copy_has_a_message(tmp_path: Path) -> None:
    text = f"{HEADER},Messages\na@x.org,1,S,\na@x.org,1,S,bad\nb@x.org,2,S,\n,3,S,\nc@x.org,4,S,\n"
    assert counts(read(tmp_path, text)) == {"rows": 5, "applied": 3, "refused": 1, "repeated": 1}


def test_without_messages_linkedins_count_of_errors_decides(tmp_path: Path) -> None:
    text = f"{HEADER}\na@x.org,1,S\nb@x.org,2,S\n,3,S\nc@x.org,4,S\n"
    for number, (error_count, expected) in enumerate(
        [(0, {"applied": 4}), (1, {"undecided": 4}), (None, {"undecided": 4})]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        report = read(folder, text, error_count)
        assert counts(report) == {"rows": 4, **expected}
        assert not report.has_messages
        assert (report.people.path is None) == ("undecided" in expected)


def test_a_critical_error_above_the_headers_is_kept_and_puts_the_rows_in_doubt(tmp_path: Path) -> None:
    text = f"Critical error: processing stopped\n\n{HEADER},Messages\n{ALL}"
    report = read(tmp_path, text, error_count=3)
    assert report.text_above == ("Critical error: processing stopped",)
    assert counts(report) == {"rows": 4, "refused": 2, "undecided": 2}


@pytest.mark.parametrize(
    ("row", "unknown", "applied"),
    [
        (",,,Critical error: processing stopped\n", 1, 4),
        (",,,Verarbeitung abgebrochen\n", 1, 4),
        ("Critical error: processing stopped\n", 1, 4),
        ("Critical error: processing stopped,,,\n", 1, 4),
        ("a@x.org,1,S,CRITICAL ERROR: processing stopped\n", 0, 3),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_after_a_critical_error_no_row_without_a_message_counts_as_applied(
    tmp_path: Path, row: str, unknown: int, applied: int, is_first: bool
) -> None:
    others = "a@x.org,1,S,\n" * unknown + "b@x.org,2,S,\n,3,S,\nc@x.org,4,S,\n"
    text = f"{HEADER},Messages\n" + (row + others if is_first else others + row)
    report = read(tmp_path, text, error_count=1)
    assert (report.applied, report.undecided, report.unknown) == (0, applied, unknown)
    assert report.people.path is None
    assert [text.casefold() for text in report.critical_errors] == [row.strip(",\n").rpartition(",")[2].casefold()]


@pytest.mark.parametrize("message", ["Critical error: stopped", {"level": "x", "text": "critical error: stopped"}])
def test_a_critical_error_of_the_job_is_one_of_the_result(tmp_path: Path, message: Any) -> None:
    report = read(tmp_path, f"{HEADER},Messages\n{ALL}", 2, ["2 rows read", message])
    assert counts(report) == {"rows": 4, "refused": 2, "undecided": 2}
    assert report.critical_errors == (str(message),)


def test_a_critical_error_that_names_columns_is_not_taken_for_the_headers(tmp_path: Path) -> None:
    text = f"Critical error: missing, unique_user_id, email\n{HEADER},Messages\n{ALL}"
    assert counts(read(tmp_path, text, error_count=2)) == {"rows": 4, "refused": 2, "undecided": 2}


def test_a_group_whose_name_is_that_of_a_column_of_messages_is_none(tmp_path: Path) -> None:
    checked = check_hr_file(
        lambda: [b"unique_user_id,Fehler\n1,yes\n2,no\n"],
        column_map=ColumnMap({"Fehler": "group:Error"}),
        on_bad_rows="refuse",
        people=TABLES,
        workspace=tmp_path,
    )
    path = tmp_path / "result.csv"
    path.write_text("unique_user_id,Error,Messages\n1,yes,\n2,no,bad\n")
    report = read_result(path, checked.people, TABLES, tmp_path / "result", error_count=None)
    assert counts(report) == {"rows": 2, "applied": 1, "refused": 1}


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    assert lines(read(tmp_path, f"{HEADER},Messages\na@x.org,1,{'S' * 300_000},bad\n")) == [2]


@pytest.mark.parametrize(
    ("result", "first_line"),
    [
        ("", ""),
        ("\n", ""),
        ("<html>\n<body>502</body>", "<html>"),
        ("a@x.org,1,S,\nb@x.org,2,S,\n", "a@x.org,1,S,"),
        ("nonsense\n\x00\n", "nonsense"),
        ("x" * 2000, "x" * 500),
        (b"PK\x03\x04\xff\xfe\x00", "PK\x03\x04\ufffd\ufffd\x00"),
        (f'{HEADER},Messages\na@x.org,1,"{"S" * 9_000_000}', f"{HEADER},Messages"),
    ],
    ids=["empty", "blank", "HTML", "no headers", "nonsense", "one long line", "binary", "endless cell"],
)
def test_what_is_no_result_is_reported_with_its_first_line(
    tmp_path: Path, result: str | bytes, first_line: str
) -> None:
    with pytest.raises(ResultNotUnderstood) as caught:
        read(tmp_path, result)
    assert caught.value.first_line == first_line
