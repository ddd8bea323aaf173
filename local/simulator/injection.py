"""Carries out the faults that strike a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import msgspec

from local.simulator import errors, odd_records
from local.simulator.clock import Clock
from local.simulator.errors import ApiError
from local.simulator.exchange import Answer, Delivery, Exchange
from local.simulator.faults import Fault, Faults
from local.simulator.oauth import TokenStore
from local.simulator.quota import Quotas

_HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_FOREVER = 3600
_UNAUTHORIZED = {
    "invalid": errors.invalid_token,
    "expired": errors.expired_token,
    "revoked": errors.revoked_token,
}
_BROKEN = {"wrong-type": 17, "null": None, "text": "not a record"}

Produce = Callable[[], Awaitable[Answer]]
Tamper = Callable[["Injector", Exchange, Fault, dict[str, Any]], None]


class Injector:
    """``page`` reads the page of another start, for rows that shift."""

    def __init__(
        self, faults: Faults, tokens: TokenStore, quotas: Quotas, clock: Clock, page: Callable[[Exchange], bytes]
    ) -> None:
        self._faults = faults
        self._tokens = tokens
        self._quotas = quotas
        self._clock = clock
        self._page = page

    async def run(self, exchange: Exchange, produce: Produce) -> Answer:
        """The answer, as the faults leave it.

        Raises:
            ApiError: refusals, the service's own and the faults'.
        """
        answer: Answer | None = None
        for fault in self._faults.strike(exchange):
            kind = fault.struck(exchange)
            exchange.faults.append(kind)
            if kind == "slow":
                await asyncio.sleep(fault.number("seconds", 1))
            elif kind in _REFUSALS or kind in _REPLACED:
                if fault.given.get("when") == "after":
                    await produce()
                if kind in _REPLACED:
                    return _REPLACED[kind](fault)
                if kind == "quote-token":
                    raise ApiError(400, f"Invalid request: {exchange.headers.get('Authorization')}")
                raise self._refusal(kind, fault, exchange)
            else:
                answer = self._changed(kind, fault, exchange, answer or await produce())
        return answer or await produce()

    def _refusal(self, kind: str, fault: Fault, exchange: Exchange) -> ApiError:
        if kind == "429":
            return errors.throttled(self._retry_after(fault))
        if kind == "429-day":
            self._quotas.exhaust(exchange.client or "", exchange.resource)
            return errors.throttled_for_the_day()
        if kind in {"expire", "revoke"}:
            self._tokens.refuse_all("expired" if kind == "expire" else "revoked", exchange.client)
            return errors.expired_token() if kind == "expire" else errors.revoked_token()
        if kind == "401":
            return _UNAUTHORIZED[str(fault.given.get("code", "invalid"))]()
        if kind == "403":
            return errors.forbidden(exchange.operation)
        messages = {"400": "Bad Request", "404": "Resource not found", "413": "Payload Too Large"}
        return ApiError(int(kind), messages.get(kind, "Internal Server Error"))

    def _retry_after(self, fault: Fault) -> dict[str, str]:
        if "retryAfter" in fault.given:
            return {"Retry-After": str(fault.given["retryAfter"])}
        if "retryAfterDate" in fault.given:
            return {
                "Retry-After": formatdate(self._clock.now() / 1000 + fault.number("retryAfterDate", 0), usegmt=True)
            }
        return {}

    def _changed(self, kind: str, fault: Fault, exchange: Exchange, answer: Answer) -> Answer:
        if kind == "truncated":
            keep = int(fault.number("bytes", len(answer.body) // 2))
            return replace(answer, body=answer.body[:keep])
        if kind == "reset-body":
            return replace(answer, delivery=Delivery("cut"))
        if kind == "drip":
            return replace(answer, delivery=Delivery("drip", fault.number("seconds", 2)))
        if kind == "not-gzip":
            return replace(answer, headers=answer.headers | {"Content-Encoding": "gzip"})
        page = msgspec.json.decode(answer.body)
        if kind == "odd-record" and isinstance(page, dict) and "urn" in page:
            odd_records.ODDITIES[str(fault.given["how"])](page)
        elif isinstance(page, dict) and "paging" in page:
            _TAMPERS[kind](self, exchange, fault, page)
        return replace(answer, body=odd_records.encode(page))

    def elements_at(self, exchange: Exchange, start: int) -> list[Any]:
        """The rows of the same listing from another start."""
        query = exchange.query
        other = Exchange(exchange.method, query.href(exchange.path, {"start": start}), exchange.headers)
        elements: list[Any] = msgspec.json.decode(self._page(other))["elements"]
        return elements


def _shift(injector: Injector, exchange: Exchange, fault: Fault, page: dict[str, Any]) -> None:
    """Rows moved on (or back) since the first page was read; the total moved with them."""
    by, paging = int(fault.number("by", 1)), page["paging"]
    start, count = paging["start"], paging["count"]
    page["elements"] = injector.elements_at(exchange, max(0, start - by))
    paging["total"] += by
    links = [link for link in paging["links"] if link["rel"] == "prev"]
    if start + count < paging["total"]:
        href = exchange.query.href(exchange.path, {"start": start + count, "count": count})
        links.append({"type": "application/json", "rel": "next", "href": href})
    paging["links"] = links


def _total(_: Injector, __: Exchange, fault: Fault, page: dict[str, Any]) -> None:
    page["paging"]["total"] = max(0, page["paging"]["total"] + int(fault.number("by", 1)))


def _repeat(injector: Injector, exchange: Exchange, _: Fault, page: dict[str, Any]) -> None:
    page["elements"] = injector.elements_at(exchange, 0)


def _empty(_: Injector, __: Exchange, ___: Fault, page: dict[str, Any]) -> None:
    page["elements"] = []


def _loop(_: Injector, exchange: Exchange, __: Fault, page: dict[str, Any]) -> None:
    for link in page["paging"]["links"]:
        if link["rel"] == "next":
            link["href"] = exchange.query.href(exchange.path, {})


def _no_links(_: Injector, __: Exchange, ___: Fault, page: dict[str, Any]) -> None:
    page["paging"]["links"] = []


def _bad_record(_: Injector, __: Exchange, fault: Fault, page: dict[str, Any]) -> None:
    at, how = int(fault.number("at", 0)), str(fault.given.get("how", "no-urn"))
    if at >= len(page["elements"]):
        return
    record = page["elements"][at]
    if how == "no-urn":
        record.pop("urn", None)
        record.get("contentDetails", {}).pop("contentUrn", None)
    elif how == "wrong-type" and "urn" in record:
        record["urn"] = _BROKEN[how]
    elif how == "wrong-type":
        record["activities"] = _BROKEN[how]
    else:
        page["elements"][at] = _BROKEN[how]


def _odd_record(_: Injector, __: Exchange, fault: Fault, page: dict[str, Any]) -> None:
    elements, at = page["elements"], fault.given.get("at", "all")
    for record in elements if at == "all" else elements[int(at) : int(at) + 1]:
        odd_records.ODDITIES[str(fault.given["how"])](record)


def _short_page(_: Injector, __: Exchange, fault: Fault, page: dict[str, Any]) -> None:
    """The listing ends here, though its total says more."""
    page["elements"] = page["elements"][: int(fault.number("rows", len(page["elements"])))]
    page["paging"]["links"] = [link for link in page["paging"]["links"] if link["rel"] != "next"]


_TAMPERS: dict[str, Tamper] = {
    "shift": _shift,
    "total": _total,
    "repeat-page": _repeat,
    "empty-page": _empty,
    "loop-link": _loop,
    "no-links": _no_links,
    "bad-record": _bad_record,
    "odd-record": _odd_record,
    "short-page": _short_page,
}
_REFUSALS = frozenset(
    {"401", "expire", "revoke", "403", "429", "429-day", "400", "404", "413", "500", "502", "503", "504", "quote-token"}
)
_REPLACED: dict[str, Callable[[Fault], Answer]] = {
    "html": lambda fault: Answer(int(fault.number("status", 502)), _HTML, "text/html"),
    "empty": lambda _: Answer(200, b""),
    "paging-only": lambda _: Answer(200, b'{"paging":{}}'),
    "redirect": lambda _: Answer(302, b"", headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    "reset": lambda _: Answer(0, b"", delivery=Delivery("abort")),
    "broken-chunks": lambda _: Answer(200, b"", delivery=Delivery("broken-chunks")),
    "drip-headers": lambda fault: Answer(
        200, b"", delivery=Delivery("drip-headers", fault.number("seconds", _FOREVER))
    ),
    "hang": lambda fault: Answer(0, b"", delivery=Delivery("abort", fault.number("seconds", _FOREVER))),
}
