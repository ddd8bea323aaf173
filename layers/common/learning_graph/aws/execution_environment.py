"""What a function sets once, when its execution environment begins."""

from __future__ import annotations

import atexit
import gc
from typing import Final

_ALLOCATIONS: Final = 1_000_000


def collect_garbage_rarely() -> None:
    """Let the garbage collector leave out what has been imported, and run after a million allocations.

    Rows are freed by reference counting; looking through them and the modules for cycles took a third of a worker's
    processor time (ADR 0012). Call it when everything has been imported.
    """
    gc.freeze()
    # Else DuckDB reports, where the process ends by itself, that its types were never freed.
    atexit.register(gc.unfreeze)
    gc.set_threshold(_ALLOCATIONS)
