"""Assemble a run: its parts and what earlier snapshots knew become one snapshot, and `latest.json` moves last."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from learning_graph.aws.bucket import Bucket
from learning_graph.aws.events import EventBus
from learning_graph.aws.queues import Queue
from learning_graph.graph.assembly.files import sha256_of
from learning_graph.graph.assembly.merge import Merge, MergeRules
from learning_graph.graph.assembly.records import Account
from learning_graph.graph.entities import account_tags
from learning_graph.runs.bases import base_manifests, fetch_base
from learning_graph.runs.documents import all_shards, read_manifest, read_outcomes, read_plan, unfinished
from learning_graph.runs.erasures import erased_identities
from learning_graph.runs.parts import fetch_parts
from learning_graph.runs.publish import has_ended, publish
from learning_graph.runs.read_again import read_again, resend_marked
from learning_graph.runs.reports import StepOutcomes, by_step, run_status
from learning_graph.runs.second_round import second_round
from learning_graph.runs.start_run import send_shards
from learning_graph.runs.summary import failed_manifest, snapshot_manifest
from learning_graph.store import graph_bucket
from learning_graph.store.documents import encode
from learning_graph.store.manifest import Manifest
from learning_graph.store.run import Plan, Shard, SnapshotFile
from learning_graph.values.erasure import digest_of
from learning_graph.values.errors import RetriableError
from learning_graph.values.steps import ACTIVITY_STEP_OF, ASSET_TYPES, CATALOG_STEP_OF, AssetType, Step

_log = logging.getLogger(__name__)


class Interrupted(RetriableError):
    """What the assembly rests on has changed under it."""


@dataclass(frozen=True)
class Assembler:
    """What assembling needs.

    `workspace` opens an empty folder, with room for the run's parts twice, that is removed afterwards;
    `retention_days` 0 keeps evidence for ever;
    `tolerance_percent` bounds the differences to LinkedIn's own totals that pass without a warning.
    """

    bucket: Bucket
    queue_of: Callable[[Shard], Queue]
    bus: EventBus
    workspace: Callable[[], AbstractContextManager[Path]]
    memory_megabytes: int
    retention_days: int
    tolerance_percent: float

    def assemble(self, run_id: str) -> Manifest | None:
        """Assemble a run if all its shards have ended. Doing it twice changes nothing.

        Returns:
            the manifest; None where the run waits for some shard, or has ended before.

        Raises:
            ConfigurationError: there is no such run.
            SnapshotDamaged: an earlier snapshot does not match its manifest.
            Interrupted: a learner was erased meanwhile.
        """
        plan = read_plan(self.bucket, run_id)
        if has_ended(self.bucket, run_id):
            return None
        manifest = self._made_before(run_id) or self._make(plan)
        if manifest is not None:
            publish(self.bucket, self.bus, manifest)
        return manifest

    def _made_before(self, run_id: str) -> Manifest | None:
        """Return the manifest of an assembly that died before it was published, unless it knew not of every erasure."""
        manifest = read_manifest(self.bucket, run_id)
        if manifest is None or manifest.status == "FAILED" or self._knows_every_erasure(manifest):
            return manifest
        self.bucket.delete(graph_bucket.manifest_key(run_id))
        return None

    def _knows_every_erasure(self, manifest: Manifest) -> bool:
        return manifest.erasures == digest_of(erased_identities(self.bucket))

    def _make(self, plan: Plan) -> Manifest | None:
        shards = all_shards(self.bucket, plan)
        if waiting := unfinished(self.bucket, plan.run_id, shards):
            _log.info("the run is not complete yet", extra={"run": plan.run_id, "waiting": len(waiting)})
            self._send_what_was_not_sent(plan, waiting)
            return None
        with self.workspace() as folder:
            manifest = self._end(plan, shards, folder)
        if manifest is None:
            return None
        if not self.bucket.write_if_absent(graph_bucket.manifest_key(plan.run_id), encode(manifest)):
            return read_manifest(self.bucket, plan.run_id)
        # An erasure notes its learner before it looks for manifests: one that did not find this one is seen here.
        if self._made_before(plan.run_id) is None:
            raise Interrupted("a learner was erased meanwhile: assembling again")
        return manifest

    def _end(self, plan: Plan, shards: tuple[Shard, ...], folder: Path) -> Manifest | None:
        erased = erased_identities(self.bucket)
        while True:
            outcomes = read_outcomes(self.bucket, plan.run_id)
            steps = by_step(shards, outcomes)
            if run_status(steps) == "FAILED":
                return failed_manifest(plan, steps, "no step brought anything")
            parts, damaged = fetch_parts(self.bucket, shards, outcomes, folder)
            if not damaged:
                break
            if read_again(self.bucket, plan.run_id, damaged, self.queue_of):
                return None
        bases = base_manifests(self.bucket, plan.run_id)
        files = [fetch_base(self.bucket, base, _made(folder / f"base-{base.run_id}")) for base in bases]
        merge = Merge(folder, parts, files, memory_megabytes=self.memory_megabytes, erased=erased)
        with closing(merge):
            if self._ask_for_more(plan, steps, merge):
                return None
            rules = self._rules(plan, steps)
            merge.merge(rules)
            written = self._upload(plan.run_id, merge, rules)
            return snapshot_manifest(
                plan,
                steps,
                outcomes,
                merge,
                bases=bases,
                files=written,
                erased=erased,
                tolerance_percent=self.tolerance_percent,
            )

    def _send_what_was_not_sent(self, plan: Plan, waiting: list[Shard]) -> None:
        """An assembly that died after it decided on more reading may not have sent it; sent twice, it does no harm."""
        resend_marked(self.bucket, plan.run_id, waiting, self.queue_of)
        send_shards(plan.run_id, [shard for shard in waiting if shard not in plan.shards], self.queue_of)

    def _ask_for_more(self, plan: Plan, steps: dict[Step, StepOutcomes], merge: Merge) -> bool:
        """Start the second round, or wait for the rest of it; return whether there is something to wait for."""
        readable = frozenset(kind for kind, step in CATALOG_STEP_OF.items() if steps[step].status != "FAILED")
        in_full = readable & _full_types(plan)
        # That a listing without a locale brings every locale is not documented (API reference §4.4): see if it did.
        one_locale = sorted(in_full - merge.types_in_several_locales()) if plan.all_locales else []
        missing = merge.missing_content(read_in_full=in_full, looked_up=readable)
        shards = second_round(self.bucket, plan.run_id, one_locale_types=one_locale, missing=missing)
        waiting = unfinished(self.bucket, plan.run_id, shards)
        send_shards(plan.run_id, waiting, self.queue_of)
        return bool(waiting)

    def _rules(self, plan: Plan, steps: dict[Step, StepOutcomes]) -> MergeRules:
        tags = account_tags(plan.account_name, tag_account_name=plan.tag_account_name)
        complete = frozenset(kind for kind in ASSET_TYPES if not steps[CATALOG_STEP_OF[kind]].failed)
        read_in_full = complete & _full_types(plan)
        catalog_in_full = read_in_full == frozenset(ASSET_TYPES) and not steps["classifications"].failed
        curated = [
            outcome
            for shard, outcome in zip(steps["videos"].shards, steps["videos"].outcomes, strict=True)
            if shard.kind == "curated"
        ]
        retention = timedelta(days=self.retention_days) // timedelta(milliseconds=1)
        return MergeRules(
            account=Account(plan.account_key_ref, plan.account_name, tags),
            lookback_start=plan.lookback_start,
            lookback_end=plan.lookback_end,
            kept_types=frozenset(ASSET_TYPES) - read_in_full,
            keep_classifications=not catalog_in_full,
            incomplete_types=frozenset(kind for kind in ASSET_TYPES if steps[ACTIVITY_STEP_OF[kind]].failed),
            curated_known=any(outcome.pages for outcome in curated)
            and all(outcome.status == "SUCCEEDED" for outcome in curated),
            keep_since=plan.started_at - retention if retention else None,
        )

    def _upload(self, run_id: str, merge: Merge, rules: MergeRules) -> list[SnapshotFile]:
        prefix = f"{graph_bucket.snapshot_prefix(run_id)}jsonl/"
        written: list[SnapshotFile] = []
        for file in merge.write(rules):
            key = prefix + file.name
            self.bucket.upload(file.path, key)
            written.append(
                SnapshotFile(key=key, rows=file.rows, bytes=file.path.stat().st_size, sha256=sha256_of(file.path))
            )
            file.path.unlink()
        # An assembly that was killed may have left files that this one, over other earlier snapshots, does not write.
        for key in set(self.bucket.keys(prefix)) - {file.key for file in written}:
            self.bucket.delete(key)
        return written


def _full_types(plan: Plan) -> frozenset[AssetType]:
    return frozenset(kind for kind, step in CATALOG_STEP_OF.items() if plan.modes[step] == "full")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
