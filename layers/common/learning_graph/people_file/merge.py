"""What a file would change, and the ledger after it: facts of one file laid over what all earlier ones say."""

from __future__ import annotations

import os
import shutil
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Final

from learning_graph.people_file.people_table import ACTIVE_CODE, ALIAS, INACTIVE_CODE, PeopleTable

_NOBODY: Final = 0xFFFFFFFF
_BUFFERED_ALIASES: Final = 16_384


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


class _People:
    """For each row of facts the people of the ledger whom its identifiers name: one, rarely several."""

    def __init__(self, facts: PeopleTable, ledger: PeopleTable) -> None:
        first = self._first = array("I", [_NOBODY]) * facts.rows
        self._more: dict[int, list[int]] = {}
        if not ledger.rows:
            return
        for people_of, entries in _alike(facts, ledger):
            for digest, row in entries:
                if digest in people_of:
                    person = people_of[digest]
                    if first[row] == _NOBODY:
                        first[row] = person
                    elif first[row] != person:
                        self._more.setdefault(row, []).append(person)

    def of(self, row: int) -> list[int]:
        """Return the people of a row, in order, each once."""
        first = self._first[row]
        if first == _NOBODY:
            return []
        return sorted({first, *self._more[row]}) if row in self._more else [first]

    def settle(self, row: int, person: int) -> None:
        self._first[row] = person

    def settled(self, row: int) -> int:
        return self._first[row]


def _alike(facts: PeopleTable, ledger: PeopleTable) -> Iterator[tuple[dict[int, int], Sequence[tuple[int, int]]]]:
    """Yield blocks of the ledger's index as {digest: person}, each with the entries of facts that may be in it.

    Both are sorted by digest and every digest stands once in the ledger, so each entry of facts belongs to one block.
    """
    blocks = facts.alias_blocks()
    entries: list[tuple[int, int]] = next(blocks, [])
    for known in ledger.alias_blocks():
        people_of = dict(known)
        last = known[-1][0]
        while entries and entries[-1][0] <= last:
            yield people_of, entries
            entries = next(blocks, [])
        cut = bisect_right(entries, last, key=itemgetter(0))
        yield people_of, entries[:cut]
        entries = entries[cut:]


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
    people = _People(facts, ledger)
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
    people = _People(facts, ledger)
    widened = PeopleTable(folder, layout.columns, ledger.licenses | facts.licenses, ledger.rows)
    _copy_rows(ledger, widened)
    moved: dict[int, int] = {}
    count = ledger.rows
    with widened.rows_path.open("r+b") as file:
        store = _Store(file.fileno(), widened, len(layout.columns))
        for row, codes in enumerate(facts.read_rows()):
            if not codes[0]:
                people.settle(row, _NOBODY)
                continue
            own = sorted({_moved_to(person, moved) for person in people.of(row)})
            if not own:
                own = [count]
                count += 1
                known = [0] * len(layout.columns)
            else:
                known = _together([store.read(person) for person in own])
            for code, place in zip(codes[1:], layout.places, strict=True):
                known[place] = code or known[place]
            store.write(own[0], known)
            for person in own[1:]:  # two known people are one: the older keeps all, the other becomes empty
                moved[person] = own[0]
                store.write(person, [0] * len(layout.columns))
            people.settle(row, own[0])
    merged = PeopleTable(folder, widened.columns, widened.licenses, count)
    _merge_aliases(facts, ledger, people, moved, merged)
    return merged


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
    facts: PeopleTable, ledger: PeopleTable, people: _People, moved: dict[int, int], merged: PeopleTable
) -> None:
    new = ((digest, people.settled(row)) for digest, row in _entries(facts) if people.settled(row) != _NOBODY)
    old = ((digest, _moved_to(person, moved)) for digest, person in _entries(ledger))
    buffer = bytearray()
    with merged.aliases_path.open("wb") as file:
        for digest, person in _union(new, old):
            buffer += ALIAS.pack(digest, person)
            if len(buffer) >= _BUFFERED_ALIASES * ALIAS.size:
                file.write(buffer)
                buffer.clear()
        file.write(buffer)


def _entries(table: PeopleTable) -> Iterator[tuple[int, int]]:
    return chain.from_iterable(table.alias_blocks())


def _union(new: Iterator[tuple[int, int]], old: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield both in order of digest, each digest once; of equal ones the new."""
    last = (1 << 64, 0)
    a, b = next(new, last), next(old, last)
    written = -1
    while a is not last or b is not last:
        if a[0] <= b[0]:
            entry, a = a, next(new, last)
        else:
            entry, b = b, next(old, last)
        if entry[0] != written:
            written = entry[0]
            yield entry
