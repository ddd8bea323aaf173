"""One execution environment of a Lambda function, as a process.

Environments are forked from a process that has imported what all functions use: importing it anew for each of some
twenty environments took longer than the work of a small run.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from local.place import ACCOUNT, PACKAGE_FOLDER, REGION, ROOT

Handler = Callable[[Any, Any], Any]

# Handlers read their environment when they are imported; what they import does not.
LIBRARIES = [
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.batch",
    "boto3.s3.transfer",
    "duckdb",
    "isal.igzip",
    "local.boto3_session",
    "local.worker",
    "msgspec",
    "requests",
    "tenacity",
]
PACKAGE = [
    "learning_graph.graph.assembly.merge",
    "learning_graph.org_sync.track",
    "learning_graph.org_sync.upload",
    "learning_graph.runs.assemble_graph",
    "learning_graph.runs.close_runs",
    "learning_graph.runs.collect",
    "learning_graph.runs.start_run",
    "learning_graph.settings",
    "learning_graph.wiring",
]


@dataclass(frozen=True)
class Context:
    """The Lambda context object of one invocation."""

    aws_request_id: str
    deadline: float
    function_name: str
    memory_limit_in_mb: str
    function_version: str = "$LATEST"
    client_context: None = None
    identity: None = None

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]

    @property
    def log_stream_name(self) -> str:
        return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.deadline - time.time()) * 1000))


def prepare_workers(modules: Sequence[str]) -> None:
    """Start the process that workers are forked from, unless it runs; it imports these modules."""
    for folder in (str(ROOT), str(PACKAGE_FOLDER)):
        if folder not in sys.path:
            sys.path.append(folder)
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))
    forkserver.ensure_running()


def start_worker(
    folder: Path, handler: str, *, environment: Mapping[str, str], log: Path
) -> tuple[ForkServerProcess, Connection]:
    """Start the process of a function; it ends when the returned connection is closed or its parent ends.

    Send it `{"event": …, "requestId": …, "timeout": seconds}`; it answers each with `{"result": …}` or
    `{"errorType": …, "errorMessage": …}`. Its first answer, to nothing, says whether the handler could be imported.
    What the handler prints goes to the log.
    """
    forks = multiprocessing.get_context("forkserver")
    log.parent.mkdir(parents=True, exist_ok=True)
    ours, theirs = forks.Pipe()
    arguments = (str(folder), handler, dict(environment), str(log), theirs)
    process = forks.Process(target=_work, args=arguments, daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _work(folder: str, handler_name: str, environment: dict[str, str], log: str, connection: Connection) -> None:
    _become(environment, log)
    invocations = _invocations(connection)
    sys.path[:0] = [folder, str(PACKAGE_FOLDER), str(ROOT)]
    module, _, function = handler_name.rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module), function)
    except BaseException as error:
        connection.send_bytes(_failure(error))
        raise
    connection.send_bytes(json.dumps({"result": "ready"}).encode())
    while True:
        invocation = invocations.get()
        try:
            answer = json.dumps({"result": handler(invocation["event"], _context(invocation))}).encode()
        except Exception as error:  # noqa: BLE001 - as the Lambda runtime does: any exception is an answer
            traceback.print_exc()
            answer = _failure(error)
        with contextlib.suppress(BrokenPipeError):
            connection.send_bytes(answer)


def _become(environment: dict[str, str], log: str) -> None:
    """Take on a function's environment, and its log for what is printed; Ctrl-C reaches the parent only."""
    os.setsid()
    sys.dont_write_bytecode = False
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _failure(error: BaseException) -> bytes:
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()


def _context(invocation: dict[str, Any]) -> Context:
    return Context(
        aws_request_id=invocation["requestId"],
        deadline=time.time() + invocation["timeout"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    )


def _invocations(connection: Connection) -> SimpleQueue[dict[str, Any]]:
    """Return a queue that a thread fills; the process ends with the connection, even in the middle of its work."""
    found: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def read() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                found.put(json.loads(connection.recv_bytes()))
        os._exit(0)

    threading.Thread(target=read, name="invocations", daemon=True).start()
    return found
