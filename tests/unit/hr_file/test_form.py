"""Delimiters and headers: HR's own columns can stay."""

from __future__ import annotations

import pytest

from learning_graph.hr_file.headers import ColumnMap
from learning_graph.values.errors import ConfigurationError
from tests.unit.hr_file.support import check

MAP = {"E-Mail": "invited_email_address", "Personalnummer": "unique_user_id", "Abteilung": "attribute_department"}


@pytest.mark.parametrize(("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
def test_a_delimiter_is_recognised_by_the_headers_it_makes(delimiter: str, name: str) -> None:
    lines = [["invited_email_address", "groups"], ["a@example.com", "Sales"]]
    checked = check("\n".join(delimiter.join(line) for line in lines))
    assert checked.file.delimiter == name
    assert checked.sent == "invited_email_address,groups\na@example.com,Sales\n"
    assert checked.file.is_converted == (name != "comma")


def test_commas_in_a_semicolon_file_are_quoted_when_sent() -> None:
    checked = check('invited_email_address;groups\na@example.com;Sales, EMEA\nb@example.com;"5"" pipe"\n')
    assert checked.sent == 'invited_email_address,groups\na@example.com,"Sales, EMEA"\nb@example.com,"5"" pipe"\n'


def test_excels_separator_line_is_obeyed_and_not_sent() -> None:
    checked = check("sep=;\r\ninvited_email_address;groups\r\nnobody;x\r\n")
    assert checked.file.delimiter == "semicolon"
    assert checked.error_lines == [3]


def test_hr_headers_are_mapped_without_regard_to_case_and_blanks() -> None:
    checked = check("e-mail,  PERSONALNUMMER ,abteilung\na@example.com,7,IT\n", column_map=MAP)
    assert checked.sent == "invited_email_address,unique_user_id,attribute_department\na@example.com,7,IT\n"
    assert "column 'e-mail' is sent as invited_email_address" in checked.file.notes


def test_headers_are_sent_in_linkedins_spelling() -> None:
    checked = check(
        "Invited_Email_Address,Permission_Manage_IT_Settings,EMEA_License_Learning_Status,Attribute_Cost Center\n"
        "a@example.com,Yes,Active,7\n"
    )
    assert checked.sent == (
        "invited_email_address,permission_manage_IT_settings,emea_license_learning_status,attribute_cost_center\n"
        "a@example.com,yes,active,7\n"
    )


def test_the_first_generation_of_headers_is_known() -> None:
    checked = check("primary_email_address,work_title,license_english_status\na@example.com,Boss,inactive\n")
    assert checked.file.is_sendable
    assert not checked.file.is_converted


def test_an_unknown_column_is_left_out_with_a_note() -> None:
    checked = check("invited_email_address,Salary,\na@example.com,100000,x\n")
    assert checked.sent == "invited_email_address\na@example.com\n"
    assert "column 'Salary' is left out: it is neither known nor mapped" in checked.file.notes
    assert "a column without header is left out" in checked.file.notes
    assert "100000" not in checked.sent


def test_a_group_column_is_sent_under_the_groups_own_name() -> None:
    checked = check("invited_email_address,in Berlin\na@example.com,YES\n", column_map={"In Berlin": "group:Berlin HQ"})
    assert checked.sent == "invited_email_address,Berlin HQ\na@example.com,yes\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a@example.com,Robin\n", "data, not headers"),
        ("Salary,Shoe size\n1,2\n", "no header of the first line is known"),
        ("groups\nSales\n", "no column identifies a person"),
        ("existing_email_address,groups\na@example.com,x\n", "no column identifies a person"),
        ("invited_email_address,primary_email_address\na@example.com,a@example.com\n", "two generations"),
        ("invited_email_address,Invited_Email_Address\na@example.com,b@example.com\n", "are both"),
        ('invited_email_address,gro"ups\na@example.com,x\n', "stray quote"),
        ("invited_email_address,groups\n", "a header row and nothing else"),
        ("invited_email_address,groups", "a header row and nothing else"),
        ("invited_email_address,groups\n\n,\n", "a header row and nothing else"),
        ("\n\n", "the file is empty"),
    ],
)
def test_a_file_without_usable_headers_or_rows_is_refused(data: str, words: str) -> None:
    checked = check(data)
    assert not checked.file.is_sendable
    assert words in checked.findings[0]["problem"]
    assert checked.findings[0]["resolution"]


@pytest.mark.parametrize("mapping", [{"Mail": "email"}, {"Mail": ""}, {"X": "group:"}])
def test_a_map_to_an_unknown_header_is_a_wrong_setting(mapping: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="ORG_SYNC_COLUMN_MAP"):
        ColumnMap(mapping)


def test_a_map_with_one_header_twice_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="mapped twice"):
        ColumnMap({"Mail": "invited_email_address", "MAIL ": "unique_user_id"})
