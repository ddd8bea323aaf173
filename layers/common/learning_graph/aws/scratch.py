"""Scratch folders on the function's disk, which outlives an invocation that was killed."""

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
    """Open a folder and remove it afterwards; what killed workers left behind is removed first."""
    _remove_leftovers(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def _remove_leftovers(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).split("-")[0]
        # A worker does one thing at a time, so a folder of this process is left from one that had the same number.
        if process == str(os.getpid()) or not Path(f"/proc/{process}").exists():
            shutil.rmtree(folder, ignore_errors=True)
