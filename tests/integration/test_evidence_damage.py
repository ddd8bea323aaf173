"""Damaged parts are read again before the assembly, and sums are compared with LinkedIn's own."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.integration.support import MARKS, Lab, Reference

pytestmark = MARKS


def part_of(lab: Lab, run_id: str, step: str = "course-activity") -> str:
    return lab.cloud.keys(f"runs/{run_id}/parts/{step}/")[0]


def put(lab: Lab, key: str, data: bytes) -> None:
    lab.cloud.s3.put_object(Bucket=lab.cloud.graph_bucket, Key=key, Body=data)


def another_number(data: bytes) -> bytes:
    return gzip.compress(gzip.decompress(data).replace(b'"views":1', b'"views":9', 1), mtime=0)


@pytest.mark.parametrize("damage", ["another number", "gone"])
def test_a_damaged_part_is_read_again(lab: Lab, reference: Reference, damage: str) -> None:
    run_id = lab.start(30, lookbackDays=14)
    lab.pump(until=lambda: bool(lab.cloud.bodies("AssemblyQueue")))
    key = part_of(lab, run_id)
    if damage == "gone":
        lab.cloud.s3.delete_object(Bucket=lab.cloud.graph_bucket, Key=key)
    else:
        put(lab, key, another_number(lab.cloud.objects(key)[key]))
    lab.pump()
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.snapshot(run_id) == reference.snapshot


def test_a_part_that_is_damaged_every_time_fails_its_shard_and_is_never_assembled(lab: Lab) -> None:
    run_id = lab.start(31, lookbackDays=14)

    def damage(function: str, _event: Any) -> None:
        if function == "AssembleGraphFunction" and not lab.cloud.keys(f"graph/{run_id}/manifest.json"):
            for key, data in lab.cloud.objects(f"runs/{run_id}/parts/course-activity/").items():
                put(lab, key, another_number(data))

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
