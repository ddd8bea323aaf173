"""An erasure finds the person whom the graph has under the identifiers, in snapshots and in parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from learning_graph.graph.assembly.erasing import LearnerSearch, Person
from learning_graph.graph.rows import LearnerRow

MAIL = "robin@example.com"
BY_MAIL = (None, None, MAIL)
ROBIN, KIM = ("P1", "E1", MAIL), ("P2", "E2", MAIL)
ROBIN_AND_MAIL = Person({"P1"}, {"E1"}, {MAIL})

Identifiers = tuple[str | None, str | None, str | None]


@pytest.fixture
def search() -> Iterator[LearnerSearch]:
    with closing(LearnerSearch()) as found:
        yield found


def add_part(search: LearnerSearch, *learners: Identifiers) -> None:
    search.add_learners(LearnerRow(number, *one) for number, one in enumerate(learners))


def add_snapshot(search: LearnerSearch, folder: Path, *learners: tuple[str, Identifiers]) -> None:
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    with duckdb.connect() as db:
        db.execute(
            'create table named ("learnerKey" varchar, "comparableProfileUrn" varchar,'
            ' "comparableUniqueUserId" varchar, "comparableEmail" varchar)'
        )
        db.executemany("insert into named values (?, ?, ?, ?)", [[key, *one] for key, one in learners])
        db.execute(f"copy named to '{path}' (format parquet)")
    search.add_snapshot(path)


@pytest.mark.parametrize("asked", [("P1", None, None), (None, "E1", None), BY_MAIL])
def test_a_row_with_an_address_alone_is_about_the_only_profile_with_it(
    search: LearnerSearch, asked: Identifiers
) -> None:
    add_part(search, ROBIN, BY_MAIL)
    assert search.find(*asked) == ROBIN_AND_MAIL


def test_a_row_without_profile_is_about_the_only_profile_with_its_address(search: LearnerSearch) -> None:
    add_part(search, ("P1", None, MAIL), (None, "E1", MAIL))
    assert search.find("P1", None, None) == ROBIN_AND_MAIL


@pytest.mark.parametrize("asked", [("P1", None, None), BY_MAIL])
def test_whom_an_earlier_snapshot_knew_by_address_alone_is_found_under_the_profile(
    search: LearnerSearch, tmp_path: Path, asked: Identifiers
) -> None:
    add_snapshot(search, tmp_path, (f"linkedin_learning_user:{MAIL}", BY_MAIL))
    add_snapshot(search, tmp_path, ("P1", ROBIN), ("P1", BY_MAIL))
    assert search.find(*asked) == ROBIN_AND_MAIL


def test_an_address_that_two_profiles_have_identifies_neither(search: LearnerSearch, tmp_path: Path) -> None:
    add_snapshot(search, tmp_path, ("P1", ROBIN), ("P1", BY_MAIL))
    add_part(search, ROBIN, KIM, BY_MAIL)
    assert search.find("P1", None, None) == Person({"P1"}, {"E1"})
    assert search.find("P2", None, None) == Person({"P2"}, {"E2"})
    assert search.find(*BY_MAIL).others
