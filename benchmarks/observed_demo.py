"""`python -m local demo` whose functions are observed (see `observed_worker`), and whose activity workers may be set.

python -m benchmarks.observed_demo [--workers N] [--batch N] …and the demo's own arguments
"""

from __future__ import annotations

import argparse
import functools
import re
import sys
import tempfile
from pathlib import Path

import local.demo
from benchmarks import observed_worker
from local import worker
from local.stack import LocalStack
from local.template import TEMPLATE

_MAPPING = re.compile(r"(  CollectActivityMapping:.*?BatchSize: )\d+(.*?MaximumConcurrency: )\d+", re.DOTALL)


def _template(folder: Path, workers: int, batch: int) -> Path:
    """Return a copy of the template with so many workers on the activity queue, and so many shards an invocation."""
    text, found = _MAPPING.subn(rf"\g<1>{batch}\g<2>{workers}", TEMPLATE.read_text(encoding="utf-8"))
    if found != 1:
        raise SystemExit("template.yaml has no CollectActivityMapping with BatchSize and MaximumConcurrency")
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--batch", type=int, default=1)
    options, arguments = parser.parse_known_args()
    # A worker's process looks the function up by this name.
    worker._work = observed_worker.work  # type: ignore[assignment] # noqa: SLF001
    if options.workers is None:
        return local.demo.main(arguments)
    with tempfile.TemporaryDirectory() as folder:
        template = _template(Path(folder), options.workers, options.batch)
        local.demo.LocalStack = functools.partial(LocalStack, template=template)  # type: ignore[assignment, attr-defined]
        return local.demo.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
