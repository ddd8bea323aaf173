"""Judges a whole snapshot: every record, and what only shows when all are seen together.

Kept in memory: one key per record, so a snapshot of a million relationships needs a few hundred megabytes.
"""

import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.judge.findings import Findings
from tests.judge.manifest import judge_latest, judge_manifest, judge_totals
from tests.judge.model import ACCOUNT, ENTITIES, RELATIONSHIPS, USER
from tests.judge.reading import Part, Section, Snapshot, open_snapshot
from tests.judge.records import judge_entity, judge_relationship

# Of the ASSIGNED records; `completed` is a boolean and counts as 0 or 1.
_SUMMED: Final = ("completed", "completions", "views", "secondsViewed")
_PART_NAME: Final = re.compile(r"part-\d{5,}\.jsonl\.gz")


@dataclass
class Verdict:
    """The judge's verdict on one snapshot."""

    run: str
    status: str
    violations: Findings = field(default_factory=Findings)
    remarks: Findings = field(default_factory=Findings)
    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)


@dataclass
class _Seen:
    """What is remembered across records."""

    entity_types: dict[str, str] = field(default_factory=dict)
    relationship_keys: set[str] = field(default_factory=set)
    account_edges: Counter[str] = field(default_factory=Counter)
    account_names: set[str | None] = field(default_factory=set)
    lookbacks: Counter[tuple[object, object]] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)


def judge_folder(folder: Path, run: str | None = None) -> Verdict:
    """Judge the snapshot below a demo's `--out` folder. Raises `SnapshotUnreadable` when there is none."""
    return judge_snapshot(open_snapshot(folder, run))


def judge_snapshot(snapshot: Snapshot) -> Verdict:
    verdict = Verdict(snapshot.run, str(snapshot.manifest.get("status")))
    seen = _Seen()
    parts = snapshot.parts()
    _judge_part_names(parts, verdict.violations)
    for section in ("entities", "relationships"):
        previous: dict[str, str] = {}
        for part in parts:
            if part.section == section:
                _judge_part(part, previous, seen, verdict)
    _judge_accounts(seen, verdict.violations)
    _judge_account_edges(seen, verdict.violations)
    if len(seen.account_names) > 1:
        verdict.violations.add("account-name-tag", "entities", f"several: {seen.account_names}")
    if len(seen.lookbacks) > 1:
        verdict.remarks.add("several-lookbacks", "relationships", dict(seen.lookbacks.most_common(5)))
    judge_manifest(snapshot, seen.rows, verdict.violations, verdict.remarks)
    judge_totals(snapshot.manifest, verdict.sums | {"learners": verdict.counts[USER]}, verdict.violations)
    judge_latest(snapshot, verdict.violations)
    return verdict


def _judge_part_names(parts: list[Part], found: Findings) -> None:
    for part in parts:
        if not _PART_NAME.fullmatch(part.path.name):
            found.add("part-name", part.relative, "wanted part-<number>.jsonl.gz")
        known = ENTITIES if part.section == "entities" else RELATIONSHIPS
        if part.type not in known:
            found.add("folder-unknown", part.relative, f"{part.type} is no {part.section} type")


def _judge_part(part: Part, previous: dict[str, str], seen: _Seen, verdict: Verdict) -> None:
    rows = 0
    try:
        for line in part.lines():
            rows += 1
            record = _parse(line, part, rows, verdict.violations)
            if record is None:
                continue
            key = str(record.get("_key"))
            if part.type in previous and key < previous[part.type]:
                verdict.violations.add("not-sorted", part.relative, f"line {rows}: {key}")
            previous[part.type] = key
            _judge_record(part.section, part.type, record, seen, verdict)
            verdict.counts[part.type] += 1
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as broken:
        verdict.violations.add("part-unreadable", part.relative, broken)
    seen.rows[part.relative] = rows


def _parse(line: str, part: Part, number: int, found: Findings) -> dict[str, Any] | None:
    def refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            found.add("property-twice", f"{part.relative}:{number}", sorted(names))
        return dict(pairs)

    try:
        record = json.loads(line, object_pairs_hook=refuse_repeated)
    except ValueError as broken:
        found.add("line-not-json", f"{part.relative}:{number}", broken)
        return None
    if not isinstance(record, dict):
        found.add("line-not-object", f"{part.relative}:{number}", line[:80])
        return None
    return record


def _judge_record(section: Section, type_name: str, record: dict[str, Any], seen: _Seen, verdict: Verdict) -> None:
    key = str(record.get("_key"))
    if key in seen.entity_types or key in seen.relationship_keys:
        verdict.violations.add("key-twice", key, type_name)
    if section == "entities":
        judge_entity(record, type_name, verdict.violations, verdict.remarks)
        seen.entity_types.setdefault(key, type_name)
        tag = record.get("tag.AccountName")
        seen.account_names.add(tag if tag is None else str(tag))
        return
    judge_relationship(record, type_name, verdict.violations, verdict.remarks)
    seen.relationship_keys.add(key)
    _judge_ends(type_name, record, seen, verdict.violations)
    if "lookbackStart" in record:
        seen.lookbacks[record["lookbackStart"], record.get("lookbackEnd")] += 1
    for name in _SUMMED:
        value = record.get(name)
        verdict.sums[name] += value if isinstance(value, int) else 0


def _judge_ends(type_name: str, record: dict[str, Any], seen: _Seen, found: Findings) -> None:
    model = RELATIONSHIPS.get(type_name)
    if model is None:
        return
    for name, wanted in (("_fromEntityKey", model.source), ("_toEntityKey", model.target)):
        end = str(record.get(name))
        actual = seen.entity_types.get(end)
        if actual is None:
            found.add("end-missing", str(record.get("_key")), f"{name} {end}")
        elif actual != wanted:
            found.add("end-type", str(record.get("_key")), f"{name} is a {actual}, wanted {wanted}")
    if model.source == ACCOUNT:
        seen.account_edges[str(record.get("_toEntityKey"))] += 1


def _judge_accounts(seen: _Seen, found: Findings) -> None:
    accounts = [key for key, type_name in seen.entity_types.items() if type_name == ACCOUNT]
    if len(accounts) != 1:
        found.add("account-number", "entities", f"{len(accounts)} accounts, wanted one")


def _judge_account_edges(seen: _Seen, found: Findings) -> None:
    for key, type_name in seen.entity_types.items():
        if type_name != ACCOUNT and seen.account_edges[key] != 1:
            found.add("account-edge", key, f"{seen.account_edges[key]} HAS edges from the account, wanted one")
