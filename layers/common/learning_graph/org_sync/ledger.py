"""The people ledger: what all applied files together say of each person, as one object a generation.

`state/people/latest.json` names the newest generation and which drops are in it; it is moved by conditional writes, so
that files which end at the same time are applied one after the other, each once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from learning_graph.aws.drops import DropBucket
from learning_graph.hr_file.merge import apply
from learning_graph.hr_file.people_table import PeopleTable, empty_table, pack, unpack
from learning_graph.org_sync.drops import PEOPLE_LATEST, Drop

_REMEMBERED: Final = 1000  # drops; a message that comes back does so within days
_ATTEMPTS: Final = 20


class Generation(msgspec.Struct, frozen=True, rename="camel"):
    """The pointer object.

    Args:
        object: key of the packed table.
        previous: key of the one before, kept for whoever still reads it.
        applied: the newest drops in it.
    """

    number: int
    object: str
    previous: str
    people: int
    active_licenses: int
    applied: list[str]


@dataclass(frozen=True)
class Ledger:
    """A generation in scratch files; `etag` is the pointer's, None before the first file was applied."""

    table: PeopleTable
    generation: Generation | None
    etag: str | None

    @property
    def active_licenses(self) -> int:
        return self.generation.active_licenses if self.generation else 0


def load_ledger(store: DropBucket, folder: Path) -> Ledger:
    """Fetch the newest generation into a folder."""
    folder.mkdir(parents=True)
    packed = folder / "people.gz"
    for _ in range(_ATTEMPTS):
        pointer = store.read(PEOPLE_LATEST)
        if pointer is None:
            return Ledger(empty_table(folder / "table"), None, None)
        generation = msgspec.json.decode(pointer.data, type=Generation)
        if store.download(generation.object, packed):
            table = unpack(packed, folder / "table")
            packed.unlink()
            return Ledger(table, generation, pointer.etag)
        # Two newer generations came meanwhile, and this one is gone.
    raise RuntimeError(f"{PEOPLE_LATEST} names an object that is not there")


def apply_to_ledger(store: DropBucket, drop: Drop, facts: PeopleTable, workspace: Path) -> None:
    """Make what a file says part of the ledger, once however often it is tried.

    Raises:
        RuntimeError: other files were faster twenty times.
    """
    for attempt in range(_ATTEMPTS):
        folder = workspace / f"ledger-{attempt}"
        ledger = load_ledger(store, folder)
        if ledger.generation and _mark(drop) in ledger.generation.applied:
            return
        if _write(store, ledger, drop, facts, folder):
            return
    raise RuntimeError("the people ledger was changed by others again and again")


def _write(store: DropBucket, ledger: Ledger, drop: Drop, facts: PeopleTable, folder: Path) -> bool:
    old = ledger.generation
    number = old.number + 1 if old else 1
    table = apply(facts, ledger.table, folder / "merged")
    key = f"state/people/{number:08d}-{drop.version}.gz"
    store.upload(pack(table, folder / "merged.gz"), key, content_type="application/gzip")
    generation = Generation(
        number=number,
        object=key,
        previous=old.object if old else "",
        people=table.rows,
        active_licenses=table.active_licenses(),
        applied=[*(old.applied if old else []), _mark(drop)][-_REMEMBERED:],
    )
    data = msgspec.json.encode(generation)
    if ledger.etag is None:
        is_ours = store.write_if_absent(PEOPLE_LATEST, data) is not None
    else:
        is_ours = store.write_if_unchanged(PEOPLE_LATEST, data, ledger.etag) is not None
    if is_ours and old and old.previous:
        store.delete(old.previous)
    return is_ours


def _mark(drop: Drop) -> str:
    return f"{drop.key}?versionId={drop.version}"
