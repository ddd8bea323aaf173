"""The process of a function, observed: each invocation and each AWS call is noted in a file beside the demo's results.

One JSON object a line, in `observed.jsonl` of the demo's folder: of a call `{"call": "s3.PutObject", "seconds": …,
"cpu": …, "sent": bytes}`, of an invocation `{"function": …, "memory": …, "seconds": …, "cpu": …, "peakMegabytes": …,
"isFirst": …}`, where the peak is the most that the process has had so far.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import botocore.client

from local import worker

OBSERVED = "observed.jsonl"
_work = worker._work  # noqa: SLF001


class Notes:
    """Lines of one file that every worker appends to."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, **values: Any) -> None:
        os.write(self._file, json.dumps(values).encode() + b"\n")


def work(folder: str, handler: str, environment: dict[str, str], log: str, connection: Connection) -> None:
    """Do what the process of a function does (`local.worker`), and take notes."""
    # TMPDIR is <out>/tmp/<environment>.
    notes = Notes(Path(environment["TMPDIR"]).parents[1] / OBSERVED)
    _observe_calls(notes)
    _observe_handler(handler, notes)
    _work(folder, handler, environment, log, connection)


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


def _observe_handler(name: str, notes: Notes) -> None:
    module_name, _, function = name.rpartition(".")
    import_module = importlib.import_module

    def importing(name: str, package: str | None = None) -> Any:
        module = import_module(name, package)
        if name == module_name:
            setattr(module, function, _observed(getattr(module, function), notes))
        return module

    importlib.import_module = importing


def _observed(handler: Callable[[Any, Any], Any], notes: Notes) -> Callable[[Any, Any], Any]:
    invocations = itertools.count()

    def observed(event: Any, context: Any) -> Any:
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
                isFirst=next(invocations) == 0,
            )

    return observed
