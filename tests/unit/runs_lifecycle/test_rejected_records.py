"""A record that cannot be used costs nothing of the catalogue that an earlier snapshot has."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.runs_lifecycle.account import NOW, small_account
from tests.unit.runs_lifecycle.world import World, settings_of

FULL = settings_of(lookback_days=14, full_refresh_days=0)
CLASSIFICATION = "linkedin_learning_classification"


def test_what_a_full_listing_shows_in_a_rejected_record_stays_in_the_graph() -> None:
    world = World(small_account())
    earlier = world.start("earlier", at=NOW - timedelta(days=3), settings=FULL)
    world.settle()
    world.account.control("POST", "faults", "bad-record:path=learningClassifications,how=no-urn")
    now = world.start("now", settings=FULL)
    world.settle()

    step = world.manifest(now.run_id).steps["classifications"]
    assert (step.status, bool(step.rejected)) == ("SUCCEEDED", True)
    assert world.keys_of(now.run_id, CLASSIFICATION) > world.keys_of(earlier.run_id, CLASSIFICATION)
