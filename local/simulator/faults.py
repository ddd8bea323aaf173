"""Which requests go wrong, and how: selection by place, page, window, count and chance.

A fault is written ``KIND`` or ``KIND:name=value,name=value`` on the command line, or as a JSON object with
``kind`` and the same names; ``--list-faults`` prints what there is.

Chance is decided by the request itself (its URL and how often it came before), not by the order in which
requests happen to arrive, so that a seed means the same with any number of workers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from local.simulator.clock import DAY, WEEK, parse_instant
from local.simulator.exchange import Exchange
from local.simulator.odd_records import ODDITIES

KINDS = {
    "401": "the token is refused once, though it is good; code=invalid|expired|revoked",
    "expire": "401: this client's tokens issued so far are expired from now on",
    "revoke": "401: this client's tokens issued so far are revoked from now on",
    "403": "not enough permissions",
    "429": "short-term throttle; retryAfter=SECONDS or retryAfterDate=SECONDS adds the header",
    "429-day": "daily quota used up until 00:00 UTC, for this client and resource",
    "400 404 413 500 502 503 504": "that status with a JSON body",
    "html": "an HTML page; status=502",
    "empty": "200 without a body",
    "truncated": "200 with JSON that breaks off; bytes=N keeps so many (default: half)",
    "slow": "the answer comes after seconds=N (default 1)",
    "drip": "the body comes a little at a time over seconds=N (default 2)",
    "drip-headers": "status line, then one header after another for seconds=N (default 3600), and never a body",
    "hang": "no answer; the connection is cut after seconds=N (default 3600)",
    "reset": "the connection is cut before the answer",
    "reset-body": "the connection is cut after half of the body",
    "broken-chunks": "the connection is cut in the middle of a chunk",
    "not-gzip": "the body is called gzip and is none",
    "redirect": "302 to another host",
    "quote-token": "400 whose message quotes the Authorization header",
    "shift": "by=N rows were inserted (N>0) or removed (N<0) before this page; pages with start>0 only",
    "total": "paging.total is off by=N",
    "repeat-page": "the rows of the first page instead of this page's",
    "empty-page": "no rows, though total and next link say there are some",
    "loop-link": "the next link points to this page",
    "no-links": "no links at all",
    "bad-record": "record at=N (default 0) is broken: how=no-urn|wrong-type|null|text",
    "odd-record": f"record at=N (default: all, also a lookup's) is odd: how={'|'.join(ODDITIES)}",
    "short-page": "rows=N of the page's (default: all) and no next link, though total says more",
    "paging-only": 'the answer is {"paging": {}}',
    "chaos": "one of the passing kinds above, picked by chance",
}
SELECTORS = {
    "path": "part of the path: learningAssets, learningActivityReports, accessToken, media, …",
    "method": "GET or POST",
    "q, assetType, type, primary, secondary, contentSource": "that value of the finder's parameter",
    "locale": "en_US or en; of any locale parameter",
    "urn": "part of the URN or id in the path",
    "client": "a client id",
    "start, startFrom": "page at that start, or from it on",
    "startedAt": "windows that begin at that instant (ISO or epoch ms)",
    "window": "windows that hold that instant",
    "param.NAME": "any other parameter",
    "after, times, every": "let the first N matches pass; fire N times at most; fire at every Nth match",
    "chance, seed": "0-1, and the seed of the chance",
    "when": "before (default) or after the request took effect, for uploads and jobs",
}
_PASSING = ("500", "502", "503", "html", "empty", "truncated", "reset", "reset-body", "429", "slow", "401")
_STATUSES = frozenset("400 404 413 500 502 503 504".split())  # noqa: SIM905 - as KINDS spells them
_PLAIN = {"q": "q", "assetType": "assetType", "type": "type", "contentSource": "contentSource"}
_NESTED = {"primary": "aggregationCriteria.primary", "secondary": "aggregationCriteria.secondary"}
_CONTROL = frozenset({"kind", "after", "times", "every", "chance", "seed", "when"})
_ARGUMENTS = frozenset(
    {"code", "retryAfter", "retryAfterDate", "status", "bytes", "seconds", "by", "at", "how", "rows"}
)
_PLACES = frozenset({"path", "method", "locale", "urn", "client", "start", "startFrom", "startedAt", "window"})


@dataclass(slots=True)
class Fault:
    """One fault with its counts: ``matched`` requests, ``fired`` times."""

    id: int
    given: dict[str, Any]
    kind: str
    matched: int = 0
    fired: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def number(self, name: str, default: float) -> float:
        return float(self.given.get(name, default))

    def matches(self, exchange: Exchange) -> bool:
        """Whether the request is at the fault's place; counts and chance are not asked here."""
        given = self.given
        for name, value in given.items():
            if name in _CONTROL or name in _ARGUMENTS:
                continue
            if not _at_place(name, str(value), exchange):
                return False
        return not (self.kind == "shift" and _start(exchange) == 0 and "start" not in given)

    def due(self, exchange: Exchange) -> bool:
        """Count a match and say whether the fault should strike this time."""
        self.matched += 1
        place = self.matched - int(self.number("after", 0))
        if place <= 0 or place % int(self.number("every", 1)) or self.spent:
            return False
        return self._draw(exchange) < self.number("chance", 1)

    @property
    def spent(self) -> bool:
        times = int(self.number("times", 0))
        return bool(times) and self.fired >= times

    def _draw(self, exchange: Exchange) -> float:
        self.seen[exchange.raw_path] += 1
        text = f"{self.given.get('seed', 0)}/{self.kind}/{exchange.raw_path}/{self.seen[exchange.raw_path]}"
        return _number(text) / (1 << 64)

    def struck(self, exchange: Exchange) -> str:
        """The kind that strikes; ``chaos`` picks one of the passing ones."""
        if self.kind != "chaos":
            return self.kind
        text = f"{exchange.raw_path}/{self.seen[exchange.raw_path]}/{self.given.get('seed', 0)}"
        return _PASSING[_number(text) % len(_PASSING)]


