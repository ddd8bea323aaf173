"""What a snapshot collected from the peer must say: `python -m tests.peer.expected OUT_DIR --base MS`.

Computed from the sittings and the hand-made catalogue, not from the server's rows.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.judge.reading import Snapshot, open_snapshot
from tests.peer import catalogue, people
from tests.peer.people import Person, Sitting
from tests.peer.stories import ENTITY_STORIES, Allowed

Json = dict[str, Any]
USER = "linkedin_learning_user"
CLASSIFICATION = "linkedin_learning_classification"
# A record of a wrong type may be left out or saved as far as it goes; both are reported, neither is wrong.
MAY_BE_THERE = frozenset({catalogue.WRONG_TYPE})


@dataclass
class Expected:
    """The facts of one lookback."""

    types: dict[str, str] = field(default_factory=dict)
    tagged: set[tuple[str, str]] = field(default_factory=set)
    assigned: dict[tuple[str, str], Json] = field(default_factory=dict)
    optional_pairs: set[tuple[str, str]] = field(default_factory=set)


def user_key(person: Person) -> str:
    """The key design gives a learner: the profile URN, else the unique id, else the e-mail address."""
    return person.profile or f"{USER}:{person.unique_id or person.email}"


def expect(base: int, start: int, end: int) -> Expected:
    """The facts for a lookback [start, end) of data that counts back from `base` (all epoch ms)."""
    found = Expected()
    _expect_catalogue(found, base)
    seen: dict[tuple[str, str], list[Sitting]] = defaultdict(list)
    for person in people.SPECIAL:
        if person.always_listed:
            found.types[user_key(person)] = USER
    for sitting in people.all_sittings():
        if start <= sitting.at(base) < end:
            found.types[user_key(sitting.person)] = USER
            if sitting.kind != "EVENT":
                seen[user_key(sitting.person), sitting.content].append(sitting)
                found.types.setdefault(sitting.content, f"linkedin_learning_{sitting.kind.lower()}")
    for pair, sittings in seen.items():
        if any(sitting.quirk == "all-zero" for sitting in sittings):
            found.optional_pairs.add(pair)
        found.assigned[pair] = _engagement(sittings, base)
    return found


def _expect_catalogue(found: Expected, base: int) -> None:
    for item in catalogue.listed_classifications():
        if "urn" in item:
            found.types[item["urn"]] = CLASSIFICATION
    for asset in [*catalogue.filler_assets(base), *catalogue.special_assets(base)]:
        urn = asset.get("urn")
        if not isinstance(urn, str) or urn in MAY_BE_THERE:
            continue
        found.types[urn] = f"linkedin_learning_{asset['type'].lower()}"
        for tag in asset["details"].get("classifications", []):
            found.types[tag["associatedClassification"]["urn"]] = CLASSIFICATION
            found.tagged.add((urn, tag["associatedClassification"]["urn"]))


def _engagement(sittings: list[Sitting], base: int) -> Json:
    """The properties of one ASSIGNED relationship, as the design defines them."""
    first = [sitting.at(base) for sitting in sittings if sitting.quirk not in {"null-first", "no-times", "all-zero"}]
    last = [sitting.at(base) for sitting in sittings if sitting.quirk not in {"no-times", "all-zero"}]
    completing = [sitting for sitting in sittings if sitting.completions]
    full = [sitting for sitting in sittings if sitting.progress == 100]
    timed = [sitting.at(base) for sitting in completing or full if sitting.quirk != "no-times"]
    return {
        "completed": bool(completing or full),
        "completedOn": min(timed, default=None),
        "completions": sum(sitting.completions for sitting in sittings),
        "views": sum(sitting.views for sitting in sittings),
        "secondsViewed": sum(sitting.seconds for sitting in sittings),
        "progressPercentage": max(sitting.progress for sitting in sittings),
        "firstEngagedOn": min(first, default=None),
        "lastEngagedOn": max(last, default=None),
    }


def compare(snapshot: Snapshot, base: int) -> list[str]:
    """Every difference between a snapshot and what the peer's data says; the lookback is read from the snapshot."""
    entities = {str(record["_key"]): record for _, record in snapshot.records("entities")}
    edges = [record for _, record in snapshot.records("relationships")]
    assigned = {_pair(edge): edge for edge in edges if edge["_class"] == "ASSIGNED"}
    lookbacks = {(edge["lookbackStart"], edge["lookbackEnd"]) for edge in assigned.values()}
    if len(lookbacks) != 1:
        return [f"lookbacks: wanted one, found {sorted(lookbacks)}"]
    wanted = expect(base, *lookbacks.pop())
    differences = [] if snapshot.manifest.get("status") == "SUCCEEDED" else ["the run did not succeed"]
    differences += _compare_entities(entities, wanted)
    tagged = {_pair(edge) for edge in edges if edge["_type"].endswith("_has_classification")}
    tagged = {pair for pair in tagged if not pair[0].startswith("linkedin_learning_account:")}
    differences += [f"tag edge missing: {pair}" for pair in sorted(wanted.tagged - tagged)]
    differences += [f"tag edge too much: {pair}" for pair in sorted(tagged - wanted.tagged)]
    return differences + _compare_assigned(assigned, wanted)


