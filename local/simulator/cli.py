"""Starts the simulator: ``main(argv)`` generates the account, listens, prints one JSON line, and runs."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
import threading
from collections.abc import Sequence

from local.simulator import assumptions, faults, oauth
from local.simulator.app import SimulatorApp
from local.simulator.assembly import Simulator
from local.simulator.options import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGINT, SIGTERM or (``--exit-on-stdin-eof``) the end of standard input; 2 for bad options."""
    options = parser().parse_args(argv)
    if options.list_assumptions or options.list_faults:
        print(assumptions.table() if options.list_assumptions else faults.table())
        return 0
    try:
        simulator = Simulator(options)
    except ValueError as wrong:
        print(f"simulator: {wrong}", file=sys.stderr)
        return 2
    # The account stays for good: the collector need not go through it again and again.
    gc.freeze()
    try:
        asyncio.run(_serve(simulator.app, options))
    finally:
        simulator.close()
    return 0


async def _serve(app: SimulatorApp, options: argparse.Namespace) -> None:
    port = await app.start(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{port}"
    print(json.dumps({"port": port, "apiUrl": url, "oauthUrl": url + oauth.PATH}), flush=True)
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
