"""Reads a simulator's ground truth: over HTTP from a running one, or from the files a demo kept under `<out>/truth`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
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


def truth_from_simulator(url: str) -> Truth:
    """Ask a running simulator; `url` is its origin, such as `http://127.0.0.1:8080`."""

    def read(name: str) -> str:
        with urlopen(f"{url.rstrip('/')}/_simulator/{name}", timeout=300) as answer:
            return str(answer.read(), "utf-8")

    return _truth(read, requests=json.loads(read("requests")))


def truth_from_folder(folder: Path) -> Truth:
    """Read `event-log`, `learners`, `content` and `classifications` (`.jsonl`), and `requests.json` if kept."""
    requests = folder / "requests.json"
    kept = json.loads(requests.read_text(encoding="utf-8")) if requests.is_file() else []
    return _truth(lambda name: (folder / f"{name}.jsonl").read_text(encoding="utf-8"), requests=kept)


def _truth(read: Callable[[str], str], *, requests: list[Json]) -> Truth:
    def lines(name: str) -> Iterator[Json]:
        # Only "\n" ends a line: str.splitlines would also split at a line separator inside a name.
        return (json.loads(line) for line in read(name).split("\n") if line)

    return Truth(
        events=list(lines("event-log")),
        learners=list(lines("learners")),
        content=list(lines("content")),
        classifications=list(lines("classifications")),
        requests=requests,
    )
