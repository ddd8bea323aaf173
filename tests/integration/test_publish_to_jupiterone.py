"""A snapshot goes to JupiterOne on real connections, through the function's own wiring, with real sizes."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from learning_graph import wiring
from learning_graph.jupiterone.batches import LARGEST_BODY
from learning_graph.runs.publish_to_jupiterone import Publisher
from learning_graph.settings import PublishToJupiterOneSettings
from local.jupiterone.graph_account import JOBS, JupiterOneAccount, Refused
from local.jupiterone.server import serve
from tests.fakes.jupiterone import CREDENTIALS, account
from tests.unit.runs.publications import (
    ASSIGNED,
    COURSE,
    FIRST,
    SCOPE,
    USER,
    Publications,
    assigned,
    course,
    keys_of,
    refuse,
    user,
)

pytestmark = pytest.mark.integration
SECRET = json.dumps({"accountId": CREDENTIALS.account_id, "accessToken": CREDENTIALS.access_token})


class Wired(Publications):
    """The publications of a stack whose invocations are wired as the function wires them, up to the AWS services."""

    def __init__(self, url: str, jupiterone: JupiterOneAccount) -> None:
        super().__init__()
        self.account = jupiterone
        self.settings = PublishToJupiterOneSettings.read(
            {
                "GRAPH_BUCKET": "graph-bucket",
                "JUPITERONE_API_URL": url,
                "JUPITERONE_SECRET_ARN": "arn",
                "JUPITERONE_SCOPE": SCOPE,
                "JUPITERONE_QUEUE_URL": "https://sqs.test/123456789012/publish",
            }
        )

    def publisher(self) -> Publisher:
        self.invocations += 1
        with patch.object(time, "sleep", self.sleep):
            made = wiring.publisher(self.settings, owner=f"invocation-{self.invocations}", time_left=lambda: self.left)
        return replace(made, bucket=self.bucket, queue=self.queue, bus=self.bus, clock=self.clock)


@pytest.fixture
def connect() -> Iterator[Callable[..., Wired]]:
    servers = []

    def make(hang_up: Callable[[str, str], bool] = lambda _method, _path: False) -> Wired:
        jupiterone = account()
        server = serve(jupiterone, hang_up=hang_up)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return Wired(f"http://127.0.0.1:{server.server_port}", jupiterone)

    with patch.object(wiring, "read_secret", lambda _arn, field: SECRET):
        yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def test_fifty_thousand_relationships_arrive_in_bodies_of_five_megabytes(connect: Callable[..., Wired]) -> None:
    stack = connect()
    courses, learners = range(50), range(1000)
    records: dict[str, list[dict[str, Any]]] = {
        COURSE: [course(c) for c in courses],
        USER: [user(n) for n in learners],
        ASSIGNED: [assigned(n, c) for n in learners for c in courses],
    }
    stack.snapshot(FIRST, records)
    stack.tell(FIRST)

    assert stack.settle() == ["published"]
    entities, relationships = stack.held()
    assert (len(entities), len(relationships)) == (1050, 50_000)
    uploads = sum(path.endswith("/relationships") for _, path in stack.account.calls)
    size = sum(len(json.dumps(record)) + 1 for record in records[ASSIGNED])
    assert uploads == -(-size // LARGEST_BODY)


@pytest.mark.parametrize("action", ["entities", "relationships", "finalize"])
def test_a_connection_that_breaks_after_the_call_happened_costs_nothing(
    connect: Callable[..., Wired], action: str
) -> None:
    broken: list[str] = []

    def hang_up(_method: str, path: str) -> bool:
        if not path.endswith(action) or broken:
            return False
        broken.append(path)
        return True

    stack = connect(hang_up)
    stack.people(FIRST, 20)
    stack.tell(FIRST)

    assert stack.settle() == ["published"]
    assert broken
    assert stack.held() == keys_of(20)
    assert stack.statuses() == ["FINISHED"]


def test_the_token_is_in_no_log_and_in_no_event(
    connect: Callable[..., Wired], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stack = connect()
    stack.people(FIRST, 3)
    stack.tell(FIRST)
    stack.account.before = refuse(Refused(400, "BAD", f"who is {CREDENTIALS.access_token}"), calls=range(3, 9))

    assert stack.settle() == ["failed"]
    assert f"{JOBS}/" in stack.failures()[0]["reason"]
    assert CREDENTIALS.access_token not in caplog.text + str(stack.bus.sent) + str(stack.bucket.objects)
