"""`python -m local org-sync FILE.csv…`: process HR files with the real functions."""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from botocore.exceptions import ClientError
from rich.console import Console
from rich.status import Status

from learning_graph.store.org_sync_bucket import FORMAT_VERSION, Drop, DropState, state_key
from local.environments import InvocationFailed
from local.linkedin_side import NO_SECRET, LinkedIn, start_simulator
from local.org_sync_options import read_options
from local.org_sync_summary import summary_lines
from local.place import ROOT
from local.processes import ChildFailed
from local.stack import ORG_SYNC_SECRET, LocalStack
from local.template import ParameterRefused

BUCKET = "OrgSyncBucket"
SAMPLE = ROOT / "local" / "samples" / "people.csv"
SENT = ("accepted", "converted")
_LOOK_SECONDS = 0.25
_CHECK_SECONDS = 3.0
# No account is needed for org sync, and LinkedIn documents no limit for files.
_SIMULATOR = "--learners 1 --courses 1 --videos 1 --org-sync-max-mb 0 --org-sync-max-rows 0"
_STAGES = {
    "": "waiting for the upload function",
    "claimed": "checking",
    "uploading": "uploading",
    "uploaded": "uploaded",
    "starting": "starting the processing",
    "processing": "LinkedIn is processing",
    "applying": "adding the people to the ledger",
    "ending": "writing the summary",
    "ended": "ended",
}


def main(arguments: list[str]) -> int:
    """Run the drops one after the other: 0 if all were sent (with --dry-run: would be), 1 if not, 2 for bad options."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    options.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=options.out / "local.log", filemode="w", format="%(asctime)s %(message)s")
    try:
        outcomes = _drop_all(options)
    except (ChildFailed, InvocationFailed, ParameterRefused) as refusal:
        print(f"org-sync: {refusal}", file=sys.stderr)
        return 2 if isinstance(refusal, ParameterRefused) else 1
    except KeyboardInterrupt:
        print("org-sync: interrupted", file=sys.stderr)
        return 130
    print(f"\nObjects of the bucket: {options.out / 'org-sync-bucket'}")
    good = {*SENT, "dry-run"} if options.dry_run else set(SENT)
    return 0 if set(outcomes) <= good else 1


def drop_file(stack: LocalStack, path: Path, *, tags: Mapping[str, str] | None = None) -> Drop:
    """Put a file into `incoming/` of a running stack."""
    key = f"incoming/{path.name}"
    more = {"Tagging": "&".join(f"{name}={value}" for name, value in tags.items())} if tags else {}
    stack.s3.upload_file(str(path), stack.bucket(BUCKET), key, ExtraArgs={"ContentType": "text/csv", **more})
    version = stack.s3.head_object(Bucket=stack.bucket(BUCKET), Key=key)["VersionId"]
    return Drop(key, version)


def wait_for_end(
    stack: LocalStack, drop: Drop, show: Callable[[str], None], *, seconds: float | None = None
) -> dict[str, Any]:
    """Wait until a drop has ended and return its summary; `show` gets each stage.

    Raises:
        StillRunning: it has not within `seconds`.
        ChildFailed: no message is left that could bring it to an end.
    """
    state: dict[str, Any] = {}
    next_check = time.monotonic() + _CHECK_SECONDS

    def ended() -> bool:
        nonlocal state, next_check
        is_over = time.monotonic() > next_check and stack.is_quiet()
        state = read_json(stack, state_key(drop)) or {}
        stage = _STAGES.get(state.get("stage", ""), "")
        show(f"{stage}, waiting: {state['waiting']}" if state.get("waiting") else stage)
        if is_over and state.get("stage") != "ended":
            raise ChildFailed(f"{drop.key} did not end: see the functions' logs in {stack.out / 'logs'}")
        if time.monotonic() > next_check:
            next_check = time.monotonic() + _CHECK_SECONDS
        return state.get("stage") == "ended"

    stack.pump_until(ended, seconds=seconds, look_seconds=_LOOK_SECONDS)
    summary: dict[str, Any] = read_json(stack, state["event"]["summary"])
    return summary


def read_json(stack: LocalStack, key: str) -> Any:
    """Return a JSON object of the org-sync bucket, None where there is none."""
    try:
        return json.loads(stack.s3.get_object(Bucket=stack.bucket(BUCKET), Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None


def _drop_all(options: argparse.Namespace) -> list[str]:
    linkedin = _linkedin(options)
    try:
        with LocalStack(
            options.out,
            parameters=_parameters(options, linkedin),
            secrets={ORG_SYNC_SECRET: linkedin.org_sync_secret},
            visibility_timeout=options.visibility_timeout,
            # The simulator's jobs take a second; LinkedIn itself is asked as seldom as on AWS.
            longest_delay=None if options.linkedin_api_url else 1,
            keep=options.keep,
        ) as stack:
            try:
                if options.keep:
                    _mark_kept_as_ended(stack)
                outcomes = [_one(stack, path, options) for path in options.files]
            finally:
                stack.save()
    finally:
        linkedin.close()
    return outcomes


def _one(stack: LocalStack, path: Path, options: argparse.Namespace) -> str:
    began = time.monotonic()
    with _Display(path.name, quiet=options.quiet) as display:
        drop = drop_file(stack, path)
        summary = wait_for_end(stack, drop, display.show)
    for line in summary_lines(summary, seconds=time.monotonic() - began):
        print(line, flush=True)
    outcome: str = summary["outcome"]
    return outcome


class _Display:
    """The stage a drop is at: a spinner on a terminal, elsewhere a line when it changes."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._name = name
        self._quiet = quiet
        self._shown = ""
        self._began = time.monotonic()
        self._status: Status | None = None
        if not quiet and sys.stdout.isatty():
            self._status = Status(name, console=Console())

    def show(self, stage: str) -> None:
        if self._status:
            self._status.update(f"{self._name}: {stage} ({time.monotonic() - self._began:.0f} s)")
        elif stage != self._shown and not self._quiet:
            print(f"  {self._name}: {stage}", flush=True)
        self._shown = stage

    def __enter__(self) -> _Display:  # noqa: PYI034 - private
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()


