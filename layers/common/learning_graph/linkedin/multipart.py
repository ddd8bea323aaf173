"""One file as a multipart/form-data body (RFC 7578), read from disk while it is sent, with a known length."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

_BLOCK: Final = 1 << 18


class MultipartFile:
    """A body for `requests`, which takes `len()` as Content-Length and reads it in blocks; use it in a `with`.

    Args:
        path: the file; its size must not change meanwhile.
        part: name of the part, which LinkedIn ignores (API reference §8.2).
        filename: as LinkedIn shows it.
        before_read: called with the bytes read so far and the length before each block; may raise to end the upload.
    """

    def __init__(
        self,
        path: Path,
        *,
        part: str = "file",
        filename: str = "upload.csv",
        before_read: Callable[[int, int], None] = lambda _read, _length: None,
    ) -> None:
        boundary = secrets.token_hex(16)
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{part}"; filename="{filename}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._length = len(head) + path.stat().st_size + len(tail)
        self._before_read = before_read
        self._read = 0
        self._pieces: list[BinaryIO] = [io.BytesIO(head), path.open("rb"), io.BytesIO(tail)]

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, none at the end."""
        if self._read < self._length:
            self._before_read(self._read, self._length)
        for piece in self._pieces:
            if block := piece.read(size):
                self._read += len(block)
                return block
        return b""

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(_BLOCK):
            yield block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for piece in self._pieces:
            piece.close()
