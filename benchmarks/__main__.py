"""`python -m benchmarks`: speed, memory and calls, as one table with what is to be reached beside each figure."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import assembly, fan_out, imports, page_in_browser, page_stages, requests_made, whole_runs
from benchmarks.results import HEADER, Line
from local.processes import end_on_sigterm

Benchmark = Callable[[Path, argparse.Namespace], Iterator[Line]]

BENCHMARKS: dict[str, Benchmark] = {
    "whole-runs": lambda folder, options: whole_runs.measure(folder, quick=options.quick, rounds=options.rounds),
    "page-stages": lambda _folder, _options: page_stages.measure(),
    "assembly": lambda folder, options: assembly.measure(folder, quick=options.quick),
    "requests": lambda folder, options: requests_made.measure(folder, quick=options.quick),
    "fan-out": lambda folder, options: fan_out.measure(folder, quick=options.quick),
    "page": lambda folder, _options: page_in_browser.measure(folder),
    "imports": lambda _, options: imports.measure(quick=options.quick),
}


def main() -> int:
    """Measure; 0 whatever the figures are, for they depend on the machine. With --strict 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which ones (default: all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--rounds", type=int, default=1, help="repetitions of a whole run, of which the median counts")
    parser.add_argument("--strict", action="store_true", help="end with 1 where a target is missed")
    options = parser.parse_args()
    end_on_sigterm()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
    )
    print(HEADER, flush=True)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        for benchmark in options.names or BENCHMARKS:
            folder = Path(name) / benchmark
            folder.mkdir()
            for line in BENCHMARKS[benchmark](folder, options):
                print(line.text(), flush=True)
                missed += line.is_reached is False
    print(f"load {os.getloadavg()[0]:.1f} at the end; {missed} missed")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