def _pair(edge: Json) -> tuple[str, str]:
    return str(edge["_fromEntityKey"]), str(edge["_toEntityKey"])


def _same_key(key: str) -> str:
    """Keys made of an e-mail address are the same whatever its capitals."""
    return key.casefold() if "@" in key else key


def _compare_entities(entities: dict[str, Json], wanted: Expected) -> list[str]:
    found = {_same_key(key): record for key, record in entities.items() if record["_class"] != ["Account"]}
    types = {_same_key(key): name for key, name in wanted.types.items()}
    differences = [f"entity missing: {types[key]} {key}" for key in sorted(types.keys() - found.keys())]
    too_much = found.keys() - types.keys() - MAY_BE_THERE
    differences += [f"entity too much: {found[key]['_type']} {key}" for key in sorted(too_much)]
    for key in types.keys() & found.keys():
        if found[key]["_type"] != types[key]:
            differences.append(f"{key} is a {found[key]['_type']}, wanted {types[key]}")
    for key, story in ENTITY_STORIES.items():
        record = found.get(_same_key(key), {})
        differences += [
            f"{key} {name}: {record[name]!r:.100}, wanted {allowed}"
            for name, allowed in story.items()
            if name in record and not _is_allowed(record[name], allowed)
        ]
    return differences


def _is_allowed(value: object, allowed: Allowed) -> bool:
    told = sorted(value) if isinstance(value, list) else value
    return any(told == (sorted(option) if isinstance(option, list) else option) for option in allowed)


def _compare_assigned(assigned: dict[tuple[str, str], Json], wanted: Expected) -> list[str]:
    found = {(_same_key(source), target): edge for (source, target), edge in assigned.items()}
    pairs = {(_same_key(source), target): facts for (source, target), facts in wanted.assigned.items()}
    optional = {(_same_key(source), target) for source, target in wanted.optional_pairs}
    differences = [f"assignment missing: {pair}" for pair in sorted(pairs.keys() - found.keys() - optional)]
    differences += [f"assignment too much: {pair}" for pair in sorted(found.keys() - pairs.keys())]
    for pair in sorted(pairs.keys() & found.keys()):
        differences += [
            f"{pair} {name}: {found[pair].get(name)!r}, wanted {value!r}"
            for name, value in pairs[pair].items()
            if found[pair].get(name) != value and not (pair in optional and not found[pair].get(name) and not value)
        ]
    return differences


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peer.expected", description=__doc__)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--base", type=int, required=True, help="the instant the peer printed as `base`")
    options = parser.parse_args(arguments)
    differences = compare(open_snapshot(options.out_dir), options.base)
    sys.stdout.write("\n".join([*differences[:100], f"differences: {len(differences)}"]) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
