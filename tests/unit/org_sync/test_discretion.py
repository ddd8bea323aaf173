"""Nobody's address in a log or an event, and no scratch file of a killed worker left behind."""

from __future__ import annotations

import json
import logging

import pytest

from tests.unit.org_sync.world import World, people


def test_no_log_line_and_no_event_names_a_person(caplog: pytest.LogCaptureFixture) -> None:
    world = World(on_bad_rows="skip", licences=1)
    with caplog.at_level(logging.DEBUG):
        world.drop(people("a@example.com,1,active,", "nobody@,2,active,", "b@example.com,3,active,"))
        world.run()
    told = json.dumps(world.events) + "".join(str(record.__dict__) for record in caplog.records)
    assert "people.csv" in told
    assert "@example.com" not in told
    assert "nobody@" not in told


def test_the_ledger_and_the_state_hold_no_address() -> None:
    world = World(max_revocations=0)
    world.drop(people("robin@example.com,1,active,"))
    world.run()
    kept = b"".join(stored for key, stored in world.store.objects.items() if key.startswith("state/"))
    assert b"robin" not in kept
