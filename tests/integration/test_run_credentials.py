"""The four ways to provision LinkedIn (seed, "Outcomes by setup"), each with the outcome that its table gives."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from local.linkedin_side import secret_of
from tests.integration.support import MARKS, Lab, Reference

pytestmark = MARKS
CONTENT_STEPS = {"classifications", "courses", "learning-paths", "videos"}
REPORT_STEPS = {"users", "course-activity", "learning-path-activity", "video-activity"}
ASSETS = "/v2/learning"
REPORTS = "/v2/learningActivityReports"


def run(lab: Lab, setup: str) -> dict[str, Any]:
    lab.cloud.set_linkedin_secret(secret_of(setup))
    return lab.run(lookbackDays=14)


def failed_steps(manifest: dict[str, Any]) -> set[str]:
    return {name for name, step in manifest["steps"].items() if step["status"] != "SUCCEEDED"}


def clients_of(lab: Lab) -> dict[str, set[str]]:
    """Which client ids asked for content, and which for reports."""
    calls = lab.calls()
    reports = {call["client"] for call in calls if call["path"] == REPORTS}
    return {"Content": {call["client"] for call in calls if call["path"] != REPORTS}, "Report": reports}


def tokens_per_invocation(lab: Lab) -> list[int]:
    """How many tokens each invocation that collects has minted, from LinkedIn's log."""
    minted: list[int] = []
    deliver = lab.mappings.deliver

    def counted(*given: Any) -> bool:
        before = len(lab.calls("/oauth"))
        finished = deliver(*given)
        if given[0].trigger.function.startswith("Collect"):
            minted.append(len(lab.calls("/oauth")) - before)
        return finished

    lab.mappings.deliver = counted  # type: ignore[method-assign, assignment]
    return minted


def test_one_application_with_both_keys_reads_everything_with_one_token_an_invocation(lab: Lab) -> None:
    minted = tokens_per_invocation(lab)
    manifest = run(lab, "combined")
    assert manifest["status"] == "SUCCEEDED"
    assert clients_of(lab) == {"Content": {"86demo-combined"}, "Report": {"86demo-combined"}}
    assert Counter(minted) == {1: len(minted)}


def test_two_applications_read_each_its_own_scope(lab: Lab) -> None:
    minted = tokens_per_invocation(lab)
    manifest = run(lab, "two")
    assert manifest["status"] == "SUCCEEDED"
    assert clients_of(lab) == {"Content": {"86demo-content"}, "Report": {"86demo-report"}}
    assert Counter(minted) == {1: len(minted)}


@pytest.mark.parametrize(
    ("setup", "refused", "key_type"), [("content", REPORT_STEPS, "Report"), ("report", CONTENT_STEPS, "Content")]
)
def test_a_missing_key_fails_its_own_steps_and_names_itself(
    lab: Lab, setup: str, refused: set[str], key_type: str
) -> None:
    manifest = run(lab, setup)
    assert manifest["status"] == "PARTIAL"
    assert failed_steps(manifest) == refused
    for step in refused:
        for failure in manifest["steps"][step]["failures"]:
            assert failure["errorKind"] == "AccessDenied"
            assert f"Add the {key_type} key" in failure["resolution"]
    [(kind, detail)] = lab.events()
    assert (kind, set(detail["failedSteps"])) == ("Graph Snapshot Ready", refused)
    assert lab.latest() == manifest["runId"]


CATALOG = ("linkedin_learning_course", "linkedin_learning_learning_path", "linkedin_learning_video")
ENGAGED = "linkedin_learning_user_assigned_course"


def test_without_reports_the_catalogue_is_in_the_snapshot(lab: Lab, reference: Reference) -> None:
    partial = run(lab, "content")
    for kind in CATALOG:
        found = lab.records(partial["runId"], kind)
        assert len(found) > 1
        assert found.items() <= reference.records(kind).items()
    assert not lab.records(partial["runId"], "linkedin_learning_user")
    refused = [call for call in lab.calls(REPORTS) if call["status"] == 403]
    assert len(refused) == len(lab.calls(REPORTS))
    # The ACCOUNT report of the window's reconciliation is one more question than there are shards.
    assert len(refused) <= 5


def test_without_the_catalogue_every_engagement_is_in_the_snapshot(lab: Lab, reference: Reference) -> None:
    partial = run(lab, "report")
    for kind in ("linkedin_learning_user", ENGAGED):
        assert lab.records(partial["runId"], kind) == reference.records(kind)
    named = {edge["_toEntityKey"] for edge in reference.records(ENGAGED).values()}
    assert set(lab.records(partial["runId"], "linkedin_learning_course")) == named


def test_a_pair_that_linkedin_refuses_fails_the_run_and_leaves_latest_where_it_was(lab: Lab) -> None:
    before = run(lab, "combined")
    lab.cloud.set_linkedin_secret(json.dumps({"contentClientId": "86demo-combined", "contentClientSecret": "wrong"}))
    run_id = lab.start(1, lookbackDays=14)
    lab.pump()
    manifest = lab.manifest(run_id)
    assert manifest["status"] == "FAILED"
    assert lab.latest() == before["runId"]
    assert "Graph Run Failed" in [kind for kind, _ in lab.events()]
    failure = manifest["steps"]["courses"]["failures"][0]
    assert failure["errorKind"] == "CredentialRefused"
    assert "wrong" not in json.dumps(manifest)
