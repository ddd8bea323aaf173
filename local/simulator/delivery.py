"""Puts answers on the wire: whole, in pieces, cut off, or not at all."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from local.simulator.exchange import Answer, Delivery

_DRIP_SECONDS = 0.05
_FILE_CHUNK = 256 * 1024
_GLANCE = 0.2


async def deliver(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Send an answer as its ``delivery`` says."""
    manner = answer.delivery
    if answer.file is not None:
        return await _stream(request, answer)
    if manner is None:
        return web.Response(
            status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
        )
    if manner.manner == "abort":
        await _wait(request, manner.seconds)
        _cut(request)
        return web.Response()
    if manner.manner in {"broken-chunks", "drip-headers"}:
        await _raw(request, manner)
        _cut(request)
        return web.Response()
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_type = answer.content_type
    response.content_length = len(answer.body)
    await response.prepare(request)
    if manner.manner == "cut":
        await response.write(answer.body[: len(answer.body) // 2])
        # What was written must leave before the connection is cut.
        await asyncio.sleep(_GLANCE)
        _cut(request)
        return response
    size = max(1, round(len(answer.body) * _DRIP_SECONDS / max(manner.seconds, _DRIP_SECONDS)))
    for place in range(0, len(answer.body), size):
        await response.write(answer.body[place : place + size])
        await asyncio.sleep(_DRIP_SECONDS)
    return response


async def _raw(request: web.BaseRequest, manner: Delivery) -> None:
    """What no framework would send: half of a chunk, or headers that never end."""
    if request.transport is None:
        return
    request.transport.write(b"HTTP/1.1 200 OK\r\n")
    if manner.manner == "broken-chunks":
        request.transport.write(b"Transfer-Encoding: chunked\r\n\r\n40\r\n{")
        # What was written must leave before the connection is cut.
        await asyncio.sleep(_GLANCE)
        return
    end = time.monotonic() + manner.seconds
    while time.monotonic() < end and request.transport is not None:
        request.transport.write(b"X: y\r\n")
        await asyncio.sleep(_GLANCE)


async def _stream(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_type = answer.content_type
    path = answer.file
    if path is None:
        return response
    response.content_length = path.stat().st_size
    await response.prepare(request)
    with path.open("rb") as file:
        while chunk := file.read(_FILE_CHUNK):
            await response.write(chunk)
    await response.write_eof()
    return response


async def _wait(request: web.BaseRequest, seconds: float) -> None:
    """Up to so many seconds, but not longer than the caller does."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and request.transport is not None:  # noqa: ASYNC110 - no event tells it
        await asyncio.sleep(min(left, _GLANCE))


def _cut(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()
