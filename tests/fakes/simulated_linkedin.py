"""The simulator in this process: its service behind a `requests` adapter, at an instant that stands still."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.policy import SharedLimits
from learning_graph.values.clock import Clock as ProductClock
from learning_graph.values.clock import to_milliseconds
from local.simulator.account_changes import AccountChanges
from local.simulator.assumptions import Assumptions
from local.simulator.clock import Clock
from local.simulator.errors import ApiError
from local.simulator.exchange import Answer, Exchange
from local.simulator.faults import Faults
from local.simulator.generator.account import AccountSizes, generate
from local.simulator.injection import Injector
from local.simulator.oauth import DEMO_CLIENTS, TokenStore
from local.simulator.quota import Quotas
from local.simulator.service import LearningService, error_answer
from tests.fakes.clock import NOW
from tests.fakes.linkedin import Call, InProcessLinkedIn, Reply, make_sequential_client

_COMBINED = DEMO_CLIENTS[0]
CREDENTIALS = Credentials(content=CredentialPair(_COMBINED.id, _COMBINED.secret), report=None)
_TOKEN_SECONDS = 1800


class _StandingClock(Clock):
    def now(self) -> int:
        return self._base


class SimulatedLinkedIn(InProcessLinkedIn):
    """A small account of the simulator as of NOW; its data ends with the last full Pacific day.

    Args:
        page_size: rows of a page at most.
        classifications: kept of each type, so that a run makes few calls.
        sizes: of the generated account, see `AccountSizes`.
    """

    def __init__(self, *, page_size: int, classifications: int, sizes: AccountSizes) -> None:
        super().__init__()
        clock = _StandingClock(to_milliseconds(NOW))
        assumptions = Assumptions({"largest-page": str(page_size)})
        self.account = generate(sizes, clock.now())
        self.account.classifications = [
            one
            for kind in {one.type: None for one in self.account.classifications}
            for one in [found for found in self.account.classifications if found.type == kind][:classifications]
        ]
        self._assumptions = assumptions
        self._tokens = TokenStore(DEMO_CLIENTS, clock, assumptions, _TOKEN_SECONDS)
        quotas = Quotas(clock, 0)
        self._service = LearningService(self.account, clock, self._tokens, quotas, assumptions)
        self.simulated_faults = Faults()
        self._injector = Injector(self.simulated_faults, self._tokens, quotas, clock, self._service.page)
        self._changes = AccountChanges(self.account, clock)

    def change(self, *changes: dict[str, Any]) -> None:
        """Apply changes; see `local.simulator.account_changes`."""
        self._changes.post(Exchange("POST", "/", {}), json.dumps(changes).encode())

    def client(self, limits: SharedLimits, now: ProductClock = lambda: NOW) -> LinkedInClient:
        """Return a client as one invocation has it."""
        return make_sequential_client(self, CREDENTIALS, now=now, limits=limits)

    def token(self, call: Call) -> Reply:
        return _reply(self._service.token(_exchange(call), call.body))

    def resource(self, call: Call) -> Reply:
        exchange = _exchange(call)
        exchange.client = self._tokens.client_of(call.headers.get("Authorization"))

        async def answer() -> Answer:
            return self._service.resource(exchange)

        try:
            return _reply(_result_of(self._injector.run(exchange, answer)))
        except ApiError as refused:
            return _reply(error_answer(refused, self._assumptions))


def _exchange(call: Call) -> Exchange:
    return Exchange(call.method, call.target, call.headers)


def _reply(answer: Answer) -> Reply:
    assert answer.delivery is None, "there is no wire that could be cut"
    return Reply(answer.status, answer.body, {"Content-Type": answer.content_type, **answer.headers})


def _result_of(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("there is nobody to wait")
