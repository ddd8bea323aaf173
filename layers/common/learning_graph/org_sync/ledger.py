"""The ledger of people: the merged content of all applied files, one Parquet file per generation.

`state/people/latest.json` names the newest generation and which drops are in it. It is updated by conditional
writes, so that files which end at the same time are applied one after the other, each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from learning_graph.aws.bucket import PARQUET
from learning_graph.aws.drops import DropBucket
from learning_graph.hr_file.people import PeopleColumn, PeopleCounts, PeopleFile, PeopleTables
from learning_graph.store.org_sync_bucket import (
    FORMAT_VERSION,
    LEDGER_POINTER,
    Drop,
    LedgerPointer,
    PeopleColumnDocument,
    ledger_key,
    read_document,
)
from learning_graph.values.errors import ConfigurationError

_REMEMBERED: Final = 1000  # drops; a message is delivered again within days
_ATTEMPTS: Final = 20


@dataclass(frozen=True)
class Ledger:
    """A generation of the ledger; `pointer` and `etag` are None before the first file was applied."""

    people: PeopleFile
    pointer: LedgerPointer | None
    etag: str | None

    @property
    def active_licenses(self) -> int:
        return self.pointer.active_licenses if self.pointer else 0

    @property
    def known_licenses(self) -> int:
        return self.pointer.known_licenses if self.pointer else 0


def load_ledger(bucket: DropBucket, tables: PeopleTables, folder: Path) -> Ledger:
    """Download the newest generation into a folder.

    Raises:
        ConfigurationError: another release wrote it, or its digests were made with another key.
    """
    folder.mkdir(parents=True)
    path = folder / "ledger.parquet"
    for _ in range(_ATTEMPTS):
        stored = bucket.read(LEDGER_POINTER)
        if stored is None:
            return Ledger(PeopleFile(), None, None)
        pointer = read_document(stored.data, LedgerPointer, key=LEDGER_POINTER)
        require_key(pointer.key_fingerprint, tables, LEDGER_POINTER)
        if bucket.download(pointer.object, path):
            return Ledger(PeopleFile(path, columns_of(pointer.columns)), pointer, stored.etag)
        # Two newer generations were written meanwhile, and this one was deleted.
    raise RuntimeError(f"{LEDGER_POINTER} names an object that does not exist")


def apply_to_ledger(bucket: DropBucket, tables: PeopleTables, drop: Drop, people: PeopleFile, folder: Path) -> None:
    """Apply a file to the ledger, once, however many times it is called.

    Args:
        bucket: the org-sync bucket.
        tables: merges people files.
        drop: the file.
        people: the people of its rows that LinkedIn applied.
        folder: for scratch files.

    Raises:
        RuntimeError: other workers updated the ledger first twenty times.
    """
    for attempt in range(_ATTEMPTS):
        scratch = folder / f"ledger-{attempt}"
        ledger = load_ledger(bucket, tables, scratch)
        if ledger.pointer and _mark(drop) in ledger.pointer.applied:
            return
        merged = tables.apply(people, ledger.people, scratch)
        if _write(
            bucket, ledger, drop, merged, counts=tables.count(merged, scratch), fingerprint=tables.digests.fingerprint
        ):
            return
    raise RuntimeError("other workers changed the people ledger each time")


def require_key(fingerprint: str, tables: PeopleTables, document: str) -> None:
    """Check that the digests of a document were made with this stack's key.

    Raises:
        ConfigurationError: they were not.
    """
    if fingerprint != tables.digests.fingerprint:
        raise ConfigurationError(
            "PSEUDONYM_SECRET_ARN",
            f"the secret's key is not the one with which {document} was written",
            resolution="Put the earlier key back into the secret. If it is lost, delete the objects under state/people/"
            " and drop one full export: until then no file can be compared with earlier ones.",
        )


def columns_of(documents: Sequence[PeopleColumnDocument]) -> tuple[PeopleColumn, ...]:
    return tuple(PeopleColumn(column.header, column.is_license) for column in documents)


def column_documents(columns: Sequence[PeopleColumn]) -> tuple[PeopleColumnDocument, ...]:
    return tuple(PeopleColumnDocument(column.header, column.is_license) for column in columns)


def _write(
    bucket: DropBucket, ledger: Ledger, drop: Drop, merged: PeopleFile, *, counts: PeopleCounts, fingerprint: str
) -> bool:
    """Write a generation and update the pointer; False where another worker has updated the pointer."""
    old = ledger.pointer
    number = old.number + 1 if old else 1
    assert merged.path is not None
    key = ledger_key(number, drop)
    bucket.upload(merged.path, key, content_type=PARQUET)
    pointer = LedgerPointer(
        format_version=FORMAT_VERSION,
        number=number,
        object=key,
        previous=old.object if old else "",
        people=counts.people,
        active_licenses=counts.active_licenses,
        known_licenses=counts.known_licenses,
        columns=column_documents(merged.columns),
        key_fingerprint=fingerprint,
        applied=(*(old.applied if old else ()), _mark(drop))[-_REMEMBERED:],
    )
    data = msgspec.json.encode(pointer)
    if ledger.etag is None:
        is_written = bucket.write_if_absent(LEDGER_POINTER, data) is not None
    else:
        is_written = bucket.write_if_unchanged(LEDGER_POINTER, data, ledger.etag) is not None
    if is_written and old and old.previous:
        bucket.delete(old.previous)
    return is_written


def _mark(drop: Drop) -> str:
    return f"{drop.key}?versionId={drop.version}"
