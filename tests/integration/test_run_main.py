"""A whole run, from the schedule's event to `latest.json`, compared with LinkedIn's truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.verify import Verification, open_snapshot
from tests.integration.support import MARKS, NOW, Lab, Reference
from tests.oracle.compare import compare
from tests.oracle.truth import truth_of
from tests.oracle.windows import judge_windows, windows_asked

pytestmark = MARKS
DAY = 86_400_000
NOW_MS = round(NOW.timestamp() * 1000)


def test_the_snapshot_is_what_linkedin_holds(lab: Lab, tmp_path: Path) -> None:
    manifest = lab.run()
    assert manifest["status"] == "SUCCEEDED"
    assert lab.latest() == manifest["runId"]
    snapshot = open_snapshot(lab.save(tmp_path))
    assert compare(snapshot, truth_of(lab.settings["LINKEDIN_API_URL"])) == []
    verification = Verification(snapshot)
    assert verification.run() == []
    assert verification.records > 100
    [(kind, detail)] = lab.events()
    assert kind == "Graph Snapshot Ready"
    assert (detail["runId"], detail["counts"]) == (manifest["runId"], manifest["counts"])


def test_learners_add_up_to_linkedins_own_totals(reference: Reference) -> None:
    reconciliation = reference.manifest["reconciliation"]
    assert (reconciliation["windows"], reconciliation["unavailable"], reconciliation["differences"]) == (1, [], [])
    assert reconciliation["totals"]["VIDEO"]["secondsViewed"]["learners"] > 0


def test_the_same_input_twice_gives_the_same_bytes(reference: Reference, lab: Lab) -> None:
    manifest = lab.run(lookbackDays=14)
    assert manifest == reference.manifest
    assert lab.snapshot(manifest["runId"]) == reference.snapshot


@pytest.mark.parametrize(("days", "windows"), [(30, 3), (365, 27)])
def test_linkedin_is_asked_for_every_day_of_the_lookback_once(lab: Lab, days: int, windows: int) -> None:
    run_id = lab.start(lookbackDays=days)
    activity = next(trigger for trigger in lab.mappings.triggers if trigger.queue_name.endswith("ActivityQueue"))
    while batch := lab.mappings.receive(activity):
        assert lab.deliver(batch)
    asked = windows_asked(lab.calls("/v2/learningActivityReports"))
    assert judge_windows(asked, NOW_MS - days * DAY, NOW_MS) == []
    assert {kind: len(found) for kind, found in asked.items()} == dict.fromkeys(asked, windows)
    ended = [name for name in lab.outcomes(run_id) if name.startswith("course-activity/")]
    assert len(ended) == windows


def test_the_same_event_twice_is_one_run(lab: Lab, cloud) -> None:
    run_id = lab.start(lookbackDays=14)
    lab.pump()
    calls, snapshot = len(lab.calls()), cloud.objects(f"graph/{run_id}/")
    assert lab.start(lookbackDays=14) == run_id
    lab.pump()
    assert len(lab.calls()) == calls
    assert cloud.objects(f"graph/{run_id}/") == snapshot
