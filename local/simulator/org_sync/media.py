"""Uploaded and result files on disk, under opaque ids."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.simulator.errors import ApiError, not_found

URN = "urn:li:media:"


@dataclass(slots=True)
class Media:
    """A stored file; ``kind`` is ``source`` or ``result``."""

    id: str
    kind: str
    path: Path
    created: int

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class MediaStore:
    """Files live in a directory that is removed with the simulator; ``limit`` bytes an upload, 0 is without."""

    def __init__(self, directory: Path, limit: int) -> None:
        self._directory = directory
        self.limit = limit
        self.all: dict[str, Media] = {}

    def new(self, kind: str, created: int) -> Media:
        name = secrets.token_hex(20).upper()
        media = Media(name, kind, self._directory / f"{kind}-{name}.csv", created)
        media.path.touch()
        self.all[name] = media
        return media

    def drop(self, media: Media) -> None:
        media.path.unlink()
        del self.all[media.id]

    def find(self, urn: str) -> Media:
        """By URN, with or without the blank that LinkedIn's page prints after the last colon (§8.2)."""
        bare = "".join(urn.split())
        if not bare.startswith(URN) or bare == URN:
            raise ApiError(400, "Parameter 'id' is invalid")
        media = self.all.get(bare.removeprefix(URN))
        if media is None:
            raise not_found()
        return media


class LimitedWriter:
    """Writes up to a limit and then only counts, so that the whole body is read and a 413 gets through."""

    def __init__(self, target: IO[bytes], limit: int) -> None:
        self._target = target
        self._limit = limit
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)
        if not self.exceeded:
            self._target.write(data)

    @property
    def exceeded(self) -> bool:
        return bool(self._limit) and self.written > self._limit

    def check(self) -> None:
        """413 where too much came (§8.6)."""
        if self.exceeded:
            raise ApiError(413, "The file is too large")
