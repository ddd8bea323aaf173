"""A record that cannot be used costs no content that an earlier snapshot has."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.runs_lifecycle.account import NOW, small_account
from tests.unit.runs_lifecycle.world import World, settings_of

FULL = settings_of(lookback_days=14, full_refresh_days=0)
COURSE = "linkedin_learning_course"


def test_a_course_whose_record_is_rejected_in_a_full_listing_stays_in_the_graph() -> None:
    world = World(small_account())
    earlier = world.start("earlier", at=NOW - timedelta(days=3), settings=FULL)
    world.settle()
    world.account.simulated_faults.add("bad-record:path=learningAssets,assetType=COURSE,start=0,how=no-urn")
    now = world.start("now", settings=FULL)
    world.settle()

    courses = world.manifest(now.run_id).steps["courses"]
    assert (courses.mode, courses.status, [rejected.count for rejected in courses.rejected]) == (
        "full",
        "SUCCEEDED",
        [1],
    )
    assert world.keys_of(now.run_id, COURSE) >= world.keys_of(earlier.run_id, COURSE) != set()
