"""Execution environments: one process per concurrent invocation of a function, reused while it is warm."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from local.deployment import ACCESS_KEY, STACK
from local.place import REGION
from local.wiring import Function
from local.worker import LIBRARIES, prepare_workers, start_worker

# Variables of this machine that a process needs; with those of a proxy a real account can be collected too.
_INHERITED = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy")
# A new process imports its handler within this time, before the function's own begins (Lambda's init phase).
_START_SECONDS = 30.0


class InvocationFailed(RuntimeError):
    """The function raised, timed out, or its process died. `kind` is the error's type name."""

    def __init__(self, function: str, kind: str, message: str) -> None:
        super().__init__(f"{function}: {kind}: {message}")
        self.function = function
        self.kind = kind
        self.message = message


class Environments:
    """Invokes functions in processes of their own. Safe to call from many threads; each call has a process to itself.

    Args:
        functions: by logical id.
        endpoint: URL of the moto server.
        out: logs go to `logs/` in it, the functions' temporary files to `tmp/`.
        preload: modules that every process has imported when it starts.
    """

    def __init__(
        self, functions: Mapping[str, Function], endpoint: str, out: Path, *, preload: Sequence[str] = LIBRARIES
    ) -> None:
        prepare_workers(preload)
        self._functions = functions
        self._endpoint = endpoint
        self._logs = out / "logs"
        self._temporary = out / "tmp"
        # A killed run leaves its files.
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(parents=True)
        self._lock = threading.Lock()
        self._idle: dict[str, list[_Environment]] = defaultdict(list)
        self._all: set[_Environment] = set()

    def invoke(self, name: str, event: Any) -> Any:
        """Invoke a function with an event and return its answer.

        Raises:
            InvocationFailed: see there. A process that timed out is killed.
        """
        environment = self._take(name)
        request_id = str(uuid.uuid4())
        try:
            answer = environment.invoke(event, request_id)
        except InvocationFailed:
            self._drop(environment)
            raise
        with self._lock:
            self._idle[name].append(environment)
        if "errorType" in answer:
            raise InvocationFailed(name, answer["errorType"], answer["errorMessage"])
        return answer["result"]

    def pids(self) -> dict[str, list[int]]:
        """Return the process ids of a function's environments, busy or not, for tests that kill them."""
        found = defaultdict(list)
        with self._lock:
            for environment in self._all:
                found[environment.function.name].append(environment.pid)
        return dict(found)

    def close(self) -> None:
        """End every process, including busy ones."""
        with self._lock:
            environments, self._all = self._all, set()
            self._idle.clear()
        for environment in environments:
            environment.kill()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _take(self, name: str) -> _Environment:
        with self._lock:
            if self._idle[name]:
                return self._idle[name].pop()
        folder = Path(tempfile.mkdtemp(dir=self._temporary))
        environment = _Environment(self._functions[name], self._endpoint, self._logs / f"{name}.log", folder)
        with self._lock:
            self._all.add(environment)
        return environment

    def _drop(self, environment: _Environment) -> None:
        environment.kill()
        with self._lock:
            self._all.discard(environment)


class _Environment:
    """One process. `folder` is its /tmp."""

    def __init__(self, function: Function, endpoint: str, log: Path, folder: Path) -> None:
        self.function = function
        self._folder = folder
        self._cold = True
        self._process, self._connection = start_worker(
            function.code, function.handler, environment=_environment_of(function, endpoint, folder), log=log
        )

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def invoke(self, event: Any, request_id: str) -> dict[str, Any]:
        if self._cold:
            ready = self._answer(_START_SECONDS)
            if "errorType" in ready:
                raise InvocationFailed(self.function.name, ready["errorType"], ready["errorMessage"])
            self._cold = False
        message = {"event": event, "requestId": request_id, "timeout": self.function.timeout}
        with suppress(BrokenPipeError):
            self._connection.send_bytes(json.dumps(message).encode())
        return self._answer(self.function.timeout)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """Return the next answer of the process; after the time-out it is killed."""
        if not self._connection.poll(seconds):
            raise InvocationFailed(self.function.name, "Timeout", f"took longer than {seconds} s")
        try:
            answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
        except (EOFError, ConnectionResetError):
            self._process.join()
            raise InvocationFailed(self.function.name, "ProcessEnded", f"exit code {self._process.exitcode}") from None
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _environment_of(function: Function, endpoint: str, folder: Path) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        **function.environment,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": function.access_key,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": f"{STACK}-{function.name}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{STACK}/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(function.code),
        "NO_PROXY": "127.0.0.1,localhost",
        "TMPDIR": str(folder),
        "TZ": ":UTC",
    }
