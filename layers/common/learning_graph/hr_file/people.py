"""The content of HR files as Parquet: keyed digests, never an identifier or a cell in clear text.

A people file has one row per person. `email` and `id` are digests of the identifiers (BLAKE2b with the stack's key, 128
bits), compared in the forms of `values.identity`. Licence columns hold 1 (active) or 2 (inactive), the other columns a
keyed digest of the cell of 32 bits; null is "nothing said". The people file of a drop has in addition `row` (the row of
the sent file, from 0), `line` (of the dropped file), `old_email` and `new_id`. The ledger is a people file as well:
the merge of all applied drops.

DuckDB compares and merges these files (ADR 0009) with a memory limit, and spills to the scratch folder, so that eight
million people need no more memory than eight hundred. One thread and a fixed order give the same bytes for the same
input.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import duckdb

from learning_graph.hr_file.headers import Column, Kind
from learning_graph.values.identity import comparable_email, comparable_id
from learning_graph.values.sql import quoted

LICENSE_ACTIVE: Final = 1
LICENSE_INACTIVE: Final = 2
IDENTIFIERS: Final = {Kind.EMAIL: "email", Kind.ID: "id", Kind.OLD_EMAIL: "old_email", Kind.NEW_ID: "new_id"}
_LICENSE_CODES: Final = {"active": str(LICENSE_ACTIVE), "inactive": str(LICENSE_INACTIVE), "": ""}
_DIGEST_BYTES: Final = 16
_CELL_BYTES: Final = 4
_REMEMBERED_CELLS: Final = 100_000
_PADDED_SAMPLE: Final = 1000  # ids looked up with leading zeros
_MOST_ZEROS: Final = 8
_NOTHING: Final = "select null::uuid email, null::uuid id where false"
_ROW_GROUP: Final = 100_000
_BUFFER_BYTES: Final = 1 << 22
# Identifiers that match a row to a person of the ledger: (of the file, of the ledger), the most certain one first.
_LINKS: Final = (("id", "id"), ("email", "email"), ("new_id", "id"), ("old_email", "email"))


@dataclass(frozen=True)
class PeopleColumn:
    """A column besides the identifiers; in the Parquet file its name is `c<index>`."""

    header: str
    is_license: bool


@dataclass(frozen=True)
class PeopleFile:
    """A people file on this machine's disk.

    Args:
        path: None where there are no people.
        columns: those besides the identifiers, in the order of the file.
    """

    path: Path | None = None
    columns: tuple[PeopleColumn, ...] = ()


@dataclass(frozen=True)
class Changes:
    """The changes that a file makes to the ledger.

    Args:
        additions: people not known before.
        changes: known people with a difference.
        unchanged: known people without a difference.
        grants: licences that become active (of new people too).
        revocations: licences known to be active that become inactive.
        inactive_unknown: licences set inactive that are not known.
        ids_without_zeros: of the first 1000 numeric ids, those that are known with leading zeros only.
    """

    additions: int = 0
    changes: int = 0
    unchanged: int = 0
    grants: int = 0
    revocations: int = 0
    inactive_unknown: int = 0
    ids_without_zeros: int = 0


@dataclass(frozen=True)
class PeopleCounts:
    """The size of a ledger.

    Args:
        people: how many.
        active_licenses: licences known to be active.
        known_licenses: licences known to be active or inactive.
    """

    people: int
    active_licenses: int
    known_licenses: int


@dataclass(frozen=True)
class Repeat:
    """A row about a person who is in an earlier row.

    Args:
        row: of the sent file, from 0.
        line: of the dropped file.
        first_line: the earlier row's line.
        kind: the column with the same value.
    """

    row: int
    line: int
    first_line: int
    kind: Kind


@dataclass(frozen=True)
class ResultMatch:
    """The rows of LinkedIn's result matched to those of the sent file; sent = applied + refused + missing.

    Args:
        applied: the people of the rows that LinkedIn applied.
        applied_count: rows that the result has, without a message.
        refused_count: rows that the result has with a message, or without a clear result.
        missing_count: sent rows that the result does not have.
        repeated: rows of the result for a sent row that an earlier one is for as well.
        unknown: rows of the result that were not sent.
        lines_path: CSV with the line in the dropped file for each row of the result, empty where it was not sent.
        missing_path: CSV with a header of the lines that are missing.
    """

    applied: PeopleFile
    applied_count: int
    refused_count: int
    missing_count: int
    repeated: int
    unknown: int
    lines_path: Path
    missing_path: Path


class Digests:
    """Keyed digests of identifiers and cells; `key` is a secret of the stack, at most 64 bytes."""

    def __init__(self, key: bytes) -> None:
        self._email = blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"email")
        self._id = blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"id")
        self._cells = _CellDigests(key)
        self.fingerprint = blake2b(key=key, digest_size=8, person=b"fingerprint").hexdigest()

    def of(self, kind: Kind, values: Iterable[str]) -> list[str]:
        """Return the digest of each value as text; that of an empty value is empty."""
        if kind is Kind.LICENSE:
            return [_LICENSE_CODES[value] for value in values]
        if kind in {Kind.EMAIL, Kind.OLD_EMAIL}:
            return [self._identifier(self._email, comparable_email(value)) if value else "" for value in values]
        if kind in {Kind.ID, Kind.NEW_ID}:
            return [self._identifier(self._id, comparable_id(value)) if value else "" for value in values]
        return [self._cells[value] for value in values]

    @staticmethod
    def _identifier(base: blake2b, value: str) -> str:
        digest = base.copy()
        digest.update(value.encode())
        return digest.hexdigest()


class _CellDigests(dict[str, str]):
    """Digests of cells, cached: most columns have few distinct values."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._base = blake2b(key=key, digest_size=_CELL_BYTES, person=b"cell")

    def __missing__(self, cell: str) -> str:
        if len(self) >= _REMEMBERED_CELLS:
            self.clear()
        digest = self._base.copy()
        digest.update(cell.encode())
        text = self[cell] = str(int.from_bytes(digest.digest(), "big")) if cell else ""
        return text


