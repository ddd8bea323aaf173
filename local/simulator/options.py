"""Command-line options of the simulator."""

from __future__ import annotations

import argparse
from dataclasses import fields

from local.simulator.generator.account import AccountSizes


def parser() -> argparse.ArgumentParser:
    """All options; sizes of the account take their defaults from ``AccountSizes``."""
    made = argparse.ArgumentParser(prog="python -m local simulator", description=__doc__)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8099, help="0 picks a free one")
    made.add_argument("--now", help="the simulator's time at start, ISO 8601 or epoch ms; default: the real time")
    made.add_argument("--latency-ms", type=int, default=0, help="wait before every answer")
    made.add_argument("--token-seconds", type=int, default=1800, help="life time of a token")
    made.add_argument("--daily-quota", type=int, default=0, help="calls a day per client and resource; 0: no limit")
    made.add_argument("--rate-limit", type=float, default=0, help="requests a second, 429 beyond it; 0: no limit")
    made.add_argument("--strict", action="store_true", help="refuse unknown parameters and missing assetType")
    made.add_argument("--exit-on-stdin-eof", action="store_true", help="end when standard input is closed")
    made.add_argument(
        "--client",
        action="append",
        default=[],
        metavar="JSON",
        help='{"id": …, "secret": …, "keys": ["content", "report"], "enabled": true}; replaces the demo clients',
    )
    made.add_argument("--assume", action="append", default=[], metavar="NAME=VALUE")
    made.add_argument("--list-assumptions", action="store_true")
    made.add_argument("--fault", action="append", default=[], metavar="KIND[:name=value,…]", help="or a JSON object")
    made.add_argument("--list-faults", action="store_true")
    _add_org_sync(made.add_argument_group("org sync"))
    _add_sizes(made.add_argument_group("size of the account"))
    return made


def _add_org_sync(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--org-sync-token",
        action="append",
        default=[],
        metavar="TOKEN[=valid|forbidden|revoked]",
        help="replaces the demo tokens",
    )
    group.add_argument("--org-sync-max-mb", type=float, default=20, help="largest upload; 0: no limit")
    group.add_argument("--org-sync-max-rows", type=int, default=100_000, help="most rows of a file; 0: no limit")
    group.add_argument("--org-sync-licences", type=int, default=0, help="licences of each kind; 0: no limit")
    group.add_argument("--job-seconds", type=float, default=0.5, help="a job is queued, then processing, so long")
    group.add_argument("--job-end", metavar="STATUS", help="how every job ends; PROCESSING: never")


def _add_sizes(group: argparse._ArgumentGroup) -> None:
    for field in fields(AccountSizes):
        kind = {"int": int, "float": float}.get(str(field.type), str)
        group.add_argument("--" + field.name.replace("_", "-"), type=kind, default=field.default)


def sizes(options: argparse.Namespace) -> AccountSizes:
    return AccountSizes(**{field.name: getattr(options, field.name) for field in fields(AccountSizes)})
