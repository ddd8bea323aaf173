"""A simulator's ground truth, read from its control plane."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

Json = dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """What really is: people, content, classifications, one event per engagement, and the requests that were made."""

    events: list[Json]
    learners: list[Json]
    content: list[Json]
    classifications: list[Json]
    requests: list[Json]


def truth_of(url: str) -> Truth:
    """Ask a running simulator; `url` is its origin, such as `http://127.0.0.1:8080`."""

    def read(name: str) -> str:
        with urlopen(f"{url.rstrip('/')}/_simulator/{name}", timeout=300) as answer:
            return str(answer.read(), "utf-8")

    def lines(name: str) -> list[Json]:
        # Only "\n" ends a line: str.splitlines would also split at a line separator inside a name.
        return [json.loads(line) for line in read(name).split("\n") if line]

    return Truth(
        events=lines("event-log"),
        learners=lines("learners"),
        content=lines("content"),
        classifications=lines("classifications"),
        requests=json.loads(read("requests")),
    )
