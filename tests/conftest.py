"""How the tests run: collected without garbage collection, the longest first, and temporary files in memory."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

# Parts of the paths of files with long tests: with several workers, the last to begin should be short.
_LONG = frozenset({"integration", "browser", "runs_lifecycle", "test_merge_properties.py", "test_once_and_in_order.py"})
_MEMORY = Path("/dev/shm")
_NEEDED = 4 << 30  # bytes; more than all tests together need


def pytest_configure(config: pytest.Config) -> None:
    # xdist would begin with the files of most tests; the longest are those of few.
    config.option.loadscopereorder = False
    # Each merging makes hundreds of small files; on a busy disk they take as long as all the rest.
    if not hasattr(config, "workerinput") and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _NEEDED:
        folder = _MEMORY / f"learning-graph-tests-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # also of the workers and of what tests start


def pytest_xdist_auto_num_workers() -> int:
    """Use two workers more than there are processors: many tests wait, for a process or for a time-out."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Every worker imports all test modules: a third of that time goes to garbage collection, which finds nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONG.isdisjoint(item.path.parts))
