"""The org-sync bucket: the key of every object in it, and the documents that are read back.

A drop is one version of one key below `incoming/`. The keys of everything about it contain its name.
"""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import msgspec

from learning_graph.store.documents import MALFORMED
from learning_graph.values.errors import ConfigurationError

INCOMING: Final = "incoming/"
LEDGER_POINTER: Final = "state/people/latest.json"
RELEASE_TAG: Final = "release"
FORMAT_VERSION: Final = 1
_LONGEST_KEY: Final = 1024  # bytes of UTF-8; S3 takes no more
_SHORTENED: Final = 200  # characters
_JOB_ID: Final = 64  # bytes kept free for LinkedIn's job id

Stage = Literal["claimed", "uploading", "uploaded", "starting", "processing", "applying", "ending", "ended"]
DropOutcome = Literal["accepted", "converted", "partial", "rejected", "held", "failed", "dry-run"]
UploadMode = Literal["manual", "automatic"]


@dataclass(frozen=True)
class Drop:
    """One version of a dropped file.

    Args:
        key: begins with `incoming/`.
        version: S3's version id.
    """

    key: str
    version: str

    @property
    def file(self) -> str:
        return self.key.removeprefix(INCOMING)

    @property
    def name(self) -> str:
        """The file's name in the keys made of it: `file`, shortened where a key would be longer than S3 takes."""
        if not self.is_name_too_long:
            return self.file
        return f"{self.file[:_SHORTENED]}~{hashlib.sha256(self.file.encode()).hexdigest()[:16]}"

    @property
    def is_name_too_long(self) -> bool:
        longest = f"results/{self.file}/automatic-{self.version}/summary.json"
        return len(longest.encode()) > _LONGEST_KEY - _JOB_ID


class PeopleColumnDocument(msgspec.Struct, frozen=True, rename="camel"):
    """A column of a people file; in the Parquet file the columns are `c0`, `c1`, … in this order."""

    header: str
    is_license: bool


class DropState(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """The state of a drop: `state/drops/<file>/<version>.json`; times are epoch milliseconds.

    Args:
        owner: the message that claimed the drop; until `lease_until` only it may continue.
        writer: the worker that wrote this.
        check: members of the summary that come from the check.
        columns: of the drop's people file.
        key_fingerprint: of the key its digests were made with.
        event: detail of the event that is to be sent.
        waiting: what the drop waits for.
        released_by: the version that released this held one.
    """

    format_version: int
    key: str
    version_id: str
    stage: Stage
    owner: str
    writer: str
    lease_until: int
    first_seen_at: int
    mode: UploadMode | None = None
    source_sha256: str = ""
    is_converted: bool = False
    check: dict[str, Any] = {}
    columns: tuple[PeopleColumnDocument, ...] = ()
    key_fingerprint: str = ""
    upload_attempts: int = 0
    media_urn: str = ""
    job_id: str = ""
    processing_since: int = 0
    done_since: int = 0
    process_file_repeated: bool = False
    outcome: DropOutcome | None = None
    event: dict[str, Any] = {}
    waiting: str = ""
    released_by: str = ""


class LedgerPointer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Which ledger is the newest: `state/people/latest.json`.

    Args:
        object: key of the ledger's Parquet file.
        active_licenses: licences known to be active.
        known_licenses: licences known to be active or inactive.
        previous: key of the one before, kept for a worker that still reads it.
        columns: of the Parquet file.
        key_fingerprint: of the key its digests were made with.
        applied: the newest drops in it, as `<key>?versionId=<version>`.
    """

    format_version: int
    number: int
    object: str
    previous: str
    people: int
    active_licenses: int
    known_licenses: int
    columns: tuple[PeopleColumnDocument, ...]
    key_fingerprint: str
    applied: tuple[str, ...]


class _Versioned(msgspec.Struct, rename="camel"):
    format_version: int = 0


Document = TypeVar("Document", DropState, LedgerPointer)


def read_document(data: bytes, document: type[Document], *, key: str) -> Document:
    """Return a document of the bucket.

    Raises:
        ConfigurationError: it is damaged, or its format version is not the one that this release reads; names the key.
    """
    try:
        version = msgspec.json.decode(data, type=_Versioned).format_version
        read = msgspec.json.decode(data, type=document) if version == FORMAT_VERSION else None
    except MALFORMED as error:
        raise ConfigurationError(
            "document",
            f"{key} is no {document.__name__}: {type(error).__name__}",
            resolution="Restore an earlier version of the object.",
        ) from None
    if read is None:
        raise ConfigurationError(
            "formatVersion",
            f"{key} has format version {version}, and this release reads {FORMAT_VERSION}",
            resolution="Deploy the release that wrote it, or move the object away and drop the file again.",
        )
    return read


def state_key(drop: Drop) -> str:
    return f"state/drops/{drop.name}/{drop.version}.json"


def people_key(drop: Drop) -> str:
    """Return the key of a sent file's people, kept until they have been applied to the ledger."""
    return f"state/drops/{drop.name}/{drop.version}.parquet"


def ledger_key(number: int, drop: Drop) -> str:
    return f"state/people/{number:08d}-{drop.version}.parquet"


def errors_key(drop: Drop) -> str:
    """Return the key of the errors of a file's newest version."""
    return f"rejected/{drop.name}.errors.csv"


def version_errors_key(drop: Drop) -> str:
    """Return the key at which the errors of this version remain when another version is dropped."""
    return f"rejected/{drop.name}/{drop.version}/errors.csv"


def rejected_summary_key(drop: Drop) -> str:
    return f"rejected/{drop.name.rstrip('/')}.summary.json"


def held_summary_key(drop: Drop) -> str:
    return f"held/{drop.name}/{drop.version}/summary.json"


def result_key(drop: Drop, job: str, name: str) -> str:
    """Return a key of `results/<file>/<job>/`.

    Args:
        drop: the drop.
        job: LinkedIn's job id, or `dry-run-`, `automatic-` or `failed-` and the version for a drop without a job.
        name: `result.csv`, `refused.csv`, `missing.csv` or `summary.json`.
    """
    return f"results/{drop.name}/{job}/{name}"


def release_command(bucket: str, drop: Drop) -> str:
    """Return the command that releases a held drop: it copies the object over itself with a tag naming its version.

    The key of the source is not percent-encoded: the AWS CLI does that, and would encode a percent sign again.
    """
    source = f"{bucket}/{drop.key}?versionId={drop.version}"
    words = ["aws", "s3api", "copy-object", "--bucket", bucket, "--key", drop.key, "--copy-source", source]
    words += ["--tagging-directive", "REPLACE", "--tagging", f"{RELEASE_TAG}={drop.version}"]
    return shlex.join(words)