class Faults:
    """All faults in force, in the order they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._next = 1

    def add(self, given: str | Mapping[str, Any]) -> Fault:
        """Put a fault in force.

        Raises:
            ValueError: no such kind or name; the text says which.
        """
        values = parse_fault(given) if isinstance(given, str) else dict(given)
        fault = Fault(self._next, values, _checked(values))
        self._next += 1
        self._faults.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        self._faults = [] if number is None else [fault for fault in self._faults if fault.id != number]

    def strike(self, exchange: Exchange) -> Iterator[Fault]:
        """The faults that strike a request, one by one: one that a harder one forestalls has not fired."""
        for fault in [fault for fault in self._faults if fault.matches(exchange) and fault.due(exchange)]:
            if not fault.spent:
                fault.fired += 1
                yield fault

    def shown(self) -> list[dict[str, Any]]:
        return [{"id": one.id, **one.given, "matched": one.matched, "fired": one.fired} for one in self._faults]


def parse_fault(text: str) -> dict[str, Any]:
    """``KIND[:name=value,…]`` or a JSON object."""
    if text.lstrip().startswith("{"):
        return dict(json.loads(text))
    kind, _, rest = text.partition(":")
    values: dict[str, Any] = {"kind": kind.strip()}
    for part in filter(None, rest.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"a fault is KIND:name=value,name=value; not {text!r}")
        values[name.strip()] = value.strip()
    return values


def table() -> str:
    """Kinds and selectors as lines for a terminal."""
    lines = ["kinds:", *(f"  {kind}: {meaning}" for kind, meaning in KINDS.items())]
    return "\n".join([*lines, "selectors:", *(f"  {name}: {meaning}" for name, meaning in SELECTORS.items())])


def _checked(values: dict[str, Any]) -> str:
    kind = str(values.get("kind", ""))
    if kind not in KINDS and kind not in _STATUSES:
        raise ValueError(f"unknown fault {kind!r}; --list-faults prints them")
    known = _CONTROL | _ARGUMENTS | _PLACES | set(_PLAIN) | set(_NESTED)
    for name in values:
        if name not in known and not name.startswith("param."):
            raise ValueError(f"unknown selector {name!r}; --list-faults prints them")
    if kind == "odd-record" and values.get("how") not in ODDITIES:
        raise ValueError(f"odd-record: how is one of {', '.join(ODDITIES)}")
    return kind


def _number(text: str) -> int:
    """64 bits that look random; a plain checksum would strike at the same requests for neighbouring seeds."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _start(exchange: Exchange) -> int:
    text = exchange.query.values.get("start", "0")
    return int(text) if text.isdigit() else 0


def _at_place(name: str, value: str, exchange: Exchange) -> bool:
    values = exchange.query.values
    if name in _PLAIN or name in _NESTED or name.startswith("param."):
        parameter = _PLAIN.get(name) or _NESTED.get(name) or name.removeprefix("param.")
        criteria = f"assetFilteringCriteria.{parameter}s[0]"
        return values.get(parameter, values.get(criteria)) == value
    tests = {
        "path": lambda: value in exchange.path,
        "method": lambda: value == exchange.method,
        "urn": lambda: value in (exchange.item or ""),
        "client": lambda: value == exchange.client,
        "start": lambda: int(value) == _start(exchange),
        "startFrom": lambda: int(value) <= _start(exchange),
        "startedAt": lambda: values.get("startedAt") == str(parse_instant(value)),
        "window": lambda: _holds(values, parse_instant(value)),
        "locale": lambda: _has_locale(values, value),
    }
    return tests[name]()


def _holds(values: Mapping[str, str], instant: int) -> bool:
    started, duration = values.get("startedAt", ""), values.get("timeOffset.duration", "")
    if not (started.isdigit() and duration.isdigit()):
        return False
    unit = WEEK if values.get("timeOffset.unit") == "WEEK" else DAY
    return int(started) <= instant < int(started) + int(duration) * unit


def _has_locale(values: Mapping[str, str], wanted: str) -> bool:
    language, _, country = wanted.partition("_")
    for name, value in values.items():
        if name.endswith(".language") and value == language:
            other = values.get(name.removesuffix("language") + "country")
            if not country or other in {None, country}:
                return True
    return False
