"""Who of the ledger a file names: the index of facts laid beside the ledger's, a range of digests at a time."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from learning_graph.hr_file.people_table import PeopleTable

NOBODY: Final = 0xFFFFFFFF
_ENTRIES_A_RANGE: Final = 8192
_DIGEST_BITS: Final = 64


class People:
    """For each row of facts the people of the ledger whom its identifiers name: one, rarely several."""

    def __init__(self, facts: PeopleTable, ledger: PeopleTable) -> None:
        first = self._first = array("I", [NOBODY]) * facts.rows
        self._more: dict[int, list[int]] = {}
        if not ledger.rows:
            return
        for entries, people_of in ranges(facts, ledger):
            for digest, row in entries:
                if digest in people_of:
                    person = people_of[digest]
                    if first[row] == NOBODY:
                        first[row] = person
                    elif first[row] != person:
                        self._more.setdefault(row, []).append(person)

    def of(self, row: int) -> list[int]:
        """Return the people of a row, in order, each once."""
        first = self._first[row]
        if first == NOBODY:
            return []
        return sorted({first, *self._more[row]}) if row in self._more else [first]

    def settle(self, row: int, person: int) -> None:
        self._first[row] = person

    def settled(self, row: int) -> int:
        return self._first[row]


class _Index:
    """A table's index, taken from its sorted file range by range."""

    def __init__(self, table: PeopleTable) -> None:
        self._blocks = table.alias_blocks()
        self._entries: list[tuple[int, int]] = []

    def below(self, bound: int) -> list[tuple[int, int]]:
        """Return the next entries, those with a digest below `bound`."""
        entries = self._entries
        while (not entries or entries[-1][0] < bound) and (block := next(self._blocks, None)):
            entries.extend(block)
        cut = bisect_left(entries, (bound, 0))
        self._entries = entries[cut:]
        return entries[:cut]


def ranges(facts: PeopleTable, ledger: PeopleTable) -> Iterator[tuple[list[tuple[int, int]], dict[int, int]]]:
    """Yield the index of facts and {digest: person} of the ledger side by side, a range of digests at a time.

    Digests are evenly spread, so ranges of equal width are of nearly equal size: some ten thousand entries.
    """
    bits = (max(facts.alias_count, ledger.alias_count) // _ENTRIES_A_RANGE).bit_length()
    of_facts, of_ledger = _Index(facts), _Index(ledger)
    for number in range(1, (1 << bits) + 1):
        bound = number << (_DIGEST_BITS - bits)
        yield of_facts.below(bound), dict(of_ledger.below(bound))
