"""Assemble a run: merge its parts and earlier snapshots into one snapshot, and update `latest.json` last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from learning_graph.aws.bucket import JSON_LINES, PARQUET, Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.graph.assembly.catalog import CatalogRules
from learning_graph.graph.assembly.merge import Merge, MergeRules
from learning_graph.graph.assembly.snapshot_files import Account, WrittenFile
from learning_graph.graph.export import FORMATS
from learning_graph.runs.assembly_inputs import base_manifests, described, fetch_base, fetch_parts
from learning_graph.runs.erasures import ErasedLearners
from learning_graph.runs.publish import has_ended, publish
from learning_graph.runs.run_documents import (
    all_shards,
    read_document,
    read_manifest,
    read_outcomes,
    read_plan,
    unfinished,
)
from learning_graph.runs.run_report import (
    Outcomes,
    StepOutcomes,
    by_step,
    failed_manifest,
    run_status,
    snapshot_manifest,
    snapshot_rows,
)
from learning_graph.runs.second_round import lookups, other_locales
from learning_graph.runs.start_run import send_shards
from learning_graph.store import graph_bucket
from learning_graph.store.documents import Document, encode
from learning_graph.store.manifest import Latest, Manifest, counts_of
from learning_graph.store.run import JSON_LINES_FORMAT, Outcome, Plan, Shard, SnapshotFile
from learning_graph.values.clock import Clock, to_milliseconds, utc_now
from learning_graph.values.errors import OutOfTime, RetriableError
from learning_graph.values.locales import KNOWN_LOCALES
from learning_graph.values.steps import ACTIVITY_STEP_OF, ASSET_TYPES, CATALOG_STEP_OF, AssetType, Step

_log = logging.getLogger(__name__)

REREADS = 3  # at most so many times a shard whose parts are damaged is read again
_UPLOADS_AT_ONCE = 4
_CONTENT_TYPES: dict[str, str] = {
    "parquet": PARQUET,
    JSON_LINES_FORMAT: JSON_LINES,
    **{name: found.content_type for name, found in FORMATS.items()},
}


class Interrupted(RetriableError):
    """The assembly's inputs have changed meanwhile; the message is delivered again."""


class Reread(Document, frozen=True, kw_only=True):
    """How many times a shard was read again because its parts were damaged."""

    times: int


