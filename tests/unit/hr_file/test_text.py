"""Encodings: UTF-8, UTF-16 and Windows-1252 come through; nothing else is guessed."""

from __future__ import annotations

import codecs

import pytest

from learning_graph.hr_file.western import judge_word
from tests.unit.hr_file.support import check

HEADER = "invited_email_address,preferred_last_name,attribute_city"
GERMAN = f"{HEADER}\njoerg@example.com,Müller,Köln\nrene@example.com,Größe,Nîmes\n"
WESTERN_WORDS = (
    "Müller Jörg Groß Straße Zoë François Muñoz Peña Søren Bjørn Åse Øyvind Ærø Læsø Simões João Gonçalves Conceição "
    "Hélène Geneviève Noël Maëlle Loïc Benoît D’Angelo O’Brien L’Oréal MÜLLER GÖTZ Hämäläinen Mäkinen Töölö Cantù "  # noqa: RUF001
    "Forlì Mª Ñíguez Íñigo Þórður Guðrún Sigríður Jónsdóttir Björk Œuvre Cœur Šimon Žan Núñez Agüero Pérez Åkerström "
    "Málaga Coruña Düsseldorf Çelik „Zitat“ «guillemets» 5€ … ©"
)


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (GERMAN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("cp1252"), "windows-1252"),
    ],
)
def test_a_recognised_encoding_arrives_as_utf8_without_bom(data: bytes, encoding: str, piece: int) -> None:
    checked = check(data, piece=piece)
    assert checked.file.encoding == encoding
    assert checked.sent == GERMAN
    assert checked.file.is_converted == (encoding != "utf-8")
    assert any(encoding in note for note in checked.file.notes) == (encoding != "utf-8")


def test_every_western_word_passes_as_windows_1252() -> None:
    rows = "".join(f"p{number}@example.com,{word},\n" for number, word in enumerate(WESTERN_WORDS.split()))
    checked = check(f"{HEADER}\n{rows}".encode("cp1252"))
    assert checked.findings == []
    assert [row["preferred_last_name"] for row in checked.sent_rows] == WESTERN_WORDS.split()


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1250", "Dvořák Černý Kovář Jiří"),
        ("cp1250", "Wałęsa Łukasz Małgorzata"),
        ("iso8859-2", "Wałęsa Łukasz Małgorzata"),
        ("cp1250", "Szőke Győző"),
        ("cp1250", "Petrović Đorđe"),
        ("cp1251", "Иванов Пётр"),
        ("koi8-r", "Иванов Пётр"),
        ("cp1253", "Γιώργος"),
        ("cp1254", "Y\u0131ld\u0131z Şahin Doğan"),
        ("cp1255", "דוד"),
        ("cp1256", "محمد"),
        ("cp1257", "Žemaitė Šarūnas Bērziņš"),
        ("mac_roman", "Müller Jörg García"),
        ("cp850", "Müller Jörg François"),
        ("cp437", "Müller Jörg François"),
        ("cp850", "González"),
        ("cp850", "Weiß"),
        ("iso2022_jp", "山田 太郎"),
        ("iso2022_kr", "김철수"),
        ("iso8859-15", "50€"),
        ("shift_jis", "山田 太郎"),
        ("gb18030", "王伟 李娜"),
        ("big5", "王偉"),
        ("euc_kr", "김철수"),
        ("iso8859-15", "Škoda Žan"),
        ("cp037", "Mueller"),
    ],
)
def test_another_encoding_is_refused_and_never_guessed(encoding: str, names: str) -> None:
    rows = "".join(f"p{number}@example.com,{name},\n" for number, name in enumerate(names.split()))
    checked = check(f"{HEADER}\n{rows}".encode(encoding))
    assert not checked.file.is_sendable
    assert checked.findings
    assert "UTF-8" in checked.findings[0]["resolution"] or "map yours" in checked.findings[0]["resolution"]


@pytest.mark.parametrize("data", [GERMAN.encode("utf-32"), GERMAN.encode("utf-32-le"), GERMAN.encode("utf-32-be")])
def test_utf32_is_named(data: bytes) -> None:
    assert "UTF-32" in check(data).findings[0]["problem"]


@pytest.mark.parametrize("data", [GERMAN.encode("utf-32"), b"+/v8-" + GERMAN.encode("utf-7"), b"PK\x03\x04...."])
def test_what_is_no_csv_text_is_named(data: bytes) -> None:
    checked = check(data)
    assert not checked.file.is_sendable
    assert checked.findings[0]["problem"].startswith("the file is")


def test_utf8_with_a_foreign_byte_is_refused_with_its_line() -> None:
    checked = check(f"{HEADER}\na@example.com,Zoë,\nb@example.com,M".encode() + b"\xfcller,\n")
    assert checked.error_lines == [3]
    assert "two encodings" in checked.findings[0]["problem"]


def test_wrong_letters_are_reported_with_their_line() -> None:
    rows = "".join(f"p{number}@example.com,Plain,\n" for number in range(10))
    checked = check(f"{HEADER}\n{rows}q@example.com,Wałęsa,\n".encode("cp1250"))
    assert checked.error_lines == [12]


def test_one_unlikely_word_in_a_large_western_file_does_not_refuse_it() -> None:
    rows = "".join(f"p{number}@example.com,Müller,\n" for number in range(500))
    assert judge_word("Dvoøák") == "unlikely"
    assert check(f"{HEADER}\n{rows}x@example.com,Dvoøák,\n".encode("cp1252")).file.is_sendable


def test_truncated_utf16_is_damaged() -> None:
    checked = check(GERMAN.encode("utf-16")[:-1])
    assert "damaged" in checked.findings[0]["problem"]


@pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\n \r\n"])
def test_an_empty_file_says_so(data: bytes) -> None:
    assert check(data).findings[0]["problem"] == "the file is empty"
