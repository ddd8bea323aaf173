"""The guard: what would take licences from too many is held, until someone says yes."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from learning_graph.hr_file.people import Changes
from learning_graph.org_sync.guard import GuardLimits, check_revocations
from tests.unit.org_sync.world import World, company, people

LICENCE = "license_learning_status"


@pytest.mark.parametrize(
    ("active", "revocations", "percent", "held"),
    [
        (100, 10, 10, False),
        (100, 11, 10, True),
        (10, 3, 10, False),
        (10, 4, 10, True),
        (0, 0, 0, False),
        (100, 1, 0, True),
        (100, 100, 100, False),
        (19, 4, 10, True),
    ],
)
def test_the_limit_is_a_percentage_with_a_floor_of_three(
    active: int, revocations: int, percent: float, held: bool
) -> None:
    report = check_revocations(Changes(revocations=revocations), GuardLimits(percent), active=active, known=active)
    assert report.is_held is held


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        ({}, "held"),
        ({"allow_first_revocations": True}, "accepted"),
        ({"max_revocations": 100}, "accepted"),
        ({"max_revocations": 0}, "held"),
    ],
)
def test_a_file_that_revokes_while_no_licence_is_known_is_held(rules: dict[str, Any], outcome: str) -> None:
    world = World(**rules)
    world.drop(people("x@example.com,,,"))  # a file without licences: nothing is known of any after it
    world.run()
    drop = world.drop(company(1, "inactive"))
    world.run()
    assert world.outcome(drop) == outcome
    if outcome == "held":
        assert "1 licence inactive, and no file with licences was applied before it" in world.summary(drop)["reason"]
        assert world.summary(drop)["release"] in world.summary(drop)["resolution"]


def test_a_file_that_revokes_half_the_company_is_held_and_nothing_is_sent() -> None:
    world = World()
    world.drop(company(40))
    world.run()
    world.drop(people("p0@example.com,0,,IT"))  # a small file in between
    world.run()
    sent = len(world.linkedin.files)
    drop = world.drop(company(20, "inactive"))
    world.run()
    assert world.outcome(drop) == "held"
    assert len(world.linkedin.files) == sent
    summary = world.store.json(f"held/people.csv/{drop.version}/summary.json")
    assert summary["guard"]["revocations"] == 20
    assert summary["guard"]["activeLicensesKnown"] == 40
    assert summary["guard"]["revocationsAllowed"] == 4
    assert "would revoke 20 of 40" in summary["reason"]


def test_a_held_file_is_released_by_the_command_of_its_summary() -> None:
    world = World()
    world.drop(company(40))
    world.run()
    text = company(20, "inactive")
    held = world.drop(text)
    world.run()
    command = shlex.split(world.summary(held)["release"])
    assert command[command.index("--tagging") + 1] == f"release={held.version}"
    assert command[command.index("--copy-source") + 1] == f"org-sync/incoming/people.csv?versionId={held.version}"
    released = world.drop(text, tags={"release": held.version})
    world.run()
    assert world.outcome(released) == "accepted"
    assert world.summary(released)["releasedFrom"] == held.version
    assert [user["licences"] for user in world.linkedin.users.values()].count({LICENCE: "inactive"}) == 20


def test_a_held_version_is_released_once() -> None:
    world = World()
    world.drop(company(40))
    world.run()
    text = company(20, "inactive")
    held = world.drop(text)
    again = world.drop(text)
    world.run()
    assert world.outcome(again) == "held"
    world.linkedin.fault("413:path=/media/upload,times=1")
    failed = world.drop(text, tags={"release": held.version})
    released = world.drop(text, tags={"release": held.version})
    second = world.drop(text, tags={"release": held.version})
    world.run()
    assert [world.outcome(drop) for drop in (failed, released, second)] == ["failed", "accepted", "rejected"]
    assert f"version {released.version} has released before" in world.summary(second)["reason"]


def test_a_release_of_other_content_or_of_nothing_held_is_rejected() -> None:
    world = World()
    world.drop(company(40))
    world.run()
    held = world.drop(company(20, "inactive"))
    world.run()
    changed = world.drop(company(30, "inactive"), tags={"release": held.version})
    nothing = world.drop(company(20, "inactive"), key="incoming/other.csv", tags={"release": held.version})
    world.run()
    for drop in (changed, nothing):
        assert world.outcome(drop) == "rejected"
        assert "release" in world.summary(drop)["reason"]


def test_a_held_file_does_not_stop_later_ones() -> None:
    world = World()
    world.drop(company(40))
    world.run()
    held = world.drop(company(20, "inactive"))
    later = world.drop(company(41))
    world.run()
    assert (world.outcome(held), world.outcome(later)) == ("held", "accepted")


def test_the_key_in_the_release_command_survives_a_shell() -> None:
    world = World(max_revocations=0)
    key = "incoming/hr export+ü 'x'.csv"
    world.drop(company(1), key=key)
    world.run()
    held = world.drop(company(1, "inactive"), key=key)
    world.run()
    command = shlex.split(world.summary(held)["release"])
    assert command[command.index("--key") + 1] == key
    assert command[command.index("--copy-source") + 1].startswith(f"org-sync/{key}?versionId=")
