"""Starts the simulator: ``main(argv)`` generates the account, listens, prints one JSON line, and runs."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence

import msgspec

from local.simulator import assumptions as assume
from local.simulator.account_changes import AccountChanges
from local.simulator.app import SimulatorApp
from local.simulator.clock import Clock, parse_instant
from local.simulator.control import ControlPlane
from local.simulator.generator.account import generate
from local.simulator.oauth import DEMO_CLIENTS, Client, TokenStore
from local.simulator.oauth import PATH as TOKEN_PATH
from local.simulator.options import parser, sizes
from local.simulator.quota import Quotas
from local.simulator.service import LearningService


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGINT, SIGTERM or (``--exit-on-stdin-eof``) the end of standard input; 2 for bad options."""
    options = parser().parse_args(argv)
    if options.list_assumptions:
        print(assume.table())
        return 0
    try:
        app = build(options)
    except ValueError as wrong:
        print(f"simulator: {wrong}", file=sys.stderr)
        return 2
    asyncio.run(_serve(app, options))
    return 0


def build(options: argparse.Namespace) -> SimulatorApp:
    """The whole simulator from parsed options.

    Raises:
        ValueError: an option's value cannot be used; the text says why.
    """
    start = parse_instant(options.now) if options.now else int(time.time() * 1000)
    chosen = assume.Assumptions(assume.parse_assignments(options.assume))
    account = generate(sizes(options), start)
    clock = Clock(start)
    clients = tuple(map(_client, options.client)) or DEMO_CLIENTS
    tokens = TokenStore(clients, clock, chosen, options.token_seconds)
    quotas = Quotas(clock, options.daily_quota)
    service = LearningService(account, clock, tokens, quotas, chosen, strict=options.strict)
    control = ControlPlane(account, clock, service.reports.cut_off)
    control.register("POST", "account", AccountChanges(account, clock).post)
    return SimulatorApp(service, control, tokens, chosen, latency=options.latency_ms / 1000)


def _client(text: str) -> Client:
    given = msgspec.json.decode(text)
    keys = frozenset(given.get("keys", ("content", "report")))
    return Client(given["id"], given["secret"], keys, given.get("enabled", True))


async def _serve(app: SimulatorApp, options: argparse.Namespace) -> None:
    port = await app.start(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{port}"
    print(json.dumps({"port": port, "apiUrl": url, "oauthUrl": url + TOKEN_PATH}), flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if options.exit_on_stdin_eof:
        threading.Thread(target=_watch_stdin, args=(loop, ended), daemon=True).start()
    await ended.wait()
    await app.stop()


def _watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """So that a simulator does not outlive the program that started it, however that one ended."""
    while sys.stdin.buffer.read(4096):
        pass
    loop.call_soon_threadsafe(ended.set)
