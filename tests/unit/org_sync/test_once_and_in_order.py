"""Once and in order: whatever S3 tells, and wherever a worker dies."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.fakes.effects import Killed
from tests.unit.org_sync.world import LOST_UPLOAD, World, company, people

FIRST = people("a@example.com,1,active,Sales", "b@example.com,2,active,IT", "bad@example.com,3,active,IT")
SECOND = people("a@example.com,1,active,Marketing", "c@example.com,4,,IT")
LICENCES = 2  # so that the last row of FIRST is refused


@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_the_same_drop_three_times_at_once_is_processed_once(mode: str) -> None:
    world = World(mode=mode)
    drop = world.drop(FIRST, tell=3)
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == len(world.events) == 1


@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_workers_in_between_one_another_process_once(mode: str) -> None:
    """Whenever one worker is about to change something, another gets the next notification of the same drop."""
    world = World(mode=mode)
    drop = world.drop(FIRST, tell=3)
    nested = False

    def interleave(_: str) -> None:
        nonlocal nested
        if nested or len(world.uploads.messages) < 2:
            return
        nested = True
        message = world.uploads.messages.pop()
        world.ended += world.deliver(world.uploads, message)
        nested = False

    world.effects.before = interleave
    world.run()
    assert world.outcome(drop) == "accepted"
    assert len(world.linkedin.jobs) == len(world.events) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_versions_of_a_key_are_applied_as_they_were_written(order: tuple[int, ...]) -> None:
    world = World()
    drops = [world.drop(people(f"a@example.com,1,active,G{number}"), tell=0) for number in range(3)]
    for number in order:
        world.tell(drops[number])
    world.run()
    assert [world.outcome(drop) for drop in drops] == ["accepted"] * 3
    assert world.linkedin.users["a@example.com"]["groups"] == ["G2"]
    assert [text.rsplit(",", 1)[1] for text in world.linkedin.files] == ["G0\n", "G1\n", "G2\n"]


def test_a_version_of_which_s3_never_tells_is_not_forgotten() -> None:
    world = World()
    untold = world.drop(FIRST, tell=0)
    world.drop(SECOND)
    world.run()
    assert world.outcome(untold) == "accepted"
    assert world.linkedin.users["a@example.com"]["groups"] == ["Marketing"]


def test_a_version_waits_for_a_job_that_takes_hours_and_is_not_lost() -> None:
    world = World()
    world.linkedin.jobs_end(seconds=3 * 3600)
    world.drop(FIRST)
    second = world.drop(SECOND)
    world.run()
    assert world.outcome(second) == "accepted"
    assert world.linkedin.users["a@example.com"]["groups"] == ["Marketing"]
    assert not world.dead.messages


def test_a_version_whose_tracking_was_lost_is_taken_up_again_and_those_after_it_go_on() -> None:
    world = World()
    first = world.drop(FIRST)
    while not world.tracking.messages:
        world.step()
    world.tracking.messages.clear()
    second = world.drop(SECOND)
    world.run()

    assert [world.outcome(drop) for drop in (first, second)] == ["accepted", "accepted"]
    assert len(world.linkedin.jobs) == 2
    assert not world.dead.messages


@cache
def undisturbed(mode: str) -> World:
    world = World(mode=mode, on_bad_rows="skip", licences=LICENCES)
    world.drop(FIRST)
    world.drop(SECOND)
    world.run()
    return world


def crash_points() -> list[tuple[str, int]]:
    """Every change of the manual mode; of the automatic one those around the upload, in which alone it differs."""
    automatic = undisturbed("automatic").effects.done
    sending = automatic.index("linkedin upload")
    manual = range(len(undisturbed("manual").effects.done))
    return [("manual", at) for at in manual] + [("automatic", at) for at in range(sending - 2, sending + 6)]


@pytest.mark.parametrize(("mode", "at"), crash_points())
def test_a_worker_killed_before_any_effect_changes_nothing_in_the_end(mode: str, at: int) -> None:
    expected = undisturbed(mode)
    world = World(mode=mode, on_bad_rows="skip", licences=LICENCES)
    world.effects.kill_before(at)
    drops = [world.drop(FIRST), world.drop(SECOND)]
    world.run()
    assert not world.dead.messages
    outcomes = [world.outcome(drop) for drop in drops]
    assert {event["versionId"] for event in world.events} == {drop.version for drop in drops}
    for drop in drops:
        jobs = [job for job in world.linkedin.jobs if str(job["Id"]) == world.state(drop).get("jobId")]
        assert len(jobs) == (world.outcome(drop) != "failed" and mode == "manual")
    if mode == "manual":
        assert outcomes == ["accepted", "accepted"]
        assert world.linkedin.users == expected.linkedin.users
        assert tables_of(world) == tables_of(expected)
        repeated = sum("processFileRepeated" in world.summary(drop) for drop in drops)
        assert len(world.linkedin.jobs) <= 2 + repeated
    else:
        # A worker killed while it sent the file: it may have arrived, so it is never sent again.
        assert len(world.linkedin.jobs) <= 2
        assert all(outcome in {"accepted", "failed"} for outcome in outcomes)
        for drop, outcome in zip(drops, outcomes, strict=True):
            if outcome == "failed":
                assert world.summary(drop)["reason"].startswith("unknown:")


def tables_of(world: World) -> tuple[int, int]:
    pointer: dict[str, Any] = world.store.json("state/people/latest.json")
    return pointer["people"], pointer["activeLicenses"]


def test_a_drop_that_kills_every_worker_ends_visibly() -> None:
    world = World()
    drop = world.drop(FIRST)
    stream = world.store.stream

    def deadly(key: str, version: str, size: int) -> Any:
        raise Killed

    world.store.stream = deadly  # type: ignore[method-assign]
    world.run()
    assert world.outcome(drop) == "failed"
    assert "nothing was sent" in world.summary(drop)["reason"]
    world.store.stream = stream  # type: ignore[method-assign]


@pytest.mark.parametrize("stage", ["claimed", "processing"])
def test_a_worker_that_dies_while_it_gives_up_is_followed_by_another(stage: str) -> None:
    world = World()
    drop = world.drop(FIRST)
    queue = world.uploads
    if stage == "processing":
        queue = world.tracking
        world.step()
    for _ in range(9):
        world.effects.kill_before(0)
        world.step()
    assert not world.dead.messages
    assert [message.receives for message in queue.messages] == [9]
    world.run()
    assert world.outcome(drop) == "failed"


def test_after_a_failure_that_nobody_foresaw_the_message_comes_back_within_minutes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    drop = world.drop(FIRST)

    def broken(key: str, version: str, size: int) -> Any:
        raise RuntimeError("S3 is away")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.store, "stream", broken)
        with pytest.raises(RuntimeError):
            world.step()
    [message] = world.uploads.messages
    assert (message.visible_at - world.clock.now).total_seconds() == 60
    [told] = [record.__dict__ for record in caplog.records if record.message == "message comes back"]
    assert told["error"] == "RuntimeError"
    assert "upload.py" in told["frames"]
    world.run()
    assert world.outcome(drop) == "accepted"


def test_files_that_end_at_the_same_time_are_both_in_the_ledger() -> None:
    world = World()
    for number in range(5):
        world.drop(people(f"p{number}@example.com,{number},active,"), key=f"incoming/{number}.csv")
    world.run()
    assert tables_of(world) == (5, 5)
    assert len(list(world.store.keys("state/people/"))) == 3  # the newest, the one before, and the pointer


def test_an_unknown_upload_in_automatic_mode_does_not_stop_the_next_version() -> None:
    world = World(mode="automatic")
    world.linkedin.fault(LOST_UPLOAD)
    first, second = world.drop(company(3)), world.drop(company(4))
    world.run()
    assert (world.outcome(first), world.outcome(second)) == ("failed", "accepted")
