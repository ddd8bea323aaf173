"""Encodings: a byte order mark decides, then UTF-8, then the setting; nothing is guessed."""

from __future__ import annotations

import codecs

import pytest

from learning_graph.hr_file.decode import check_encoding
from learning_graph.values.errors import ConfigurationError
from tests.unit.hr_file.support import check

HEADER = "invited_email_address,preferred_last_name,attribute_city"
GERMAN = f"{HEADER}\njoerg@example.com,Müller,Köln\nrene@example.com,Größe,Nîmes\n"
PIECES = [1, 7, 1 << 16]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("setting", ["utf-8", "windows-1252", "shift_jis", "utf-16-le"])
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (codecs.BOM_UTF8 + GERMAN.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides_whatever_the_setting_is(
    data: bytes, encoding: str, setting: str, piece: int
) -> None:
    checked = check(data, encoding=setting, piece=piece)
    assert checked.file.encoding == encoding
    assert checked.sent == GERMAN
    assert checked.file.notes == (() if encoding == "utf-8" else (f"converted from {encoding} to UTF-8",))


@pytest.mark.parametrize("setting", ["utf-8", "windows-1252", "iso8859-2", "shift_jis", "gb18030"])
def test_utf8_without_a_byte_order_mark_is_utf8_whatever_the_setting_is(setting: str) -> None:
    checked = check(GERMAN.encode(), encoding=setting)
    assert checked.sent == GERMAN
    assert not checked.file.is_converted


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("windows-1252", "Müller Größe François 50€ O’Brien"),  # noqa: RUF001
        ("cp1250", "Dvořák Wałęsa Szőke Đorđe"),
        ("iso8859-2", "Wałęsa Łukasz"),
        ("windows-1251", "Пётр Иванов Вёрстов"),  # Пё is valid UTF-8 as well
        ("koi8-r", "Иванов Пётр"),
        ("cp1253", "Γιώργος"),
        ("cp1254", "Y\u0131ld\u0131z Şahin Doğan"),
        ("cp1255", "דוד"),
        ("cp1256", "محمد"),
        ("cp1257", "Žemaitė Šarūnas Bērziņš"),
        ("mac_roman", "Müller Jörg García"),
        ("cp850", "González Weiß"),
        ("iso8859-15", "50€ Škoda"),
        ("shift_jis", "山田 表示 太郎"),
        ("gb18030", "学校 王伟 李娜"),  # 学校 is valid UTF-8 as well
        ("big5", "王偉 功能"),
        ("euc_kr", "김철수"),
        ("iso2022_jp", "山田 太郎"),
        ("iso2022_kr", "김철수"),
        ("utf-7", "Müller"),
        ("utf-16-le", "Müller 山田"),
        ("utf-16-be", "Müller 山田"),
        ("utf-32-le", "Müller 山田"),
        ("cp500", "Müller"),
    ],
)
def test_the_setting_decodes_everything_else(setting: str, names: str, piece: int) -> None:
    rows = "".join(f"p{number}@example.com,{name},\n" for number, name in enumerate(names.split()))
    checked = check(f"{HEADER}\n{rows}".encode(setting), encoding=setting, piece=piece)
    assert checked.findings == []
    assert [row["preferred_last_name"] for row in checked.sent_rows] == names.split()
    assert checked.file.notes == (f"converted from {setting} to UTF-8",)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("setting", "parts", "named"),
    [
        ("utf-8", ("Zoë".encode(), b"\xfc", b"ller,\n"), "UTF-8"),
        ("utf-8", (b"M", b"\xfc", b"ller,\n"), "UTF-8"),
        ("utf-8", (b"M", b"\xe4\xbd", b""), "UTF-8"),
        ("windows-1252", (b"M\xfcller", b"\x81", b",\n"), "WINDOWS-1252"),
        ("shift_jis", ("山田".encode("shift_jis"), b"\xff", b",\n"), "SHIFT_JIS"),
        ("shift_jis", ("山田".encode("shift_jis"), b"\x8e", b""), "SHIFT_JIS"),
        ("ascii", (b"M", b"\xfc", b",\n"), "ASCII"),
    ],
)
def test_what_the_encoding_does_not_have_is_refused_with_line_offset_and_both_ways_out(
    setting: str, parts: tuple[bytes, bytes, bytes], named: str, end: str, piece: int
) -> None:
    before, bad, after = parts
    start = f"{HEADER}{end}a@example.com,Plain,{end}b@example.com,".encode() + before
    checked = check(start + bad + after, encoding=setting, piece=piece)
    [finding] = checked.findings
    assert (finding["line"], finding["problem"]) == ("3", f"the byte at offset {len(start)} is not {named}")
    assert "Save the file as UTF-8" in finding["resolution"]
    assert "OrgSyncEncoding" in finding["resolution"]
    assert not checked.file.is_sendable