def _mark_kept_as_ended(stack: LocalStack) -> None:
    """Mark the files that an earlier run dropped as ended: loading them made new versions of them."""
    found = stack.s3.list_objects_v2(Bucket=stack.bucket(BUCKET), Prefix="incoming/").get("Contents", ())
    for key in (entry["Key"] for entry in found):
        version = stack.s3.head_object(Bucket=stack.bucket(BUCKET), Key=key)["VersionId"]
        state = DropState(
            format_version=FORMAT_VERSION,
            key=key,
            version_id=version,
            stage="ended",
            owner="kept",
            writer="kept",
            lease_until=0,
            first_seen_at=0,
        )
        stack.s3.put_object(
            Bucket=stack.bucket(BUCKET), Key=state_key(Drop(key, version)), Body=msgspec.json.encode(state)
        )


def _linkedin(options: argparse.Namespace) -> LinkedIn:
    if options.linkedin_api_url:
        secret = options.secret.read_text(encoding="utf-8")
        return LinkedIn(options.linkedin_api_url, options.linkedin_api_url, NO_SECRET, secret)
    arguments = [*shlex.split(_SIMULATOR), *shlex.split(options.simulator_args)]
    for fault in options.fault:
        arguments += ["--fault", fault]
    return start_simulator(arguments, "combined", options.out / "logs" / "simulator.log")


def _parameters(options: argparse.Namespace, linkedin: LinkedIn) -> dict[str, str]:
    parameters = {
        "LinkedInApiUrl": linkedin.api_url,
        "OrgSyncMode": options.mode,
        "OrgSyncEncoding": options.encoding,
        "OrgSyncOnBadRows": options.on_bad_rows,
        "OrgSyncDryRun": str(options.dry_run).lower(),
        "OrgSyncAllowFirstRevocations": str(options.allow_first_revocations).lower(),
    }
    if options.column_map:
        parameters["OrgSyncColumnMap"] = options.column_map
    if options.max_revocations is not None:
        parameters["OrgSyncMaxRevocations"] = str(options.max_revocations)
    return parameters | dict(options.set)


def _terminated(_number: int, _frame: Any) -> NoReturn:
    """Let `with` blocks end what they started."""
    raise SystemExit(128 + signal.SIGTERM)
