"""Start a run: decide everything it does, store the plan once, send its shards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.queues import Queue
from learning_graph.linkedin.auth import Credentials
from learning_graph.runs.asset_shards import asset_shard, curated_shard, shards_by_locale
from learning_graph.runs.publish import has_ended
from learning_graph.runs.run_documents import newest_manifest, read_document, read_plan, unfinished
from learning_graph.runs.run_messages import ShardMessage, StartRequest
from learning_graph.runs.run_report import lacks_report_key
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import CatalogRead, Mode, Plan, Shard
from learning_graph.values.clock import Clock, to_milliseconds
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.locales import ALL, LATER_LOCALES, read_locales
from learning_graph.values.steps import (
    ACTIVITY_STEP_OF,
    ASSET_TYPES,
    CATALOG_STEP_OF,
    CLASSIFICATION_TYPES,
    Step,
)
from learning_graph.values.windows import Window, days_to_read, windows_of

_log = logging.getLogger(__name__)

# `lastModifiedAfter` starts this much before the last reading, so that clocks that differ lose nothing (API §4.10).
OVERLAP = timedelta(hours=24)
MOST_AHEAD = timedelta(minutes=15)
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RunSettings:
    """The settings of runs; `locales` is the setting's text."""

    account_name: str
    tag_account_name: bool
    lookback_days: int
    locales: str
    licensed_only: bool
    deadline_hours: int
    full_refresh_days: int


def start_run(
    request: StartRequest,
    settings: RunSettings,
    *,
    bucket: Bucket,
    queue_of: Callable[[Shard], Queue],
    credentials: Credentials,
    clock: Clock,
) -> Plan:
    """Plan a run and send its shards; the same event again is the same run, and sends its unfinished shards.

    Raises:
        ConfigurationError: a setting or the event is wrong, or the run id belongs to another kind of run.
    """
    started = _time_of(request, clock())
    run_id = graph_bucket.run_id_of(started, request.id or started.isoformat())
    plan = _plan(
        run_id,
        started,
        request,
        settings,
        account_key_ref=credentials.account_key_ref,
        base=newest_manifest(bucket),
        now=clock(),
    )
    if has_ended(bucket, run_id):
        # What it read may have expired by now: it would all be read again, for nothing.
        _log.info("the run has ended already", extra={"run": run_id})
        return read_document(bucket, graph_bucket.plan_key(run_id), Plan) or plan
    if not bucket.write_if_absent(graph_bucket.plan_key(run_id), encode(plan)):
        _log.info("the run is planned already", extra={"run": run_id})
        plan = read_plan(bucket, run_id)
    send_shards(plan.run_id, unfinished(bucket, run_id, plan.shards), queue_of)
    return plan


def send_shards(run_id: str, shards: Iterable[Shard], queue_of: Callable[[Shard], Queue]) -> None:
    """Put one message per shard on its queue."""
    by_queue: dict[Queue, list[str]] = {}
    for shard in shards:
        message = ShardMessage(run=run_id, step=shard.step, shard=shard.name)
        by_queue.setdefault(queue_of(shard), []).append(message.to_json())
    for queue, bodies in by_queue.items():
        queue.send_all(bodies)


def _time_of(request: StartRequest, now: datetime) -> datetime:
    """Return the start of the run; checked, since `graph/latest.json` never goes back to an earlier start."""
    if request.time is None:
        raise ConfigurationError("time", "is missing", resolution="Give the event a time such as 2026-11-21T16:00:00Z.")
    # Compared before it is converted: an instant at the end of the calendar cannot be.
    if request.time > now + MOST_AHEAD:
        raise ConfigurationError(
            "time",
            f"{request.time.isoformat()} lies more than {MOST_AHEAD // timedelta(minutes=1)} minutes ahead of now",
            resolution="Give a time that is not in the future, or leave it out.",
        )
    if request.time < EARLIEST:
        raise ConfigurationError(
            "time",
            f"{request.time.isoformat()} is before {EARLIEST.year}",
            resolution="Give the time at which the run starts.",
        )
    return request.time.astimezone(UTC).replace(microsecond=0)


