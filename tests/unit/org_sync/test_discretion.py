"""Nobody's address in a log or an event, and no scratch file of a killed worker left behind."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

import pytest

from learning_graph.composition.org_sync import scratch_folder
from tests.unit.org_sync.world import World, people


def test_no_log_line_and_no_event_names_a_person(caplog: pytest.LogCaptureFixture) -> None:
    world = World(on_bad_rows="skip")
    world.linkedin.refuses = {"b@example.com": "No free licences"}
    with caplog.at_level(logging.DEBUG):
        world.drop(people("a@example.com,1,active,", "nobody@,2,active,", "b@example.com,3,active,"))
        world.run()
    told = json.dumps(world.events.sent) + "".join(str(record.__dict__) for record in caplog.records)
    assert "people.csv" in told
    assert "@example.com" not in told
    assert "nobody@" not in told


def test_the_ledger_and_the_state_hold_no_address() -> None:
    world = World(max_revocations=0)
    world.drop(people("robin@example.com,1,active,"))
    world.run()
    kept = b"".join(stored.data for key, stored in world.store.objects.items() if key.startswith("state/"))
    assert b"robin" not in kept


def test_the_scratch_folder_of_a_worker_that_was_killed_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours, dead, alive = f"org-sync-{os.getpid()}-x", "org-sync-99999999-x", f"org-sync-{os.getppid()}-x"
    for name in (ours, dead, alive):
        (tmp_path / name).mkdir()
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
        assert not any(folder.iterdir())
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive, folder.name])
    assert [path.name for path in tmp_path.iterdir()] == [alive]
