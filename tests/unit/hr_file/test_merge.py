"""The ledger: what all applied files together say of each person."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from learning_graph.hr_file.merge import Changes, apply, compare
from learning_graph.hr_file.people_table import PeopleTable, empty_table, pack, strike_out, unpack

from learning_graph.hr_file.check import check_hr_file
from learning_graph.hr_file.headers import ColumnMap

HEADERS = ("invited_email_address", "unique_user_id", "license_learning_status", "groups")


class Ledger:
    """Applies files one after the other in a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.table = empty_table(folder / "0")

    def facts(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> PeopleTable:
        self._count += 1
        workspace = self._folder / f"check{self._count}"
        workspace.mkdir()
        data = "\n".join([",".join(headers), *rows]).encode()
        return check_hr_file([data], column_map=ColumnMap({}), on_bad_rows="skip", workspace=workspace).facts

    def compare(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> Changes:
        return compare(self.facts(*rows, headers=headers), self.table)

    def apply(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> None:
        facts = self.facts(*rows, headers=headers)
        self._count += 1
        merged = apply(facts, self.table, self._folder / f"ledger{self._count}")
        self.table = unpack(pack(merged, self._folder / "packed"), self._folder / f"read{self._count}")


def test_additions_changes_grants_and_revocations_are_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,Sales", "b@x.org,2,active,Sales", "c@x.org,3,inactive,", "d@x.org,4,,")
    assert ledger.table.active_licenses() == 2
    assert ledger.compare(
        "a@x.org,1,active,Sales",  # as known
        "b@x.org,2,inactive,Sales",
        "c@x.org,3,active,",
        "d@x.org,4,,IT",
        "e@x.org,5,active,",
        "f@x.org,6,inactive,",
    ) == Changes(additions=2, changes=3, unchanged=1, grants=2, revocations=1, inactive_unknown=1)


def test_a_small_file_in_between_does_not_blind_the_guard(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    everyone = [f"p{number}@x.org,{number},active,Sales" for number in range(100)]
    ledger.apply(*everyone)
    ledger.apply("p7@x.org,7,,IT")
    revoked = ledger.compare(*(row.replace("active", "inactive") for row in everyone[:60]))
    assert revoked.revocations == 60
    assert ledger.table.active_licenses() == 100


def test_a_blank_cell_or_a_missing_column_leaves_what_is_known(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,Sales")
    ledger.apply("a@x.org,1,,")
    ledger.apply("a@x.org", headers=HEADERS[:1])
    assert ledger.table.active_licenses() == 1
    assert ledger.compare("a@x.org,1,active,Sales").unchanged == 1


def test_a_person_is_the_same_by_email_or_by_id(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,")
    assert ledger.compare("A@X.org,inactive", headers=HEADERS[:1] + HEADERS[2:3]).revocations == 1
    assert ledger.compare("1,inactive", headers=HEADERS[1:3]).revocations == 1


def test_a_new_address_and_a_new_id_keep_the_person(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,")
    ledger.apply("a@x.org,b@x.org", headers=("existing_email_address", "invited_email_address"))
    ledger.apply("1,2", headers=("unique_user_id", "new_unique_user_id"))
    assert ledger.compare("b@x.org,inactive", headers=HEADERS[:1] + HEADERS[2:3]).revocations == 1
    assert ledger.compare("2,inactive", headers=HEADERS[1:3]).revocations == 1
    assert ledger.table.active_licenses() == 1


def test_two_known_people_who_turn_out_to_be_one_are_counted_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,active", headers=HEADERS[:1] + HEADERS[2:3])
    ledger.apply("1,active", headers=HEADERS[1:3])
    assert ledger.table.active_licenses() == 2
    ledger.apply("a@x.org,1,,")
    assert ledger.table.active_licenses() == 1
    assert ledger.compare("1,inactive", headers=HEADERS[1:3]).revocations == 1
    assert ledger.compare("a@x.org,inactive", headers=HEADERS[:1] + HEADERS[2:3]).revocations == 1


def test_a_row_that_was_refused_changes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    facts = ledger.facts("a@x.org,1,active,", "b@x.org,2,active,")
    strike_out(facts, [1])
    ledger.table = apply(facts, ledger.table, tmp_path / "after")
    assert ledger.table.active_licenses() == 1
    assert ledger.compare("b@x.org,2,active,").additions == 1


FILES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["active", "inactive", ""]), st.sampled_from(["", "S", "T"])),
        unique_by=lambda row: row[0],
        max_size=6,
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(FILES)
def test_the_ledger_agrees_with_a_plain_dictionary(files: list[list[tuple[int, str, str]]]) -> None:
    known: dict[int, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        for file in files:
            rows = [f"p{person}@x.org,{person},{licence},{groups}" for person, licence, groups in file]
            expected = Changes()
            for person, licence, groups in file:
                before = known.get(person, {})
                said = {key: value for key, value in (("l", licence), ("g", groups)) if value}
                differs = any(before.get(key) != value for key, value in said.items())
                expected.additions += person not in known
                expected.changes += person in known and differs
                expected.unchanged += person in known and not differs
                expected.grants += licence == "active" and before.get("l") != "active"
                expected.revocations += licence == "inactive" and before.get("l") == "active"
                expected.inactive_unknown += licence == "inactive" and "l" not in before
                known[person] = {**before, **said}
            assert ledger.compare(*rows) == expected
            ledger.apply(*rows)
            assert ledger.table.active_licenses() == sum(state.get("l") == "active" for state in known.values())
