"""JupiterOne without a network: a session that hands every call to the strict stand-in, and loses what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
from requests.auth import AuthBase

from learning_graph.jupiterone.credentials import JupiterOneCredentials
from learning_graph.jupiterone.sync_jobs import JupiterOneClient
from learning_graph.linkedin.http import Answer, HttpSession, Parameters
from learning_graph.linkedin.policy import Attempts
from learning_graph.values.clock import Clock
from learning_graph.values.errors import OutOfTime, Unavailable
from local.jupiterone.graph_account import JOBS, JupiterOneAccount
from tests.fakes.effects import Effects

URL = "https://api.us.jupiterone.io"
CREDENTIALS = JupiterOneCredentials("acme", "the-secret-token")


class FakeJupiterOneSession(HttpSession):
    """What `HttpSession` offers, over an account in memory.

    Attributes:
        lose: told of each call; where it says so, the call happens and its answer is lost.
        drop: told of each call; where it says so, the call never arrives.
        sent: bytes of each body.
        waited: seconds of each wait.
        took: is told after each call, e.g. to let time pass.
    """

    def __init__(
        self,
        account: JupiterOneAccount,
        *,
        effects: Effects | None = None,
        time_left: Callable[[], float] = lambda: 900,
    ) -> None:
        self.account = account
        self.effects = effects or Effects()
        self.lose: Callable[[str, str], bool] = lambda _method, _path: False
        self.drop: Callable[[str, str], bool] = lambda _method, _path: False
        self.sent: list[int] = []
        self.waited: list[float] = []
        self.took: Callable[[], None] = lambda: None
        self._left = time_left

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        parameters: Parameters = (),
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if self._left() <= 0:
            raise OutOfTime("no time left to call api.us.jupiterone.io")
        path = url.removeprefix(URL)
        request = SimpleNamespace(headers=dict(headers or {}))
        assert auth is not None
        auth(request)  # type: ignore[arg-type]
        if self.drop(method, path):
            raise Unavailable("the connection to api.us.jupiterone.io failed: ConnectionError")
        if method == "POST":
            self.effects.happen(f"{method} {path.removeprefix(JOBS)}")
            self.sent.append(len(data))
        status, answered, value = self.account.handle(method, path, request.headers, data or b"")
        self.took()
        if self.lose(method, path):
            raise Unavailable("the connection to api.us.jupiterone.io failed: ConnectionResetError")
        return Answer(status, answered, msgspec.json.encode(value))

    def client(self, sleep: Callable[[float], None], clock: Clock, *, attempts: int = 5) -> JupiterOneClient:
        """Return a client; its waits are kept in `waited`."""

        def wait(seconds: float) -> None:
            self.waited.append(seconds)
            sleep(seconds)

        return JupiterOneClient(URL, lambda: CREDENTIALS, self, Attempts(attempts, self._left, wait), now=clock)


def account(**options: Any) -> JupiterOneAccount:
    """Return an empty account that takes the credentials above."""
    return JupiterOneAccount(CREDENTIALS.account_id, CREDENTIALS.access_token, **options)
