"""The same collection from a LinkedIn of other habits: the snapshot says what its event log says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from local.verify import Verification, open_snapshot
from tests.integration.support import MARKS, Lab
from tests.oracle.compare import compare
from tests.oracle.truth import truth_of

pytestmark = MARKS

SHAPES = {
    "short pages, no totals": ("short-pages=on", "totals=missing", "largest-page=7", "over-max-count=clamp"),
    "rows twice, low totals": ("duplicate-rows=on", "totals=low", "row-order=scrambled", "largest-page=20"),
    "further activities": ("extra-activities=on", "activity-order=reversed", "unknown-members=on"),
    "split rows": ("split-metrics=on", "row-order=scrambled", "custom-attributes=string"),
    "other ids": ("learner-entity=by-kind", "latest-data-at=absent"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_snapshot_is_what_linkedin_holds(own_lab: Callable[..., Lab], tmp_path: Path, shape: str) -> None:
    lab = own_lab(*(f"--assume={assumption}" for assumption in SHAPES[shape]))
    manifest = lab.run(lookbackDays=30)
    assert manifest["status"] == "SUCCEEDED", manifest["steps"]
    snapshot = open_snapshot(lab.save(tmp_path))
    assert Verification(snapshot).run() == []
    assert compare(snapshot, truth_of(lab.settings["LINKEDIN_API_URL"])) == []


def test_rows_that_name_no_learner_or_no_content_are_reported_and_cost_no_other(own_lab: Callable[..., Lab]) -> None:
    manifest = own_lab("--assume=orphan-rows=on").run(lookbackDays=14)
    rejected = manifest["steps"]["course-activity"]["rejected"]
    assert [one["count"] for one in rejected] == [2]
    assert manifest["counts"]["relationships"]["linkedin_learning_user_assigned_course"] > 0


def test_a_listing_shorter_than_its_total_is_not_complete_and_nothing_of_it_is_lost(
    own_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = own_lab("--assume=totals=high")
    manifest = lab.run(lookbackDays=14)
    assert (manifest["status"], manifest["steps"]["courses"]["status"]) == ("PARTIAL", "PARTIAL")
    snapshot = open_snapshot(lab.save(tmp_path))
    assert Verification(snapshot).run() == []
    assert compare(snapshot, truth_of(lab.settings["LINKEDIN_API_URL"])) == []
