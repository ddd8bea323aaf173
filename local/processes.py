"""Child processes that end with their parent, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

from local.place import ROOT

STOP_SECONDS = 5.0
# Without bytecode on disk every process compiles all it imports, which costs more than the work of a small run.
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


class ChildFailed(RuntimeError):
    """A child process ended before it was ready."""


def spawn(module: str, arguments: Sequence[str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m module` with pipes on stdin and stdout, and stderr appended to `log`.

    The child has a session of its own, so that Ctrl-C reaches only the parent. It ends when its stdin does, and the
    only other end of that pipe is here: no child outlives this process, not even a killed one.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != _NO_BYTECODE},
            start_new_session=True,
        )


class Server:
    """A child process that serves HTTP; it prints one JSON line when it listens (`announced`)."""

    def __init__(self, module: str, arguments: Sequence[str], *, log: Path) -> None:
        self._module = module
        self._log = log
        self._process = spawn(module, arguments, log=log)
        self._announced: dict[str, Any] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def announced(self) -> dict[str, Any]:
        """The JSON object of the line; waits for it.

        Raises:
            ChildFailed: the process ended without one; its log says why.
        """
        if self._announced is None:
            line = _pipe(self._process.stdout).readline()
            if not line:
                raise ChildFailed(f"{self._module} ended with {self._process.wait()}: see {self._log}")
            self._announced = json.loads(line)
        return self._announced

    def close(self) -> None:
        stop(self._process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child: by closing its stdin, and by force when that does not help."""
    with contextlib.suppress(BrokenPipeError):
        _pipe(process.stdin).close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _pipe(process.stdout).close()


def end_on_sigterm() -> None:
    """In a parent: let SIGTERM unwind the `with` blocks, which end what they started."""

    def unwind(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, unwind)


def end_with_stdin() -> None:
    """In a child: end at once when the parent has gone."""

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("the process was started without pipes")
    return stream
