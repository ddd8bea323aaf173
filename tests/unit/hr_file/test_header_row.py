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


@pytest.mark.parametrize("header", [" unique_user_id", "unique_user_id\u00a0", "unique_user_id\t"])
def test_blanks_around_a_header_are_left_out_with_a_note(header: str) -> None:
    checked = check(f"{header},groups\n1,x\n")
    assert checked.sent == "unique_user_id,groups\n1,x\n"
    assert checked.file.is_converted
    assert checked.file.notes == ("blanks around headers are left out",)


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
        ("a@email.com,Robin\n", "data, not headers"),
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


@pytest.mark.parametrize("mapping", [{"Mail": "email"}, {"Mail": " "}, {"X": "group:"}])
def test_a_map_to_an_unknown_header_is_a_wrong_setting(mapping: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="ORG_SYNC_COLUMN_MAP"):
        ColumnMap(mapping)


def test_a_map_with_one_header_twice_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="mapped twice"):
        ColumnMap({"Mail": "invited_email_address", "MAIL ": "unique_user_id"})


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
@pytest.mark.parametrize("line", ["sep={}", '"sep={}"', "SEP={}", "\ufeffsep={}", "sep={};;;"])
def test_a_separator_line_is_obeyed_in_every_form(line: str, delimiter: str) -> None:
    rows = [["invited_email_address", "groups"], ["a@example.com", "Sales, EMEA"]]
    checked = check("\n".join([line.format(delimiter), *map(delimiter.join, rows)]))
    assert checked.sent_rows == [{"invited_email_address": "a@example.com", "groups": "Sales, EMEA"}]


def test_empty_rows_before_the_headers_are_passed_over() -> None:
    assert check('\n;;;\n"";"";\ninvited_email_address;groups\nnobody;x\n').error_lines == [5]


@pytest.mark.parametrize("title", ["Employees as of 1 March,,", "Person,,Licence", ",Name,"])
def test_headers_below_a_title_are_found_and_the_file_is_refused(title: str) -> None:
    checked = check(f"{title}\ninvited_email_address,Name,license_learning_status\na@example.com,A,active\n")
    assert [(f["line"], f["problem"]) for f in checked.findings] == [
        ("1", "the headers stand on line 2, not on the first")
    ]


@pytest.mark.parametrize(
    "header",
    [
        "license_learning_status\u200b",
        "\ufefflicense_learning_status",
        "license\u00ad_learning_status",
        "License\u2060 Learning Status",
        "\u202blicense_learning_status\u202c",
        "license_learning_status\u2028",
        "\x1flicense_learning_status",
    ],
)
def test_invisible_characters_of_a_header_are_left_out_with_a_note(header: str) -> None:
    checked = check(f"invited_email_address,{header}\na@example.com,inactive\n")
    assert checked.sent_rows == [{"invited_email_address": "a@example.com", "license_learning_status": "inactive"}]
    assert any(note.startswith("invisible characters of the header") for note in checked.file.notes)


@pytest.mark.parametrize("marks", ["\ufeff\ufeff", "\ufeff\ufeff\ufeff", "\ufeff\ufeff\n", "\ufeff\ufeffsep=,\n"])
@pytest.mark.parametrize("header", ["invited_email_address,unique_user_id", '"invited_email_address","unique_user_id"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_doubled_byte_order_mark_costs_no_column(marks: str, header: str, encoding: str) -> None:
    checked = check(f"{marks}{header}\na@example.com,1\n".encode(encoding))
    assert checked.sent == "invited_email_address,unique_user_id\na@example.com,1\n"
    assert any("U+FEFF (byte order mark)" in note for note in checked.file.notes)


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("invited_email_adress", "invited_email_address"),
        ("Invited-Email-Address", "invited_email_address"),
        ("InvitedEmailAddress", "invited_email_address"),
        ("invited_email", "invited_email_address"),
        ("Email Address", "invited_email_address"),
        ("E-Mail", "invited_email_address"),
        ("E-Mail-Adresse", "invited_email_address"),
        ("Work Email", "invited_email_address"),
        ("\u0130nvited_email_address", "invited_email_address"),
        ("invited_em\u0430il_address", "invited_email_address"),
        ("licence_learning_status", "license_learning_status"),
        ("license_learning_staus", "license_learning_status"),
        ("license_learning", "license_learning_status"),
        ("License", "license_learning_status"),
        ("License status", "license_learning_status"),
        ("LicenseStatus", "license_learning_status"),
        ("licencestatus", "license_learning_status"),
        ("Licences", "license_learning_status"),
        ("LinkedIn licence", "license_learning_status"),
        ("license_learnig_status", "license_learning_status"),
        ("EMEA_license_leraning_status", "license_learning_status"),
        ("license_learn\u0131ng_status", "license_learning_status"),
        ("license_englsh_status", "license_learning_status"),
        ("EMEA licence: Learning status", "license_learning_status"),
        ("add-to-groups", "add_to_groups"),
        ("Gruops", "groups"),
        ("attribut_department", "attribute_<name>"),
        ("attribute: department", "attribute_<name>"),
        ("attributeDepartment", "attribute_<name>"),
        ("new_unique_userid", "new_unique_user_id"),
        ("permission_curate_contents", "permission_curate_content"),
        ("\uff30referred_first_name", "preferred_first_name"),
        ("work_title*", "work_title"),
    ],
)
def test_a_header_that_nearly_is_a_known_one_refuses_the_file(header: str, meant: str) -> None:
    checked = check(f"unique_user_id,{header}\n1,x\n")
    assert not checked.file.is_sendable
    assert [(f["line"], f["column"]) for f in checked.findings] == [("1", header)]
    assert f"did you mean {meant}?" in checked.findings[0]["problem"]
    assert "ORG_SYNC_COLUMN_MAP" in checked.findings[0]["resolution"]


