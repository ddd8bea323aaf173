"""What a run brought, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_WIDTH = 52


def summary(manifest: Mapping[str, Any], *, seconds: float | None, bucket: str) -> str:
    """Return the summary of a run's manifest as text of some twenty lines; `bucket` is where the manifest lies."""
    return "\n".join(_lines(manifest, seconds, bucket))


def _lines(manifest: Mapping[str, Any], seconds: float | None, bucket: str) -> Iterator[str]:
    steps, totals = manifest["steps"], manifest["totals"]
    requests = sum(step["requests"] for step in steps.values())
    windows = max((step.get("windows", 0) for step in steps.values()), default=0)
    lookback = manifest["lookback"]
    took = "" if seconds is None else f" in {seconds:.1f} s"
    yield f"{manifest['status']}  run {manifest['runId']}, account {manifest['accountName']!r}"
    yield f"  lookback {lookback['days']} days, {_day(lookback['start'])} to {_day(lookback['end'])}"
    yield f"  {requests:,} requests{took}, {windows} window{'' if windows == 1 else 's'} per activity step"
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
    yield f"  {bucket}/graph/{manifest['runId']}/manifest.json"


_TOTALS = {
    "learners": "learners",
    "completed": "completed (learner and content)",
    "completions": "completions in this lookback",
    "views": "views in this lookback",
    "secondsViewed": "seconds viewed in this lookback",
}


def _notes(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("reason"):
        yield f"  {manifest['reason']}"
    # Shards and steps mostly fail for one reason.
    reasons: dict[tuple[str, str | None], list[str]] = {}
    for name, step in manifest["steps"].items():
        for failure in step["failures"]:
            reasons.setdefault((failure["error"], failure.get("resolution")), []).append(name)
    for (error, resolution), names in reasons.items():
        yield ""
        yield f"  failed: {', '.join(_counted(name, names.count(name)) for name in dict.fromkeys(names))}"
        yield f"    {error}"
        if resolution:
            yield f"    → {resolution}"
    for name, step in manifest["steps"].items():
        if rejected := sum(found["count"] for found in step.get("rejected", ())):
            yield f"  {name}: {rejected} records of LinkedIn's could not be used; the manifest names them"
    if carried := sum(step.get("carriedOver", 0) for step in manifest["steps"].values()):
        yield f"  carried over from earlier snapshots: {carried:,}"


def _counted(name: str, shards: int) -> str:
    return name if shards == 1 else f"{name} ({shards} shards)"


def _row(name: str, count: int) -> str:
    return f"    {name:<{_WIDTH}}{count:>13,}"


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
