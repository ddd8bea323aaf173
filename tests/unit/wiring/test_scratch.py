"""What a killed worker left on the disk of its function is not there for the next one to trip over."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from learning_graph.aws.scratch import scratch_folder


def test_the_scratch_folder_of_a_worker_that_was_killed_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours, dead, alive = (f"learning-graph-{process}-x" for process in (os.getpid(), 99999999, os.getppid()))
    for name in (ours, dead, alive):
        (tmp_path / name).mkdir()
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
        assert not any(folder.iterdir())
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive, folder.name])
    assert [path.name for path in tmp_path.iterdir()] == [alive]
