"""Judges manifest.json and latest.json against the files that are there.

The design fixes what a manifest tells (status, steps, counts per type, every file with rows and SHA-256, lookback,
what was carried over, format version), not the spelling of its members; so they are looked for by what they hold.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.judge.findings import Findings
from tests.judge.model import ENTITIES, RELATIONSHIPS
from tests.judge.reading import Snapshot, sha256_of

_PATH_NAMES: Final = ("key", "path", "file", "name")
_ROW_NAMES: Final = ("rows", "records", "count", "rowCount")
_HASH_NAMES: Final = ("sha256", "sha-256", "SHA256", "hash")
ACCEPTED_STATES: Final = frozenset({"SUCCEEDED", "PARTIAL"})


def judge_manifest(snapshot: Snapshot, rows: Mapping[str, int], found: Findings, remarks: Findings) -> None:
    """Judge the manifest. `rows`: the lines counted in each part, by its path below the snapshot's folder."""
    manifest = snapshot.manifest
    status = manifest.get("status")
    if status not in ACCEPTED_STATES:
        found.add("manifest-status", "manifest.json", status)
    elif status == "PARTIAL":
        remarks.add("partial", "manifest.json", "the run was PARTIAL")
    _judge_files(snapshot, rows, found)
    _judge_counts(manifest, rows, found)
    for what, words in (("lookback", ("lookback",)), ("steps", ("step",)), ("format version", ("version",))):
        if not any(word in name.lower() for name in manifest for word in words):
            found.add("manifest-member", "manifest.json", f"nothing about the {what}")
    if not any("carried" in name.lower() for name, _ in _members(manifest)):
        remarks.add("manifest-member", "manifest.json", "nothing about what was carried over")


def _judge_files(snapshot: Snapshot, rows: Mapping[str, int], found: Findings) -> None:
    listed: dict[str, Mapping[str, Any]] = {}
    for entry in _file_entries(snapshot.manifest):
        name = _relative(str(_first(entry, _PATH_NAMES)), snapshot.run)
        if name in listed:
            found.add("manifest-file-twice", name, "listed twice")
        listed[name] = entry
    if not listed:
        found.add("manifest-files", "manifest.json", "no list of files with SHA-256 in it")
    on_disk = {
        path.relative_to(snapshot.root).as_posix(): path
        for path in snapshot.root.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    for name in sorted(on_disk.keys() - listed.keys()):
        found.add("manifest-file-unlisted", name, "on disk, not in the manifest")
    for name, entry in listed.items():
        if name not in on_disk:
            found.add("manifest-file-missing", name, "in the manifest, not on disk")
            continue
        if str(_first(entry, _HASH_NAMES)).lower() != sha256_of(on_disk[name]):
            found.add("manifest-sha256", name, _first(entry, _HASH_NAMES))
        if name in rows and _first(entry, _ROW_NAMES) != rows[name]:
            found.add("manifest-rows", name, f"manifest {_first(entry, _ROW_NAMES)}, file {rows[name]}")


def _judge_counts(manifest: Mapping[str, Any], rows: Mapping[str, int], found: Findings) -> None:
    """Every count in the manifest that is named by a graph type equals the lines of that type."""
    actual = dict.fromkeys((*ENTITIES, *RELATIONSHIPS), 0)
    for name, count in rows.items():
        type_name = name.split("/")[2]
        actual[type_name] = actual.get(type_name, 0) + count
    counts = [value for name, value in _members(manifest) if name == "counts" and isinstance(value, dict)]
    told = {
        name: value
        for group in counts
        for name, value in _members(group)
        if name in actual and isinstance(value, int) and not isinstance(value, bool)
    }
    if not told:
        found.add("manifest-counts", "manifest.json", "no counts per type")
        return
    for name, count in actual.items():
        if told.get(name, 0) != count:
            found.add("manifest-counts", name, f"manifest {told.get(name)}, files {count}")


def judge_totals(manifest: Mapping[str, Any], sums: Mapping[str, int], found: Findings) -> None:
    """Where the manifest sums up the engagement, its `totals` are the sums over the ASSIGNED records."""
    totals = manifest.get("totals")
    for name, value in totals.items() if isinstance(totals, dict) else ():
        if name in sums and value != sums[name]:
            found.add("manifest-totals", name, f"manifest {value}, records {sums[name]}")


def judge_latest(snapshot: Snapshot, found: Findings) -> None:
    """`graph/latest.json` names this snapshot."""
    texts = [str(value) for value in snapshot.latest.values() if isinstance(value, str)]
    if not any(snapshot.run in text.split("/") for text in texts):
        found.add("latest-elsewhere", "graph/latest.json", f"does not name {snapshot.run}: {texts}")
    for entry in (snapshot.latest,):
        told = _first(entry, ("manifestSha256", "sha256", "manifestHash"))
        if told is not None and told != sha256_of(snapshot.root / "manifest.json"):
            found.add("latest-sha256", "graph/latest.json", told)


def _file_entries(value: object) -> Iterator[Mapping[str, Any]]:
    """Every object in the manifest that has a path and a hash, except the run's own parts (`runs/…`)."""
    if isinstance(value, dict):
        path = _first(value, _PATH_NAMES)
        if isinstance(path, str) and "/" in path and _first(value, _HASH_NAMES) is not None:
            if not path.startswith("runs/"):
                yield value
            return
        for item in value.values():
            yield from _file_entries(item)
    elif isinstance(value, list):
        for item in value:
            yield from _file_entries(item)


def _members(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, item
            yield from _members(item)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if name in entry), None)


def _relative(name: str, run: str) -> str:
    prefix = f"graph/{run}/"
    return name[name.index(prefix) + len(prefix) :] if prefix in name else name
