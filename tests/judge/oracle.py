"""`python -m tests.judge.oracle OUT_DIR [--simulator URL]`: compare a snapshot with the simulator's ground truth.

Without a URL the truth is read from `OUT_DIR/truth`. Exit code 1 on any difference, 2 when something cannot be read.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.judge.facts import Facts, compute_facts
from tests.judge.findings import Findings
from tests.judge.model import BY_ASSET_TYPE, CLASSIFICATION, CONTENT_TYPES, USER
from tests.judge.plausible import is_email
from tests.judge.reading import Snapshot, SnapshotUnreadable, open_snapshot
from tests.judge.truth import Truth, truth_from_folder, truth_from_simulator
from tests.judge.windows import Window, cut, judge_windows, windows_asked

Json = dict[str, Any]


def compare(snapshot: Snapshot, truth: Truth, *, licensed_only: bool = True) -> Findings:
    """All differences between a first run's snapshot and the truth; the lookback is read from the snapshot."""
    found = Findings()
    entities: dict[str, Json] = {str(record["_key"]): record for _, record in snapshot.records("entities")}
    assigned: dict[tuple[str, str], Json] = {}
    tags: set[tuple[str, str]] = set()
    for _, record in snapshot.records("relationships"):
        pair = (str(record["_fromEntityKey"]), str(record["_toEntityKey"]))
        if record["_class"] == "ASSIGNED":
            assigned[pair] = record
        elif entities.get(pair[0], {}).get("_type") in CONTENT_TYPES:
            tags.add(pair)
    lookbacks = {(record["lookbackStart"], record["lookbackEnd"]) for record in assigned.values()}
    if len(lookbacks) != 1:
        found.add("lookback", "relationships", f"wanted one, found {sorted(lookbacks)[:5]}")
        return found
    windows = _windows(truth, lookbacks.pop(), found)
    facts = compute_facts(truth, windows, licensed_only=licensed_only)
    _compare_users(entities, facts, found)
    _compare_properties(_of_types(entities, CONTENT_TYPES), facts.content, "content", found)
    for key, wanted in facts.content.items():
        if key in entities and entities[key]["_type"] != BY_ASSET_TYPE[wanted["assetType"]]:
            found.add("content-type", key, entities[key]["_type"])
    _compare_properties(_of_types(entities, (CLASSIFICATION,)), facts.classifications, "classification", found)
    _compare_keys({f"{a}|{b}": {} for a, b in tags}, {f"{a}|{b}": {} for a, b in facts.tags}, "tag", found)
    told = {f"{a}|{b}": record for (a, b), record in assigned.items()}
    _compare_properties(told, {f"{a}|{b}": record for (a, b), record in facts.assigned.items()}, "assigned", found)
    return found


def _windows(truth: Truth, lookback: tuple[int, int], found: Findings) -> list[Window]:
    """The windows as the request log shows them (and judged); without a log, 14 days each from the lookback's start."""
    asked = windows_asked(truth.requests)
    if not asked:
        return cut(*lookback, short_one_first=False)
    wrong = judge_windows(asked, *lookback)
    for difference in wrong:
        found.add("windows", "requests", difference)
    return cut(*lookback, short_one_first=False) if wrong else sorted(asked["COURSE"])


def _of_types(entities: Mapping[str, Json], types: tuple[str, ...]) -> dict[str, Json]:
    return {key: record for key, record in entities.items() if record["_type"] in types}


def _compare_keys(told: Mapping[str, Json], wanted: Mapping[str, Json], what: str, found: Findings) -> None:
    for key in sorted(wanted.keys() - told.keys()):
        found.add(f"{what}-missing", key, wanted[key])
    for key in sorted(told.keys() - wanted.keys()):
        found.add(f"{what}-too-much", key, told[key])


def _compare_properties(told: Mapping[str, Json], wanted: Mapping[str, Json], what: str, found: Findings) -> None:
    _compare_keys(told, wanted, what, found)
    for key in wanted.keys() & told.keys():
        for name, value in wanted[key].items():
            if told[key].get(name) != value:
                found.add(f"{what}-{name}", key, f"{told[key].get(name)!r}, wanted {value!r}")


def _compare_users(entities: Mapping[str, Json], facts: Facts, found: Findings) -> None:
    told = {
        key: record | {"enterpriseGroupNames": sorted(record["enterpriseGroupNames"] or [])}
        for key, record in _of_types(entities, (USER,)).items()
    }
    emails = {key: wanted.pop("emails") for key, wanted in facts.users.items()}
    _compare_properties(told, facts.users, "user", found)
    for key in facts.users.keys() & told.keys():
        known = {email.casefold() for email in emails[key] if is_email(email)}
        shown = {str(email).casefold() for email in told[key]["email"] or ()}
        if not shown <= known or bool(shown) != bool(known):
            found.add("user-email", key, f"{sorted(shown)}, wanted of {sorted(known)}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.judge.oracle", description=__doc__)
    parser.add_argument("out_dir", type=Path, help="the demo's --out folder")
    parser.add_argument("--simulator", help="the simulator's origin; default: the files in OUT_DIR/truth")
    parser.add_argument("--run", help="the run whose snapshot is compared; default: the latest")
    parser.add_argument("--all-content", action="store_true", help="the run had LICENSED_ONLY=false")
    parser.add_argument("--examples", type=int, default=5, help="examples shown per kind of difference")
    options = parser.parse_args(arguments)
    try:
        snapshot = open_snapshot(options.out_dir, options.run)
        truth = truth_from_simulator(options.simulator) if options.simulator else _kept_truth(options.out_dir)
    except (OSError, SnapshotUnreadable) as missing:
        sys.stderr.write(f"cannot compare: {missing}\n")
        return 2
    found = compare(snapshot, truth, licensed_only=not options.all_content)
    told = f"{len(truth.events)} events, {len(truth.learners)} learners, {len(truth.content)} content items"
    lines = [f"snapshot {snapshot.run} against {told}", f"differences: {found.total}", *found.lines(options.examples)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found.total else 0


def _kept_truth(out_dir: Path) -> Truth:
    return truth_from_folder(out_dir / "truth")


if __name__ == "__main__":
    sys.exit(main())
