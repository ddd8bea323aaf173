"""Old snapshots are pruned on real runs, under the function's own policy: objects, Athena's partitions, evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from tests.integration.support import MARKS, NOW, Lab

pytestmark = MARKS
FUNCTION = "PruneSnapshotsFunction"
TABLES = ("linkedin_learning_user_history", "compliance_history", "snapshot_history")


def reported_run(lab: Lab, days: int) -> str:
    """Run so many days after NOW, and make the reports."""
    lab.set_time(NOW + timedelta(days=days))
    run = str(lab.run(lookbackDays=14)["runId"])
    lab.invoke("ReportSnapshotFunction", {"runId": run})
    return run


def partitions(lab: Lab, table: str) -> set[str]:
    glue = lab.cloud.deployment.client("glue")
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=lab.database, TableName=table)
    return {value for page in pages for found in page["Partitions"] for value in found["Values"]}


def test_of_a_pruned_run_its_end_is_left_and_the_next_run_knows_what_it_knew(own_lab: Callable[..., Lab]) -> None:
    lab = own_lab()
    first = reported_run(lab, 0)
    completed = {
        key: edge["completedOn"]
        for key, edge in lab.records(first, "linkedin_learning_user_assigned_course").items()
        if edge["completed"]
    }
    assert completed
    second = reported_run(lab, 20)
    assert all({first, second} <= partitions(lab, table) for table in TABLES)

    assert lab.invoke(FUNCTION, {}) == {"pruned": []}
    lab.settings["SNAPSHOTS_KEPT"] = "daily:1"
    assert lab.invoke(FUNCTION, {}) == {"pruned": [first]}

    [(key, ended)] = lab.cloud.objects(f"graph/{first}/").items()
    assert lab.invoke("ReportSnapshotFunction", {"runId": first, "again": True}) == {}
    assert key.endswith("/ended.json")
    assert json.loads(ended)["prunedAt"] == round(lab.now.timestamp() * 1000)
    assert not any(first in partitions(lab, table) for table in TABLES)
    assert all(second in partitions(lab, table) for table in TABLES)
    assert lab.invoke(FUNCTION, {}) == {"pruned": []}

    # LinkedIn does not report the first fortnight any more: the evidence comes from the snapshot that was kept.
    lab.set_time(NOW + timedelta(days=40))
    third = str(lab.run(lookbackDays=14)["runId"])
    later = lab.records(third, "linkedin_learning_user_assigned_course")
    assert {key: later[key]["completedOn"] for key in completed} == completed
