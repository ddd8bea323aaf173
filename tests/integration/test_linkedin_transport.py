"""The client on real connections: what a server does on the wire, told as what to do about it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from learning_graph.linkedin import queries
from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.http import NoAnswer
from learning_graph.values.errors import LearningGraphError, OutOfTime, RequestRefused, Unavailable
from tests.integration import linkedin_stub as wire
from tests.integration.linkedin_stub import Stub, running_stub

pytestmark = pytest.mark.integration
PAIR = CredentialPair("86demo", "s+e/c=")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as stub:
        stub.pairs[PAIR.client_id, PAIR.client_secret] = {"Content", "Report"}
        yield stub


def client_of(stub: Stub, *, read: float = 5.0, time_left: float | None = None) -> LinkedInClient:
    end = time.monotonic() + (time_left or 60.0)
    return LinkedInClient(
        api_url=stub.url,
        oauth_url=stub.oauth_url,
        credentials=Credentials(PAIR, None),
        max_concurrent_requests=2,
        time_left=lambda: end - time.monotonic(),
        sleep=lambda seconds: None,
        timeouts=(1.0, read),
        attempts=2,
    )


def test_a_page_and_a_secret_with_special_characters_pass_the_wire(stub: Stub) -> None:
    client = client_of(stub)
    assert client.first_page(queries.learners(0, 1)).records == []
    assert stub.mints == [{"grant_type": "client_credentials", "client_id": "86demo", "client_secret": "s+e/c="}]
    client.close()


@pytest.mark.parametrize(
    ("misbehave", "error"),
    [
        (wire.hang_up, Unavailable),
        (wire.cut_short, Unavailable),
        (wire.broken_chunks, Unavailable),
        (wire.silent, NoAnswer),
        (wire.drip, NoAnswer),
        (wire.status(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), RequestRefused),
        (wire.status(200, b"not gzip", {"Content-Encoding": "gzip"}), Unavailable),
    ],
    ids=["hang-up", "cut-short", "broken-chunks", "silent", "drip", "redirect", "no-gzip"],
)
def test_a_server_that_misbehaves(stub: Stub, misbehave: wire.Wire, error: type[LearningGraphError]) -> None:
    client = client_of(stub, read=0.3)
    client.authenticate("Content")
    stub.api_wire = misbehave
    with pytest.raises(error) as caught:
        client.first_page(queries.learners(0, 1))
    assert type(caught.value) is error
    assert len(stub.calls) == (1 if error is RequestRefused else 2)
    client.close()


@pytest.mark.parametrize("misbehave", [wire.silent, wire.drip], ids=["silent", "drip"])
def test_no_answer_is_waited_for_beyond_the_time_left(stub: Stub, misbehave: wire.Wire) -> None:
    client = client_of(stub, read=30.0, time_left=0.5)
    client.authenticate("Content")
    stub.api_wire = misbehave
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        client.first_page(queries.learners(0, 1))
    assert time.monotonic() - began < 2
    client.close()


def test_a_host_nobody_listens_at_is_unavailable(stub: Stub) -> None:
    client = client_of(stub)
    client.authenticate("Content")
    client._api_url = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        client.first_page(queries.learners(0, 1))
    client.close()
