"""`python -m local demo`: from a schedule event to a graph snapshot, with the real functions on this machine."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import ExitStack, suppress
from typing import Any

from learning_graph.store.org_sync_bucket import Drop
from local.demo_options import read_options, simulator_arguments
from local.demo_reports import make_reports
from local.environments import InvocationFailed
from local.jupiterone_side import JupiterOneSide, publication, publication_lines
from local.linkedin_side import NO_SECRET, LinkedIn, start_simulator
from local.org_sync import SAMPLE, drop_file, wait_for_end
from local.org_sync_summary import summary_lines
from local.processes import ChildFailed, Server, end_on_sigterm
from local.run_progress import ProgressDisplay, RunWatcher
from local.stack import LINKEDIN_SECRET, ORG_SYNC_SECRET, START_RUN, LocalStack, start_aws
from local.summary import summary
from local.template import ParameterRefused, check_parameters

# How often the local run looks for overdue runs; the template says rate(15 minutes).
_CLOSE_RUNS_SECONDS = 30.0
_REPEATS = 2  # MaximumRetryAttempts of the template


def main(arguments: list[str]) -> int:
    """Run the demo: 0 if the run SUCCEEDED, 1 if not, 2 if the options can't be used."""
    options = read_options(arguments)
    end_on_sigterm()
    options.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=options.out / "local.log", filemode="w", format="%(asctime)s %(message)s")
    try:
        check_parameters(options.parameters)
        return _collect(options)
    except (ChildFailed, InvocationFailed, ParameterRefused) as refusal:
        print(f"demo: {refusal}", file=sys.stderr)
        if isinstance(refusal, InvocationFailed):
            print(f"demo: see {options.out / 'logs'}", file=sys.stderr)
        return 2 if isinstance(refusal, ParameterRefused) else 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 130


def _collect(options: argparse.Namespace) -> int:
    began = time.monotonic()
    with ProgressDisplay(quiet=options.quiet) as display, ExitStack() as cleanup:
        # The simulator's jobs for the HR file take a second; where something fails, delays are as on AWS.
        server = start_aws(options.out, longest_delay=1 if _has_sample(options) else None)
        cleanup.callback(server.close)
        linkedin = _linkedin(options, display)
        cleanup.callback(linkedin.close)
        jupiterone = cleanup.enter_context(JupiterOneSide(options.out, wanted=options.jupiterone))
        manifest, drop, published = _run(options, linkedin, jupiterone, server, display)
    print(summary(manifest, seconds=time.monotonic() - began, bucket=str(options.out / "graph-bucket")))
    print(*drop, sep="\n")
    if options.jupiterone:
        print(*publication_lines(published), sep="\n")
    return 0 if manifest["status"] == "SUCCEEDED" and not published.get("failure") else 1


def _linkedin(options: argparse.Namespace, display: ProgressDisplay) -> LinkedIn:
    if options.linkedin_api_url:
        display.say(f"LinkedIn: {options.linkedin_api_url}")
        secret = options.secret.read_text(encoding="utf-8")
        return LinkedIn(options.linkedin_api_url, options.linkedin_oauth_url, secret, org_sync_secret=NO_SECRET)
    display.say("Starting the LinkedIn simulator …")
    log = options.out / "logs" / "simulator.log"
    return start_simulator(simulator_arguments(options), options.credentials, log)


def _run(
    options: argparse.Namespace,
    linkedin: LinkedIn,
    jupiterone: JupiterOneSide,
    server: Server,
    display: ProgressDisplay,
) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """Return the run's manifest, the texts about its reports and the sample HR file, and the state of publishing."""
    display.say("Deploying template.yaml on this machine …")
    with LocalStack(
        options.out,
        parameters={
            "LinkedInApiUrl": linkedin.api_url,
            "LinkedInOAuthUrl": linkedin.oauth_url,
            **jupiterone.parameters,
            **options.parameters,
        },
        secrets={
            LINKEDIN_SECRET: linkedin.secret,
            ORG_SYNC_SECRET: linkedin.org_sync_secret,
            **jupiterone.secrets,
        },
        now=options.now,
        visibility_timeout=options.visibility_timeout,
        schedule_seconds={"CloseRunsFunction": _CLOSE_RUNS_SECONDS},
        keep=options.keep,
        server=server,
    ) as stack:
        try:
            began = time.monotonic()
            drop = _drop_sample(options, stack, display)
            started = _start(stack, _start_event(options, stack))
            display.say(f"Run {started['runId']}: {started['shards']} shards")
            watcher = RunWatcher(stack.s3, stack.bucket("GraphBucket"), started["runId"])

            def ended() -> bool:
                has_manifest = watcher.look_for_end() if options.quiet else watcher.look()
                display.show(watcher.steps)
                return has_manifest and stack.is_quiet()

            stack.pump_until(ended, look_seconds=0.5)
            dropped = _end_of(stack, drop, began)
            stack.save()
            display.say("Making the reports …")
            reports = make_reports(
                stack, options.out / "graph-bucket", started["runId"], own=not options.linkedin_api_url
            )
            published = publication(stack)
            jupiterone.save()
        finally:
            stack.save()
    if watcher.manifest is None:
        raise ChildFailed("the run has no manifest")
    return watcher.manifest, ["", *reports, *dropped] if reports else dropped, published


def _drop_sample(options: argparse.Namespace, stack: LocalStack, display: ProgressDisplay) -> Drop | None:
    """Drop an HR file, which is handled beside the run."""
    if not _has_sample(options):
        return None
    display.say("Dropping a sample HR file into incoming/ …")
    return drop_file(stack, SAMPLE)


def _has_sample(options: argparse.Namespace) -> bool:
    """Another server's users must not be changed, and a demo of faults is about the run."""
    return not (options.linkedin_api_url or options.fault)


def _end_of(stack: LocalStack, drop: Drop | None, began: float) -> list[str]:
    """Return the result of the HR file."""
    if drop is None:
        return []
    ended = wait_for_end(stack, drop, lambda _: None)
    return list(summary_lines(ended, seconds=time.monotonic() - began))


def _start(stack: LocalStack, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke start_run as EventBridge does: Lambda repeats an event that failed."""
    for _ in range(_REPEATS):
        with suppress(InvocationFailed):
            return _started(stack, event)
    return _started(stack, event)


def _started(stack: LocalStack, event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = stack.invoke(START_RUN, event)
    return answer


def _start_event(options: argparse.Namespace, stack: LocalStack) -> dict[str, Any]:
    overrides = {"mode": options.mode} if options.mode else {}
    # With --keep a run of the same minute is another run.
    return stack.start_event(overrides, number=stack.count_folders("GraphBucket", "graph/"))
