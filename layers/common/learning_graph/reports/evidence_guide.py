"""README.txt of an evidence package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Final

from learning_graph.reports.report import Report
from learning_graph.values.clock import from_milliseconds

if TYPE_CHECKING:
    from learning_graph.reports.evidence import EvidenceRequest

_STATUSES: Final = {
    "met": "has done what the requirement asks for",
    "expiring": "has done it, and must repeat it within 90 days",
    "due": "has not done it; the due date and its grace have not passed, or there is no due date",
    "overdue": "has not done it, and the due date and its grace have passed",
    "exempt": "need not do it; reason, decision and dates are in exemptions.csv",
    "paused": "is on leave, as the population file says",
    "unknown": "is in the population file, but LinkedIn Learning reports nobody with this identifier",
}
_FILES: Final = {
    "statuses.csv": "everybody in scope: status, why, dates, and the record that proves it",
    "not-met.csv": "the people of statuses.csv who are overdue, due or unknown",
    "totals.csv": "number of people per status, for everybody and per group",
    "exemptions.csv": "exemptions in force on the date",
    "sample.csv": "a random sample of statuses.csv",
    "sample-records.jsonl": "the snapshot's own records behind the sample, one JSON object a line",
}


def guide(
    report: Report,
    request: EvidenceRequest,
    definition: str,
    rows: Mapping[str, int],
    statuses: Mapping[str, int],
) -> str:
    """Return the text: the request, the result, definitions, sources, and how to verify them."""
    return "\n".join(_lines(report, request, definition, rows, statuses)) + "\n"


def _lines(
    report: Report, request: EvidenceRequest, definition: str, rows: Mapping[str, int], statuses: Mapping[str, int]
) -> Iterator[str]:
    requirement, as_of = request.requirement, report.as_of
    yield f"EVIDENCE OF TRAINING: {requirement.title}"
    yield ""
    yield f"Requirement  {requirement.id}, owner {requirement.owner}"
    if requirement.controls:
        yield f"Controls     {', '.join(requirement.controls)}"
    yield f"As of        the end of {as_of.day} in the time zone {as_of.zone.key}"
    yield f"Extracted    {request.extracted_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield f"Account      {report.snapshot.manifest.account_name} (LinkedIn Learning)"
    yield from _section("1. What is required")
    yield from _wrapped(definition)
    yield from _section("2. Result")
    people = sum(statuses.values())
    obliged = people - statuses.get("exempt", 0) - statuses.get("paused", 0)
    met = statuses.get("met", 0) + statuses.get("expiring", 0)
    share = f", {100 * met / obliged:.1f} % of them" if obliged else ""
    yield f"People in scope: {people:,}. Obliged to meet it: {obliged:,} (the others are exempt or on leave)."
    yield f"Met: {met:,}{share}. Not met: {obliged - met:,}; not-met.csv names them."
    yield ""
    yield from (f"  {status:<9}{statuses.get(status, 0):>8,}  {text}" for status, text in _STATUSES.items())
    yield from _section("3. Who is in scope")
    yield from _wrapped(_population(request, report))
    yield from _section("4. How the numbers come about")
    yield from _method(report, request)
    yield from _section("5. Files")
    yield from (f"  {name:<22}{rows[name]:>8,} rows  {text}" for name, text in _FILES.items())
    yield "  extraction.json        when and from what this was extracted, row counts, and problems found"
    yield "  method/                the SQL that made it, and its parameters"
    yield "  source/                the requirement, the population file, and the snapshot's manifest"
    yield "  SHA256SUMS             a SHA-256 of every other file"
    yield ""
    yield "The CSV files are UTF-8 with a byte order mark. An apostrophe before a cell that begins with = + - or @ keeps a"
    yield "spreadsheet from taking it for a formula. Dates are in the time zone above; a column in UTC says so in its name."
    if report.problems:
        yield from _section("6. What to know about this data")
        for problem in report.problems:
            yield from _wrapped(str(problem), "- ")
    yield from _section(f"{7 if report.problems else 6}. How to verify it without our software")
    yield from _verification(report)


def _population(request: EvidenceRequest, report: Report) -> str:
    name = request.requirement.who.population
    if name is None:
        return (
            "The people whom LinkedIn Learning reports. Nobody gave a list of all people who should be trained, so people"
            " who never used LinkedIn Learning, e.g. new hires and contractors, may be missing. Ask for a population file"
            " if completeness matters."
        )
    return (
        f"The people of the population file source/populations/{name}.csv who fit the requirement, from their start date to"
        f" their end date, on {report.as_of.day}. People who are in the file and whom LinkedIn does not know have the status"
        " unknown. Whether the file itself is complete is for its owner to show. " + request.basis
    )


def _method(report: Report, request: EvidenceRequest) -> Iterator[str]:
    manifest, as_of = report.snapshot.manifest, report.as_of
    yield from _wrapped(
        f"Source: LinkedIn Learning's reporting API, read into the snapshot {manifest.run_id} ({manifest.status}) that was"
        f" begun on {_utc(manifest.started_at)}. It read activity from {_utc(manifest.lookback.start)} to"
        f" {_utc(manifest.lookback.end)}; what earlier snapshots knew is carried over."
        + (
            f" LinkedIn's data ended at {_utc(manifest.covered_until)}; what happened later is not in it."
            if manifest.covered_until
            else ""
        ),
        "- ",
    )
    knowledge = {
        "then": "what the newest snapshot of that date knew. A completion that LinkedIn delivered later is not counted.",
        "now": "what the newest snapshot knows now about that date. People and groups are those of the snapshot.",
    }
    yield from _wrapped(f"Knowledge: {knowledge[as_of.knowledge]}", "- ")
    yield from _wrapped(
        "A completion is what LinkedIn reports as one, or progress of 100 %. It counts on its calendar day in the time zone"
        " above, also if it is older than the requirement. LinkedIn records one completion per person and content; watching"
        " a course again makes no second one.",
        "- ",
    )
    yield from _wrapped(
        "Overdue begins on the day after the due date and its grace. Days overdue are counted from the due date. A person"
        " who has met the requirement counts as met, also if exempt or on leave.",
        "- ",
    )
    yield from _wrapped(
        f"Sample: the {request.sample} people with the smallest SHA-256 of the text `{request.seed}:<personKey>` (seed"
        f" `{request.seed}`, column personKey of statuses.csv). Anybody can draw it again:"
        f" printf '%s' '{request.seed}:<personKey>' | sha256sum",
        "- ",
    )


def _verification(report: Report) -> Iterator[str]:
    run = report.snapshot.run_id
    yield "a) The package is as it was extracted (in the folder of the unpacked files):"
    yield "     sha256sum -c SHA256SUMS"
    yield "   (macOS: shasum -a 256 -c SHA256SUMS; Windows PowerShell: Get-FileHash -Algorithm SHA256 <file>)"
    yield "b) The numbers fit the files: the rows of statuses.csv, counted by the column status, are those of section 2."
    yield "c) The source files are those of the snapshot. Every row with a proof names a file of the graph bucket, its"
    yield "   SHA-256, and the key of a record in it. Fetch it from the bucket and compare; source/snapshot-manifest.json"
    yield "   has the same hash:"
    yield f"     aws s3 cp s3://<graph bucket>/graph/{run}/… file.parquet && sha256sum file.parquet"
    yield "d) The record says what statuses.csv says. Any reader of Apache Parquet shows it, e.g. DuckDB's command line:"
    yield "     duckdb -c \"select * from 'file.parquet' where _key = '<proofRecordKey>'\""
    yield "   The records of the sample are in sample-records.jsonl. Their instants are milliseconds since 1970-01-01 UTC."
    yield "e) LinkedIn says the same: an administrator of LinkedIn Learning looks up the person and the content in LinkedIn's"
    yield "   own reports. Those show dates in US Pacific time."


def _section(title: str) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)


def _wrapped(text: str, bullet: str = "") -> Iterator[str]:
    line = bullet
    for word in text.split():
        if len(line) + len(word) > 118:  # noqa: PLR2004 - characters of a line
            yield line.rstrip()
            line = " " * len(bullet)
        line += word + " "
    yield line.rstrip()


def _utc(milliseconds: int) -> str:
    return f"{from_milliseconds(milliseconds):%Y-%m-%d %H:%M} UTC"