@dataclass(frozen=True)
class Assembler:
    """What assembling needs.

    `workspace` opens an empty folder, with room for the run's parts and snapshots, that is removed afterwards;
    `erased` reads which learners were erased; `time_left` is in seconds;
    `retention_days`: 0 keeps evidence for ever;
    `tolerance_percent`: larger differences to LinkedIn's own totals are reported with a warning.
    """

    bucket: Bucket
    queue_of: Callable[[Shard], Queue]
    bus: EventBus
    workspace: Callable[[], AbstractContextManager[Path]]
    erased: Callable[[], ErasedLearners]
    time_left: Callable[[], float]
    memory_megabytes: int
    retention_days: int
    tolerance_percent: float
    formats: tuple[str, ...] = (JSON_LINES_FORMAT,)
    clock: Clock = utc_now

    def seconds_since_start(self, run_id: str) -> float:
        """Return how long ago a run was planned, by the wall clock."""
        plan = read_plan(self.bucket, run_id)
        return (to_milliseconds(self.clock()) - (plan.planned_at or plan.started_at)) / 1000

    def assemble(self, run_id: str) -> Manifest | None:
        """Assemble a run if all its shards have ended. Doing it twice changes nothing.

        Returns:
            the manifest; None where the run waits for some shard, or has ended before.

        Raises:
            ConfigurationError: there is no such run.
            SnapshotDamaged: an earlier snapshot does not match its manifest.
            Interrupted: a learner was erased meanwhile.
            OutOfTime: the invocation would be killed before the snapshot is written.
        """
        plan = read_plan(self.bucket, run_id)
        if has_ended(self.bucket, run_id):
            return None
        manifest = self._made_before(run_id, self.erased()) or self._make(plan)
        if manifest is not None:
            publish(self.bucket, self.bus, manifest)
        return manifest

    def _made_before(self, run_id: str, erased: ErasedLearners) -> Manifest | None:
        """Return the manifest of an assembly that died before it was published.

        Where it does not include every erasure, or an erasure has deleted files before the manifest listed them, it is
        deleted, unless `latest.json` names it: then the erasure has found the snapshot, and cleans it.
        """
        manifest = read_manifest(self.bucket, run_id)
        if manifest is None or manifest.status == "FAILED":
            return manifest
        if manifest.erasures == erased.digest and self._has_files(manifest):
            return manifest
        latest = read_document(self.bucket, graph_bucket.LATEST, Latest)
        if latest is not None and latest.run_id == run_id:
            return manifest
        self.bucket.delete(graph_bucket.manifest_key(run_id))
        return None

    def _has_files(self, manifest: Manifest) -> bool:
        present = set(self.bucket.keys(graph_bucket.snapshot_prefix(manifest.run_id)))
        return all(file.key in present for file in manifest.files)

    def _make(self, plan: Plan) -> Manifest | None:
        shards = all_shards(self.bucket, plan)
        if waiting := unfinished(self.bucket, plan.run_id, shards):
            _log.info("the run is not complete yet", extra={"run": plan.run_id, "waiting": len(waiting)})
            self._send_what_was_not_sent(plan, waiting)
            return None
        erased = self.erased()
        with self.workspace() as folder:
            manifest = self._end(plan, shards, folder, erased)
        if manifest is None:
            return None
        if not self.bucket.write_if_absent(graph_bucket.manifest_key(plan.run_id), encode(manifest)):
            return read_manifest(self.bucket, plan.run_id)
        # An erasure records its learner before it lists manifests: one that did not find this manifest is seen here.
        erased.look()
        if self._made_before(plan.run_id, erased) is None:
            raise Interrupted("a learner was erased meanwhile: assembling again")
        return manifest

    def _end(self, plan: Plan, shards: tuple[Shard, ...], folder: Path, erased: ErasedLearners) -> Manifest | None:
        outcomes = read_outcomes(self.bucket, plan.run_id)
        steps = by_step(shards, outcomes)
        if run_status(steps) == "FAILED":
            return failed_manifest(plan, steps, "no step brought anything")
        if self._waits_for_other_locales(plan, steps):
            return None
        parts, damaged = fetch_parts(self.bucket, shards, outcomes, folder / "parts")
        if damaged:
            return None if self._read_again(plan.run_id, damaged) else self._end(plan, shards, folder, erased)
        bases = base_manifests(self.bucket, plan.run_id)
        files = [fetch_base(self.bucket, base, folder / f"base-{base.run_id}") for base in bases]
        self._check_time("merging")
        merge = Merge(
            folder,
            parts,
            files,
            memory_megabytes=self.memory_megabytes,
            is_erased=erased.is_erased if erased else None,
        )
        with closing(merge):
            if self._waits_for_lookups(plan, steps, merge):
                return None
            return self._write(plan, steps, outcomes, merge=merge, bases=bases, erased=erased)

    def _write(
        self,
        plan: Plan,
        steps: dict[Step, StepOutcomes],
        outcomes: Outcomes,
        *,
        merge: Merge,
        bases: list[Manifest],
        erased: ErasedLearners,
    ) -> Manifest:
        rules = self._rules(plan, steps)
        merge.merge(rules)
        manifest = snapshot_manifest(
            plan,
            steps,
            outcomes,
            carried_over=merge.carried_over(),
            totals=merge.totals(rules),
            learner_totals=merge.learner_totals(),
            listed_by_name=_listed_by_name(plan, steps),
            bases=bases,
            erasures=erased.digest,
            tolerance_percent=self.tolerance_percent,
        )
        merge.describe(snapshot_rows(manifest))
        self._check_time("writing")
        refused: dict[str, str] = {}
        files = self._upload(plan.run_id, merge, rules.account, refused=refused)
        return msgspec.structs.replace(manifest, files=tuple(files), counts=counts_of(files), refused_exports=refused)

    def _check_time(self, what: str) -> None:
        if self.time_left() < 0:
            error = OutOfTime(f"no time is left for {what} the snapshot")
            error.resolution = (
                "Raise the memory of the assembly (AssemblyMemorySize): the function gets more CPU with it."
            )
            raise error

    def _send_what_was_not_sent(self, plan: Plan, waiting: list[Shard]) -> None:
        """Send shards again that an interrupted assembly may not have sent; a second message does no harm."""
        again = [
            shard
            for shard in waiting
            if shard not in plan.shards
            or self.bucket.exists(graph_bucket.reread_key(plan.run_id, shard.step, shard.name))
        ]
        send_shards(plan.run_id, again, self.queue_of)

    def _read_again(self, run_id: str, damaged: Sequence[Shard]) -> bool:
        """Delete the outcomes of shards whose parts are damaged, and send the shards again.

        A shard that was sent too often fails instead. Returns whether there is something to wait for. The count is
        written before the outcome is deleted, so that an assembly interrupted between the two can be continued.
        """
        waiting: list[Shard] = []
        for shard in damaged:
            mark_key = graph_bucket.reread_key(run_id, shard.step, shard.name)
            mark = read_document(self.bucket, mark_key, Reread) or Reread(times=0)
            outcome_key = graph_bucket.outcome_key(run_id, shard.step, shard.name)
            if mark.times >= REREADS:
                self.bucket.write(outcome_key, encode(_given_up(shard)))
                continue
            _log.warning("parts do not match their outcome, reading again", extra=shard.log_fields(run_id))
            self.bucket.write(mark_key, encode(Reread(times=mark.times + 1)))
            self.bucket.delete(outcome_key)
            waiting.append(shard)
        send_shards(run_id, waiting, self.queue_of)
        return bool(waiting)

    def _waits_for_other_locales(self, plan: Plan, steps: dict[Step, StepOutcomes]) -> bool:
        """Start listing the locales that full listings did not show; return whether some are to be waited for.

        It is not documented that a listing without a locale returns every locale (API reference §4.4). The outcomes
        tell what was seen, so that no part needs to be read for this.
        """
        if not plan.all_locales:
            return False
        unseen: dict[AssetType, list[str]] = {}
        for kind in sorted(_readable(steps) & _full_types(plan)):
            seen = {locale for outcome in steps[CATALOG_STEP_OF[kind]].outcomes for locale in outcome.locales}
            if len(seen) <= 1:
                unseen[kind] = [locale for locale in KNOWN_LOCALES if locale not in seen]
        return self._waits_for(plan, other_locales(self.bucket, plan.run_id, unseen))

    def _waits_for_lookups(self, plan: Plan, steps: dict[Step, StepOutcomes], merge: Merge) -> bool:
        """Start looking up content that the catalogue lacks; return whether some is to be waited for."""
        readable = _readable(steps)
        missing = merge.missing_content(read_in_full=readable & _full_types(plan), looked_up=readable)
        return self._waits_for(plan, lookups(self.bucket, plan.run_id, missing))

    def _waits_for(self, plan: Plan, shards: tuple[Shard, ...]) -> bool:
        waiting = unfinished(self.bucket, plan.run_id, shards) if shards else []
        send_shards(plan.run_id, waiting, self.queue_of)
        return bool(waiting)

    def _rules(self, plan: Plan, steps: dict[Step, StepOutcomes]) -> MergeRules:
        complete = frozenset(kind for kind in ASSET_TYPES if steps[CATALOG_STEP_OF[kind]].is_complete)
        read_in_full = complete & _full_types(plan)
        catalog_in_full = read_in_full == frozenset(ASSET_TYPES) and steps["classifications"].is_complete
        curated = [
            outcome
            for shard, outcome in zip(steps["videos"].shards, steps["videos"].outcomes, strict=True)
            if shard.kind == "curated"
        ]
        retention = timedelta(days=self.retention_days) // timedelta(milliseconds=1)
        return MergeRules(
            account=Account(plan.account_key_ref, plan.account_name, plan.tag_account_name),
            lookback_start=plan.lookback_start,
            lookback_end=plan.lookback_end,
            catalog=CatalogRules(
                kept_types=frozenset(ASSET_TYPES) - read_in_full,
                keep_classifications=not catalog_in_full,
                curated_known=any(outcome.pages for outcome in curated)
                and all(outcome.status == "SUCCEEDED" for outcome in curated),
            ),
            incomplete_types=frozenset(kind for kind in ASSET_TYPES if steps[ACTIVITY_STEP_OF[kind]].unsuccessful),
            keep_since=plan.started_at - retention if retention else None,
        )

    def _upload(self, run_id: str, merge: Merge, account: Account, *, refused: dict[str, str]) -> list[SnapshotFile]:
        """Write and upload the snapshot's files; one is uploaded while the next is written.

        `refused` gets the reason for each format that the snapshot cannot be written in.
        """

        def upload(file: WrittenFile) -> SnapshotFile:
            key = graph_bucket.snapshot_file_key(run_id, file.format, file.name)
            self.bucket.upload(file.path, key, content_type=_CONTENT_TYPES[file.format])
            return described(key, file)

        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            written = merge.write(account, formats=self.formats, refused=refused)
            uploads = [pool.submit(upload, file) for file in written]
            files = sorted((upload.result() for upload in uploads), key=lambda file: file.key)
        # A killed assembly may have left files that this one, based on other earlier snapshots, does not write.
        for key in set(self.bucket.keys(graph_bucket.snapshot_prefix(run_id))) - {file.key for file in files}:
            self.bucket.delete(key)
        return files


def _readable(steps: dict[Step, StepOutcomes]) -> frozenset[AssetType]:
    return frozenset(kind for kind, step in CATALOG_STEP_OF.items() if steps[step].status != "FAILED")


def _full_types(plan: Plan) -> frozenset[AssetType]:
    return frozenset(kind for kind, step in CATALOG_STEP_OF.items() if plan.modes[step] == "full")


def _listed_by_name(plan: Plan, steps: dict[Step, StepOutcomes]) -> dict[Step, tuple[str, ...]]:
    """Return the locales that a listing without a locale does not return: those that this run listed by name."""
    if not plan.all_locales:
        return {}
    return {
        step: tuple(shard.locale for shard in steps[step].shards if shard.kind == "assets" and shard.locale)
        for step in CATALOG_STEP_OF.values()
        if step in steps
    }


def _given_up(shard: Shard) -> Outcome:
    return Outcome(
        step=shard.step,
        shard=shard.name,
        status="FAILED",
        error=f"after {REREADS} readings its parts still do not match their SHA-256",
        error_kind="PartsDamaged",
        resolution="See that nothing else writes to the run's folder in the graph bucket, then start another run.",
    )
