"""`python -m local demo` whose functions are observed (see `observed_worker`), and whose activity workers may be set.

python -m benchmarks.observed_demo [--workers N] [--batch N] …and the demo's own arguments
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import Any

import local.demo
import local.stack
from benchmarks import observed_worker
from local import worker
from local.pumps import QueueMapping
from local.wiring import QueueTrigger

_FUNCTION = "CollectActivityFunction"


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--workers", type=int, help="invocations of the activity queue's function at once")
    parser.add_argument("--batch", type=int, help="shards an invocation of it")
    options, arguments = parser.parse_known_args()

    def mapping(trigger: QueueTrigger, *more: Any, **options_of_it: Any) -> QueueMapping:
        if trigger.function == _FUNCTION:
            workers, batch = options.workers or trigger.concurrency, options.batch or trigger.batch_size
            trigger = dataclasses.replace(trigger, concurrency=workers, batch_size=batch)
        return QueueMapping(trigger, *more, **options_of_it)

    # A worker's process looks the function up by this name.
    worker._work = observed_worker.work  # type: ignore[assignment] # noqa: SLF001
    local.stack.QueueMapping = mapping  # type: ignore[assignment, attr-defined]
    return local.demo.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
