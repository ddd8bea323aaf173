"""Decodes UTF-8, UTF-16 with a byte order mark, or the encoding that a setting names. No encoding is guessed."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from learning_graph.hr_file.problems import FileRefused
from learning_graph.values.errors import ConfigurationError

ENCODING: Final = "ORG_SYNC_ENCODING"
UTF8: Final = "utf-8"
RESOLUTION: Final = (
    "Save the file as UTF-8 (in Excel: file type “CSV UTF-8”) and drop it again, or set the stack's parameter"
    f" OrgSyncEncoding ({ENCODING}) to the encoding that the file is in, such as windows-1252."
)
_HEAD_BYTES: Final = 4096
_NUL_SHARE: Final = 0.2  # of all bytes of the head; ASCII in UTF-16 has half, in UTF-32 three quarters
_ESCAPE: Final = "\x1b"  # changes the alphabet in ISO-2022-JP and other encodings whose bytes are all ASCII
_ASCII: Final = b"\t\n\r" + bytes(range(0x20, 0x7F))
_SURROGATE = re.compile("[\ud800-\udfff]")
# Python's text codecs that are not encodings of files: escapes, host names, and one that always fails.
_NOT_FOR_FILES: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
_UTF8_NAMES: Final = frozenset({"utf-8", "utf-8-sig"})
_OTHER_FORMATS: Final = {
    b"PK\x03\x04": "an Excel, OpenDocument or Numbers file, or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel file (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF document",
}
_BOMS: Final = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_READ_BY_BOM: Final = frozenset({"utf-16", "utf-32"})
_UTF32_BOMS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def check_encoding(name: str) -> str:
    """Return the name of a text encoding in lower case.

    Raises:
        ConfigurationError: Python has no text codec of this name.
    """
    try:
        codec = codecs.lookup(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError) as error:
        raise _unknown_encoding(name) from error
    if not getattr(codec, "_is_text_encoding", True) or codec.name.replace("_", "-") in _NOT_FOR_FILES:
        raise _unknown_encoding(name)
    return name.strip().lower()


def _unknown_encoding(name: str) -> ConfigurationError:
    return ConfigurationError(
        ENCODING,
        f"{name!r} is not a text encoding that Python knows",
        resolution="Use utf-8, or the name of a codec of Python such as windows-1252, iso8859-2 or shift_jis.",
    )


class DecodedText:
    """The text of a file, with LF for every line end; iterate once, then ask `encoding`.

    A byte order mark decides. A file without one that is UTF-8 from its first byte to its last is read as UTF-8, every
    other one in the encoding of the setting.

    Args:
        chunks: the file's bytes, in pieces of any size.
        setting: a text codec of Python; see `check_encoding`.
        read_again: opens the file once more; called only where the setting is not UTF-8.

    Raises (while iterating):
        FileRefused: empty, not text, or not in its encoding; with the line and the offset of the byte.
    """

    def __init__(self, chunks: Iterable[bytes], setting: str, read_again: Callable[[], Iterable[bytes]]) -> None:
        self._chunks = chunks
        self._setting = setting
        self._read_again = read_again
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._line = 1
        self._offset = 0
        self.encoding = UTF8

    def __iter__(self) -> Iterator[str]:
        chunks = iter(self._chunks)
        head = b""
        while len(head) < _HEAD_BYTES and (chunk := next(chunks, None)) is not None:
            head += chunk
        self.encoding, bom = self._encoding_of(head)
        self._offset = bom
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        is_empty = True
        for chunk in chain([head[bom:]], chunks, [None]):
            if text := self._decode(decoder, chunk):
                is_empty = False
                yield text
        if is_empty:
            raise FileRefused("the file is empty", resolution="Export the people again and drop the file.")

    def _encoding_of(self, head: bytes) -> tuple[str, int]:
        """Return the encoding of a file, and how many of its first bytes are a byte order mark."""
        _refuse_other_formats(head)
        if head.startswith(_UTF32_BOMS):
            if not codecs.lookup(self._setting).name.startswith("utf-32"):
                raise FileRefused("the file is encoded in UTF-32", resolution=RESOLUTION)
            return self._setting, 0
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding, len(bom)
        if head and codecs.lookup(self._setting).name in _READ_BY_BOM:
            problem = f"the file has no byte order mark, by which {self._setting.upper()} is read"
            raise FileRefused(problem, resolution=RESOLUTION)
        if not _is_ascii_compatible(self._setting):
            return self._setting, 0
        if head.count(0, 0, _HEAD_BYTES) > _NUL_SHARE * min(len(head), _HEAD_BYTES):
            problem = "the file is UTF-16 or UTF-32 without a byte order mark, or not text"
            raise FileRefused(problem, resolution=RESOLUTION)
        is_utf8 = codecs.lookup(self._setting).name in _UTF8_NAMES or _is_utf8(self._read_again())
        return UTF8 if is_utf8 else self._setting, 0

    def _decode(self, decoder: codecs.IncrementalDecoder, chunk: bytes | None) -> str:
        """Return the text of a chunk, None for the end of the file."""
        state = decoder.getstate()
        data = chunk or b""
        is_last = chunk is None
        try:
            text = self._newlines.decode(decoder.decode(data, is_last), final=is_last)
        except UnicodeDecodeError as error:
            held_back = len(error.object) - len(data)
            decoder.setstate(state)
            good = self._newlines.decode(decoder.decode(data[: max(0, error.start - held_back)], False), final=True)
            offset = self._offset - held_back + error.start
            raise self._refusal(f"the byte at offset {offset:,} is not {self.encoding.upper()}", good) from error
        if self.encoding == UTF8:
            if _ESCAPE in text:
                before = text[: text.index(_ESCAPE)]
                raise self._refusal("the line has escape sequences, as text in ISO-2022 encodings has", before)
        elif surrogate := _SURROGATE.search(text):
            problem = f"the line has half a character when read as {self.encoding.upper()}"
            raise self._refusal(problem, text[: surrogate.start()])
        self._offset += len(data)
        self._line += text.count("\n")
        return text

    def _refusal(self, problem: str, text_before: str) -> FileRefused:
        return FileRefused(problem, resolution=RESOLUTION, line=self._line + text_before.count("\n"))


def _refuse_other_formats(head: bytes) -> None:
    for magic, what in _OTHER_FORMATS.items():
        if head.startswith(magic):
            resolution = "Save it as CSV (in Excel: file type “CSV UTF-8”) and drop that."
            raise FileRefused(f"the file is {what}, not a CSV file", resolution=resolution)


def _is_ascii_compatible(encoding: str) -> bool:
    """Tell whether the bytes of ASCII text always stand for that text, as they do in UTF-8."""
    try:
        return not codecs.lookup(encoding).name.startswith("iso2022") and _ASCII.decode(encoding) == _ASCII.decode()
    except UnicodeDecodeError:
        return False


def _is_utf8(chunks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder(UTF8)("strict")
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True
