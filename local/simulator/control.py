"""The control plane under ``/_simulator/``: what happened, the truth behind the answers, and changes while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from local.simulator.account import Account
from local.simulator.clock import Clock, iso, parse_instant
from local.simulator.errors import ApiError, method_not_allowed, not_found
from local.simulator.event_log import Event
from local.simulator.exchange import Answer, Exchange, json_answer, json_lines
from local.simulator.model import Content, Learner

PREFIX = "/_simulator/"
_KEPT_REQUESTS = 500_000

Handler = Callable[[Exchange, bytes], Answer]


class RequestLog:
    """The newest requests; no header, body, secret or token is kept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.entries: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)

    def add(self, exchange: Exchange, status: int, size: int) -> None:
        entry: dict[str, Any] = {
            "time": iso(self._clock.now()),
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query.values,
            "status": status,
            "client": exchange.client,
            "bytes": size,
        }
        if exchange.faults:
            entry["faults"] = exchange.faults
        self.entries.append(entry)


class ControlPlane:
    """Dispatches by path; further handlers are registered by those who own the state."""

    def __init__(self, account: Account, clock: Clock, cut_off: Callable[[], int]) -> None:
        self._account = account
        self._clock = clock
        self._cut_off = cut_off
        self.log = RequestLog(clock)
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "health"): self._health,
            ("GET", "requests"): lambda _, __: json_answer(list(self.log.entries)),
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "event-log"): self._event_log,
            ("GET", "learners"): lambda _, __: json_lines([_learner(one) for one in account.learners]),
            ("GET", "content"): lambda _, __: json_lines([_content(one) for one in account.contents]),
            ("GET", "classifications"): lambda _, __: json_lines(_classifications(account)),
            ("GET", "clock"): self._read_clock,
            ("POST", "clock"): self._set_clock,
        }

    def register(self, method: str, name: str, handler: Handler) -> None:
        self._handlers[method, name] = handler

    def answer(self, exchange: Exchange, body: bytes) -> Answer:
        """The answer of a control call; 400 with the reason where the call is wrong."""
        name = exchange.path.removeprefix(PREFIX).rstrip("/")
        handler = self._handlers.get((exchange.method, name))
        try:
            if handler is None:
                known = any(name == other for _, other in self._handlers)
                raise method_not_allowed(exchange.method) if known else not_found()
            return handler(exchange, body)
        except ApiError as refused:
            return json_answer(refused.body(), refused.status)
        except (ValueError, KeyError, TypeError) as wrong:
            return json_answer({"status": 400, "message": f"{type(wrong).__name__}: {wrong}"}, 400)

    def _health(self, _: Exchange, __: bytes) -> Answer:
        account = self._account
        return json_answer(
            {
                "status": "ok",
                "now": iso(self._clock.now()),
                "learners": len(account.learners),
                "assets": len(account.assets),
                "events": len(account.log),
                "requests": len(self.log.entries),
            }
        )

    def _clear_requests(self, _: Exchange, __: bytes) -> Answer:
        self.log.entries.clear()
        return Answer(204, b"")

    def _read_clock(self, _: Exchange, __: bytes) -> Answer:
        now = self._clock.now()
        return json_answer({"now": now, "iso": iso(now), "cutOff": self._cut_off()})

    def _set_clock(self, exchange: Exchange, body: bytes) -> Answer:
        self._clock.set(parse_instant(msgspec.json.decode(body)["now"]))
        return self._read_clock(exchange, body)

    def _event_log(self, exchange: Exchange, _: bytes) -> Answer:
        """Events by time; ``from`` and ``to`` (ISO or ms) bound them, ``visible=true`` ends at the cut-off."""
        query = exchange.query
        start = parse_instant(query.text("from") or 0)
        end = parse_instant(query.text("to") or (1 << 60))
        if query.flag("visible"):
            end = min(end, self._cut_off())
        return Answer(200, b"".join(self._event_lines(start, end)), "application/x-ndjson")

    def _event_lines(self, start: int, end: int) -> Iterator[bytes]:
        learners = [self._text(one.urn) for one in self._account.learners]
        contents = [
            b'"contentUrn":%b,"assetType":"%b","contentSource":"%b"'
            % (self._text(one.urn), one.type.encode(), one.source.encode())
            for one in self._account.contents
        ]
        line = (
            b'{"instant":%d,"profileUrn":%b,%b,"views":%d,"seconds":%d,"progress":%d,"gain":%d,'
            b'"completed":%b,"markedAsDone":%b}\n'
        )
        for event in self._account.log.in_order(start, end):
            yield line % (
                event.instant, learners[event.learner], contents[event.content], event.views, event.seconds,
                event.progress, event.gain, _word(event.completed), _word(event.marked),
            )  # fmt: skip

    @staticmethod
    def _text(value: str) -> bytes:
        return msgspec.json.encode(value)


def _word(flag: int) -> bytes:
    return b"true" if flag else b"false"


def event_of(account: Account, given: dict[str, Any]) -> tuple[Content, Event]:
    """An event in the form of the event log, for adding it."""
    learner = account.learner(given["profileUrn"])
    content = account.content_by_urn.get(given["contentUrn"])
    if learner is None or content is None:
        raise ValueError("an event names a known profileUrn and a known contentUrn")
    progress = int(given.get("progress", 0))
    return content, Event(
        parse_instant(given["instant"]), learner.index, content.index, int(given.get("views", 1)),
        int(given.get("seconds", 0)), progress, int(given.get("gain", progress)),
        int(given.get("completed", False)), int(given.get("markedAsDone", False)),
    )  # fmt: skip


def _learner(learner: Learner) -> dict[str, Any]:
    return {
        "profileUrn": learner.urn,
        "joinedAt": learner.joined_at,
        "identities": [
            {
                "since": one.since,
                "name": one.name,
                "email": one.email,
                "uniqueUserId": one.unique_user_id,
                "groups": one.groups,
                "attributes": dict(one.attributes),
            }
            for one in learner.identities
        ],
    }


def _content(content: Content) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "urn": content.urn,
        "type": content.type,
        "contentSource": content.source,
        "name": content.name,
        "locale": str(content.locale),
        "inCatalogue": content.asset is not None and not content.asset.removed,
    }
    asset = content.asset
    if asset is not None:
        answer |= {
            "retired": asset.retired,
            "retiredAt": asset.retired_at,
            "licensed": asset.licensed,
            "curated": asset.curated,
            "removed": asset.removed,
            "publishedAt": asset.published_at,
            "lastUpdatedAt": asset.updated_at,
            "level": asset.level,
            "duration": asset.duration,
            "classifications": [tag.urn for tag in asset.tags],
            "contents": [child.urn for child in asset.children],
        }
    return answer


def _classifications(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "urn": one.urn,
            "type": one.type,
            "name": one.name,
            "locale": str(one.locale),
            "parent": one.parent.urn if one.parent is not None else None,
        }
        for one in account.classifications
    ]
