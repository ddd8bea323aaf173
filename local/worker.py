"""`python -m local.worker FOLDER HANDLER`: one execution environment of a Lambda function, as a process.

Reads one invocation a line on stdin, `{"event": …, "requestId": …, "timeout": seconds}`, and answers on stdout
with `{"result": …}` or `{"errorType": …, "errorMessage": …}`; the first answer says whether the handler could be
imported. The environment is the function's own; what the handler prints goes to the log.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.place import ACCOUNT, REGION

Handler = Callable[[Any, Any], Any]


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


def main(folder: str, handler_name: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    invocations = _invocations()
    sys.path.insert(0, folder)
    module, _, function = handler_name.rpartition(".")
    try:
        handler: Handler = getattr(importlib.import_module(module), function)
    except BaseException as error:
        print(_failure(error), file=answers, flush=True)
        raise
    print(json.dumps({"result": "ready"}), file=answers, flush=True)
    while True:
        invocation = invocations.get()
        try:
            text = json.dumps({"result": handler(invocation["event"], _context(invocation))})
        except Exception as error:  # noqa: BLE001 - as the Lambda runtime does: any exception is an answer
            traceback.print_exc()
            text = _failure(error)
        print(text, file=answers, flush=True)


def _failure(error: BaseException) -> str:
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})


def _context(invocation: dict[str, Any]) -> Context:
    return Context(
        aws_request_id=invocation["requestId"],
        deadline=time.time() + invocation["timeout"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    )


def _invocations() -> queue.SimpleQueue[dict[str, Any]]:
    """Return a queue that a thread fills from stdin; the process ends with stdin, even in the middle of its work."""
    found: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            found.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, name="invocations", daemon=True).start()
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
