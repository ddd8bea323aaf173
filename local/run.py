"""`python -m local run --stack NAME`: start a run of a deployed stack, and follow it to its end."""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from typing import Any

from learning_graph.store.graph_bucket import ended_key
from learning_graph.values.clock import utc_now
from learning_graph.values.errors import ConfigurationError, LearningGraphError
from local.demo_options import LOOKBACKS
from local.deployed_stack import DeployedStack, aws_errors_explained
from local.run_progress import ProgressDisplay, RunWatcher
from local.summary import summary

_LOOK_SECONDS = 10.0


def main(arguments: list[str]) -> int:
    """Run and follow: 0 if the run SUCCEEDED, 1 if not, 2 if it can't be started or followed."""
    options = _options(arguments)
    run = options.follow
    try:
        with aws_errors_explained(options.stack), ProgressDisplay(quiet=False) as display:
            stack = DeployedStack(options.stack)
            if run is None:
                started = stack.invoke("StartRunFunctionName", _event(options))
                run = started["runId"]
                display.say(f"Run {run}: {started['shards']} shards")
            manifest = _follow(stack, run, display)
    except LearningGraphError as error:
        print(f"run: {error.args[0]}\n{error.resolution}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        if run:
            print(f"run: it goes on; follow it again with --follow {run}", file=sys.stderr)
        return 130
    print(summary(manifest, seconds=None, bucket=f"s3://{stack.graph_bucket}"))
    return 0 if manifest["status"] == "SUCCEEDED" else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local run",
        description="Starts a run of a deployed stack and shows how far it is, step by step, until it has ended."
        " Interrupted, it leaves the run alone.",
    )
    parser.add_argument("--stack", required=True, metavar="NAME", help="name of the deployed stack")
    parser.add_argument("--lookback", type=int, choices=LOOKBACKS, metavar="DAYS", help="default: the stack's")
    parser.add_argument("--mode", choices=["full", "incremental"], help="how the catalogue is read (default: as due)")
    parser.add_argument("--follow", metavar="RUN", help="follow a run that was started before")
    return parser.parse_args(arguments)


def _event(options: argparse.Namespace) -> dict[str, Any]:
    given = {"lookbackDays": options.lookback, "mode": options.mode}
    # boto3 sends a call again whose answer is lost: the same id and time are the same run.
    identity = {"id": str(uuid.uuid4()), "time": utc_now().isoformat(timespec="seconds")}
    return {**identity, **{name: value for name, value in given.items() if value is not None}}


def _follow(stack: DeployedStack, run: str, display: ProgressDisplay) -> dict[str, Any]:
    """Show how far a run is until it has ended; return its manifest."""
    watcher = RunWatcher(stack.s3, stack.graph_bucket, run)
    while True:
        has_manifest = watcher.look()
        display.show(watcher.steps)
        if not watcher.steps and not has_manifest:
            raise ConfigurationError(
                "--follow", f"there is no run {run}", resolution="Name one that start_run answered."
            )
        if has_manifest and watcher.manifest is not None and stack.has(ended_key(run)):
            return watcher.manifest
        time.sleep(_LOOK_SECONDS)
