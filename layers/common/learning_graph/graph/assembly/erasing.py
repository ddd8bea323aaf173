"""Finds one learner in snapshots and parts, and writes a snapshot's files without that learner (ADR 0007)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from learning_graph.graph.assembly.identities import IDENTIFIERS, resolve_identities
from learning_graph.graph.assembly.snapshot_files import PARQUET_OPTIONS
from learning_graph.graph.rows import LearnerRow, comparable_identifiers
from learning_graph.model import schema
from learning_graph.model.keys import USER_PREFIX
from learning_graph.values.sql import quoted, quoted_list

# The column that names the learner, in every Parquet file that names learners.
LEARNER_COLUMN = {
    schema.USER: "_key",
    "learner_attributes": "learnerKey",
    "learner_identities": "learnerKey",
    **{
        relationship.name: "_fromEntityKey" if relationship.source == schema.USER else "_toEntityKey"
        for relationship in schema.RELATIONSHIPS.values()
        if schema.USER in (relationship.source, relationship.target)
    },
}


def in_memory() -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database, a context manager that closes it."""
    return duckdb.connect()


@dataclass
class Person:
    """One person: the keys that snapshots gave, and the identifiers that nobody else has, in their comparable forms.

    `others` counts further people with the requested uniqueUserId or address: where there are any, it identifies
    nobody. `shares_id`: another profile has a uniqueUserId of the person's.
    """

    keys: set[str] = field(default_factory=set)
    profile_urns: set[str] = field(default_factory=set)
    unique_user_ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    others: int = 0
    shares_id: bool = False


class LearnerSearch:
    """The identifiers of all learners in the snapshots and parts that were added.

    Who is one person is decided as the graph decides it (`identities`), over all of them. Keys that snapshots gave to
    the same combination of identifiers are of the same person, but for two profile URNs.
    """

    def __init__(self) -> None:
        self._db = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        self._db.execute(
            "create table given (key varchar, profile_urn_id varchar, unique_user_id_id varchar, email_id varchar)"
        )

    def add_snapshot(self, identities: Path) -> None:
        """Add the table `learner_identities` of a snapshot."""
        self._db.execute(
            'insert into given select distinct "learnerKey", coalesce("comparableProfileUrn", \'\'),'
            " coalesce(\"comparableUniqueUserId\", ''), coalesce(\"comparableEmail\", '')"
            f" from read_parquet({quoted(identities)}) except from given"
        )

    def add_learners(self, rows: Iterable[LearnerRow]) -> None:
        """Add the learners of a part, of whom no snapshot has given a key yet."""
        if named := set(map(comparable_identifiers, rows)):
            self._db.executemany("insert into given values (null, ?, ?, ?)", [list(entry) for entry in named])

    def find(self, profile_urn: str | None, unique_user_id: str | None, email: str | None) -> Person:
        """Return the person with these identifiers.

        A profile URN decides; a uniqueUserId beside it is the person's too, unless another profile has it. Without a
        profile URN, a uniqueUserId, else an e-mail address, is used where one person has it.
        """
        self._resolve()
        by_id = self._keys("resolved and unique_user_id_id = ?", unique_user_id)
        by_email = self._keys("resolved and email_id = ?", email)
        if profile_urn:
            keys = self._close({profile_urn} | (by_id if _profiles(by_id) <= {profile_urn} else set()))
        else:
            asked = by_id if unique_user_id else by_email
            keys = self._close(set(sorted(asked)[:1]))
            if others := len(asked - keys) + max(len(_profiles(keys)) - 1, 0):
                return Person(others=others)
        person = Person(keys, _profiles(keys), self._own("unique_user_id_id", keys), self._own("email_id", keys))
        if unique_user_id and not by_id:
            person.unique_user_ids.add(unique_user_id)
        if email and not by_email and not (profile_urn or unique_user_id):
            person.emails.add(email)
        of_person = "unique_user_id_id in (select unique_user_id_id from keyed where list_contains(?, key))"
        with_ids = self._keys(f"resolved and unique_user_id_id <> '' and {of_person}", sorted(keys))
        person.shares_id = bool(_profiles(with_ids) - keys)
        return person

    def close(self) -> None:
        self._db.close()

    def _resolve(self) -> None:
        """Make the table `keyed`: identifiers with the keys of snapshots, and `resolved` ones over all of them."""
        for table in ("named", "identity", "keyed"):
            self._db.execute(f"drop table if exists {table}")
        self._db.execute(
            "create table named as select distinct * exclude (key), true as seen_now, null as old_key from given"
        )
        resolve_identities(self._db)
        self._db.execute(
            "create table keyed as select *, false as resolved from given where key is not null"
            " union all by name"
            " select * exclude (user_key, identity, seen_now), user_key as key, true as resolved from identity"
        )

    def _close(self, keys: set[str]) -> set[str]:
        """Return these keys and all others of the same person."""
        while True:
            profiles = _profiles(keys)
            found = keys | self._keys(
                f"({IDENTIFIERS}) in (select ({IDENTIFIERS}) from keyed where list_contains(?, key))", sorted(keys)
            )
            if profiles:
                found -= _profiles(found) - profiles
            if found == keys:
                return keys
            keys = found

    def _keys(self, condition: str, parameter: object) -> set[str]:
        rows = self._db.execute(f"select distinct key from keyed where {condition}", [parameter]).fetchall()
        return {key for (key,) in rows}

    def _own(self, column: str, keys: set[str]) -> set[str]:
        """Return the identifiers that nobody but the person with these keys has."""
        rows = self._db.execute(
            f"select {column} from keyed where resolved and {column} <> ''"
            f" group by {column} having bool_and(list_contains(?, key))",
            [sorted(keys)],
        ).fetchall()
        return {identifier for (identifier,) in rows}


