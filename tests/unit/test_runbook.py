"""Whatever a run or a dropped file ends with has its place in the runbook."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from learning_graph.store.manifest import RunStatus
from learning_graph.store.org_sync_bucket import DropOutcome
from learning_graph.values import errors
from local.place import ROOT

RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
# Those of settings and events end no shard.
KINDS = {
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.LearningGraphError) and not name.endswith("Error")
} | {"WorkerLost", "PartsDamaged", "ListingIncomplete"}


def section(title: str) -> str:
    return RUNBOOK.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_run_status_is_explained() -> None:
    assert set(re.findall(r"^### ([A-Z]+)$", section("Run statuses"), re.MULTILINE)) == set(get_args(RunStatus))


def test_every_outcome_of_a_dropped_file_is_explained() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", section("Org-sync outcomes"), re.MULTILINE)
    assert sorted(re.findall(r"`([\w-]+)`", " ".join(rows))) == sorted(get_args(DropOutcome))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_failure_is_explained(kind: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \|", section("Run statuses"), re.MULTILINE)
    assert any(f"`{kind}`" in row for row in rows)
