"""How long a function takes to import, beside boto3, requests and the Powertools Logger alone."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import Line
from local.place import ROOT

_BARE = "import boto3, requests; from aws_lambda_powertools import Logger"
_FRESH_PROCESSES = 9


def measure(*, quick: bool) -> Iterator[Line]:
    """Yield each function's ratio: processor time of fresh processes that take turns, the least of several.

    An empty process's time is taken off both.
    """
    functions = sorted(path.parent for path in (ROOT / "functions").glob("*/app.py"))
    commands = {"": "pass", "bare": _BARE} | {folder.name: "import app" for folder in functions}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range((3 if quick else _FRESH_PROCESSES) + 1):
        for name, command in commands.items():
            used = _seconds(command, ROOT / "functions" / name)
            if number:  # the first round writes the bytecode, which a built function has
                seconds[name].append(used)
    yield from _lines(seconds)


def _lines(seconds: dict[str, list[float]]) -> Iterator[Line]:
    empty = min(seconds.pop(""))
    bare = min(seconds.pop("bare")) - empty
    for name, found in seconds.items():
        own = min(found) - empty
        detail = f"{own * 1000:.0f} ms beside {bare * 1000:.0f} ms"
        yield Line(f"import of {name}", own / bare, target=1.15, detail=detail)


def _seconds(command: str, folder: Path) -> float:
    path = [str(folder), str(ROOT / "layers" / "common")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path), "AWS_REGION": "eu-central-1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", command], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