class PeopleWriter:
    """Writes the digests of a file's sendable rows as CSV for DuckDB.

    Args:
        folder: an empty folder for scratch files.
        columns: the columns that are sent.
    """

    def __init__(self, digests: Digests, folder: Path, columns: Sequence[Column]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "rows.csv"
        self.zeros_path = folder / "zeros.csv"
        self.kinds = [column.kind for column in columns]
        self.columns = tuple(
            PeopleColumn(column.header, column.kind is Kind.LICENSE)
            for column in columns
            if column.kind not in IDENTIFIERS
        )
        self.rows = 0
        self._digests = digests
        self._file = self.path.open("w", encoding="ascii", buffering=1 << 20)
        self._zeros = self.zeros_path.open("w", encoding="ascii")
        self._sampled = 0

    def add(self, lines: Sequence[int], cells: Sequence[Sequence[str]]) -> None:
        """Add rows: their lines in the dropped file, and the cells of each column."""
        rows = map(str, range(self.rows, self.rows + len(lines)))
        digests = [self._digests.of(kind, column) for kind, column in zip(self.kinds, cells, strict=True)]
        self._file.write("\n".join(map(",".join, zip(rows, map(str, lines), *digests, strict=True))) + "\n")
        self.rows += len(lines)
        if self._sampled < _PADDED_SAMPLE and Kind.ID in self.kinds:
            self._sample(cells[self.kinds.index(Kind.ID)])

    def _sample(self, ids: Sequence[str]) -> None:
        numeric = [value for value in ids if value.isdecimal() and not value.startswith("0")]
        for value in numeric[: _PADDED_SAMPLE - self._sampled]:
            padded = ["0" * count + value for count in range(_MOST_ZEROS + 1)]
            own, *others = self._digests.of(Kind.ID, padded)
            self._zeros.writelines(f"{own},{other}\n" for other in others)
            self._sampled += 1

    def close(self) -> None:
        """Close the scratch files."""
        self._file.close()
        self._zeros.close()


class PeopleTables:
    """Compares and merges people files.

    Args:
        key: the stack's key for digests.
        memory_megabytes: what DuckDB may use.
    """

    def __init__(self, key: bytes, *, memory_megabytes: int) -> None:
        self.digests = Digests(key)
        self._memory_megabytes = memory_megabytes
        self._opened: duckdb.DuckDBPyConnection | None = None

    def writer(self, columns: Sequence[Column], folder: Path) -> PeopleWriter:
        """Return a writer for the rows of a file with these columns, which uses a folder for scratch files."""
        return PeopleWriter(self.digests, folder, columns)

    def repeats(self, written: PeopleWriter, folder: Path) -> tuple[PeopleFile, Iterator[Repeat]]:
        """Return the people of a file, and its repeated people, in the order of rows for each column.

        Args:
            written: the closed writer.
            folder: for scratch files.
        """
        path = folder / "people.parquet"
        people = PeopleFile(path, written.columns)
        with self._database(folder) as db:
            db.execute(_copy(f"select {_file_columns(written)} from {_read_rows(written)}", path))
            written.path.unlink()
            found = []
            for kind in filter(IDENTIFIERS.__contains__, written.kinds):
                name = IDENTIFIERS[kind]
                target = folder / f"repeats-{name}.csv"
                firsts = (
                    f"select {name} digest, min(row) first_row, min(line) first_line from {_parquet(path)}"
                    f" where {name} is not null group by {name} having count(*) > 1"
                )
                db.execute(
                    f"copy (select row, line, first_line from {_parquet(path)} join ({firsts}) on {name} = digest"
                    f" where row > first_row order by row) to {quoted(target)} (format csv, header false)"
                )
                found.append((kind, target))
        return people, _read_repeats(found)

    def without(self, people: PeopleFile, rows: Iterable[int], folder: Path) -> PeopleFile:
        """Return a people file without some rows."""
        listed, path = folder / "left-out.csv", folder / "kept.parquet"
        with listed.open("w", encoding="ascii") as file:
            file.writelines(f"{row}\n" for row in rows)
        left_out = f"(select row from {_read_csv(listed, {'row': 'UINTEGER'})})"
        with self._database(folder) as db:
            db.execute(_copy(f"select * from {_parquet(people.path)} where row not in {left_out}", path))
        return PeopleFile(path, people.columns)

    def compare(self, people: PeopleFile, ledger: PeopleFile, folder: Path) -> Changes:
        """Count what a file would change in the ledger."""
        with self._database(folder) as db:
            self._load(db, people, ledger)
            licenses = [at for at, column in enumerate(people.columns) if column.is_license]
            # The joins are made one after the other: several at once could exceed the memory limit.
            db.execute("create temp table said as select people.*, person from people left join link using (row)")
            known = self._known(people, ledger, licenses)
            numbers = db.execute(f"select {_counts(licenses)} from ({known})").fetchone()
            assert numbers is not None
            return Changes(*map(int, (*numbers, self._without_zeros(db, people, ledger))))

    def apply(self, people: PeopleFile, ledger: PeopleFile, folder: Path) -> PeopleFile:
        """Return the ledger after a file was applied.

        A blank cell or identifier does not change the known value. Several people of the ledger that match one row are
        merged; a person that matches several rows takes the values of the first.
        """
        path = folder / "ledger.parquet"
        headers = {column.header for column in ledger.columns}
        columns = (*ledger.columns, *(column for column in people.columns if column.header not in headers))
        with self._database(folder) as db:
            self._load(db, people, ledger)
            firsts = "select person, min(row) as row from link group by person"
            db.execute(f"create temp table heir as select link.* from link semi join ({firsts}) using (row, person)")
            db.execute("create temp table several as select row from heir group by row having count(*) > 1")
            names = ("email", "id", *_names(len(ledger.columns)))
            db.execute(
                f"create temp table inherited as select row, {', '.join(names)}"
                " from (from heir anti join several using (row)) join ledger using (person)"
            )
            db.execute(
                f"create temp table known as select row, rank, {', '.join(names)}"
                " from (from heir semi join several using (row)) join ledger using (person)"
            )
            first_known = ", ".join(f"arg_min({name}, rank)" for name in names)
            db.execute(f"insert into inherited select row, {first_known} from known group by row")
            # An identifier that this file gives to another person than before belongs to the other from now on.
            for name, said in (("email", "email"), ("id", "coalesce(new_id, id)")):
                silent = f"(select row from people where {said} is null)"
                given = f"(select {said} as {name} from people where {said} is not null)"
                db.execute(
                    f"create temp table other_{name} as select row, true as gone"
                    f" from (from inherited semi join {silent} using (row)) semi join {given} using ({name})"
                )
            for number, query in enumerate(_merged(people.columns, ledger.columns, columns)):
                db.execute(f"insert into merged {query}" if number else f"create temp table merged as {query}")
            db.execute(_copy("select * from merged order by id, email", path))
        return PeopleFile(path, columns)

    def count(self, ledger: PeopleFile, folder: Path) -> PeopleCounts:
        """Return the numbers of people and licences of a ledger."""
        licenses = [f"c{at}" for at, column in enumerate(ledger.columns) if column.is_license]
        active = " + ".join(f"count(*) filter ({name} = {LICENSE_ACTIVE})" for name in licenses) or "0"
        known = " + ".join(f"count({name})" for name in licenses) or "0"
        with self._database(folder) as db:
            numbers = db.execute(f"select count(*), {active}, {known} from {_source(ledger)}").fetchone()
        assert numbers is not None
        return PeopleCounts(*map(int, numbers))

    def match_result(self, people: PeopleFile, rows_path: Path, kinds: Sequence[Kind], folder: Path) -> ResultMatch:
        """Match the rows of a result to the sent rows.

        Args:
            people: of the sent file.
            rows_path: CSV without header: number of the row from 0, digests of the columns `kinds`, and 1 where the
                row was not applied, 0 where it was.
            kinds: identifying columns that the result has.
            folder: for scratch files.
        """
        names = [IDENTIFIERS[kind] for kind in kinds]
        types = {"number": "UINTEGER", **dict.fromkeys(names, "UUID"), "refused": "UTINYINT"}
        lines_path, missing_path, applied = folder / "lines.csv", folder / "missing.csv", folder / "applied.parquet"
        with self._database(folder) as db:
            db.execute(f"create temp view people as select * from {_parquet(people.path)}")
            db.execute(f"create temp table result as select * from {_read_csv(rows_path, types)}")
            order = [name for name, _ in _LINKS if name in names]
            found = " union all ".join(
                f"select number, row, {rank} rank from result join people using ({name})"
                for rank, name in enumerate(order)
            )
            db.execute(
                f"create temp table match as select number, arg_min(row, rank) as row from ({found}) group by number"
            )
            db.execute(
                "create temp table seen as select row, max(refused) refused, count(*) times"
                " from match join result using (number) group by row"
            )
            lines = "select number, line from result left join match using (number) left join people using (row)"
            db.execute(f"copy ({lines} order by number) to {quoted(lines_path)} (format csv, header false)")
            missing = "select line from people anti join seen using (row) order by line"
            db.execute(f"copy ({missing}) to {quoted(missing_path)} (format csv, header true)")
            taken = "select people.* from people semi join (from seen where refused = 0) using (row)"
            db.execute(_copy(f"{taken} order by row", applied))
            numbers = db.execute(
                "select count(*) filter (refused = 0), count(*) filter (refused = 1),"
                " coalesce(sum(times), 0) - count(*) from seen"
            ).fetchone()
            assert numbers is not None
            (unknown,) = db.execute("select count(*) from result anti join match using (number)").fetchone() or (0,)
            (sent,) = db.execute("select count(*) from people").fetchone() or (0,)
        taken_count, refused, repeated = map(int, numbers)
        people_applied = PeopleFile(applied, people.columns)
        missing_count = sent - taken_count - refused
        return ResultMatch(
            people_applied, taken_count, refused, missing_count, repeated, unknown, lines_path, missing_path
        )

    @contextmanager
    def _database(self, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection to a database in memory; its tables, all temporary, are dropped at the end.

        Opening the database takes longer than the queries about a small file, so there is one, which spills into the
        first `folder`.
        """
        if self._opened is None:
            self._opened = duckdb.connect(
                config={
                    "memory_limit": f"{self._memory_megabytes}MB",
                    "temp_directory": str(folder / "spill"),
                    "threads": 1,
                    "preserve_insertion_order": False,  # rows are sorted where their order matters
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
            )
        with self._opened.cursor() as db:
            yield db

    @staticmethod
    def _load(db: duckdb.DuckDBPyConnection, people: PeopleFile, ledger: PeopleFile) -> None:
        """Make the views `people` and `ledger`, and the table `link` of the people of the ledger that a row matches."""
        db.execute(f"create temp view people as select * from {_parquet(people.path)}")
        db.execute(f"create temp view ledger as select * from {_source(ledger)}")
        found = " union all ".join(
            f"select people.row, person, {rank}::utinyint rank from people join ledger on people.{own} = ledger.{known}"
            for rank, (own, known) in enumerate(_LINKS)
        )
        db.execute(f"create temp table link as select row, person, min(rank) rank from ({found}) group by row, person")

    @staticmethod
    def _known(people: PeopleFile, ledger: PeopleFile, licenses: Sequence[int]) -> str:
        """Return a query with a row for each row of the file: how many known people it matches, and their values."""
        at = {column.header: f"ledger.c{number}" for number, column in enumerate(ledger.columns)}
        known = [at.get(column.header, "null") for column in people.columns]
        said = [(f"said.c{number}", name) for number, name in enumerate(known)]
        said += [("said.email", "ledger.email"), ("coalesce(said.new_id, said.id)", "ledger.id")]
        differs = " or ".join(f"({own} is not null and {own} is distinct from {other})" for own, other in said)
        selected = ["said.row", "count(ledger.person) people", f"bool_or({differs}) differs"]
        for number in licenses:
            own, other = f"said.c{number}", known[number]
            selected += [
                f"any_value({own}) said{number}",
                f"count(*) filter ({other} = {LICENSE_ACTIVE}) active{number}",
                f"bool_or({other} is not null) known{number}",
            ]
        return f"select {', '.join(selected)} from said left join ledger using (person) group by said.row"

    @staticmethod
    def _without_zeros(db: duckdb.DuckDBPyConnection, people: PeopleFile, ledger: PeopleFile) -> int:
        assert people.path is not None
        path = people.path.parent / "zeros.csv"
        if ledger.path is None or not path.exists():
            return 0
        zeros = _read_csv(path, {"own": "UUID", "padded": "UUID"})
        found = db.execute(
            f"with zeros as (from {zeros}), known as (select id from ledger semi join"
            " (select own as id from zeros union all select padded from zeros) using (id))"
            " select count(distinct own) from zeros where padded in (from known) and own not in (from known)"
        ).fetchone()
        return int(found[0]) if found else 0


def _counts(licenses: Sequence[int]) -> str:
    """Return the columns of `Changes` over the rows of `_known`."""
    grants = [f"count(*) filter (said{at} = {LICENSE_ACTIVE} and active{at} = 0)" for at in licenses]
    revocations = [f"coalesce(sum(active{at}) filter (said{at} = {LICENSE_INACTIVE}), 0)" for at in licenses]
    unknown = [f"count(*) filter (said{at} = {LICENSE_INACTIVE} and not known{at})" for at in licenses]
    return ", ".join(
        (
            "count(*) filter (people = 0)",
            "count(*) filter (people > 1 or (people = 1 and differs))",
            "count(*) filter (people = 1 and not differs)",
            *(" + ".join(numbers) or "0" for numbers in (grants, revocations, unknown)),
        )
    )


def _merged(
    said: Sequence[PeopleColumn], known: Sequence[PeopleColumn], columns: Sequence[PeopleColumn]
) -> tuple[str, str]:
    """Return the queries for the people of the file, and for those of the ledger that it does not match."""
    of_file = {column.header: f"people.c{at}" for at, column in enumerate(said)}
    of_ledger = {column.header: f"c{at}" for at, column in enumerate(known)}
    own, others = [], []
    for at, column in enumerate(columns):
        kind = "utinyint" if column.is_license else "uinteger"
        before = of_ledger.get(column.header)
        after = [of_file.get(column.header), f"inherited.{before}" if before else None]
        own.append(f"coalesce({', '.join(filter(None, (*after, 'null')))})::{kind} c{at}")
        others.append(f"{before or 'null'}::{kind} c{at}")
    email = "coalesce(people.email, case when other_email.gone is null then inherited.email end) email"
    id_ = "coalesce(people.new_id, people.id, case when other_id.gone is null then inherited.id end) id"
    return (
        (
            f"select {', '.join((email, id_, *own))} from people left join inherited using (row)"
            " left join other_email using (row) left join other_id using (row)"
        ),
        f"select {', '.join(('email', 'id', *others))} from ledger anti join heir using (person)",
    )


def _file_columns(written: PeopleWriter) -> str:
    present = {IDENTIFIERS[kind] for kind in written.kinds if kind in IDENTIFIERS}
    identifiers = [name if name in present else f"null::uuid {name}" for name in IDENTIFIERS.values()]
    return ", ".join(("row", "line", *identifiers, *_names(len(written.columns))))


def _read_rows(written: PeopleWriter) -> str:
    types = {"row": "UINTEGER", "line": "UINTEGER"}
    for kind in written.kinds:
        if kind in IDENTIFIERS:
            types[IDENTIFIERS[kind]] = "UUID"
        else:
            types[f"c{sum(name.startswith('c') for name in types)}"] = (
                "UTINYINT" if kind is Kind.LICENSE else "UINTEGER"
            )
    return _read_csv(written.path, types)


def _read_csv(path: Path, types: Mapping[str, str]) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    return (
        f"read_csv({quoted(path)}, auto_detect = false, header = false, delim = ',', quote = '', escape = '',"
        f" max_line_size = {_BUFFER_BYTES >> 2}, buffer_size = {_BUFFER_BYTES}, columns = {{{columns}}})"
    )


def _read_repeats(found: Sequence[tuple[Kind, Path]]) -> Iterator[Repeat]:
    for kind, path in found:
        with path.open(encoding="ascii", newline="") as file:
            for row, line, first_line in csv.reader(file):
                yield Repeat(int(row), int(line), int(first_line), kind)


def _names(count: int) -> list[str]:
    return [f"c{at}" for at in range(count)]


def _source(ledger: PeopleFile) -> str:
    if ledger.path is None:
        return f"(select *, 0::bigint person from ({_NOTHING}))"
    return f"(select *, file_row_number person from read_parquet({quoted(ledger.path)}, file_row_number = true))"


def _parquet(path: Path | None) -> str:
    assert path is not None
    return f"read_parquet({quoted(path)})"


def _copy(query: str, path: Path) -> str:
    return (
        f"copy ({query}) to {quoted(path)}"
        f" (format parquet, compression zstd, compression_level 1, row_group_size {_ROW_GROUP})"
    )
