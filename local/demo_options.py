"""The options of `python -m local demo`."""

from __future__ import annotations

import argparse
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from learning_graph.values.windows import Lookback
from local.linkedin_side import CREDENTIALS

LOOKBACKS: tuple[int, ...] = get_args(Lookback)
# The same input twice gives the same bytes, so the built-in simulator has a day of its own.
SIMULATED_NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
_SIZES = ("learners", "courses", "videos", "paths", "seed")
_REAL_SERVER = ("linkedin_api_url", "linkedin_oauth_url", "secret")


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Return the options; ends the program with 2 where they can't be used."""
    parser = _parser()
    options = parser.parse_args(arguments)
    given = [name for name in _REAL_SERVER if getattr(options, name)]
    if given and len(given) < len(_REAL_SERVER):
        parser.error("--linkedin-api-url, --linkedin-oauth-url and --secret go together")
    if given and (
        options.fault or options.simulator_args or any(getattr(options, name) is not None for name in _SIZES)
    ):
        parser.error("sizes and faults are the simulator's: leave them out when another server is collected")
    if options.secret and not options.secret.is_file():
        parser.error(f"--secret: there is no file {options.secret}")
    options.now = options.now or (datetime.now(tz=UTC) if given else SIMULATED_NOW)
    options.parameters = _parameters(options)
    return options


def simulator_arguments(options: argparse.Namespace) -> list[str]:
    """Return the simulator's options among those of the demo."""
    arguments = ["--now", options.now.isoformat(), "--latency-ms", str(options.latency_ms)]
    for name in _SIZES:
        if getattr(options, name) is not None:
            arguments += [f"--{name}", str(getattr(options, name))]
    for fault in options.fault:
        arguments += ["--fault", fault]
    return [*arguments, *shlex.split(options.simulator_args)]


def _parameters(options: argparse.Namespace) -> dict[str, str]:
    """Return the template parameters of the options; `--set` overrides the others."""
    parameters = {"ActivityLookbackDays": str(options.lookback), "RetryDelaySeconds": str(options.retry_delay)}
    if options.account_name is not None:
        parameters["AccountName"] = options.account_name
    if options.tag_account_name is not None:
        parameters["TagAccountName"] = str(options.tag_account_name).lower()
    if options.locales is not None:
        parameters["CatalogLocales"] = options.locales
    return parameters | dict(options.set)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local demo",
        description="Collects a LinkedIn Learning account through the real functions. The exit code is 0 only if the "
        "run SUCCEEDED; the snapshot lies below OUT/graph-bucket/graph/.",
    )
    run = parser.add_argument_group("the run")
    run.add_argument("--lookback", type=int, choices=LOOKBACKS, default=14, help="Activity Lookback Days (default 14)")
    run.add_argument("--mode", choices=["full", "incremental"], help="how the catalogue is read (default: by itself)")
    run.add_argument("--locales", help="catalogue locales, e.g. en_US,de_DE (default all)")
    run.add_argument("--account-name", help="the account's name in the graph")
    run.add_argument("--tag-account-name", action=argparse.BooleanOptionalAction, help="tag.AccountName on entities")
    run.add_argument(
        "--now", type=_instant, metavar="ISO", help=f"time of the start event (default {SIMULATED_NOW:%FT%TZ})"
    )
    run.add_argument(
        "--set",
        type=_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of template.yaml",
    )
    run.add_argument("--visibility-timeout", type=int, default=20, metavar="S", help="of every queue (default 20)")
    run.add_argument(
        "--retry-delay", type=int, default=1, metavar="S", help="before a failed shard is read again (default 1)"
    )
    run.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for results (default build/demo)")
    run.add_argument("--keep", action="store_true", help="begin with the snapshot that lies in OUT")
    run.add_argument("--jupiterone", action="store_true", help="publish the snapshot to a JupiterOne on this machine")
    run.add_argument("--quiet", action="store_true", help="print the summary only")
    account = parser.add_argument_group("the simulated account")
    for name in _SIZES:
        account.add_argument(f"--{name}", type=int, metavar="N")
    account.add_argument(
        "--credentials", choices=list(CREDENTIALS), default="combined", help="applications at LinkedIn"
    )
    account.add_argument("--latency-ms", type=int, default=0, metavar="N", help="wait before every answer")
    account.add_argument("--fault", action="append", default=[], metavar="SPEC", help="see python -m local simulator")
    account.add_argument("--simulator-args", default="", metavar="TEXT", help="more options of the simulator")
    real = parser.add_argument_group("another server, or a real account")
    real.add_argument("--linkedin-api-url", metavar="URL")
    real.add_argument("--linkedin-oauth-url", metavar="URL")
    real.add_argument("--secret", type=Path, metavar="FILE", help="JSON with the credential pairs")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
