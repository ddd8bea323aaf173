"""What a file would change, and the ledger after it: facts of one file laid over what all earlier ones say."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from learning_graph.hr_file.matching import NOBODY, People, ranges
from learning_graph.hr_file.people_table import ACTIVE_CODE, INACTIVE_CODE, PeopleTable


@dataclass(slots=True)
class Changes:
    """What a file says beside what is known.

    Args:
        additions: people not known before.
        changes: known people of whom something differs.
        unchanged: known people of whom nothing differs.
        grants: licences that become active (of new people too).
        revocations: licences known to be active that become inactive.
        inactive_unknown: licences set inactive of which nothing is known.
    """

    additions: int = 0
    changes: int = 0
    unchanged: int = 0
    grants: int = 0
    revocations: int = 0
    inactive_unknown: int = 0


@dataclass(frozen=True)
class _Layout:
    """Where the columns of facts stand in the ledger."""

    columns: tuple[str, ...]
    places: tuple[int, ...]
    licenses: tuple[bool, ...]

    def pick(self, codes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the ledger's codes of the columns that facts have, in their order."""
        return codes if self._is_same else tuple(codes[place] for place in self.places)

    @cached_property
    def _is_same(self) -> bool:
        return self.places == tuple(range(len(self.columns)))


def _layout(facts: PeopleTable, ledger: PeopleTable) -> _Layout:
    new = tuple(header for header in facts.columns[1:] if header not in ledger.columns)
    columns = ledger.columns + new
    headers = facts.columns[1:]
    return _Layout(columns, tuple(map(columns.index, headers)), tuple(header in facts.licenses for header in headers))


def compare(facts: PeopleTable, ledger: PeopleTable) -> Changes:
    """Count what facts would change in the ledger."""
    changes = Changes()
    layout = _layout(facts, ledger)
    people = People(facts, ledger)
    with ledger.rows_path.open("rb") as file:
        store = _Store(file.fileno(), ledger, len(layout.columns))
        for row, codes in enumerate(facts.read_rows()):
            if not codes[0]:
                continue
            said = codes[1:]
            known = [layout.pick(store.read(person)) for person in people.of(row)]
            if known == [said]:
                changes.unchanged += 1
            else:
                _count(changes, said, known, layout.licenses)
    return changes


class _Store:
    """The rows of a ledger, read and written in place; a narrower ledger's rows are filled up with "nothing said"."""

    def __init__(self, descriptor: int, ledger: PeopleTable, width: int) -> None:
        self._descriptor = descriptor
        self._form = ledger.form
        self._fill = (0,) * (width - len(ledger.columns))

    def read(self, person: int) -> tuple[int, ...]:
        size = self._form.size
        return self._form.unpack(os.pread(self._descriptor, size, person * size)) + self._fill

    def write(self, person: int, codes: Sequence[int]) -> None:
        os.pwrite(self._descriptor, self._form.pack(*codes), person * self._form.size)


def _count(changes: Changes, said: Sequence[int], known: Sequence[Sequence[int]], licenses: Sequence[bool]) -> None:
    differs = len(known) > 1
    for place, (code, is_license) in enumerate(zip(said, licenses, strict=True)):
        if not code:
            continue
        before = [codes[place] for codes in known]
        is_new = code not in before
        differs = differs or is_new
        if is_license and code == INACTIVE_CODE:
            changes.revocations += before.count(ACTIVE_CODE)
            changes.inactive_unknown += not any(before)
        elif is_license:
            changes.grants += is_new
    if not known:
        changes.additions += 1
    elif differs:
        changes.changes += 1
    else:
        changes.unchanged += 1


def apply(facts: PeopleTable, ledger: PeopleTable, folder: Path) -> PeopleTable:
    """Write the ledger as it is after a file was applied; the old one stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    layout = _layout(facts, ledger)
    people = People(facts, ledger)
    widened = PeopleTable(folder, layout.columns, ledger.licenses | facts.licenses, ledger.rows)
    _copy_rows(ledger, widened)
    moved: dict[int, int] = {}
    count = ledger.rows
    with widened.rows_path.open("r+b") as file:
        store = _Store(file.fileno(), widened, len(layout.columns))
        for row, codes in enumerate(facts.read_rows()):
            if not codes[0]:
                people.settle(row, NOBODY)
                continue
            own = people.of(row)
            if moved:
                own = sorted({_moved_to(person, moved) for person in own})
            if not own:
                own = [count]
                count += 1
                store.write(own[0], _over(codes[1:], (0,) * len(layout.columns), layout))
            else:
                _update(store, own, codes[1:], layout)
            for person in own[1:]:  # two known people are one: the older keeps all, the other becomes empty
                moved[person] = own[0]
            people.settle(row, own[0])
    merged = PeopleTable(folder, widened.columns, widened.licenses, count)
    _merge_aliases(facts, ledger, people, moved, merged)
    return merged


def _update(store: _Store, own: Sequence[int], said: tuple[int, ...], layout: _Layout) -> None:
    """Lay what is said of people who are one over what is known of them, and write what differs."""
    known = [store.read(person) for person in own]
    if len(own) == 1 and layout.pick(known[0]) == said:
        return
    store.write(own[0], _over(said, _together(known), layout))
    for person in own[1:]:
        store.write(person, (0,) * len(layout.columns))


def _over(said: Sequence[int], known: Sequence[int], layout: _Layout) -> Sequence[int]:
    codes = list(known)
    for code, place in zip(said, layout.places, strict=True):
        codes[place] = code or codes[place]
    return codes


def _moved_to(person: int, moved: dict[int, int]) -> int:
    while person in moved:
        person = moved[person]
    return person


def _together(known: list[tuple[int, ...]]) -> list[int]:
    return [next((code for code in codes if code), 0) for codes in zip(*known, strict=True)]


def _copy_rows(ledger: PeopleTable, widened: PeopleTable) -> None:
    if ledger.columns == widened.columns:
        shutil.copyfile(ledger.rows_path, widened.rows_path)
        return
    fill = (0,) * (len(widened.columns) - len(ledger.columns))
    with widened.rows_path.open("wb") as file:
        file.writelines(widened.form.pack(*codes, *fill) for codes in ledger.read_rows() if ledger.columns)


def _merge_aliases(
    facts: PeopleTable, ledger: PeopleTable, people: People, moved: dict[int, int], merged: PeopleTable
) -> None:
    with merged.aliases_path.open("wb") as file:
        for entries, people_of in ranges(facts, ledger):
            if moved:
                people_of = {digest: _moved_to(person, moved) for digest, person in people_of.items()}  # noqa: PLW2901
            for digest, row in entries:
                person = people.settled(row)
                if person != NOBODY:
                    people_of[digest] = _moved_to(person, moved)
            index = sorted(people_of.items())
            file.write(struct.pack(">" + "QI" * len(index), *chain.from_iterable(index)))
