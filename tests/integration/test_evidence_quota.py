"""A used-up daily quota: no call more with that credential until 00:00 UTC, then on from where the run stood."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.linkedin_side import secret_of
from tests.integration.support import MARKS, NOW, Lab, Reference

pytestmark = MARKS
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
REPORTS = "/v2/learningActivityReports"
MOST_AT_ONCE = 16  # MaxConcurrentRequests


def calls_after_the_refusal(lab: Lab) -> list[dict[str, Any]]:
    calls = lab.calls()
    refused = next(place for place, call in enumerate(calls) if call["status"] == 429)
    return calls[refused + 1 :]


def paid_for(lab: Lab) -> Counter[str]:
    """How often each page was answered."""
    return Counter(json.dumps([call["path"], call["query"]]) for call in lab.calls() if call["status"] == 200)


def test_no_worker_calls_again_before_midnight_and_nothing_is_paid_twice(lab: Lab, reference: Reference) -> None:
    lab.linkedin.add_fault(f"429-day:path={REPORTS},after=1,times=1")
    run_id = lab.start(20, lookbackDays=14)
    lab.pump()
    assert lab.cloud.has_delayed()
    # Calls that are under way by then can still reach LinkedIn; the shards of a batch are read side by side.
    under_way = calls_after_the_refusal(lab)
    assert len(under_way) < MOST_AT_ONCE
    for at in (NOW + timedelta(hours=2), MIDNIGHT - timedelta(seconds=30)):
        lab.set_time(at)
        lab.cloud.end_visibility_timeouts(delayed=True)
        lab.pump()
        assert calls_after_the_refusal(lab) == under_way
        lab.invoke("CloseRunsFunction", {})
    lab.set_time(MIDNIGHT + timedelta(seconds=2))
    lab.pump(delayed=True)
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.snapshot(run_id) == reference.snapshot
    assert max(paid_for(lab).values()) == 1
    assert sum(paid_for(lab).values()) == reference.calls


def test_the_other_pair_goes_on(lab: Lab, reference: Reference) -> None:
    lab.cloud.set_linkedin_secret(secret_of("two"))
    lab.linkedin.add_fault(f"429-day:path={REPORTS},times=1")
    run_id = lab.start(21, lookbackDays=14)
    lab.pump()
    under_way = [call for call in calls_after_the_refusal(lab) if call["client"] == "86demo-report"]
    assert len(under_way) < MOST_AT_ONCE
    ended = {name.split("/")[0] for name in lab.outcomes(run_id)}
    assert ended == {"classifications", "courses", "learning-paths", "videos"}
    lab.set_time(MIDNIGHT + timedelta(seconds=2))
    lab.pump(delayed=True)
    # The account's key is the content pair's, here another one: everything else is the same.
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.manifest(run_id)["counts"] == reference.manifest["counts"]


@pytest.mark.parametrize("path", ["learningAssets", "learningClassifications"])
def test_a_listing_goes_on_with_the_page_that_was_refused(own_lab, path: str) -> None:
    lab = own_lab("--videos=230", "--learners=3")
    expected = lab.run(lookbackDays=14)
    snapshot = lab.snapshot(expected["runId"])
    pages = len(lab.calls())
    lab.cloud.reset()
    lab.linkedin.forget_requests()
    where = "startFrom=100,assetType=VIDEO" if path == "learningAssets" else "type=TOPIC"
    lab.linkedin.add_fault(f"429-day:path={path},{where},times=1")
    run_id = lab.start(22, lookbackDays=14)
    lab.pump()
    assert lab.linkedin.faults()[0]["fired"] == 1
    lab.set_time(MIDNIGHT + timedelta(seconds=2))
    lab.pump(delayed=True)
    assert lab.manifest(run_id)["status"] == "SUCCEEDED"
    assert lab.snapshot(run_id) == snapshot
    # Pages that were under way when the refusal came may have been answered, and are read anew.
    assert len([call for call in lab.calls() if call["status"] == 200]) <= pages + 2
