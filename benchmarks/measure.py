"""Processes measured from outside: wall clock, processor time and memory of a command with all its children."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.account import Size
from local.place import ROOT
from local.processes import Server


@dataclass(frozen=True)
class Usage:
    """What a command used: seconds of wall clock and of processor, and the largest of its processes in MB."""

    wall: float
    cpu: float
    peak_megabytes: float

    @classmethod
    def median(cls, runs: Sequence[Usage]) -> Usage:
        return cls(
            statistics.median(run.wall for run in runs),
            statistics.median(run.cpu for run in runs),
            max(run.peak_megabytes for run in runs),
        )


class CommandFailed(RuntimeError):
    """A measured command did not end with 0."""


def run(module: str, *arguments: object, log: Path) -> Usage:
    """Run `python -m module` to its end, its output appended to `log`; every descendant counts.

    Raises:
        CommandFailed: it did not end with 0.
    """
    measured = [sys.executable, "-m", module, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "common"), str(ROOT)])}
    command = [sys.executable, "-m", "benchmarks.usage_of", str(log), *measured]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            raise
    used = json.loads(output)
    if used["exitCode"]:
        raise CommandFailed(f"{module} ended with {used['exitCode']}: see {log}")
    return Usage(used["wall"], used["cpu"], used["peakMegabytes"])


class LinkedIn:
    """The benchmark's LinkedIn server as a process (see `benchmarks.server`)."""

    def __init__(self, server: Server) -> None:
        self.api_url: str = server.announced["apiUrl"]
        self.oauth_url: str = server.announced["oauthUrl"]

    def statistics(self) -> dict[str, Any]:
        """Return what was asked of it since `forget`."""
        with urllib.request.urlopen(f"{self.api_url}/statistics") as answer:  # noqa: S310 - our own server
            found: dict[str, Any] = json.load(answer)
        return found

    def forget(self) -> None:
        request = urllib.request.Request(f"{self.api_url}/statistics", method="POST")  # noqa: S310 - our own server
        urllib.request.urlopen(request).close()  # noqa: S310


@contextmanager
def linkedin(size: Size, folder: Path, *, latency_ms: float = 0, requests_a_second: int = 0) -> Iterator[LinkedIn]:
    """Serve an account of that size until the block ends."""
    arguments = ["--latency-ms", str(latency_ms), "--requests-a-second", str(requests_a_second)]
    for name, value in vars(size).items():
        arguments += [f"--{name}", str(value)]
    server = Server("benchmarks.server", arguments, log=folder / "server.log")
    try:
        yield LinkedIn(server)
    finally:
        server.close()


def processor_seconds(work: Callable[[], object], *, rounds: int = 7) -> float:
    """Return the least processor time of several rounds: what a noisy neighbour does not add to."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best
