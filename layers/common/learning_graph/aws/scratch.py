"""Scratch folders on the function's disk, which is kept when an invocation is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "learning-graph-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Open a folder and remove it afterwards; folders left by killed workers are removed first."""
    _remove_leftovers(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def _remove_leftovers(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).split("-")[0]
        # A worker handles one invocation at a time, so a folder with this process id was left by an earlier process.
        if process == str(os.getpid()) or not Path(f"/proc/{process}").exists():
            shutil.rmtree(folder, ignore_errors=True)
