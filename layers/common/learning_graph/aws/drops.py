"""The org-sync bucket: versions of dropped files, read in ranges, and state objects that only one worker may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from learning_graph.aws import clients
from learning_graph.aws.bucket import Bucket
from learning_graph.values.errors import Unavailable

RANGE_BYTES: Final = 8 << 20
PIECE_BYTES: Final = 256 << 10  # rows are held by the piece, and take ten times their bytes
_ATTEMPTS: Final = 5
_GONE: Final = {"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed", "405"}
_UNVERSIONED: Final = "null"


@dataclass(frozen=True)
class Version:
    """One version of a key; `is_deletion` is a delete marker."""

    id: str
    is_deletion: bool


@dataclass(frozen=True)
class DroppedObject:
    """A version that exists: its size in bytes, and its tags."""

    size: int
    tags: dict[str, str]


class DropBucket(Bucket):
    """What org sync does with its bucket, beside what every bucket does."""

    def current_version(self, key: str) -> str | None:
        """Return the id of a key's newest version, None where there is none or the bucket is not versioned."""
        try:
            version = clients.s3().head_object(Bucket=self.name, Key=key).get("VersionId")
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return None if version == _UNVERSIONED else version

    def history(self, key: str) -> list[Version]:
        """Return all versions of a key in the order in which they were written."""
        found: list[tuple[datetime, bool, Version]] = []
        pages = clients.s3().get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=key)
        for page in pages:
            for entries, is_deletion in ((page.get("Versions", []), False), (page.get("DeleteMarkers", []), True)):
                found.extend(
                    (entry["LastModified"], entry["IsLatest"], Version(entry["VersionId"], is_deletion))
                    for entry in entries
                    if entry["Key"] == key
                )
        # Newest first, as S3 lists them; where its times (whole seconds) are equal, its own order stands.
        newest_first = sorted(found, key=lambda entry: entry[:2], reverse=True)
        return [version for _, _, version in newest_first][::-1]

    def look(self, key: str, version: str) -> DroppedObject | None:
        """Return what a version is, None where it is gone."""
        try:
            answer = clients.s3().head_object(Bucket=self.name, Key=key, VersionId=version)
            tags = clients.s3().get_object_tagging(Bucket=self.name, Key=key, VersionId=version)["TagSet"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return DroppedObject(answer["ContentLength"], {tag["Key"]: tag["Value"] for tag in tags})

    def stream(self, key: str, version: str, size: int) -> Iterator[bytes]:
        """Yield a version's bytes in small pieces; they are read by eight megabytes, a range that breaks off again.

        Raises:
            Unavailable: S3 failed five times in a row.
        """
        for start in range(0, size, RANGE_BYTES):
            data = self._range(key, version, start, min(start + RANGE_BYTES, size))
            yield from (data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES))

    def _range(self, key: str, version: str, start: int, end: int) -> bytes:
        failure: Exception | None = None
        for _ in range(_ATTEMPTS):
            try:
                answer = clients.s3().get_object(
                    Bucket=self.name, Key=key, VersionId=version, Range=f"bytes={start}-{end - 1}"
                )
                data: bytes = answer["Body"].read()
            except BotoCoreError as error:
                failure = error
                continue
            if len(data) == end - start:
                return data
        raise Unavailable(f"S3 did not deliver bytes {start} to {end} of a drop") from failure
