"""Population files as people export them."""

from __future__ import annotations

from datetime import date

import pytest

from learning_graph.hr_file.problems import FileRefused
from learning_graph.reports.populations import LearnerIds, LearnerIndex, Listed, match, read_population

INDEX = LearnerIndex(
    [
        LearnerIds("u:1", "E1", "urn:li:p:1", ("zoë@example.com",)),
        LearnerIds("u:2", "E2", "urn:li:p:2", ("Bob@Example.com", "robert@example.com")),
    ]
)


def listed(text: str | bytes) -> list[tuple[str | None, str | None]]:
    people, problems = read_population(text.encode() if isinstance(text, str) else text, "p.csv")
    assert problems == []
    return [(one.email, one.unique_user_id) for one in people]


@pytest.mark.parametrize(
    "data",
    [
        "email,uniqueUserId\nzoë@example.com,E1\n",
        "\ufeffE-Mail;Unique User ID\r\nzoë@example.com;E1\r\n",
        "sep=;\nunique_user_id;email\nE1;zoë@example.com\n",
        "EMAIL\tUNIQUEUSERID\tSalary\nzoë@example.com\tE1\t1\n\n",
        "email,uniqueUserId\nzoë@example.com,E1\n".encode("utf-16"),
        'email,uniqueUserId\n" zoë@example.com ","E1"\n',
    ],
    ids=["comma", "semicolon", "sep line", "tab", "utf-16", "quoted"],
)
def test_delimiters_headers_and_encodings(data: str | bytes) -> None:
    assert listed(data) == [("zoë@example.com", "E1")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"email\n", "nobody stands in it"),
        (b"name\nx\n", "there is neither a column email nor a column uniqueUserId"),
        (b"email,e-mail\na,b\n", "the column email is there twice"),
        (b'email,"name\na@x.org,Ann\n', "the header has a quote out of place"),
        (b"PK\x03\x04xyz", "an Excel, OpenDocument"),
        ("email\nzoë@example.com\n".encode("cp1252"), "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, problem: str) -> None:
    with pytest.raises(FileRefused, match=problem):
        read_population(data, "p.csv")


def test_rows_without_identifier_are_left_out_and_dates_that_are_none_are_said() -> None:
    people, problems = read_population(
        b"email,startDate\n,2026-01-01\na@x.org,31.12.2026\nb@x.org,2026-12-31\n", "p.csv"
    )
    assert [(one.email, one.start_date) for one in people] == [("a@x.org", None), ("b@x.org", date(2026, 12, 31))]
    assert [(one.place, one.severity) for one in problems] == [
        ("p.csv, line 2", "error"),
        ("p.csv, line 3, startDate", "warning"),
    ]


@pytest.mark.parametrize("lines", [3, 30_000], ids=["a few", "more than a cell may hold"])
def test_a_quote_that_is_never_closed_costs_its_own_row(lines: int) -> None:
    people, problems = read_population(b'email,name\na@x.org,"Ann\n' + b"b@x.org,Bob\n" * lines, "p.csv")
    assert [one.line for one in people] == list(range(3, 3 + lines))
    assert [(one.place, one.severity) for one in problems] == [("p.csv, line 2", "error")]


def test_rows_with_more_cells_than_the_header_are_left_out_and_those_with_fewer_are_not() -> None:
    people, problems = read_population(
        b"email,group,name\na@x.org,Sales, EMEA,Ann\nb@x.org,Sales,Bob,,\nc@x.org\n", "p.csv"
    )
    assert [(one.email, one.group, one.name) for one in people] == [
        ("b@x.org", "Sales", "Bob"),
        ("c@x.org", None, None),
    ]
    assert [(one.place, one.problem) for one in problems] == [
        ("p.csv, line 2", "the row has 4 cells, the header 3; the row is left out")
    ]


def test_nobody_is_guessed_from_an_address_that_several_learners_had() -> None:
    index = LearnerIndex(
        [
            LearnerIds("u:old", "E1", "urn:li:p:1", ("j.smith@x.org",)),
            LearnerIds("u:new", "E2", "urn:li:p:2", ("j.smith@x.org",)),
        ]
    )
    people, problems = match([person(2, "J.Smith@x.org"), person(3, "j.smith@x.org", "E2")], index, "p.csv")
    assert [one.key for one in people] == ["population:j.smith@x.org", "u:new"]
    assert [(one.place, one.severity) for one in problems] == [("p.csv, line 2", "warning")]


def person(line: int, email: str | None = None, unique: str | None = None) -> Listed:
    return Listed(line, email, unique, None, None, None, None, None, None)


def test_people_are_found_however_their_identifiers_are_written() -> None:
    people, problems = match(
        [person(2, "ZOE\u0308@EXAMPLE.COM"), person(3, "ROBERT@example.com"), person(4, "new@example.com")],
        INDEX,
        "p.csv",
    )
    assert [one.key for one in people] == ["u:1", "u:2", "population:new@example.com"]
    assert problems == []


def test_a_person_under_two_identifiers_is_one_and_it_is_said() -> None:
    people, problems = match(
        [
            person(2, unique="E1"),
            person(3, "zoë@example.com"),
            person(4, unique="E1"),
            person(5, "n@x.org"),
            person(6, "N@x.org"),
        ],
        INDEX,
        "p.csv",
    )
    assert [one.key for one in people] == ["u:1", "population:n@x.org"]
    assert [(one.place, "under another identifier" in one.problem) for one in problems] == [
        ("p.csv, line 3", True),
        ("p.csv, line 4", False),
        ("p.csv, line 6", False),
    ]


def test_identifiers_of_two_learners_in_one_row_are_said() -> None:
    people, problems = match([person(2, "bob@example.com", "E1")], INDEX, "p.csv")
    assert [one.key for one in people] == ["u:1"]
    assert "two different learners" in problems[0].problem


def test_many_problems_are_counted() -> None:
    _, problems = read_population(("email,startDate\n" + "a@x.org,x\n" * 250).encode(), "p.csv")
    assert len(problems) == 101
    assert problems[-1].problem == "has 150 more problems like these"
