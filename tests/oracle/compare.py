"""Compares a first run's snapshot with what a simulator's event log says it must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learning_graph.model.schema import CLASSIFICATION, CONTENT_TYPE_OF, CONTENT_TYPES, USER
from local.record_rules import is_email
from local.verify import Snapshot
from tests.oracle.facts import Facts, compute_facts
from tests.oracle.truth import Truth
from tests.oracle.windows import Window, cut, judge_windows, windows_asked

Json = dict[str, Any]


def compare(snapshot: Snapshot, truth: Truth, *, licensed_only: bool = True) -> list[str]:
    """Return all differences, `what: key: detail` each; the lookback is read from the snapshot."""
    found: list[str] = []
    entities: dict[str, Json] = {str(record["_key"]): record for record in snapshot.records("entities")}
    assigned: dict[tuple[str, str], Json] = {}
    tags: set[tuple[str, str]] = set()
    for record in snapshot.records("relationships"):
        pair = (str(record["_fromEntityKey"]), str(record["_toEntityKey"]))
        if record["_class"] == "ASSIGNED":
            assigned[pair] = record
        elif entities.get(pair[0], {}).get("_type") in CONTENT_TYPES:
            tags.add(pair)
    lookbacks = {(record["lookbackStart"], record["lookbackEnd"]) for record in assigned.values()}
    if len(lookbacks) != 1:
        found.append(f"lookback: relationships: wanted one, found {sorted(lookbacks)[:5]}")
        return found
    windows = _windows(truth, lookbacks.pop(), found)
    facts = compute_facts(truth, windows, licensed_only=licensed_only)
    _compare_users(entities, facts, found)
    _compare_properties(_of_types(entities, CONTENT_TYPES), facts.content, "content", found)
    for key, wanted in facts.content.items():
        if key in entities and entities[key]["_type"] != CONTENT_TYPE_OF[wanted["assetType"]]:
            found.append(f"content-type: {key}: {entities[key]['_type']}")
    _compare_properties(_of_types(entities, (CLASSIFICATION,)), facts.classifications, "classification", found)
    _compare_keys({f"{a}|{b}": {} for a, b in tags}, {f"{a}|{b}": {} for a, b in facts.tags}, "tag", found)
    told = {f"{a}|{b}": record for (a, b), record in assigned.items()}
    _compare_properties(told, {f"{a}|{b}": record for (a, b), record in facts.assigned.items()}, "assigned", found)
    return found


def _windows(truth: Truth, lookback: tuple[int, int], found: list[str]) -> list[Window]:
    """The windows as the request log shows them (and judged); without a log, 14 days each from the lookback's start."""
    asked = windows_asked(truth.requests)
    if not asked:
        return cut(*lookback, short_one_first=False)
    wrong = judge_windows(asked, *lookback)
    found += [f"windows: requests: {difference}" for difference in wrong]
    return cut(*lookback, short_one_first=False) if wrong else sorted(asked["COURSE"])


def _of_types(entities: Mapping[str, Json], types: tuple[str, ...]) -> dict[str, Json]:
    return {key: record for key, record in entities.items() if record["_type"] in types}


def _compare_keys(told: Mapping[str, Json], wanted: Mapping[str, Json], what: str, found: list[str]) -> None:
    found += [f"{what}-missing: {key}: {wanted[key]}" for key in sorted(wanted.keys() - told.keys())]
    found += [f"{what}-too-much: {key}: {told[key]}" for key in sorted(told.keys() - wanted.keys())]


def _compare_properties(told: Mapping[str, Json], wanted: Mapping[str, Json], what: str, found: list[str]) -> None:
    _compare_keys(told, wanted, what, found)
    for key in wanted.keys() & told.keys():
        for name, value in wanted[key].items():
            if told[key].get(name) != value:
                found.append(f"{what}-{name}: {key}: {told[key].get(name)!r}, wanted {value!r}")


def _compare_users(entities: Mapping[str, Json], facts: Facts, found: list[str]) -> None:
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
            found.append(f"user-email: {key}: {sorted(shown)}, wanted of {sorted(known)}")
