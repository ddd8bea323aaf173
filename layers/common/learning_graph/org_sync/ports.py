"""What org sync needs of the world; AWS and LinkedIn stand behind it, fakes in the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from learning_graph.linkedin.org_sync import Job


class Stored(Protocol):
    @property
    def data(self) -> bytes: ...

    @property
    def etag(self) -> str: ...


class VersionEntry(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def is_deletion(self) -> bool: ...


class Dropped(Protocol):
    @property
    def size(self) -> int: ...

    @property
    def tags(self) -> Mapping[str, str]: ...


class DropStore(Protocol):
    """The org-sync bucket (`aws/drops.py`)."""

    name: str

    def read(self, key: str) -> Stored | None: ...

    def write(self, key: str, data: bytes) -> None: ...

    def write_if_absent(self, key: str, data: bytes) -> str | None: ...

    def write_if_unchanged(self, key: str, data: bytes, etag: str) -> str | None: ...

    def delete(self, key: str) -> None: ...

    def upload(self, path: Path, key: str, *, content_type: str) -> None: ...

    def download(self, key: str, path: Path) -> bool:
        """Return whether there was such an object."""

    def current_version(self, key: str) -> str | None: ...

    def history(self, key: str) -> list[Any]: ...

    def look(self, key: str, version: str) -> Dropped | None: ...

    def stream(self, key: str, version: str, size: int) -> Iterator[bytes]: ...


class Queue(Protocol):
    def send(self, body: str, *, delay: float = 0) -> None: ...

    def hide(self, receipt_handle: str, seconds: float) -> None: ...


class Events(Protocol):
    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None: ...


class LinkedIn(Protocol):
    """LinkedIn's org-sync endpoints (`linkedin/org_sync.py`)."""

    def upload(self, path: Path, *, automatic: bool) -> str: ...

    def process_file(self, media_urn: str) -> str: ...

    def job(self, job_id: str) -> Job: ...

    def result(self, media_urn: str) -> AbstractContextManager[Iterator[bytes]]: ...