def _profiles(keys: set[str]) -> set[str]:
    return {key for key in keys if not key.startswith(USER_PREFIX)}


def learner_keys(identities: Path, person: Person) -> list[str]:
    """Return the keys under which a snapshot has the person, from its table `learner_identities`."""
    with duckdb.connect() as db:
        rows = db.execute(
            f"""select distinct "learnerKey" from read_parquet({quoted(identities)})
                where list_contains($keys, "learnerKey")
                   or list_contains($profile_urns, "comparableProfileUrn")
                   or list_contains($unique_user_ids, "comparableUniqueUserId")
                   or ("comparableProfileUrn" is null and "comparableUniqueUserId" is null
                       and list_contains($emails, "comparableEmail"))""",
            {
                "keys": sorted(person.keys),
                "profile_urns": sorted(person.profile_urns),
                "unique_user_ids": sorted(person.unique_user_ids),
                "emails": sorted(person.emails),
            },
        ).fetchall()
    return [key for (key,) in rows]


def learner_columns(report: Path) -> list[str]:
    """Return the columns of a report's Parquet file that hold the `_key` of a learner."""
    with duckdb.connect() as db:
        columns = db.execute(f"describe select * from read_parquet({quoted(report)})").fetchall()
    return [name for name, *_ in columns if name in {"learnerKey", "personKey"}]


def copy_without(source: Path, column: str, keys: list[str], target: Path) -> tuple[int, int]:
    """Write a Parquet file without the rows of these learners; return the numbers of rows kept and removed."""
    with duckdb.connect() as db:
        path = quoted(source)
        counted = db.execute(f"select count(*) from read_parquet({path})").fetchone()
        kept = db.execute(
            f'copy (select * from read_parquet({path}) where not coalesce(list_contains($keys, "{column}"), false))'
            f" to {quoted(target)} ({PARQUET_OPTIONS})",
            {"keys": keys},
        ).fetchone()
    rows, stayed = int(counted[0]) if counted else 0, int(kept[0]) if kept else 0
    return stayed, rows - stayed


def sums_of_assigned(files: Iterable[Path], lookback: tuple[int, int]) -> dict[str, int]:
    """Return the totals of a manifest (`store.manifest.Manifest.totals`) over the files of ASSIGNED relationships."""
    paths = list(files)
    names = ("completed", "completions", "views", "secondsViewed")
    if not paths:
        return dict.fromkeys(names, 0)
    with duckdb.connect() as db:
        row = db.execute(
            'with within as (select *, "lookbackStart" = $start and "lookbackEnd" = $end as now'
            f" from read_parquet({quoted_list(paths)}))"
            " select count(*) filter (where completed), coalesce(sum(completions) filter (where now), 0)::bigint,"
            " coalesce(sum(views) filter (where now), 0)::bigint,"
            ' coalesce(sum("secondsViewed") filter (where now), 0)::bigint from within',
            {"start": lookback[0], "end": lookback[1]},
        ).fetchone()
    return dict(zip(names, row or (0, 0, 0, 0), strict=True))


def assigned_files(paths: dict[str, list[Path]]) -> Iterator[Path]:
    """Yield the files of ASSIGNED relationships among files by type."""
    for relationship in schema.RELATIONSHIPS.values():
        if relationship.jupiterone_class == "ASSIGNED":
            yield from paths.get(relationship.name, ())
