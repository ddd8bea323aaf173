"""What a run consists of is decided once, by the start event and the snapshot before it (design; ADR 0006)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from learning_graph.runs.run_messages import StartRequest
from learning_graph.store import graph_bucket
from learning_graph.store.run import Outcome, Shard
from learning_graph.values.clock import to_milliseconds
from learning_graph.values.errors import ConfigurationError
from learning_graph.values.steps import CATALOG_STEPS
from tests.fakes.clock import NOW
from tests.unit.runs.planning import DAY, END, SETTINGS, World, labels


def test_the_plan_says_what_the_settings_and_the_event_say() -> None:
    plan = World().start()

    assert plan.run_id.startswith("20261121T160000Z-")
    assert (plan.started_at, plan.lookback_start, plan.lookback_end) == (END, END - 14 * DAY, END)
    assert (plan.account_name, plan.tag_account_name, plan.account_key_ref) == ("Acme", True, "86content")
    assert (plan.lookback_days, plan.locales, plan.licensed_only) == (14, ("en_US", "de_DE"), True)
    assert plan.modes == {"courses": "full", "learning-paths": "full", "videos": "full"}
    # The deadline follows the wall clock, 90 seconds after the event's time.
    assert plan.deadline == END + 90_000 + 26 * 3_600_000


def test_named_locales_are_listed_one_by_one() -> None:
    plan = World().start()

    assert labels(plan, "classifications") == [
        "classifications/en_US-LIBRARY",
        "classifications/en_US-SUBJECT",
        "classifications/en_US-TOPIC",
        "classifications/de_DE-LIBRARY",
        "classifications/de_DE-SUBJECT",
        "classifications/de_DE-TOPIC",
    ]
    assert labels(plan, "courses", "learning-paths", "videos") == [
        "courses/en_US",
        "courses/de_DE",
        "learning-paths/en_US",
        "learning-paths/de_DE",
        "videos/en_US",
        "videos/de_DE",
        "videos/en_US-curated",
        "videos/de_DE-curated",
    ]
    # What was named is a promise; only the curated listing may be refused.
    assert {shard.label for shard in plan.shards if shard.optional} == {"videos/en_US-curated", "videos/de_DE-curated"}


def test_all_locales_are_one_listing_a_type_and_classifications_of_each() -> None:
    plan = World().start(settings=replace(SETTINGS, locales="all"))

    assert labels(plan, "courses", "learning-paths", "videos") == [
        "courses/every-locale",
        "learning-paths/every-locale",
        "videos/every-locale",
        "videos/every-locale-curated",
    ]
    assert len(labels(plan, "classifications")) == 13 * 3
    optional = {shard.locale for shard in plan.shards if shard.optional and shard.step == "classifications"}
    assert optional == {"in_ID", "it_IT", "ko_KR", "nl_NL", "pl_PL", "tr_TR"}


@pytest.mark.parametrize(("days", "windows"), [(14, 1), (30, 3), (90, 7), (180, 13), (365, 27)])
def test_each_report_step_has_one_shard_a_window(days: int, windows: int) -> None:
    plan = World().start(StartRequest(time=NOW, id="x", lookback_days=days))  # type: ignore[arg-type]

    report = [shard for shard in plan.shards if shard.window_start is not None]
    assert Counter(shard.step for shard in report) == {
        "users": windows,
        "course-activity": windows,
        "learning-path-activity": windows,
        "video-activity": windows,
    }
    for step in ("users", "course-activity", "learning-path-activity", "video-activity"):
        spans = sorted((shard.window_start or 0, shard.window_days or 0) for shard in report if shard.step == step)
        reached = END - days * DAY
        for start, length in spans:
            assert (start, 1 <= length <= 14) == (reached, True)
            reached = start + length * DAY
        assert reached == END


def test_names_of_shards_are_unique_within_a_step_and_safe_in_a_key() -> None:
    plan = World().start(StartRequest(time=NOW, lookback_days=365), replace(SETTINGS, locales="all"))

    assert max(Counter(shard.label for shard in plan.shards).values()) == 1
    assert all(shard.name.replace("-", "").replace("_", "").isalnum() for shard in plan.shards)


def test_an_override_of_the_event_wins_over_the_setting() -> None:
    plan = World().start(StartRequest(time=NOW, lookback_days=30), replace(SETTINGS, lookback_days=365))

    assert (plan.lookback_days, plan.lookback_start) == (30, END - 30 * DAY)


def test_every_shard_is_handed_out_once_to_the_queue_of_its_key_type() -> None:
    world = World()
    plan = world.start()

    sent = [json.loads(body) for queue in (world.catalog, world.activity) for body in queue.bodies]
    assert Counter((m["run"], f"{m['step']}/{m['shard']}") for m in sent) == Counter(
        (plan.run_id, shard.label) for shard in plan.shards
    )
    assert {json.loads(body)["step"] for body in world.catalog.bodies} == set(CATALOG_STEPS)


def test_the_plan_is_written_before_the_first_shard_is_handed_out() -> None:
    world = World()
    effects = world.bucket.effects
    world.catalog.effects = world.activity.effects = effects
    plan = world.start()

    assert effects.done[0] == f"write-if-absent {graph_bucket.plan_key(plan.run_id)}"
    assert set(effects.done[1:]) == {"send-batch catalog", "send-batch activity"}


def test_the_same_event_again_is_the_same_run_and_hands_out_what_is_not_done() -> None:
    world = World()
    first = world.start()
    done = first.shards[0]
    outcome = Outcome(step=done.step, shard=done.name, status="SUCCEEDED")
    world.bucket.write(graph_bucket.outcome_key(first.run_id, done.step, done.name), msgspec.json.encode(outcome))
    world.catalog.take_all()
    world.activity.take_all()
    world.clock.advance(3600)

    # Settings that changed meanwhile are those of the next run.
    assert world.start(settings=replace(SETTINGS, locales="all", lookback_days=365)) == first
    sent = [json.loads(body) for queue in (world.catalog, world.activity) for body in queue.bodies]
    assert {f"{m['step']}/{m['shard']}" for m in sent} == {shard.label for shard in first.shards} - {done.label}


@pytest.mark.parametrize("is_expired", [False, True])
def test_a_run_that_has_ended_is_not_read_again_where_its_objects_have_expired(is_expired: bool) -> None:
    world = World()
    first = world.start()
    world.bucket.write(graph_bucket.ended_key(first.run_id), b"{}")
    if is_expired:
        world.bucket.delete(graph_bucket.plan_key(first.run_id))
    world.catalog.take_all()
    world.activity.take_all()

    assert world.start() == first
    assert [*world.catalog.bodies, *world.activity.bodies] == []
    assert world.bucket.exists(graph_bucket.plan_key(first.run_id)) != is_expired


def test_another_event_of_the_same_second_is_another_run() -> None:
    world = World()

    assert world.start().run_id != world.start(StartRequest(time=NOW, id="another")).run_id


def test_two_events_by_hand_of_the_same_second_are_one_run() -> None:
    world = World()
    later = NOW + timedelta(milliseconds=400)

    assert world.start(StartRequest(time=NOW)) == world.start(StartRequest(time=later))


@pytest.mark.parametrize("locales", ["xx_XX", "", "id_ID"])
def test_a_wrong_locale_starts_nothing(locales: str) -> None:
    world = World()
    with pytest.raises(ConfigurationError, match="CATALOG_LOCALES"):
        world.start(settings=replace(SETTINGS, locales=locales))

    assert (world.bucket.objects, world.catalog.bodies, world.activity.bodies) == ({}, [], [])


def test_a_request_without_a_time_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="time"):
        World().start(StartRequest())


@pytest.mark.parametrize(
    "time",
    [
        datetime(2062, 1, 1, tzinfo=UTC),
        NOW + timedelta(minutes=17),
        datetime(2014, 12, 31, 23, 59, 59, tzinfo=UTC),
        # In UTC these two are beyond the calendar.
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12))),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_a_time_that_would_hold_latest_json_is_refused(time: datetime) -> None:
    world = World()
    with pytest.raises(ConfigurationError, match="time"):
        world.start(StartRequest(time=time, id="x"))

    assert world.bucket.objects == {}


@pytest.mark.parametrize("time", [NOW + timedelta(minutes=15), datetime(2015, 1, 1, tzinfo=UTC)])
def test_a_time_within_the_bounds_starts_a_run(time: datetime) -> None:
    assert World().start(StartRequest(time=time, id="x")).started_at == to_milliseconds(time)


def test_the_time_of_an_event_is_taken_in_utc_to_the_second() -> None:
    request = StartRequest(time=datetime(2026, 11, 21, 16, 0, 0, 999_999, tzinfo=UTC), id="x")

    assert World().start(request).started_at == END


def test_a_shard_of_the_plan_is_found_by_step_and_name() -> None:
    plan = World().start()

    assert plan.shard("courses", "de_DE") == Shard(
        step="courses", name="de_DE", kind="assets", locale="de_DE", asset_type="COURSE"
    )
    assert plan.shard("courses", "fr_FR") is None
