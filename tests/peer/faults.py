"""The peer's own faults, by chance with a seed: what a network and a gateway do to answers now and then."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

Fault = Literal[
    "server-error",
    "gateway-page",
    "throttled",
    "throttled-politely",
    "cut-json",
    "cut-connection",
    "empty",
    "no-answer",
    "token-lost",
]
FAULTS: Final[tuple[Fault, ...]] = (
    "server-error",
    "gateway-page",
    "throttled",
    "throttled-politely",
    "cut-json",
    "cut-connection",
    "empty",
    "no-answer",
    "token-lost",
)


@dataclass
class Faults:
    """Decides which request goes wrong. One address goes wrong at most `in_a_row` times, so that trying again helps."""

    rate: float = 0.0
    seed: int = 0
    in_a_row: int = 2
    _met: Counter[str] = field(default_factory=Counter)
    _tokens_lost: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, address: str) -> Fault | None:
        """The fault for the next request to this address, if any; the same in every process for one seed.

        Tokens are lost once only: a client gives up at the second 401 in a row, and may (API reference §7.3).
        """
        with self._lock:
            turn = self._met[address]
            self._met[address] += 1
            random = Random(f"{self.seed}/{turn}/{address}")
            if turn >= self.in_a_row or random.random() >= self.rate:
                return None
            fault = random.choice(FAULTS)
            if fault == "token-lost":
                self._tokens_lost += 1
            return "server-error" if fault == "token-lost" and self._tokens_lost > 1 else fault


def token_fault(fault: Fault | None) -> Fault | None:
    """At the token's address only outages: a 401 there means that the secret is wrong."""
    return "gateway-page" if fault is not None else None


def broken_body(fault: Fault, body: bytes) -> tuple[int, str, bytes]:
    """Status, content type and body of an answer with this fault."""
    json_type = "application/json"
    if fault == "server-error":
        return 500, json_type, b'{"message": "Internal Server Error", "status": 500}'
    if fault == "gateway-page":
        return 502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    if fault in {"throttled", "throttled-politely"}:
        return 429, json_type, b'{"message": "Too many requests", "status": 429}'
    if fault == "empty":
        return 200, json_type, b""
    if fault == "token-lost":
        return 401, json_type, b'{"status": 401, "serviceErrorCode": 65601, "message": "The token has been revoked"}'
    return 200, json_type, body[: len(body) // 2]
