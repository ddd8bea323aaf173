"""A random schedule of faults: its runs end, and nothing that the functions say names a person or a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.chaos.command import WINDOWS
from local.chaos.fault_schedule import random_schedule
from local.chaos.runner import ChaosRunner
from tests.integration.disclosure import disclosed, local_run, people_of

pytestmark = pytest.mark.integration
SEED = 7


def test_a_disturbed_run_ends_and_names_nobody(tmp_path: Path) -> None:
    with ChaosRunner(tmp_path) as runner:
        schedule = random_schedule(SEED, WINDOWS)
        runner.run(schedule, {})
        learners = runner.linkedin.lines("learners")
        events = [json.dumps(event) for event in runner.cloud.take_events()]
    (tmp_path / "events.jsonl").write_text("\n".join(events))
    told = local_run(tmp_path)
    assert "call failed" in told["CollectActivityFunction.log"]
    assert "Graph Snapshot Ready" in told["events.jsonl"]
    assert len(people_of(learners)) > 20
    assert disclosed(told, people_of(learners)) == []
