"""One request and one answer, free of the web framework."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from local.simulator.query import Query

JSON = "application/json"
_SMALL = 1000


@dataclass(slots=True)
class Exchange:
    """What came in.

    ``resource`` is the last fixed part of the path (``learningAssets``, ``accessToken``, …), ``item`` what
    follows it (a URN or a job id), decoded.
    """

    method: str
    raw_path: str
    headers: Mapping[str, str]
    path: str = field(init=False)
    resource: str = field(init=False)
    item: str | None = field(init=False)
    raw_query: str = field(init=False)
    query: Query = field(init=False)
    client: str | None = None
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        path, _, self.raw_query = self.raw_path.partition("?")
        self.path = "/" + path.lstrip("/")  # clients that join base and href with a double slash got through (§10)
        self.query = Query(self.raw_query)
        if self.path.startswith("/v2/"):
            self.resource, _, item = self.path.removeprefix("/v2/").partition("/")
            self.item = unquote(item) or None
        else:
            self.resource, self.item = self.path.rpartition("/")[2], None

    @property
    def operation(self) -> str:
        """``learningAssets.FINDER-criteria`` or ``learningAssets.GET``, as a 403 names it."""
        finder = self.query.values.get("q")
        return f"{self.resource}.GET" if self.item or not finder else f"{self.resource}.FINDER-{finder}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer goes out where not at once.

    ``cut`` half-way, ``drip`` over seconds, ``abort`` after seconds, ``broken-chunks``, ``drip-headers`` for seconds.
    """

    manner: str
    seconds: float = 0


@dataclass(slots=True)
class Answer:
    """What goes out; ``file`` is sent instead of the body."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    delivery: Delivery | None = None

    def compressed(self, accepted: str) -> Answer:
        """The same answer, compressed where the caller accepts that and it pays."""
        if "gzip" not in accepted or len(self.body) < _SMALL:
            return self
        headers = self.headers | {"Content-Encoding": "gzip"}
        return replace(self, body=gzip.compress(self.body, 1), headers=headers)


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def json_lines(values: list[Any]) -> Answer:
    body = b"".join(msgspec.json.encode(value) + b"\n" for value in values)
    return Answer(200, body, "application/x-ndjson")
