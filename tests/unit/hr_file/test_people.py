"""The ledger: what all applied files together say of each person, never in clear."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_graph.hr_file.check_file import check_hr_file
from learning_graph.hr_file.headers import ColumnMap
from learning_graph.hr_file.people import Changes, PeopleCounts, PeopleFile, PeopleTables

HEADERS = ("invited_email_address", "unique_user_id", "license_learning_status", "groups")
EMAIL_LICENSE = (HEADERS[0], HEADERS[2])
ID_LICENSE = (HEADERS[1], HEADERS[2])
TABLES = PeopleTables(b"k" * 32, memory_megabytes=200)


class Ledger:
    """Applies files one after the other in a scratch folder."""

    def __init__(self, folder: Path, tables: PeopleTables = TABLES) -> None:
        self._folder = folder
        self._tables = tables
        self._count = 0
        self.people = PeopleFile()

    def file(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> PeopleFile:
        data = "\n".join([",".join(headers), *rows]).encode()
        checked = check_hr_file(
            lambda: [data], column_map=ColumnMap({}), on_bad_rows="skip", people=self._tables, workspace=self.scratch()
        )
        return checked.people

    def compare(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> Changes:
        return self._tables.compare(self.file(*rows, headers=headers), self.people, self.scratch())

    def apply(self, *rows: str, headers: tuple[str, ...] = HEADERS) -> None:
        self.people = self._tables.apply(self.file(*rows, headers=headers), self.people, self.scratch())

    @property
    def counts(self) -> PeopleCounts:
        return self._tables.count(self.people, self.scratch())

    def scratch(self) -> Path:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        return folder


def test_additions_changes_grants_and_revocations_are_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,Sales", "b@x.org,2,active,Sales", "c@x.org,3,inactive,", "d@x.org,4,,")
    assert ledger.counts == PeopleCounts(people=4, active_licenses=2, known_licenses=3)
    assert ledger.compare(
        "a@x.org,1,active,Sales",  # as known
        "b@x.org,2,inactive,Sales",
        "c@x.org,3,active,",
        "d@x.org,4,,IT",
        "e@x.org,5,active,",
        "f@x.org,6,inactive,",
    ) == Changes(additions=2, changes=3, unchanged=1, grants=2, revocations=1, inactive_unknown=1)


def test_a_small_file_in_between_does_not_hide_the_others_from_the_guard(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    everyone = [f"p{number}@x.org,{number},active,Sales" for number in range(100)]
    ledger.apply(*everyone)
    ledger.apply("p7@x.org,7,,IT")
    assert ledger.compare(*(row.replace("active", "inactive") for row in everyone[:60])).revocations == 60
    assert ledger.counts == PeopleCounts(people=100, active_licenses=100, known_licenses=100)


def test_a_blank_cell_or_a_missing_column_keeps_what_is_known(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,Sales")
    ledger.apply("a@x.org,1,,")
    ledger.apply("a@x.org", headers=HEADERS[:1])
    ledger.apply("1,x", headers=(HEADERS[1], "attribute_new"))
    assert ledger.compare("a@x.org,1,active,Sales").unchanged == 1


def test_two_licences_of_one_person_are_two(tmp_path: Path) -> None:
    headers = (HEADERS[0], "license_learning_status", "license_coaching_status")
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,active,active", "b@x.org,active,", headers=headers)
    assert ledger.counts.active_licenses == 3
    assert ledger.compare("a@x.org,inactive,inactive", "b@x.org,,inactive", headers=headers) == Changes(
        changes=2, revocations=2, inactive_unknown=1
    )


@pytest.mark.parametrize(
    "row",
    ["A@X.org,,inactive,", ",1,inactive,", "a@x.org,2,inactive,", "b@x.org,1,inactive,"],
    ids=["e-mail in capitals", "id", "e-mail with another id", "id with another e-mail"],
)
def test_a_person_is_found_by_e_mail_or_by_id(tmp_path: Path, row: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,")
    assert ledger.compare(row).revocations == 1


def test_identifiers_are_compared_in_one_unicode_form_and_sharp_s_is_not_ss(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("ren\u00e9@x.org,,active,", "jan.wei\u00df@x.org,,active,")
    assert ledger.compare("rene\u0301@x.org,,inactive,").revocations == 1
    assert ledger.compare("jan.weiss@x.org,,inactive,") == Changes(additions=1, inactive_unknown=1)


def test_a_new_address_and_a_new_id_keep_the_person(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,")
    ledger.apply("a@x.org,b@x.org", headers=("existing_email_address", "invited_email_address"))
    ledger.apply("1,2", headers=("unique_user_id", "new_unique_user_id"))
    assert ledger.compare("b@x.org,inactive", headers=EMAIL_LICENSE).revocations == 1
    assert ledger.compare("2,inactive", headers=ID_LICENSE).revocations == 1
    assert ledger.counts.people == 1


def test_an_address_that_was_given_up_names_somebody_new(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,")
    ledger.apply("a@x.org,b@x.org", headers=("existing_email_address", "invited_email_address"))
    assert ledger.compare("a@x.org,7,active,") == Changes(additions=1, grants=1)


def test_an_identifier_that_another_row_takes_over_is_not_known_twice(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,1,active,", "b@x.org,2,active,")
    ledger.apply(",1,,IT", "a@x.org,7,,")  # the person of id 1 has lost the address to a new one
    assert ledger.counts == PeopleCounts(people=3, active_licenses=2, known_licenses=2)
    assert ledger.compare("a@x.org,inactive", headers=EMAIL_LICENSE).inactive_unknown == 1
    assert ledger.compare("1,inactive", headers=ID_LICENSE).revocations == 1


def test_two_known_people_who_turn_out_to_be_one_are_counted_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,active", headers=EMAIL_LICENSE)
    ledger.apply("1,active", headers=ID_LICENSE)
    assert ledger.counts.active_licenses == 2
    ledger.apply("a@x.org,1,,")
    assert ledger.counts == PeopleCounts(people=1, active_licenses=1, known_licenses=1)
    assert ledger.compare("1,inactive", headers=ID_LICENSE).revocations == 1
    assert ledger.compare("a@x.org,inactive", headers=EMAIL_LICENSE).revocations == 1


def test_ids_that_lost_their_leading_zeros_are_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("a@x.org,00123,active,", "b@x.org,0456,active,", "c@x.org,789,active,")
    assert ledger.compare("a@x.org,123,,", "b@x.org,456,,", "c@x.org,789,,", "d@x.org,5,,").ids_without_zeros == 2


def test_the_same_files_give_the_same_bytes_and_another_key_other_digests(tmp_path: Path) -> None:
    found = []
    for number, tables in enumerate((TABLES, TABLES, PeopleTables(b"another key" * 3, memory_megabytes=200))):
        folder = tmp_path / f"try{number}"
        folder.mkdir()
        ledger = Ledger(folder, tables)
        ledger.apply(*(f"p{person}@x.org,{person},active,Sales" for person in range(2000)))
        ledger.apply(*(f"p{person}@x.org,{person},inactive,IT" for person in range(1000, 3000)))
        assert ledger.people.path is not None
        found.append(ledger.people.path.read_bytes())
    assert found[0] == found[1] != found[2]


def test_no_identifier_and_no_cell_is_in_the_file_in_clear(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.apply("robin.sample@x.org,EMPLOYEE-1,active,Confidential")
    assert ledger.people.path is not None
    data = ledger.people.path.read_bytes()
    assert not any(word in data for word in (b"robin", b"sample@", b"EMPLOYEE", b"Confidential", b"groups"))


FILES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["active", "inactive", ""]), st.sampled_from(["", "S", "T"])),
        unique_by=lambda row: row[0],
        min_size=1,
        max_size=6,
    ),
    max_size=4,
)


@settings(max_examples=10, deadline=None)
@given(FILES)
def test_the_ledger_agrees_with_a_plain_dictionary(files: list[list[tuple[int, str, str]]]) -> None:
    known: dict[int, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        for file in files:
            rows = [f"p{person}@x.org,{person},{licence},{groups}" for person, licence, groups in file]
            expected = dict.fromkeys(Changes.__dataclass_fields__, 0)
            for person, licence, groups in file:
                before = known.get(person, {})
                said = {key: value for key, value in (("l", licence), ("g", groups)) if value}
                differs = any(before.get(key) != value for key, value in said.items())
                expected["additions"] += person not in known
                expected["changes"] += person in known and differs
                expected["unchanged"] += person in known and not differs
                expected["grants"] += licence == "active" and before.get("l") != "active"
                expected["revocations"] += licence == "inactive" and before.get("l") == "active"
                expected["inactive_unknown"] += licence == "inactive" and "l" not in before
                known[person] = {**before, **said}
            assert ledger.compare(*rows) == Changes(**expected)
            ledger.apply(*rows)
            assert ledger.counts.people == len(known)
            assert ledger.counts.active_licenses == sum(state.get("l") == "active" for state in known.values())