@pytest.mark.parametrize("piece", PIECES)
def test_a_truncated_utf16_file_is_refused_with_its_line_and_offset(piece: int) -> None:
    data = codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le")
    [finding] = check(data[:-1], piece=piece).findings
    assert (finding["line"], finding["problem"]) == ("3", f"the byte at offset {len(data) - 2} is not UTF-16-LE")


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-16-le", "without a byte order mark"),
        ("utf-16-be", "without a byte order mark"),
        ("utf-32-le", "without a byte order mark"),
        ("utf-32", "UTF-32"),
        ("iso2022_jp", "ISO-2022"),
        ("cp037", "is not UTF-8"),
        ("cp1250", "is not UTF-8"),
    ],
)
def test_without_the_setting_another_encoding_is_refused(encoding: str, words: str) -> None:
    name = "山田" if encoding == "iso2022_jp" else "Müller"
    [finding] = check(f"{HEADER}\na@example.com,{name},\n".encode(encoding)).findings
    assert words in finding["problem"]
    assert "OrgSyncEncoding" in finding["resolution"]


def test_utf32_with_its_mark_is_decoded_where_the_setting_names_it() -> None:
    assert check(GERMAN.encode("utf-32"), encoding="UTF-32").sent == GERMAN


def test_half_a_character_of_an_encoding_that_can_write_one_is_refused() -> None:
    [finding] = check(f"{HEADER}\na@example.com,+2AA-,\n".encode(), encoding="utf-7").findings
    assert (finding["line"], finding["problem"]) == ("2", "the line has half a character when read as UTF-7")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04....", "an Excel, OpenDocument or Numbers file, or a ZIP archive"),
        (b"\xd0\xcf\x11\xe0....", "an Excel file (.xls)"),
        (b"\x1f\x8b....", "a gzip archive"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_what_is_no_csv_text_is_named(data: bytes, words: str) -> None:
    checked = check(data, encoding="windows-1252")
    assert not checked.file.is_sendable
    assert checked.findings[0]["problem"] == f"the file is {words}, not a CSV file"


@pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\n \r\n", b";;;\n"])
def test_an_empty_file_says_so(data: bytes) -> None:
    assert check(data).findings[0]["problem"] == "the file is empty"


@pytest.mark.parametrize("name", ["utf-8", "windows-1252", "Latin-1", "shift_jis", "utf_16_le", "cp037", "utf-8-sig"])
def test_a_text_codec_of_python_is_an_encoding(name: str) -> None:
    assert check_encoding(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "windows-9999",
        "ansi",
        "rot13",
        "base64",
        "hex",
        "zip",
        "idna",
        "punycode",
        "unicode_escape",
        "undefined",
        "a\0",
    ],
)
def test_any_other_name_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match="ORG_SYNC_ENCODING") as refused:
        check_encoding(name)
    assert repr(name) in str(refused.value)


@pytest.mark.parametrize("piece", [1000, 1 << 18])
def test_nul_bytes_at_the_end_cost_their_row_however_the_file_is_cut(piece: int) -> None:
    rows = b"a@example.com,1\n" * 300
    checked = check(b"invited_email_address,unique_user_id\n" + rows + b"\0" * 50_000, piece=piece, on_bad_rows="skip")
    assert checked.file.rows.read == 301
    assert len(checked.sent_rows) == 1


@pytest.mark.parametrize("setting", ["utf-16", "utf-32"])
def test_a_setting_that_needs_a_byte_order_mark_refuses_a_file_without_one(setting: str) -> None:
    for data in (b"unique_user_id\n1\n", "unique_user_id\n1\n".encode("utf-16-le")):
        checked = check(data, encoding=setting)
        assert "no byte order mark" in checked.findings[0]["problem"]
