"""Damage is seen before it counts: parts before the assembly, snapshots by `verify`, sums beside LinkedIn's own."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local import verify
from tests.integration.support import MARKS, Lab, Reference

pytestmark = MARKS


def part_of(lab: Lab, run_id: str, step: str = "course-activity") -> str:
    return lab.cloud.keys(f"runs/{run_id}/parts/{step}/")[0]


def put(lab: Lab, key: str, data: bytes) -> None:
    lab.cloud.s3.put_object(Bucket=lab.cloud.graph_bucket, Key=key, Body=data)


def without_last_line(data: bytes) -> bytes:
    lines = gzip.decompress(data).splitlines(keepends=True)
    return gzip.compress(b"".join(lines[:-1]), mtime=0)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda _data: b"",
    "a row less": without_last_line,
    "another number": lambda data: gzip.compress(gzip.decompress(data).replace(b'"views":1', b'"views":9', 1), mtime=0),
}


@pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
def test_a_damaged_part_is_read_again(lab: Lab, reference: Reference, damage: str) -> None:
    run_id = lab.start(30, lookbackDays=14)
    lab.pump(until=lambda: bool(lab.cloud.bodies("AssemblyQueue")))
    key = part_of(lab, run_id)
    if damage == "gone":
        lab.cloud.s3.delete_object(Bucket=lab.cloud.graph_bucket, Key=key)
    else:
        put(lab, key, DAMAGES[damage](lab.cloud.objects(key)[key]))
    lab.pump()
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.snapshot(run_id) == reference.snapshot


def test_a_part_that_is_damaged_every_time_fails_its_shard_and_is_never_assembled(lab: Lab) -> None:
    run_id = lab.start(31, lookbackDays=14)

    def damage(function: str, _event: Any) -> None:
        if function == "AssembleGraphFunction" and not lab.cloud.keys(f"graph/{run_id}/manifest.json"):
            for key, data in lab.cloud.objects(f"runs/{run_id}/parts/course-activity/").items():
                put(lab, key, DAMAGES["another number"](data))

    lab.before_invocation = damage
    lab.pump()
    manifest = lab.manifest(run_id)
    assert manifest["status"] == "PARTIAL"
    [failure] = manifest["steps"]["course-activity"]["failures"]
    assert failure["errorKind"] == "PartsDamaged"
    assert "linkedin_learning_user_assigned_course" not in manifest["counts"]["relationships"]


def test_sums_that_differ_from_linkedins_are_a_warning_event(lab: Lab) -> None:
    lab.linkedin.add_fault("bad-record:primary=INDIVIDUAL,secondary=CONTENT,assetType=COURSE")
    run_id = lab.start(32, lookbackDays=14)
    lab.pump()
    manifest = lab.manifest(run_id)
    assert manifest["status"] == "SUCCEEDED"
    [rejected] = manifest["steps"]["course-activity"]["rejected"]
    assert (rejected["count"], rejected["first"][0]["row"]) == (1, 0)
    events = dict(lab.events())
    assert set(events) == {"Graph Snapshot Ready", "Reconciliation Difference"}
    for difference in events["Reconciliation Difference"]["differences"]:
        assert difference["assetType"] == "COURSE"
        assert difference["learners"] < difference["account"]
    assert events["Reconciliation Difference"]["count"] == len(manifest["reconciliation"]["differences"])


class Snapshot:
    """A saved snapshot that a test may damage; a changed file may be entered in the manifest, as a forger would."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.root = folder / "graph-bucket"
        self.manifest_path = self.root / f"graph/{run_id}/manifest.json"
        self.manifest = json.loads(self.manifest_path.read_bytes())

    def path(self, record_type: str) -> Path:
        key: str = next(file["key"] for file in self.manifest["files"] if f"/{record_type}/" in file["key"])
        return self.root / key

    def forge(self, record_type: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        path = self.path(record_type)
        records = change([json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()])
        data = gzip.compress(b"".join(json.dumps(record).encode() + b"\n" for record in records), mtime=0)
        path.write_bytes(data)
        for file in self.manifest["files"]:
            if self.root / file["key"] == path:
                file |= {"rows": len(records), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        kind = "entities" if "entities" in path.parts else "relationships"
        self.manifest["counts"][kind][record_type] = len(records)
        self.save()

    def save(
        self,
        totals: dict[str, int] | None = None,
        entities: dict[str, int] | None = None,
        first_file: dict[str, int] | None = None,
    ) -> None:
        self.manifest["files"][0].update(first_file or {})
        self.manifest["totals"].update(totals or {})
        self.manifest["counts"]["entities"].update(entities or {})
        self.manifest_path.write_text(json.dumps(self.manifest))


def _changed(name: str, value: object) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    return lambda records: [{**records[0], name: value}, *records[1:]]


def _without(name: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    return lambda records: [{k: v for k, v in records[0].items() if k != name}, *records[1:]]


COURSE, EDGE = "linkedin_learning_course", "linkedin_learning_user_assigned_course"
USER = "linkedin_learning_user"
PLANTED: dict[str, Callable[[Snapshot], Any]] = {
    "a file is cut": lambda s: s.path(COURSE).write_bytes(s.path(COURSE).read_bytes()[:-20]),
    "a file is missing": lambda s: s.path(COURSE).unlink(),
    "a file is not listed": lambda s: (s.path(COURSE).parent / "part-00099.jsonl.gz").write_bytes(gzip.compress(b"")),
    "a record twice": lambda s: s.forge(COURSE, lambda records: [records[0], *records]),
    "a record less, entered": lambda s: s.forge(COURSE, lambda records: records[1:]),
    "an edge to nowhere": lambda s: s.forge(EDGE, _changed("_toEntityKey", "urn:li:lyndaCourse:0")),
    "a completion less": lambda s: s.forge(EDGE, lambda r: [{**e, "completed": False, "completedOn": None} for e in r]),
    "seconds that do not add up": lambda s: s.forge(EDGE, _changed("secondsViewed", 1_000_000)),
    "a negative count": lambda s: s.forge(EDGE, _changed("views", -1)),
    "a property of a wrong type": lambda s: s.forge(COURSE, _changed("name", 7)),
    "a wrong class": lambda s: s.forge(COURSE, _changed("_class", ["Record"])),
    "an engagement that lacks a property": lambda s: s.forge(EDGE, _without("completedOn")),
    "an engagement's time as text": lambda s: s.forge(EDGE, _changed("lastEngagedOn", "yesterday")),
    "an address that JupiterOne refuses": lambda s: s.forge(USER, _changed("email", ["root@localhost"])),
    "an object": lambda s: s.forge(COURSE, _changed("extra", {"a": 1})),
    "a name that is none": lambda s: s.forge(COURSE, _changed("cost_center", "7")),
    "a text that is too long": lambda s: s.forge(COURSE, _changed("shortDescription", "x" * 4097)),
    "a link that is no address": lambda s: s.forge(COURSE, _changed("webLink", "https://example.com/é")),
    "null for what should be left out": lambda s: s.forge(COURSE, _changed("description", None)),
    "another size": lambda s: s.save(first_file={"bytes": 1}),
    "an unknown type": lambda s: s.forge(COURSE, _changed("_type", "linkedin_learning_book")),
    "totals of another run": lambda s: s.save(totals={"views": 1}),
    "counts of another run": lambda s: s.save(entities={COURSE: 1}),
}


@pytest.fixture(scope="module")
def saved(cloud, linkedin, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], str]:
    from tests.integration.support import lab_of

    lab = lab_of(cloud, linkedin)
    run_id = lab.run(33, lookbackDays=90)["runId"]
    assert any(edge["completed"] for edge in lab.records(run_id, EDGE).values())
    return lab.cloud.objects("graph/"), run_id


def restored(saved: tuple[dict[str, bytes], str], folder: Path) -> Snapshot:
    objects, run_id = saved
    for key, data in objects.items():
        path = folder / "graph-bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Snapshot(folder, run_id)


def test_verify_finds_nothing_in_a_sound_snapshot(saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    restored(saved, tmp_path)
    assert verify.main([str(tmp_path)]) == 0
    assert " 0 problems" in capsys.readouterr().out


@pytest.mark.parametrize("planted", PLANTED)
def test_verify_finds_planted_damage(saved, tmp_path: Path, planted: str, capsys: pytest.CaptureFixture[str]) -> None:
    PLANTED[planted](restored(saved, tmp_path))
    assert verify.main([str(tmp_path)]) == 1
    assert " 0 problems" not in capsys.readouterr().out


def test_verify_says_so_where_latest_names_no_manifest(
    saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    latest = restored(saved, tmp_path).root / "graph" / "latest.json"
    latest.write_text(json.dumps({**json.loads(latest.read_bytes()), "manifest": "graph/elsewhere/manifest.json"}))
    assert verify.main([str(tmp_path)]) == 2
    assert "elsewhere/manifest.json is missing" in capsys.readouterr().out
