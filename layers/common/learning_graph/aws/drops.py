"""The versions of dropped files in the org-sync bucket: their order, size and tags, and their bytes in ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from learning_graph.aws import clients
from learning_graph.aws.bucket import Bucket
from learning_graph.values.errors import Unavailable

RANGE_BYTES: Final = 8 << 20
PIECE_BYTES: Final = 256 << 10  # the rows of a piece are held in memory and take ten times its bytes
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
    """The org-sync bucket: versions of dropped files, besides what every bucket has."""

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
        found = self._versions(key)
        # S3 lists the newest first, but boto3 keeps versions and delete markers apart, and times are whole seconds.
        deleted = {modified for modified, _, version in found if version.is_deletion}
        if any(modified in deleted and not version.is_deletion for modified, _, version in found):
            found = self._versions(key, page_size=1)
        else:
            found.sort(key=lambda entry: entry[:2], reverse=True)
        return [version for _, _, version in reversed(found)]

    def _versions(self, key: str, *, page_size: int = 1000) -> list[tuple[datetime, bool, Version]]:
        """Return (time, is latest, version); in pages of one they are in S3's own order, the newest first."""
        found: list[tuple[datetime, bool, Version]] = []
        pages = clients.s3().get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self.name, Prefix=key, PaginationConfig={"PageSize": page_size}):
            listed: list[tuple[Any, bool]] = [(entry, False) for entry in page.get("Versions", [])]
            listed += [(entry, True) for entry in page.get("DeleteMarkers", [])]
            found.extend(
                (entry["LastModified"], entry["IsLatest"], Version(entry["VersionId"], is_deletion))
                for entry, is_deletion in listed
                if entry["Key"] == key
            )
            if any(entry["Key"] != key for entry, _ in listed):
                break  # the key itself comes before the longer ones that begin with it
        return found

    def look(self, key: str, version: str) -> DroppedObject | None:
        """Return the size and tags of a version, None where it no longer exists."""
        try:
            answer = clients.s3().head_object(Bucket=self.name, Key=key, VersionId=version)
            tags = clients.s3().get_object_tagging(Bucket=self.name, Key=key, VersionId=version)["TagSet"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return DroppedObject(answer["ContentLength"], {tag["Key"]: tag["Value"] for tag in tags})

    def stream(self, key: str, version: str, size: int) -> Iterator[bytes]:
        """Yield a version's bytes in pieces of 256 kB; they are read in ranges of 8 MB, with retries.

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
