"""What a run brought, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_WIDTH = 52


def summary(manifest: Mapping[str, Any], *, seconds: float, out: Path) -> str:
    """Return the summary of a run's manifest as text of some twenty lines."""
    return "\n".join(_lines(manifest, seconds, out))


def _lines(manifest: Mapping[str, Any], seconds: float, out: Path) -> Iterator[str]:
    steps, totals = manifest["steps"], manifest["totals"]
    requests = sum(step["requests"] for step in steps.values())
    windows = max((step.get("windows", 0) for step in steps.values()), default=0)
    lookback = manifest["lookback"]
    yield f"{manifest['status']}  run {manifest['runId']}, account {manifest['accountName']!r}"
    yield f"  lookback {lookback['days']} days, {_day(lookback['start'])} to {_day(lookback['end'])}"
    yield f"  {requests:,} requests in {seconds:.1f} s, {windows} window{'' if windows == 1 else 's'} per activity step"
    for kind, counts in manifest["counts"].items():
        yield ""
        yield f"  {kind}"
        yield from (_row(name, count) for name, count in counts.items())
        yield _row("total", sum(counts.values()))
    if totals:
        yield ""
        yield "  engagement"
        yield from (_row(name, totals[key]) for key, name in _TOTALS.items() if key in totals)
    yield from _notes(manifest)
    yield ""
    yield f"  {out / 'graph-bucket' / 'graph' / manifest['runId'] / 'manifest.json'}"


_TOTALS = {
    "learners": "learners",
    "completions": "completions",
    "views": "views",
    "secondsViewed": "seconds viewed",
}


def _notes(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("reason"):
        yield f"  {manifest['reason']}"
    for name, step in manifest["steps"].items():
        failures = step["failures"]
        if failures:
            yield ""
            yield f"  {name} {step['status']}: {len(failures)} of {step['shards']} shards failed"
        # The shards of a step mostly fail for one reason.
        for error, mend in dict.fromkeys((failure["error"], failure.get("mend")) for failure in failures):
            yield f"    {error}"
            if mend:
                yield f"    → {mend}"
        rejected = sum(found["count"] for found in step.get("rejected", ()))
        if rejected:
            yield f"  {name}: {rejected} records of LinkedIn's could not be used; the manifest names them"
    types = (manifest.get("partialDatasets") or {}).get("types")
    if types:
        yield f"  partial: {', '.join(types)}"


def _row(name: str, count: int) -> str:
    return f"    {name:<{_WIDTH}}{count:>13,}"


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
