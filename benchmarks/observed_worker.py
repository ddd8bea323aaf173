"""`local.worker`, observed: notes each invocation and each AWS call in a file beside the demo's results.

    python -m benchmarks.observed_worker FOLDER HANDLER

One JSON object a line, in `observed.jsonl` of the demo's folder: of a call `{"call": "s3.PutObject", "seconds": …,
"cpu": …, "sent": bytes}`, of an invocation `{"function": …, "memory": …, "seconds": …, "cpu": …, "peakMegabytes": …,
"cold": …}`, where the peak is the most that the process has had so far.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.client

import local.worker

OBSERVED = "observed.jsonl"


class Notes:
    """Lines of one file that every worker appends to."""

    def __init__(self) -> None:
        # TMPDIR is <out>/tmp/<environment>.
        path = Path(os.environ["TMPDIR"]).parents[1] / OBSERVED
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, **values: Any) -> None:
        os.write(self._file, json.dumps(values).encode() + b"\n")


def main(folder: str, handler: str) -> None:
    """Serve invocations like `local.worker.main`."""
    notes = Notes()
    _observe_calls(notes)
    module_name, _, function = handler.rpartition(".")
    sys.path.insert(0, folder)
    module = importlib.import_module(module_name)
    # The worker imports the module by its name, and finds this one.
    setattr(module, function, _observed_handler(getattr(module, function), notes))
    local.worker.main(folder, handler)


def _observe_calls(notes: Notes) -> None:
    """botocore's own hooks see neither the time that a call takes nor its thread's processor time."""
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001

    def observed(client: Any, operation: str, parameters: Any) -> Any:
        began, cpu = time.monotonic(), time.thread_time()
        try:
            return call(client, operation, parameters)
        finally:
            service = client.meta.service_model.service_name
            body = parameters.get("Body", b"")
            notes.add(
                call=f"{service}.{operation}",
                seconds=time.monotonic() - began,
                cpu=time.thread_time() - cpu,
                sent=len(body) if isinstance(body, bytes) else 0,
            )

    botocore.client.BaseClient._make_api_call = observed  # type: ignore[attr-defined] # noqa: SLF001


def _observed_handler(handler: Callable[[Any, Any], Any], notes: Notes) -> Callable[[Any, Any], Any]:
    invocations = 0

    def observed(event: Any, context: Any) -> Any:
        nonlocal invocations
        began, cpu = time.monotonic(), time.process_time()
        try:
            return handler(event, context)
        finally:
            notes.add(
                function=context.function_name.rpartition("-")[2],
                memory=int(context.memory_limit_in_mb),
                seconds=time.monotonic() - began,
                cpu=time.process_time() - cpu,
                peakMegabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                cold=invocations == 0,
            )
            invocations += 1

    return observed


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
