"""A bucket in memory, with the conditional writes and ETags of S3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from learning_graph.aws.bucket import JSON, JSON_LINES, Bucket, StoredObject
from tests.fakes.effects import Effects


class FakeBucket(Bucket):
    """What `Bucket` offers; `objects` is what it holds, `reads` the keys that were read, in order."""

    def __init__(self, name: str = "graph-bucket", *, effects: Effects | None = None) -> None:
        super().__init__(name)
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.effects = effects or Effects()
        self.reads: list[str] = []

    def read(self, key: str) -> StoredObject | None:
        self.reads.append(key)
        data = self.objects.get(key)
        return None if data is None else StoredObject(data, _etag(data))

    def exists(self, key: str) -> bool:
        return key in self.objects

    def write(self, key: str, data: bytes, *, content_type: str = JSON) -> None:
        self.effects.happen(f"write {key}")
        self._put(key, data, content_type)

    def write_if_absent(self, key: str, data: bytes, *, content_type: str = JSON) -> str | None:
        self.effects.happen(f"write-if-absent {key}")
        if key in self.objects:
            return _etag(data) if self.objects[key] == data else None
        self._put(key, data, content_type)
        return _etag(data)

    def write_if_unchanged(self, key: str, data: bytes, etag: str, *, content_type: str = JSON) -> str | None:
        self.effects.happen(f"write-if-unchanged {key}")
        present = self.objects.get(key)
        if present is None or _etag(present) != etag:
            return _etag(data) if present == data else None
        self._put(key, data, content_type)
        return _etag(data)

    def delete(self, key: str) -> None:
        self.effects.happen(f"delete {key}")
        self.objects.pop(key, None)
        self.content_types.pop(key, None)

    def delete_all(self, keys: list[str], *, at_once: int = 16) -> None:
        for key in keys:
            self.delete(key)

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def folders(self, prefix: str) -> Iterator[str]:
        below = (key.removeprefix(prefix) for key in self.objects if key.startswith(prefix))
        return iter(sorted({rest.partition("/")[0] for rest in below if "/" in rest}))

    def read_all(self, keys: list[str], *, at_once: int = 16) -> list[StoredObject | None]:
        return [self.read(key) for key in keys]

    def upload(self, path: Path, key: str, *, content_type: str = JSON_LINES) -> None:
        self.effects.happen(f"upload {key}")
        self._put(key, path.read_bytes(), content_type)

    def download(self, key: str, path: Path) -> bool:
        stored = self.read(key)
        if stored is None:
            return False
        path.write_bytes(stored.data)
        return True

    def upload_if_unchanged(self, path: Path, key: str, etag: str, *, content_type: str = JSON_LINES) -> bool:
        return self.write_if_unchanged(key, path.read_bytes(), etag, content_type=content_type) is not None

    def etag(self, key: str) -> str | None:
        data = self.objects.get(key)
        return None if data is None else _etag(data)

    def _put(self, key: str, data: bytes, content_type: str) -> None:
        self.objects[key] = data
        self.content_types[key] = content_type


def _etag(data: bytes) -> str:
    """As S3 does it for an object of one part: equal bytes have equal ETags."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
