"""The simulator in a thread of the test process, reached over real HTTP: it starts in milliseconds."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

from local.linkedin_side import LinkedIn, org_sync_secret, secret_of
from local.simulator import oauth
from local.simulator.assembly import Simulator
from local.simulator.options import parser


class SimulatorThread:
    """Listens on a free port from the start; `arguments` are the simulator's command-line options."""

    def __init__(self, *arguments: str) -> None:
        self._simulator = Simulator(parser().parse_args(arguments))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._await(self._simulator.app.start('127.0.0.1', 0))}"

    def linkedin(self, credentials: str = "combined") -> LinkedIn:
        """Return its addresses, and the secrets of one of the `CREDENTIALS`."""
        return LinkedIn(self.url, self.url + oauth.PATH, secret_of(credentials), org_sync_secret())

    def close(self) -> None:
        self._await(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        self._simulator.close()

    async def _end(self) -> None:
        await self._simulator.app.stop()
        unfinished = asyncio.all_tasks() - {asyncio.current_task()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _await(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(20)
