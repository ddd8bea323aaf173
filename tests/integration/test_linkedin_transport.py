"""The client on real connections: what the simulator does on the wire, told as what to do about it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from learning_graph.linkedin import queries
from learning_graph.linkedin.auth import CredentialPair, Credentials
from learning_graph.linkedin.client import LinkedInClient
from learning_graph.linkedin.http import HttpSession, NoAnswer
from learning_graph.linkedin.org_sync import OrgSyncClient, OutcomeUnknown
from learning_graph.values.errors import LearningGraphError, OutOfTime, RequestRefused, Unavailable
from local.linkedin_side import CREDENTIALS, ORG_SYNC_TOKEN, LinkedIn
from local.simulator_control import SimulatorControl

pytestmark = pytest.mark.integration
PAIR = CredentialPair(*CREDENTIALS["combined"]["content"])
REPORTS = "path=learningActivityReports"
WINDOW = queries.learners(1_795_276_800_000 - 86_400_000, 1)


@pytest.fixture
def control(linkedin: LinkedIn) -> Iterator[SimulatorControl]:
    control = SimulatorControl(linkedin.api_url)
    control.clear_faults()
    control.forget_requests()
    yield control
    control.clear_faults()


def client_of(
    linkedin: LinkedIn, *, api_url: str | None = None, read: float = 5.0, time_left: float = 60.0
) -> LinkedInClient:
    end = time.monotonic() + time_left
    client = LinkedInClient(
        api_url=api_url or linkedin.api_url,
        oauth_url=linkedin.oauth_url,
        credentials=Credentials(PAIR, None),
        max_concurrent_requests=2,
        time_left=lambda: end - time.monotonic(),
        sleep=lambda seconds: None,
        timeouts=(1.0, read),
        attempts=2,
    )
    client.authenticate("Content")
    return client


def test_a_page_and_a_secret_with_special_characters_pass_the_wire(
    linkedin: LinkedIn, control: SimulatorControl
) -> None:
    assert "+" in PAIR.client_secret
    with closing(client_of(linkedin)) as client:
        assert client.first_page(WINDOW).records
    assert [request["status"] for request in control.requests()] == [200, 200]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", Unavailable),
        ("reset-body", Unavailable),
        ("broken-chunks", Unavailable),
        ("hang", NoAnswer),
        ("drip:seconds=60", NoAnswer),
        ("redirect", RequestRefused),
        ("not-gzip", Unavailable),
    ],
)
def test_a_server_that_misbehaves(
    linkedin: LinkedIn, control: SimulatorControl, fault: str, error: type[LearningGraphError]
) -> None:
    with closing(client_of(linkedin, read=0.3)) as client:
        control.add_fault(f"{fault}{',' if ':' in fault else ':'}{REPORTS}")
        with pytest.raises(error) as caught:
            client.first_page(WINDOW)
    assert type(caught.value) is error
    assert control.faults()[0]["fired"] == (1 if error is RequestRefused else 2)


@pytest.mark.parametrize("fault", ["hang", "drip:seconds=60"])
def test_no_answer_is_waited_for_beyond_the_time_left(
    linkedin: LinkedIn, control: SimulatorControl, fault: str
) -> None:
    with closing(client_of(linkedin, read=30.0, time_left=0.5)) as client:
        control.add_fault(f"{fault}{',' if ':' in fault else ':'}{REPORTS}")
        began = time.monotonic()
        with pytest.raises(OutOfTime):
            client.first_page(WINDOW)
    assert time.monotonic() - began < 2


def test_a_host_nobody_listens_at_is_unavailable(linkedin: LinkedIn) -> None:
    with closing(client_of(linkedin, api_url="http://127.0.0.1:9")) as client, pytest.raises(Unavailable):
        client.first_page(WINDOW)


@pytest.mark.parametrize("fault", ["hang", "reset"])
def test_an_upload_that_is_not_answered_leaves_the_outcome_unknown(
    linkedin: LinkedIn, control: SimulatorControl, tmp_path: Path, fault: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("invited_email_address\n")
    control.add_fault(f"{fault}:path=media")
    with closing(HttpSession(pool_size=1, timeouts=(1.0, 0.3))) as session, pytest.raises(OutcomeUnknown):
        OrgSyncClient(linkedin.api_url, lambda: ORG_SYNC_TOKEN, session).upload(file, automatic=True)


def test_a_server_that_is_not_there_has_certainly_not_got_the_file(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("invited_email_address\n")
    with socket.socket() as taken, closing(HttpSession(pool_size=1, timeouts=(1.0, 1.0))) as session:
        taken.bind(("127.0.0.1", 0))
        away = OrgSyncClient(f"http://127.0.0.1:{taken.getsockname()[1]}", lambda: ORG_SYNC_TOKEN, session)
        with pytest.raises(Unavailable) as caught:
            away.upload(file, automatic=True)
    assert not isinstance(caught.value, OutcomeUnknown)
