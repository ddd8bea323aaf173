"""LinkedIn's result file: refused rows find their way back to the lines of the dropped file."""

from __future__ import annotations

from pathlib import Path

import pytest
from learning_graph.org_sync.results import ResultRows, read_result

from learning_graph.hr_file.check import check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.org_sync import results
from learning_graph.values.errors import Unavailable

HEADER = "invited_email_address,unique_user_id,groups"
ROWS = ["a@x.org,1,S", "nobody,9,S", "b@x.org,2,S", ",3,S", "c@x.org,4,S"]  # lines 2 to 6; line 3 is refused before


def read(tmp_path: Path, result: str) -> ResultRows:
    facts = check_hr_file(
        ["\n".join([HEADER, *ROWS]).encode()], column_map=ColumnMap({}), on_bad_rows="skip", workspace=tmp_path
    ).facts
    path = tmp_path / "result.csv"
    path.write_text(result, encoding="utf-8")
    return read_result(path, facts, tmp_path / "refused.csv")


def lines(found: ResultRows) -> list[int | None]:
    return [row["line"] for row in found.listed]


def test_messages_are_told_with_line_and_identifier(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{HEADER},Messages\na@x.org,1,S,\nb@x.org,2,S,No free licences\n,3,S,Unknown user\nc@x.org,4,S,\n",
    )
    assert (found.rows, found.without_message, found.refused) == (4, 2, 2)
    assert found.listed == [
        {"line": 4, "identifier": "b@x.org", "message": "No free licences"},
        {"line": 5, "identifier": "3", "message": "Unknown user"},
    ]
    assert list(found.struck) == [1, 2]
    refused = (tmp_path / "refused.csv").read_text(encoding="utf-8").splitlines()
    assert refused == ["line,identifier,message", "4,b@x.org,No free licences", "5,3,Unknown user"]


@pytest.mark.parametrize("most", [500_000, 1])
def test_rows_in_another_order_are_found_where_the_file_is_not_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(results, "_SEARCHED_OUT_OF_ORDER", most)
    found = read(tmp_path, f"{HEADER},Messages\nc@x.org,4,S,bad\na@x.org,1,S,bad\n")
    assert lines(found) == ([6, 2] if most > 1 else [6, None])
    assert found.refused == 2


def test_the_case_of_an_address_does_not_matter(tmp_path: Path) -> None:
    assert lines(read(tmp_path, f"{HEADER},Messages\nB@X.org,2,S,bad\n,3,S,bad\nC@x.org,4,S,bad\n")) == [4, 5, 6]


def test_in_a_long_file_a_row_that_was_not_sent_costs_no_other_row_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_SEARCHED_OUT_OF_ORDER", 1)
    stranger = "stranger@x.org,77,S,bad\n"
    text = f"{HEADER},Messages\n{stranger}a@x.org,1,S,bad\n{stranger}b@x.org,2,S,\nc@x.org,4,S,bad\n"
    assert lines(read(tmp_path, text)) == [None, 2, None, 6]
    monkeypatch.setattr(results, "_STRANGERS", 1)
    assert lines(read(tmp_path, text)) == [None, 2, None, None]


def test_a_result_that_lists_failed_rows_alone_keeps_their_lines(tmp_path: Path) -> None:
    assert lines(read(tmp_path, f"{HEADER},messages\nc@x.org,4,S,bad\n")) == [6]


def test_columns_may_stand_elsewhere_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    found = read(tmp_path, "\ufeffMessages,unique_user_id,invited_email_address\n\nbad,2,b@x.org\n,4,c@x.org\n")
    assert (lines(found), found.without_message) == ([4], 1)


def test_a_result_without_messages_refuses_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, f"{HEADER}\na@x.org,1,S\n").refused == 0


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    assert lines(read(tmp_path, f"{HEADER},Messages\na@x.org,1,{'S' * 300_000},bad\n")) == [2]


@pytest.mark.parametrize(
    "result", ["", "\n", "<html>\n", "nonsense\n\x00\n", f'{HEADER},Messages\na@x.org,1,"{"S" * 9_000_000}']
)
def test_what_is_no_result_is_not_taken_for_one(tmp_path: Path, result: str) -> None:
    with pytest.raises(Unavailable):
        read(tmp_path, result)


def test_a_row_that_was_not_sent_has_no_line(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER},Messages\nstranger@x.org,77,S,bad\na@x.org,1,S,bad\n")
    assert lines(found) == [None, 2]
