"""Records go to JupiterOne in bodies that it takes, in order, none left out and none twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_graph.jupiterone.batches import Batches

ENVELOPE = len(b'{"relationships":[]}')
RECORDS = st.lists(st.integers(1, 60).map(lambda size: b"x" * size), max_size=40)


def body(batch: list[bytes]) -> bytes:
    return b'{"relationships":[' + b",".join(batch) + b"]}"


@given(RECORDS, st.integers(30, 200))
def test_every_record_comes_once_and_in_order(records: list[bytes], largest: int) -> None:
    found = list(Batches(records, largest=largest))
    assert [record for batch in found for record in batch] == records
    assert all(len(body(batch)) <= largest or len(batch) == 1 for batch in found)


@given(RECORDS, st.sets(st.integers(0, 30)))
def test_halving_loses_nothing_and_ends_at_single_records(records: list[bytes], refused: set[int]) -> None:
    batches, taken = Batches(records, largest=500), []
    for number, batch in enumerate(batches):
        if number in refused and len(batch) > 1:
            before = batches.largest
            batches.halve(batch)
            assert batches.largest < before
        else:
            taken.extend(batch)
    assert taken == records


def test_a_batch_is_as_full_as_it_may_be() -> None:
    assert list(map(len, Batches([b"x" * 9] * 10, largest=ENVELOPE + 40))) == [4, 4, 2]


def test_many_small_batches_need_no_deep_stack() -> None:
    assert sum(1 for _ in Batches([b"x"] * 50_000, largest=ENVELOPE)) == 50_000


def test_a_single_record_is_not_halved() -> None:
    with pytest.raises(ValueError, match="single"):
        Batches([]).halve([b"x"])
