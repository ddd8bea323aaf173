"""``python -m local.simulator``: the same as ``python -m local simulator``."""

import sys

from local.simulator.cli import main

sys.exit(main(sys.argv[1:]))
