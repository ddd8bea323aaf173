"""Takes the file out of a multipart body while it streams by, tolerant of what LinkedIn's own samples send (§8.2).

Tolerated: any part name, a boundary in quotes or after a blank, a Content-Type without a boundary (the first
line of the body tells it), bare LF, and a closing boundary straight after the file's last byte.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

from local.simulator.errors import ApiError

_HEADER_LIMIT = 16 * 1024
_FILE = re.compile(rb"^content-disposition:.*\bfilename\s*\*?=", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(r'boundary\s*=\s*"?\s*([^";,]+)"?', re.IGNORECASE)


def boundary_of(content_type: str) -> bytes | None:
    """The delimiter line's begin (``--boundary``), None where the header does not tell; 400 where it is no form."""
    if not content_type.strip().lower().startswith("multipart/form-data"):
        raise ApiError(400, "Content-Type must be multipart/form-data")
    match = _BOUNDARY.search(content_type)
    return b"--" + match[1].strip().encode() if match else None


class FilePart:
    """Feeds the bytes of the first file part to ``write``; ``finish`` tells whether there was one."""

    def __init__(self, delimiter: bytes | None, write: Callable[[bytes], object]) -> None:
        self._delimiter = delimiter
        self._write = write
        self._buffer = b""
        self._state = "before"

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body, cut anywhere."""
        if self._state == "after":
            return
        self._buffer += chunk
        while self._step():
            pass

    def finish(self) -> bool:
        """Whether a file part was found; a body that breaks off keeps what came of it."""
        if self._state == "inside":
            self._write(self._buffer)
            self._state = "after"
        return self._state == "after"

    def _step(self) -> bool:
        """Go on by one state; False where more bytes are needed."""
        if self._state == "before":
            return self._find_part()
        if self._state == "inside":
            return self._copy()
        return False

    def _find_part(self) -> bool:
        if self._delimiter is None:
            line, newline, _ = self._buffer.partition(b"\n")
            if not newline:
                return False
            self._delimiter = line.rstrip(b"\r")
            if not self._delimiter.startswith(b"--"):
                raise ApiError(400, "The body has no multipart boundary")
        start = self._buffer.find(self._delimiter)
        if start < 0:
            self._keep(len(self._delimiter))
            return False
        head = self._buffer[start + len(self._delimiter) :]
        end = re.search(rb"\r?\n\r?\n", head)
        if end is None:
            if len(head) > _HEADER_LIMIT:
                raise ApiError(400, "The part's header does not end")
            return False
        self._buffer = head[end.end() :]
        if _FILE.search(head[: end.start()]):
            self._state = "inside"
        return True

    def _copy(self) -> bool:
        delimiter = self._delimiter or b""
        end = self._buffer.find(delimiter)
        if end >= 0:
            data = self._buffer[:end]
            for newline in (b"\r\n", b"\n"):
                # The line end before the delimiter belongs to it; where there is none, it closed straight after.
                if data.endswith(newline):
                    data = data[: -len(newline)]
                    break
            self._write(data)
            self._buffer = b""
            self._state = "after"
            return False
        self._keep(len(delimiter) + 2)
        return False

    def _keep(self, size: int) -> None:
        """Hand on all but the last bytes, which may be the begin of a delimiter."""
        if len(self._buffer) > size:
            if self._state == "inside":
                self._write(self._buffer[:-size])
            self._buffer = self._buffer[-size:]


async def read_file_part(chunks: AsyncIterator[bytes], content_type: str, write: Callable[[bytes], object]) -> None:
    """Stream a body's file part to ``write``; 400 where there is none. The body is always read to its end."""
    part = FilePart(boundary_of(content_type), write)
    async for chunk in chunks:
        part.feed(chunk)
    if not part.finish():
        raise ApiError(400, "The request holds no file")
