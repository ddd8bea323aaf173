"""Start events and queue messages: ours are read whole, others are refused by the name of the member (issue 2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from learning_graph.runs.run_messages import (
    AssemblyMessage,
    ShardMessage,
    StartRequest,
    read_message,
    read_start_request,
)
from learning_graph.values.errors import ConfigurationError

NOW = datetime(2026, 11, 21, 16, 0, 5, tzinfo=UTC)
AT_FOUR = datetime(2026, 11, 21, 16, tzinfo=UTC)
SCHEDULED: dict[str, Any] = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-21T16:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:events:eu-west-1:123456789012:rule/daily"],
    "detail": {},
}
RUN = "20261121T160000Z-1c291ca3"
PROGRESS = f"runs/{RUN}/progress/users/1-14d/0-000004000.json"


def test_a_schedule_starts_a_run_at_its_own_time_with_the_stacks_settings() -> None:
    assert read_start_request(SCHEDULED, NOW) == StartRequest(time=AT_FOUR, id=SCHEDULED["id"])


@pytest.mark.parametrize(
    "event",
    [
        {**SCHEDULED, "detail": {"lookbackDays": 90, "mode": "full"}},
        {"time": "2026-11-21T16:00:00Z", "id": SCHEDULED["id"], "lookbackDays": 90, "mode": "full"},
        {"time": "2026-11-21T17:00:00+01:00", "id": SCHEDULED["id"], "detail": {"lookbackDays": 90, "mode": "full"}},
    ],
)
def test_overrides_stand_in_the_detail_or_beside_the_time(event: dict[str, Any]) -> None:
    request = read_start_request(event, NOW)

    assert request == StartRequest(time=AT_FOUR, id=SCHEDULED["id"], lookback_days=90, mode="full")


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {}}, {"time": None}])
def test_an_event_by_hand_without_a_time_starts_now(event: dict[str, Any]) -> None:
    assert read_start_request(event, NOW) == StartRequest(time=NOW)


@pytest.mark.parametrize("days", [14, 30, 90, 180, 365])
def test_each_lookback_of_the_seed_is_taken(days: int) -> None:
    assert read_start_request({"lookbackDays": days}, NOW).lookback_days == days


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"lookbackDays": 15}, "lookbackDays"),
        ({"lookbackDays": 0}, "lookbackDays"),
        ({"lookbackDays": -14}, "lookbackDays"),
        ({"lookbackDays": "14"}, "lookbackDays"),
        ({"lookbackDays": True}, "lookbackDays"),
        ({"lookbackDays": [14]}, "lookbackDays"),
        ({"mode": "FULL"}, "mode"),
        ({"mode": "delta"}, "mode"),
        ({"lookback": 14}, "lookback"),
        ({"lookBackDays": 14}, "lookBackDays"),
        ({**SCHEDULED, "detail": {"days": 14}}, "days"),
        ({**SCHEDULED, "detail": ["lookbackDays"]}, "detail"),
        ({**SCHEDULED, "detail": "lookbackDays=14"}, "detail"),
        ({**SCHEDULED, "time": "2026-11-21T16:00:00"}, "time"),
        ({**SCHEDULED, "time": "yesterday"}, "time"),
        ({"id": 7}, "id"),
    ],
)
def test_a_wrong_event_is_refused_with_the_key_and_what_is_allowed(event: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_start_request(event, NOW)

    assert refusal.value.field == field
    assert "lookbackDays" in refusal.value.resolution
    assert refusal.value.resolution in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, ShardMessage(run=RUN, step="users", shard="1-14d")),
        ({"start": 4000, "reading": 1}, ShardMessage(run=RUN, step="users", shard="1-14d", start=4000, reading=1)),
        (
            {"progress": PROGRESS},
            ShardMessage(run=RUN, step="users", shard="1-14d", progress=PROGRESS),
        ),
    ],
)
def test_a_shard_message_is_read_with_what_it_leaves_out(given: dict[str, Any], message: ShardMessage) -> None:
    body = json.dumps({"run": RUN, "step": "users", "shard": "1-14d"} | given)

    assert read_message(body, ShardMessage, "activity") == message


def test_a_shard_message_survives_the_way_through_a_queue() -> None:
    message = ShardMessage(run=RUN, step="videos", shard="en_US", start=100, progress=PROGRESS)

    assert read_message(message.to_json(), ShardMessage, "q") == message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "message on activity"),
        ("hello", "message on activity"),
        ("[]", "message on activity"),
        ("null", "message on activity"),
        ("{}", "run"),
        (json.dumps({"run": RUN, "step": "users"}), "shard"),
        (json.dumps({"run": "yesterday", "step": "users", "shard": "a"}), "run"),
        (json.dumps({"run": f"{RUN}\n", "step": "users", "shard": "a"}), "run"),
        (json.dumps({"run": f"../{RUN}", "step": "users", "shard": "a"}), "run"),
        (json.dumps({"run": RUN, "step": "users", "shard": "a", "start": -1}), "start"),
        (json.dumps({"run": RUN, "step": "users", "shard": "a", "start": "x"}), "start"),
        (json.dumps({"run": RUN, "step": "users", "shard": "a", "colour": "blue"}), "colour"),
        (json.dumps({"run": RUN, "step": "users", "shard": "a", "progress": "graph/latest.json"}), "progress"),
        (json.dumps({"Records": [{"s3": {}}]}), "run"),
    ],
)
def test_a_message_that_is_not_ours_is_refused_by_its_member(body: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_message(body, ShardMessage, "activity")

    assert refusal.value.field == field
    assert refusal.value.resolution


def test_the_assemblys_message_names_a_run_and_nothing_else() -> None:
    assert read_message(json.dumps({"run": RUN}), AssemblyMessage, "assembly") == AssemblyMessage(run=RUN)
    with pytest.raises(ConfigurationError):
        read_message(json.dumps({"run": RUN, "step": "users"}), AssemblyMessage, "assembly")
