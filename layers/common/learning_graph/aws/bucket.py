"""One S3 bucket: whole objects, lists, and the conditional writes that decide who is first (ADR 0003)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from learning_graph.aws import clients

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_LOST = {"PreconditionFailed", "412"}
_CONFLICT = {"ConditionalRequestConflict", "409"}
_CHUNK_BYTES = 1 << 20
_ONE_REQUEST_TO_64_MIB = TransferConfig(multipart_threshold=64 << 20, use_threads=False)
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes, and the ETag that a later conditional write names."""

    data: bytes
    etag: str


def _is_conflict(error: BaseException) -> bool:
    """Tell whether S3 asks for a conditional write to be repeated, because another one was in progress."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _CONFLICT


class Bucket:
    """Reads and writes objects of one bucket."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, key: str) -> StoredObject | None:
        """Return the object, None where there is none."""
        try:
            answer = clients.s3().get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return StoredObject(answer["Body"].read(), answer["ETag"])

    def exists(self, key: str) -> bool:
        return self.etag(key) is not None

    def write(self, key: str, data: bytes, *, content_type: str = JSON) -> None:
        """Write an object, over whatever was there."""
        clients.s3().put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type)

    def write_if_absent(self, key: str, data: bytes, *, content_type: str = JSON) -> str | None:
        """Write an object unless one exists; return its ETag, None where another is there."""
        return self._write_if(key, data, content_type, IfNoneMatch="*")

    def write_if_unchanged(self, key: str, data: bytes, etag: str, *, content_type: str = JSON) -> str | None:
        """Write over the object that has this ETag; return the new one, None where another has changed it since."""
        return self._write_if(key, data, content_type, IfMatch=etag)

    def _write_if(self, key: str, data: bytes, content_type: str, **condition: Any) -> str | None:
        try:
            return self._put_if(data, Key=key, ContentType=content_type, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _LOST | _ABSENT:
                raise
            # A write whose answer was lost is repeated by boto3 and then refused because of itself.
            there = self.read(key)
            return there.etag if there and there.data == data else None

    @retry(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_attempt(5),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )
    def _put_if(self, body: bytes | Path, **request: Any) -> str:
        # Opened for each attempt: the one before has read the file to its end.
        with body.open("rb") if isinstance(body, Path) else nullcontext(body) as content:
            return clients.s3().put_object(Bucket=self.name, Body=content, **request)["ETag"]

    def delete(self, key: str) -> None:
        clients.s3().delete_object(Bucket=self.name, Key=key)

    def delete_all(self, keys: list[str], *, at_once: int = 16) -> None:
        """Delete many objects at once; one that is not there is no error."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self.delete, keys))

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a prefix, in order."""
        pages = clients.s3().get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", []):
                yield entry["Key"]

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly under a prefix that have something below them, in order."""
        pages = clients.s3().get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix, Delimiter="/")
        for page in pages:
            for entry in page.get("CommonPrefixes", []):
                yield entry["Prefix"].removeprefix(prefix).rstrip("/")

    def read_all(self, keys: list[str], *, at_once: int = 16) -> list[StoredObject | None]:
        """Read many small objects at once, in the order of `keys`."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(self.read, keys))

    def upload(self, path: Path, key: str, *, content_type: str = JSON_LINES) -> None:
        """Write a file's content, in several parts where it is larger than 64 MiB."""
        clients.s3().upload_file(
            str(path), self.name, key, ExtraArgs={"ContentType": content_type}, Config=_ONE_REQUEST_TO_64_MIB
        )

    def upload_if_unchanged(self, path: Path, key: str, etag: str, *, content_type: str = JSON_LINES) -> bool:
        """Write a file's content over the object that has this ETag; return False where another has changed it."""
        try:
            self._put_if(path, Key=key, ContentType=content_type, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _LOST | _ABSENT:
                raise
            return False
        return True

    def etag(self, key: str) -> str | None:
        """Return the ETag of an object, None where there is none."""
        try:
            return clients.s3().head_object(Bucket=self.name, Key=key)["ETag"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise

    def download(self, key: str, path: Path) -> bool:
        """Write an object's bytes to a file, with one request; return False where there is no such object."""
        try:
            body = clients.s3().get_object(Bucket=self.name, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return False
            raise
        with path.open("wb") as file:
            for chunk in body.iter_chunks(_CHUNK_BYTES):
                file.write(chunk)
        return True
