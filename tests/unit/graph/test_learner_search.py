"""An erasure finds the person whom the graph has under the identifiers, in snapshots and in parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from learning_graph.graph.assembly.erasing import LearnerSearch, Person
from learning_graph.graph.rows import LearnerRow
from learning_graph.model.keys import USER_PREFIX

MAIL = "robin@example.com"
BY_MAIL = (None, None, MAIL)
ROBIN, KIM = ("P1", "E1", MAIL), ("P2", "E2", MAIL)
KEY_OF_MAIL = f"{USER_PREFIX}{MAIL}"
ROBIN_AND_MAIL = Person({"P1"}, {"P1"}, {"E1"}, {MAIL})

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
    add_snapshot(search, tmp_path, (KEY_OF_MAIL, BY_MAIL))
    add_snapshot(search, tmp_path, ("P1", ROBIN), ("P1", BY_MAIL))
    assert search.find(*asked) == Person({"P1", KEY_OF_MAIL}, {"P1"}, {"E1"}, {MAIL})


def test_an_address_that_two_profiles_have_identifies_neither(search: LearnerSearch) -> None:
    add_part(search, ROBIN, KIM, BY_MAIL)
    assert search.find("P1", None, None) == Person({"P1"}, {"P1"}, {"E1"})
    assert search.find("P2", None, None) == Person({"P2"}, {"P2"}, {"E2"})
    assert search.find(*BY_MAIL).others


def test_who_once_had_the_address_of_somebody_else_is_found_in_the_snapshots_of_that_time(
    search: LearnerSearch, tmp_path: Path
) -> None:
    add_snapshot(search, tmp_path, (KEY_OF_MAIL, BY_MAIL))
    add_snapshot(search, tmp_path, ("P1", ROBIN), ("P1", BY_MAIL))
    add_snapshot(search, tmp_path, ("P1", ROBIN), ("P1", BY_MAIL), ("P2", KIM))
    assert search.find("P1", None, None) == Person({"P1", KEY_OF_MAIL}, {"P1"}, {"E1"})
    assert search.find("P2", None, None) == Person({"P2"}, {"P2"}, {"E2"})


BOB, CYD = ("P1", "E1", "bob@example.com"), ("P2", "E1", "cyd@example.com")
BY_ID = (None, "E1", None)
KEY_OF_ID = f"{USER_PREFIX}E1"


def test_an_id_that_went_to_somebody_else_identifies_neither(search: LearnerSearch, tmp_path: Path) -> None:
    add_snapshot(search, tmp_path, (KEY_OF_ID, BY_ID))
    add_snapshot(search, tmp_path, ("P1", BOB), ("P1", BY_ID))
    add_snapshot(search, tmp_path, ("P1", BOB), ("P1", BY_ID), ("P2", CYD))
    bob = Person({"P1", KEY_OF_ID}, {"P1"}, set(), {"bob@example.com"}, shares_id=True)
    assert search.find("P1", None, None) == bob
    assert search.find("P1", "E1", None) == bob
    assert search.find("P2", None, None) == Person({"P2"}, {"P2"}, set(), {"cyd@example.com"}, shares_id=True)
    assert search.find(*BY_ID).others


def test_two_profiles_stay_two_people_where_one_after_the_other_had_the_same_identifiers(
    search: LearnerSearch, tmp_path: Path
) -> None:
    add_snapshot(search, tmp_path, ("P1", BOB), ("P1", BY_ID))
    add_snapshot(search, tmp_path, ("P2", CYD), ("P2", BY_ID))
    assert search.find("P2", None, None).keys == {"P2", KEY_OF_ID}
    assert search.find("P1", None, None).keys == {"P1", KEY_OF_ID}


def test_identifiers_that_nobody_has_are_those_of_a_person_who_may_come(search: LearnerSearch) -> None:
    assert search.find("P1", "E1", MAIL) == Person({"P1"}, {"P1"}, {"E1"})
    assert search.find(None, "E1", MAIL) == Person(set(), set(), {"E1"})
    assert search.find(None, None, MAIL) == Person(set(), set(), set(), {MAIL})