def _plan(
    run_id: str,
    started: datetime,
    request: StartRequest,
    settings: RunSettings,
    *,
    account_key_ref: str,
    base: Manifest | None,
    now: datetime,
) -> Plan:
    started_at = to_milliseconds(started)
    locales, all_locales = read_locales(settings.locales), settings.locales.strip() == ALL
    lookback_days = request.lookback_days or settings.lookback_days
    # Without a working Report key nothing is read, and a longer lookback would only cost more refused calls.
    covered_until = base.covered_until if base and not lacks_report_key(base) else None
    days = days_to_read(lookback_days, started_at, covered_until)
    reads = base.catalog if base and base.account_key_ref == account_key_ref else {}
    modes: dict[Step, Mode] = {
        step: request.mode
        if request.mode == "full"
        else _mode(reads.get(step), request.mode, started_at, locales, settings)
        for step in CATALOG_STEP_OF.values()
    }
    windows = windows_of(started_at, days)
    return Plan(
        run_id=run_id,
        started_at=started_at,
        deadline=to_milliseconds(now + timedelta(hours=settings.deadline_hours)),
        planned_at=to_milliseconds(now),
        account_name=settings.account_name,
        tag_account_name=settings.tag_account_name,
        account_key_ref=account_key_ref,
        lookback_days=lookback_days,
        lookback_start=windows[0].start,
        lookback_end=started_at,
        locales=locales,
        all_locales=all_locales,
        licensed_only=settings.licensed_only,
        modes=modes,
        shards=(
            *_catalog_shards(locales, all_locales=all_locales, modes=modes, reads=reads),
            *_report_shards(windows),
        ),
    )


def _mode(
    read: CatalogRead | None, asked: Mode | None, started_at: int, locales: tuple[str, ...], settings: RunSettings
) -> Mode:
    """Return the mode; `changed` needs an earlier full reading of the same listing, recent unless requested."""
    if read is None or read.locales != locales or read.licensed_only != settings.licensed_only:
        return "full"
    too_old = started_at - read.full_read_at >= timedelta(days=settings.full_refresh_days) // timedelta(milliseconds=1)
    return "full" if too_old and asked != "incremental" else "incremental"


def _catalog_shards(
    locales: tuple[str, ...], *, all_locales: bool, modes: dict[Step, Mode], reads: dict[Step, CatalogRead]
) -> Iterable[Shard]:
    for locale in locales:
        for kind in CLASSIFICATION_TYPES:
            yield Shard(
                step="classifications",
                name=f"{locale}-{kind}",
                kind="classifications",
                locale=locale,
                classification_type=kind,
                # With `all`, LinkedIn may not offer the later locales; a locale that the setting names must be offered.
                optional=all_locales and locale in LATER_LOCALES,
            )
    for asset_type, step in CATALOG_STEP_OF.items():
        changed_only = modes[step] == "incremental"
        since = reads[step].read_at - OVERLAP // timedelta(milliseconds=1) if changed_only else None
        if not all_locales:
            for locale in locales:
                yield asset_shard(asset_type, locale, since)
            continue
        yield asset_shard(asset_type, None, since)
        if changed_only:
            yield from shards_by_locale(asset_type, reads[step].by_locale, since)
    yield from map(curated_shard, (None,) if all_locales else locales)
    if all_locales and modes["videos"] == "incremental":
        yield from map(curated_shard, reads["videos"].by_locale)


def _report_shards(windows: Iterable[Window]) -> Iterable[Shard]:
    for window in windows:
        name, start, days = f"{window.start}-{window.days}d", window.start, window.days
        yield Shard(step="users", name=name, kind="learners", window_start=start, window_days=days)
        for asset_type in ASSET_TYPES:
            yield Shard(
                step=ACTIVITY_STEP_OF[asset_type],
                name=name,
                kind="engagements",
                asset_type=asset_type,
                window_start=start,
                window_days=days,
            )
