"""What a run reads depends on what the snapshot before it had read (ADR 0006; API reference §4.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.runs.run_messages import StartRequest
from learning_graph.runs.start_run import RunSettings
from learning_graph.store.run import CatalogRead
from learning_graph.values.locales import KNOWN_LOCALES
from tests.fakes.clock import NOW
from tests.unit.runs.planning import DAY, END, REPORT, SETTINGS, World, labels, read_yesterday


def test_after_a_full_reading_only_what_changed_is_read_with_a_day_of_overlap() -> None:
    world = World()
    world.leave_snapshot(
        {
            "courses": read_yesterday(),
            "learning-paths": read_yesterday(read_at=END - 2 * DAY),
            "videos": read_yesterday(),
        }
    )
    plan = world.start()

    assert plan.modes == {"courses": "incremental", "learning-paths": "incremental", "videos": "incremental"}
    since = {shard.step: shard.modified_after for shard in plan.shards if shard.kind == "assets"}
    assert since == {"courses": END - 2 * DAY, "learning-paths": END - 3 * DAY, "videos": END - 2 * DAY}
    others = [shard for shard in plan.shards if shard.kind != "assets"]
    assert all(shard.modified_after is None for shard in others)


def test_locales_that_are_listed_by_name_have_their_curated_videos_listed_too() -> None:
    world = World()
    everywhere = replace(SETTINGS, locales="all")
    read = read_yesterday(locales=KNOWN_LOCALES, by_locale=("de_DE", "fr_FR"))
    world.leave_snapshot(dict.fromkeys(("courses", "learning-paths", "videos"), read))

    plan = world.start(settings=everywhere)

    assert (plan.modes["videos"], labels(plan, "videos")) == (
        "incremental",
        [
            f"videos/{name}"
            for name in (
                "every-locale", "de_DE", "fr_FR", "every-locale-curated", "de_DE-curated", "fr_FR-curated",
            )
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "settings", "mode"),
    [
        (read_yesterday(), SETTINGS, "incremental"),
        (read_yesterday(full_read_at=END - 7 * DAY + 1), SETTINGS, "incremental"),
        (read_yesterday(full_read_at=END - 7 * DAY), SETTINGS, "full"),
        (read_yesterday(), replace(SETTINGS, full_refresh_days=0), "full"),
        (read_yesterday(), replace(SETTINGS, locales="en_US"), "full"),
        (read_yesterday(), replace(SETTINGS, locales="de_DE,en_US"), "full"),
        (read_yesterday(), replace(SETTINGS, licensed_only=False), "full"),
        (None, SETTINGS, "full"),
    ],
)
def test_a_step_is_read_in_full_where_the_last_full_reading_is_old_or_was_of_something_else(
    read: CatalogRead | None, settings: RunSettings, mode: str
) -> None:
    world = World()
    world.leave_snapshot({"courses": read} if read else {})

    assert world.start(settings=settings).modes["courses"] == mode


@pytest.mark.parametrize(
    ("asked", "read", "mode"),
    [
        ("full", read_yesterday(), "full"),
        ("incremental", read_yesterday(full_read_at=END - 300 * DAY), "incremental"),
        # Only-what-changed needs something to build on.
        ("incremental", None, "full"),
    ],
)
def test_the_event_may_ask_for_a_mode(asked: Any, read: CatalogRead | None, mode: str) -> None:
    world = World()
    world.leave_snapshot({"courses": read} if read else {})

    assert world.start(StartRequest(time=NOW, mode=asked)).modes["courses"] == mode


def test_another_account_begins_with_everything() -> None:
    world = World()
    world.leave_snapshot({"courses": read_yesterday(), "learning-paths": read_yesterday(), "videos": read_yesterday()})
    plan = world.start(credentials=Credentials(CredentialPair("86other", "secret"), None))

    assert set(plan.modes.values()) == {"full"}
    assert plan.account_key_ref == "86other"


def test_a_report_pair_alone_names_the_account() -> None:
    assert World().start(credentials=Credentials(None, REPORT)).account_key_ref == "86report"


def test_days_no_run_saw_completely_are_read_again() -> None:
    world = World()
    world.leave_snapshot({}, covered_until=END - 40 * DAY)
    plan = world.start()

    assert (plan.lookback_days, plan.lookback_start) == (14, END - 40 * DAY)
    assert len(labels(plan, "users")) == 3
