"""`python -m benchmarks.usage_of LOG COMMAND…`: run a command, and say what it and all its descendants used.

Prints `{"exitCode": …, "wall": seconds, "cpu": seconds, "peakMegabytes": …}`; the command's output is appended to LOG.
On Linux descendants whose parent did not wait for them are counted too: they become children of this process.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

from local.processes import end_on_sigterm

_PR_SET_CHILD_SUBREAPER = 36  # Linux, prctl(2)
_KILOBYTE = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss


def main(log: str, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    end_on_sigterm()
    with open(log, "ab") as output:  # noqa: PTH123 - a path as text
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            exit_code = process.wait()
        except BaseException:
            process.terminate()
            raise
        wall = time.monotonic() - began
    _wait_for_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * _KILOBYTE / 1e6
    print(json.dumps({"exitCode": exit_code, "wall": wall, "cpu": cpu, "peakMegabytes": peak}))


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
