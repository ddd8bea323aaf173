"""The web server: reads requests, asks the service, writes answers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from local.simulator.assumptions import Assumptions
from local.simulator.control import PREFIX, ControlPlane
from local.simulator.errors import ApiError, not_found
from local.simulator.exchange import Answer, Exchange
from local.simulator.oauth import PATH as TOKEN_PATH
from local.simulator.oauth import TokenStore
from local.simulator.service import LearningService, error_answer


class SimulatorApp:
    """One handler for everything; ``start`` listens and returns the port."""

    def __init__(
        self,
        service: LearningService,
        control: ControlPlane,
        tokens: TokenStore,
        assumptions: Assumptions,
        *,
        latency: float = 0,
    ) -> None:
        self._service = service
        self._control = control
        self._tokens = tokens
        self._assumptions = assumptions
        self._latency = latency
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 picks a free one."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=512)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = Exchange(request.method, request.raw_path, request.headers)
        if exchange.path.startswith(PREFIX):
            return _response(self._control.answer(exchange, await request.read()))
        if self._latency:
            await asyncio.sleep(self._latency)
        exchange.client = self._tokens.client_of(request.headers.get("Authorization"))
        try:
            answer = await self._answer(exchange, request)
        except ApiError as refused:
            answer = error_answer(refused, self._assumptions)
        self._control.log.add(exchange, answer.status, len(answer.body))
        if self._assumptions["gzip"] == "on":
            answer = answer.compressed(request.headers.get("Accept-Encoding", ""))
        return _response(answer)

    async def _answer(self, exchange: Exchange, request: web.BaseRequest) -> Answer:
        if exchange.path == TOKEN_PATH:
            return self._service.token(exchange, await request.read())
        if self._service.serves(exchange):
            return self._service.resource(exchange)
        raise not_found()


def _response(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
    )
