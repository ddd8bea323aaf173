"""The web server: reads requests, has them answered, and lets faults strike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from local.simulator import oauth
from local.simulator.assumptions import Assumptions
from local.simulator.control import PREFIX, ControlPlane
from local.simulator.delivery import deliver
from local.simulator.errors import ApiError, not_found
from local.simulator.exchange import Answer, Exchange
from local.simulator.injection import Injector
from local.simulator.oauth import TokenStore
from local.simulator.org_sync.routes import OrgSync
from local.simulator.quota import RateLimit
from local.simulator.service import LearningService, error_answer

_LINE = 64 * 1024


class SimulatorApp:
    """One handler for everything; ``start`` listens and returns the port, ``answer`` needs no web server.

    ``latency`` is the seconds before every answer of the API.
    """

    def __init__(
        self,
        service: LearningService,
        org_sync: OrgSync,
        control: ControlPlane,
        injector: Injector,
        *,
        tokens: TokenStore,
        assumptions: Assumptions,
        rate_limit: RateLimit,
        latency: float = 0,
    ) -> None:
        self._service = service
        self._org_sync = org_sync
        self._control = control
        self._injector = injector
        self._tokens = tokens
        self._assumptions = assumptions
        self._rate_limit = rate_limit
        self.latency = latency
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 picks a free one."""
        server = web.Server(self._handle, access_log=None, max_line_size=_LINE, max_field_size=_LINE)
        # Answers that hang by order must not hold up the end.
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=512).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = Exchange(request.method, request.raw_path, request.headers)
        return await deliver(request, await self.answer(exchange, _chunks(request)))

    async def answer(self, exchange: Exchange, body: AsyncIterator[bytes]) -> Answer:
        """One request, whoever brought it here."""
        if exchange.path.startswith(PREFIX):
            return self._control.answer(exchange, await _whole(body))
        if self.latency:
            await asyncio.sleep(self.latency)
        exchange.client = self._tokens.client_of(exchange.headers.get("Authorization"))
        try:
            self._rate_limit.count()
            answer = await self._injector.run(exchange, lambda: self._serve(exchange, body))
        except ApiError as refused:
            answer = error_answer(refused, self._assumptions)
        self._control.log.add(exchange, answer.status, len(answer.body))
        if self._assumptions["gzip"] == "on":
            answer = answer.compressed(exchange.headers.get("Accept-Encoding", ""))
        return answer

    async def _serve(self, exchange: Exchange, body: AsyncIterator[bytes]) -> Answer:
        if exchange.path == oauth.PATH:
            return self._service.token(exchange, await _whole(body))
        if self._service.serves(exchange):
            return self._service.resource(exchange)
        if self._org_sync.serves(exchange):
            return await self._org_sync.answer(exchange, body)
        raise not_found()


async def _chunks(request: web.BaseRequest) -> AsyncIterator[bytes]:
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        # Some clients hold a large body back until they hear this.
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    async for chunk in request.content.iter_any():
        yield chunk


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    """The whole body, however long: events to add come in big lists."""
    return b"".join([chunk async for chunk in body])
