"""The simulator in this process: its application behind a `requests` adapter, at an instant that tests choose."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any
from weakref import finalize

import requests

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.values.clock import Clock as ProductClock
from learning_graph.values.clock import to_milliseconds
from local.simulator.assembly import Simulator
from local.simulator.clock import Clock
from local.simulator.control import PREFIX
from local.simulator.exchange import Answer, Exchange
from local.simulator.oauth import DEMO_CLIENTS
from local.simulator.options import parser
from tests.fakes.clock import NOW
from tests.fakes.linkedin import Call, InProcessLinkedIn, Reply, make_sequential_client

_COMBINED = DEMO_CLIENTS[0]
CREDENTIALS = Credentials(content=CredentialPair(_COMBINED.id, _COMBINED.secret), report=None)


class SimulatedLinkedIn(InProcessLinkedIn):
    """The simulator's application, without a web server and without threads.

    Args:
        options: of the simulator's command line.
        now: its clock; without one, time stands still at NOW.
    """

    def __init__(self, *options: str, now: ProductClock = lambda: NOW) -> None:
        super().__init__()
        clock = Clock(to_milliseconds(now()), lambda: now().timestamp())
        simulator = Simulator(parser().parse_args(options), clock=clock, executor=_AtOnce())
        finalize(self, simulator.close)
        self._app = simulator.app
        self.account = simulator.account

    def control(self, method: str, name: str, value: Any = None) -> Any:
        """Make a call of the simulator's control plane, and return the lines or the document of its answer."""
        answer = self._answer(Exchange(method, PREFIX + name, {}), json.dumps(value).encode())
        assert answer.status < 300, answer.body
        if answer.content_type == "application/x-ndjson":
            return [json.loads(line) for line in answer.body.splitlines()]
        return json.loads(answer.body)

    def change(self, *changes: dict[str, Any]) -> None:
        """Apply changes; see `local.simulator.account_changes`."""
        self.control("POST", "account", changes)

    def client(self, limits: SharedLimits, now: ProductClock = lambda: NOW) -> LinkedInClient:
        """Return a client as one invocation has it."""
        return make_sequential_client(self, CREDENTIALS, now=now, limits=limits)

    def token(self, call: Call) -> Reply:
        return self.resource(call)

    def resource(self, call: Call) -> Reply:
        # What `Reply` says of gzip is for bodies that are not compressed yet.
        headers = {name: value for name, value in call.headers.items() if name != "Accept-Encoding"}
        answer = self._answer(Exchange(call.method, call.target, headers), call.body)
        if answer.delivery is not None:
            assert answer.delivery.manner == "abort", "there is no wire that could be cut half-way"
            return Reply(error=requests.ConnectionError("Connection reset by peer"))
        body = answer.body if answer.file is None else answer.file.read_bytes()
        return Reply(answer.status, body, {"Content-Type": answer.content_type, **answer.headers})

    def _answer(self, exchange: Exchange, body: bytes) -> Answer:
        return _result_of(self._app.answer(exchange, _chunks(body)))


class _AtOnce(Executor):
    """Runs what is submitted before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _result_of(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("there is nobody to wait")
