"""`python -m local demo` whose functions are observed (see `observed_worker`); takes the demo's arguments."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import local.demo
import local.environments
from local.processes import spawn

_WORKERS = {"local.worker": "benchmarks.observed_worker"}


def _spawn(module: str, *arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
    return spawn(_WORKERS.get(module, module), *arguments, **options)


if __name__ == "__main__":
    local.environments.spawn = _spawn  # type: ignore[attr-defined]
    sys.exit(local.demo.main(sys.argv[1:]))
