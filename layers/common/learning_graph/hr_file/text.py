"""Bytes to text: UTF-8 (with or without BOM), UTF-16 and Windows-1252 are recognised, anything else is refused."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Protocol

from learning_graph.hr_file.problems import FileRefused
from learning_graph.hr_file.western import RESOLUTION, WesternText

_HEAD_BYTES: Final = 4096
_NUL_SHARE: Final = 0.2  # of all bytes of the head; ASCII in UTF-16 has half
_NUL_SHARE_OF_UTF32: Final = 0.6  # ASCII in UTF-32 has three quarters
_ESCAPE: Final = "\x1b"  # turns from one alphabet to another in ISO-2022-JP and its kin, whose bytes are all ASCII
_NOT_TEXT: Final = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
}
_OTHER_BOMS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    b"\x84\x31\x95\x33": "GB 18030",
    b"+/v8": "UTF-7",
    b"+/v9": "UTF-7",
}


class _Decoder(Protocol):
    def decode(self, data: bytes, final: bool) -> str: ...


class TextSource:
    """The text of a file, with LF for every line end; iterate once, then ask `encoding`.

    Raises (while iterating):
        FileRefused: empty, not text, damaged, or in an encoding that is not recognised for certain.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._decoder: _Decoder = _Utf8OrWestern()
        self.encoding = "utf-8"

    def __iter__(self) -> Iterator[str]:
        chunks = iter(self._chunks)
        head = b""
        while len(head) < _HEAD_BYTES and (chunk := next(chunks, None)) is not None:
            head += chunk
        body = self._recognise(head)
        newlines = io.IncrementalNewlineDecoder(None, translate=True)
        is_empty = True
        for chunk in chain([body], chunks):
            if text := newlines.decode(self._decode(chunk, final=False)):
                is_empty = False
                yield text
        if text := newlines.decode(self._decode(b"", final=True), final=True):
            is_empty = False
            yield text
        if is_empty:
            raise FileRefused("the file is empty", resolution="Export the people again and drop the file.")
        if isinstance(self._decoder, _Utf8OrWestern):
            self.encoding = self._decoder.name

    def _recognise(self, head: bytes) -> bytes:
        for magic, what in _NOT_TEXT.items():
            if head.startswith(magic):
                raise FileRefused(
                    f"the file is {what}, not a CSV file", resolution="Save it as “CSV UTF-8” and drop that."
                )
        for bom, what in _OTHER_BOMS.items():
            if head.startswith(bom):
                raise FileRefused(f"the file is encoded in {what}", resolution=RESOLUTION)
        if head.startswith(codecs.BOM_UTF8):
            return head[len(codecs.BOM_UTF8) :]
        for bom, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
            if head.startswith(bom):
                self._use_utf16(encoding)
                return head[len(bom) :]
        if head.count(0) > _NUL_SHARE_OF_UTF32 * len(head):
            raise FileRefused("the file is encoded in UTF-32, or is no text", resolution=RESOLUTION)
        if head.count(0) > _NUL_SHARE * len(head):
            # Without a BOM: in a header of ASCII letters every other byte is NUL.
            self._use_utf16("utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le")
        return head

    def _use_utf16(self, encoding: str) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")

    def _decode(self, data: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise FileRefused(
                f"the file is damaged: it is not whole {self.encoding.upper()}", resolution=RESOLUTION
            ) from error


class _Utf8OrWestern:
    """UTF-8 until a byte shows that it is not; Windows-1252 from there if all before was ASCII."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._western: WesternText | None = None
        self._is_ascii = True
        self._line = 1

    @property
    def name(self) -> str:
        return self._western.name if self._western else "utf-8"

    def decode(self, data: bytes, final: bool) -> str:
        if self._western:
            return self._western.decode(data, final)
        try:
            text = self._utf8.decode(data, final)
        except UnicodeDecodeError as error:
            pending = bytes(error.object)  # what the decoder held back, and `data`
            line = self._line + pending.count(b"\n", 0, error.start)
            if not self._is_ascii or not pending[: error.start].isascii():
                problem = "the file is UTF-8 up to here, and this line is not: it is damaged or made of two encodings"
                raise FileRefused(problem, resolution=RESOLUTION, line=line) from error
            self._western = WesternText(self._line)
            return self._western.decode(pending, final)
        if _ESCAPE in text:
            line = self._line + text.count("\n", 0, text.index(_ESCAPE))
            raise FileRefused("the line has escape signs, as text in ISO-2022 has", resolution=RESOLUTION, line=line)
        self._is_ascii = self._is_ascii and text.isascii()
        self._line += text.count("\n")
        return text