@pytest.mark.parametrize(
    "header",
    [
        "Salary",
        "Department",
        "Manager email",
        "Driver licence",
        "Employment status",
        "Job title",
        "User ID",
        "First name",
    ],
)
def test_a_header_of_hrs_own_is_left_out_with_a_note(header: str) -> None:
    checked = check(f"invited_email_address,{header}\na@example.com,x\n")
    assert checked.sent == "invited_email_address\na@example.com\n"
    assert checked.file.notes == (f"column {header!r} is left out: it is neither known nor mapped",)


def test_a_column_that_is_mapped_to_nothing_is_left_out() -> None:
    checked = check("invited_email_address,Group\na@example.com,A7\n", column_map={"group": ""})
    assert checked.sent == "invited_email_address\na@example.com\n"


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Personalnumer", "personalnummer"),
        ("Abteilungen", "abteilung"),
        ("E-Mails", "e-mail"),
        ("Abte\u0131lung", "abteilung"),
    ],
)
def test_a_header_that_nearly_is_a_mapped_one_refuses_the_file(header: str, meant: str) -> None:
    known = "primary_email_address" if meant != "e-mail" else "unique_user_id"
    checked = check(f"{known},{header}\na@example.com,7\n", column_map=MAP)
    assert not checked.file.is_sendable
    assert f"did you mean '{meant}'?" in checked.findings[0]["problem"]


def test_a_header_that_is_similar_to_a_mapped_one_of_the_same_file_is_left_out() -> None:
    checked = check("E-Mail,Abteilung,Abteilungs\na@example.com,IT,x\n", column_map=MAP)
    assert checked.sent == "invited_email_address,attribute_department\na@example.com,IT\n"


def test_a_similar_header_beside_the_known_one_is_left_out_with_a_note() -> None:
    checked = check("unique_user_id,unique_user_id_old\n1,7\n")
    assert checked.sent == "unique_user_id\n1\n"


def test_a_misspelt_licence_column_beside_another_one_refuses_the_file() -> None:
    checked = check("unique_user_id,license_learning_status,emea_licence_learning_status\n1,active,inactive\n")
    assert checked.findings[0]["column"] == "emea_licence_learning_status"


@pytest.mark.parametrize("header", ["unique_user_id*", "'unique_user_id'", "unique-user-id"])
def test_a_misspelt_id_is_asked_for_as_the_id_and_not_as_the_new_one(header: str) -> None:
    checked = check(f"preferred_first_name,{header}\nA,1\n")
    assert "did you mean unique_user_id?" in checked.findings[0]["problem"]


def test_a_licence_type_that_only_looks_misspelt_is_sent_when_it_is_mapped_to_itself() -> None:
    header = "license_elearning_status"
    checked = check(f"unique_user_id,{header}\n1,active\n", column_map={header: header})
    assert checked.sent_rows == [{"unique_user_id": "1", header: "active"}]
    assert check("unique_user_id,license_coaching_status\n1,active\n").file.is_sendable


def test_several_columns_without_header_are_left_out() -> None:
    checked = check("invited_email_address,,,\na@example.com,,,\n")
    assert checked.file.notes == ("3 columns without header are left out",)


@pytest.mark.parametrize("piece", [100, 1 << 12, 1 << 18])
def test_a_long_header_row_is_read_or_refused_however_the_file_is_cut(piece: int) -> None:
    for length, problems in ((65_000, []), (66_000, ["the header row has more than 65,536 characters"])):
        checked = check(f"unique_user_id,{'x' * length}\n1,x\n2,x\n", piece=piece)
        assert [finding["problem"] for finding in checked.findings] == problems
        assert len(checked.sent_rows) == (0 if problems else 2)
