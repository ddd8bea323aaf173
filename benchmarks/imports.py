"""How long a function takes to import, beside boto3, requests and the Powertools Logger alone."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import Line
from local.place import ROOT

_BARE = "import boto3, requests; from aws_lambda_powertools import Logger"
_FRESH_PROCESSES = 15


def measure(*, quick: bool) -> Iterator[Line]:
    """Yield each function's ratio: processor time of fresh processes that take turns, the median of the rounds' ratios.

    An empty process's time is taken off both.
    """
    functions = sorted(path.parent for path in (ROOT / "functions").glob("*/app.py"))
    commands = {"": "pass", "bare": _BARE} | {folder.name: "import app" for folder in functions}
    rounds = [_round(commands) for _ in range((5 if quick else _FRESH_PROCESSES) + 1)]
    del rounds[0]  # it writes the bytecode, which a built function has
    bare = statistics.median(one["bare"] for one in rounds)
    for folder in functions:
        ratio = statistics.median(one[folder.name] / one["bare"] for one in rounds)
        detail = f"{ratio * bare * 1000:.0f} ms beside {bare * 1000:.0f} ms"
        yield Line(f"import of {folder.name}", ratio, target=1.15, detail=detail)


def _round(commands: dict[str, str]) -> dict[str, float]:
    seconds = {name: _seconds(command, ROOT / "functions" / name) for name, command in commands.items()}
    empty = seconds.pop("")
    return {name: used - empty for name, used in seconds.items()}


def _seconds(command: str, folder: Path) -> float:
    path = [str(folder), str(ROOT / "layers" / "common")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path), "AWS_REGION": "eu-central-1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", command], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
