"""Describes the result of a drop in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHOWN = 5
_RESULT_COUNTS = {
    "rows": "rows",
    "applied": "applied",
    "refused": "refused by LinkedIn",
    "undecided": "undecided",
    "missing": "missing",
    "repeated": "repeated",
    "notSent": "never sent",
}


def summary_lines(summary: Mapping[str, Any], *, seconds: float) -> Iterator[str]:
    """Yield the lines for a `summary.json`."""
    yield f"\n{summary['file']}: {summary['outcome'].upper()} ({seconds:.1f} s)"
    if reason := summary.get("reason"):
        yield f"  reason     {reason}"
    if resolution := summary.get("resolution"):
        yield f"  resolution {resolution}"
    if rows := summary.get("rows"):
        yield (
            f"  rows       {rows['read']:,} read, {rows['sent']:,} sent, {rows['refused']:,} refused before upload, "
            f"{rows['blank']:,} empty"
        )
    if guard := summary.get("guard"):
        yield (
            f"  people     {guard['additions']:,} new, {guard['changes']:,} changed, {guard['unchanged']:,} as before; "
            f"licences {guard['grants']:,} granted, {guard['revocations']:,} revoked of "
            f"{guard['activeLicensesKnown']:,} known"
        )
    for note in summary.get("notes", ())[:_SHOWN]:
        yield f"  note       {note}"
    for warning in summary.get("warnings", ())[:_SHOWN]:
        where = ", ".join(filter(None, (warning["line"] and f"line {warning['line']}", warning["column"])))
        yield f"  warning    {where}: {warning['problem']}"
    if (more := summary.get("warningCount", 0) - _SHOWN) > 0:
        yield f"    and {more:,} more warnings: see the summary and the list of errors"
    yield from _linkedin(summary)


def _linkedin(summary: Mapping[str, Any]) -> Iterator[str]:
    if job := summary.get("jobId"):
        status = summary.get("linkedin", {}).get("status", "")
        yield f"  LinkedIn   job {job} {status}"
    if result := summary.get("result"):
        counts = ", ".join(f"{result[name]:,} {text}" for name, text in _RESULT_COUNTS.items() if name in result)
        if counts:
            yield f"  result     {counts}"
        for line in [result.get("firstLine"), *result.get("textAboveHeaders", ())]:
            if line is not None:
                yield f"  result.csv begins with: {line or '(nothing)'}"
    for row in summary.get("refusedRows", ())[:_SHOWN]:
        yield f"    line {row['line'] or '?'}: {row['identifier']}: {row['message']}"
    if (more := summary.get("refusedCount", 0) - _SHOWN) > 0:
        yield f"    and {more:,} more: see refused.csv"
