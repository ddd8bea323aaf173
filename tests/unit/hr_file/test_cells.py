"""The verdict on a cell: by its kind and its content alone, in every language a spreadsheet speaks."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learning_graph.hr_file.cells import CheckedCells, check_cell, check_cells, is_email
from learning_graph.hr_file.headers import Kind
from learning_graph.hr_file.invisible import find_invisible

KEYED = [kind for kind in Kind if kind is not Kind.TEXT]
IDENTIFYING = [Kind.EMAIL, Kind.OLD_EMAIL, Kind.ID, Kind.NEW_ID]
LABELS = st.text(alphabet="aZ0-_é", max_size=4) | st.sampled_from(
    ["xn--", "xn--80ak6aa92e", "ab--c", "a" * 63, "a" * 64]
)
DOMAINS = st.lists(LABELS | st.sampled_from(SPECIAL_USE_DOMAIN_NAMES), max_size=4).map(".".join)
LOCAL_PARTS = st.text(alphabet="aZ0.+'-_ \"é@<>\\/#=", max_size=6) | st.sampled_from(["a" * 64, "a" * 65])
CELLS = st.one_of(
    st.text(alphabet="aEe019.,+-#!'/= \u200b\u00a0\ufffd", max_size=8),
    st.builds("{}@{}".format, LOCAL_PARTS, DOMAINS),
    st.from_regex(r"[A-Za-z]{0,4}[0-9]{0,17}|[A-Za-z]{1,5}[-_. ][0-9A-Za-z]{1,4}", fullmatch=True),
    st.builds(
        "{}{}{}".format, st.sampled_from(["Mar", "mai", "E", "1"]), st.sampled_from("-. /"), st.integers(0, 9999)
    ),
    st.sampled_from(["null", "TRUE", "active", "Active", "yes", "NO", "group:x", "Mar-01", "1.23E+05", "E1\u0301"]),
)


def is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return True


@settings(deadline=None)
@given(st.sampled_from(KEYED), st.lists(CELLS, max_size=6))
@example(Kind.EMAIL, ["a@example.COM", "a@corp.LOCAL", "a@example.c1", "a@1.2.3.4", f"a@{'a' * 63}.com", "#a@b.com!"])
@example(Kind.ID, ["1E5", "1E+5", "nan", "12", "a@b", "0" * 16])
def test_a_cell_has_one_verdict_whatever_stands_in_the_others(kind: Kind, cells: list[str]) -> None:
    together = check_cells(kind, cells)
    alone = [check_cells(kind, [cell]) for cell in cells]
    each = [check_cell(kind, cell) if cell else ("", []) for cell in cells]
    problems = tuple((row, problem) for row, (_, found) in enumerate(each) for problem in found)
    assert together == CheckedCells(
        [value for value, _ in each], problems, frozenset(change for one in alone for change in one.changes)
    )
    assert [one.values[0] for one in alone] == [value for value, _ in each]


@settings(deadline=None)
@given(LOCAL_PARTS, DOMAINS)
@example("a", "example.com")
@example("a", "corp.local")
@example("a", "1.2.3.4")
@example("0", "é.xn--80ak6aa92e")
@example("a" * 64, f"{'a' * 59}.com")
def test_addresses_are_those_of_email_validator(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert is_email(address) == is_valid(address)
    if is_email(address) and not address.startswith(("#", "=")):
        assert check_cells(Kind.EMAIL, [address]).problems == ()


@pytest.mark.parametrize(
    "address",
    [
        "a@example.c0m1",
        "a@example.123",
        f"a@{'b' * 64}.com",
        "a@corp.local",
        "a@localhost",
        "a@ex_ample.com",
        "a@-example.com",
        "a@example..com",
        "a@example.com.",
        "a@example.com,",
        "a\uff20example.com",
        "a@\uff45xample.com",
        "a@example\uff0ecom",
        "a@example\u3002com",
        "a@\ufb01rma.example.com",
        "<a@example.com>",
        "Robin <a@example.com>",
        "mailto:a@example.com",
        "a@example.com;b@example.com",
        "a@example.com, b@example.com",
        "a(at)example.com",
        "a@[192.0.2.1]",
        '"a b"@example.com',
        "a" * 300 + "@example.com",
    ],
)
def test_what_is_not_one_address_that_can_receive_mail_is_refused(address: str) -> None:
    value, [problem] = check_cell(Kind.EMAIL, address)
    assert value == address
    assert problem.problem.startswith("not an e-mail address")
    assert problem.severity == "error"


@pytest.mark.parametrize(
    "address", ["a@m\u00fcnchen.de", "a@M\u00dcNCHEN.de", "a@wei\u00df.de", "a@xn--mnchen-3ya.de", "\ufb03@example.com"]
)
def test_an_address_with_a_domain_of_any_alphabet_is_sent_as_it_is(address: str) -> None:
    assert check_cells(Kind.EMAIL, [address]) == CheckedCells([address])


@pytest.mark.parametrize("kind", KEYED)
def test_every_control_and_format_character_is_refused_by_name_and_place(kind: Kind) -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Cc", "Cf"}]
    others = [
        chr(code) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x2028, 0x2029)) for code in (first, last)
    ]
    for character in [*characters, *others, "\u034f", "\u115f", "\u3164", "\u180b"]:
        for cell, place in ((f"a{character}b", 2), (f"{character}ab", 1), (f" ab{character} ", 4)):
            _, [problem] = check_cell(kind, cell)
            assert f"U+{ord(character):04X}" in problem.problem
            assert f"at position {place} " in problem.problem
            assert problem.severity == "error"


def test_visible_text_of_every_script_has_no_invisible_characters() -> None:
    assert find_invisible("Zoë Иван 山田 דוד محمد 김철수 नमस्ते E-1_2.3/4 😀") is None


@pytest.mark.parametrize("kind", IDENTIFYING)
@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\u3000"])
def test_what_only_looks_like_a_space_is_trimmed_around_an_identifier_and_refused_inside(
    kind: Kind, blank: str
) -> None:
    good = "a@example.com"
    assert check_cell(kind, f"{blank}{good}{blank}") == (good, [])
    _, [problem] = check_cell(kind, f"a{blank}@example.com")
    assert f"U+{ord(blank):04X}" in problem.problem


ROUNDED = "a number that a spreadsheet rounded"
ERROR_VALUE = "a spreadsheet's error value"
PLACEHOLDER = "a placeholder for a missing value"
DATE = "a date, which spreadsheets make of ids such as 3-4 or MAR1"
LOGICAL = "a spreadsheet's logical value"
DECIMALS = "a number with decimal places"
SEPARATORS = "a number with separators"


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        *((cell, ROUNDED) for cell in ("1.23E+05", "1,23E+05", "1E+10", "1.5e+16", "1.23E5", "-4.2E-05")),
        *((cell, ERROR_VALUE) for cell in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")),
        *((cell, ERROR_VALUE) for cell in ("#NV", "#BEZUG!", "#WERT!", "#VALEUR!", "#NOM?", "#¡REF!", "#¿NOMBRE?")),
        *((cell, ERROR_VALUE) for cell in ("#\u041d/\u0414", "#ССЫЛКА!", "#YOK", "#ÉRTÉK!", "#RIF!", "#n/a")),
        *((cell, ERROR_VALUE) for cell in ("#ERROR!", "#SPILL!", "Err:502", "########", "\uff03N/A", "#NULL")),
        *((cell, ERROR_VALUE) for cell in ("#\u0394/\u03a5", "#NEDOSTUPNÝ", "#TRŪKST", "#N/DISP", "#NENÍ_K_DISPOZICI")),
        *((cell, "a spreadsheet formula") for cell in ('="00123"', "=A1", "=VLOOKUP(A1,B:C,2)", "=-1")),
        *((cell, PLACEHOLDER) for cell in ("NULL", "null", "(null)", "None", "NaN", "N/A", "-", "—", "?", "...")),
        *((cell, PLACEHOLDER) for cell in ("NaT", "<NA>", "\\N", "n.a.", "Loading...", "…", "\u2212")),
        *((cell, ROUNDED) for cell in ("\uff11.\uff12\uff13\uff25\uff0b\uff10\uff15",)),
        *((cell, "a spreadsheet formula") for cell in ("\uff1dA1",)),
        *((cell, DECIMALS) for cell in ("123.0", "12345,00", "7.00")),
        *((cell, SEPARATORS) for cell in ("12'345", "12\u2019345", "1,234,567")),
        *((cell, SEPARATORS) for cell in ("12,345.00", "1.234.567,8", "1 234,00")),
        *((cell, "an apostrophe with which spreadsheets mark text") for cell in ("'00123", "'E1")),
        *((cell, DATE) for cell in ("2026-02-01", "01.02.2026", "1/2/26", "01-02-2026", "2026-02-01 00:00:00")),
        *((cell, DATE) for cell in ("1-Mar", "Mar-01", "01-Feb-2026", "3. Mai", "01-févr", "1-dic", "Okt 21")),
        *((cell, DATE) for cell in ("2026/2/1", "2026-02-01T00:00:00+01:00", "1/2/26 12:00 AM")),
        *((cell, DATE) for cell in ("01-мар", "1. maj", "01-des-26", "3月1日", "2026年3月1日")),
        *((cell, "a value in quotes of its own") for cell in ('"00123"', '""', "“00123”", "„1“", "«1»")),
        *((cell, LOGICAL) for cell in ("WAAR", "VERDADEIRO", "Истина")),
        *((cell, LOGICAL) for cell in ("TRUE", "FALSE", "WAHR", "Falsch", "VRAI")),
        ("E\ufffd1", "the cell holds a replacement character (U+FFFD) instead of a letter"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Kind.ID, Kind.NEW_ID])
def test_what_a_spreadsheet_made_of_an_id_is_refused_by_its_name(kind: Kind, cell: str, problem: str) -> None:
    _, [found] = check_cell(kind, cell)
    assert (found.problem, found.severity) == (problem, "error")
    assert found.resolution


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", '="a@example.com"', "NULL", "n/a", "-"])
def test_what_a_spreadsheet_made_of_an_address_is_refused_by_its_name(cell: str) -> None:
    _, [found] = check_cell(Kind.EMAIL, cell)
    assert "e-mail" not in found.problem


@pytest.mark.parametrize(
    "cell",
    [
        "00123", "12345", "E1001", "EMP-0042", "1E5", "12E34", "a@example.com", "10.345.7", "1.234", "MAR-01", "NA",
        "GEN-1234", "dec-1001", "550e8400-e29b-41d4-a716-446655440000", "robin.sample", "Zoë", "山田", "12-34-5678",
        "3/4711", "#12", "ACME\\robin", "CN=Robin,OU=People", "123 456", "2026-0001", "12.34.5678", "Nancy", "7",
        "2026-13-01", "1,23", "10,345,7x", "#A1", "natalie", "1.2.3,4",
    ],
)  # fmt: skip
def test_an_id_of_a_company_passes_as_it_is(cell: str) -> None:
    assert check_cells(Kind.ID, [cell]) == CheckedCells([cell])


@pytest.mark.parametrize(
    ("cell", "words"),
    [("+49123", "begins like a formula"), ("@robin", "begins like a formula"), ("1234567890123450", "15 digits")],
)
def test_an_id_that_may_be_meant_so_is_a_warning(cell: str, words: str) -> None:
    _, [found] = check_cell(Kind.ID, cell)
    assert words in found.problem
    assert found.severity == "warning"


@pytest.mark.parametrize(
    "cell", ["Yes", "TRUE", "1", "0", "aktiv", "enabled", "x", "\u0130nactive", "\uff41ctive", "revoked"]
)
def test_licence_words_of_other_systems_are_refused_with_those_of_linkedin(cell: str) -> None:
    _, [found] = check_cell(Kind.LICENSE, cell)
    assert "active, inactive" in found.resolution


def test_what_is_odd_in_free_text_is_a_warning_and_is_sent() -> None:
    cells = [
        "Sales\u200b",
        "=1+1",
        "-",
        "M\ufffdller",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Zoë",
        "a\nb",
    ]
    checked = check_cells(Kind.TEXT, cells)
    assert (checked.values, checked.changes) == (cells, frozenset())
    assert sorted((row, problem.problem.split(", ")[0], problem.severity) for row, problem in checked.problems) == [
        (0, "the cell holds the invisible character U+200B (zero width space)", "warning"),
        (1, "the cell begins like a formula", "warning"),
        (3, "the cell holds a replacement character (U+FFFD) instead of a letter", "warning"),
    ]
