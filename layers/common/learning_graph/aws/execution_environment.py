"""What a function sets once, when its execution environment begins."""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys
from typing import Final

_ALLOCATIONS: Final = 1_000_000
_SWITCH_SECONDS: Final = 0.02
# Parameters of glibc's mallopt(3), and bytes.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_KEPT_BYTES: Final = 64 << 20
_LARGEST_KEPT_BYTES: Final = 16 << 20


def prepare_for_many_rows() -> None:
    """Set the garbage collector, the memory allocator and the switching of threads (ADR 0012).

    Call it when everything has been imported.
    """
    _collect_garbage_rarely()
    _keep_freed_memory()
    # Threads that wait for LinkedIn take the interpreter back after each piece of an answer: fewer switches cost less.
    sys.setswitchinterval(_SWITCH_SECONDS)


def _collect_garbage_rarely() -> None:
    """Let the garbage collector leave out what has been imported, and run after a million allocations.

    Rows are freed by reference counting; looking through them and the modules for cycles took a third of a worker's
    processor time.
    """
    gc.freeze()
    # Else DuckDB reports, where the process ends by itself, that its types were never freed.
    atexit.register(gc.unfreeze)
    gc.set_threshold(_ALLOCATIONS)


def _keep_freed_memory() -> None:
    """Let glibc keep up to 64 MiB of freed memory, in one arena, for the next answer.

    Else each answer's memory is returned to the operating system, and cleared page by page for the next one. Without
    glibc (macOS) nothing is set.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
