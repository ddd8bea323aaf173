"""`python -m tests.judge OUT_DIR`: judge the snapshot a demo left.

Exit code 1 on any violation, 2 when there is no snapshot.
"""

import argparse
import sys
from pathlib import Path

from tests.judge.model import ENTITIES, RELATIONSHIPS
from tests.judge.reading import SnapshotUnreadable
from tests.judge.snapshot import judge_folder


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.judge", description=__doc__)
    parser.add_argument("out_dir", type=Path, help="the demo's --out folder (or the graph bucket's folder)")
    parser.add_argument("--run", help="judge this run's snapshot instead of the one graph/latest.json names")
    parser.add_argument("--examples", type=int, default=5, help="examples shown per rule")
    options = parser.parse_args(arguments)
    try:
        verdict = judge_folder(options.out_dir, options.run)
    except SnapshotUnreadable as missing:
        sys.stderr.write(f"no snapshot: {missing}\n")
        return 2
    lines = [f"snapshot {verdict.run} ({verdict.status})"]
    lines += [f"  {name:55} {verdict.counts[name]:>9}" for name in (*ENTITIES, *RELATIONSHIPS)]
    lines += [f"  {name:55} {value:>9}" for name, value in verdict.sums.items()]
    lines += [f"remarks: {verdict.remarks.total}", *verdict.remarks.lines(options.examples)]
    lines += [f"violations: {verdict.violations.total}", *verdict.violations.lines(options.examples)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if verdict.violations.total else 0


if __name__ == "__main__":
    sys.exit(main())
