"""LinkedIn's org-sync calls: what is sent, and what each answer is told as."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learning_graph.linkedin.http import HttpSession
from learning_graph.linkedin.org_sync import (
    UPLOAD_TIMEOUTS,
    OrgSyncClient,
    OutcomeUnknown,
    TokenRefused,
    UploadUnfinished,
    read_token,
)
from learning_graph.values.errors import (
    ConfigurationError,
    DailyQuotaReached,
    LearningGraphError,
    NotFound,
    RequestRefused,
    Throttled,
    Unavailable,
)
from tests.fakes.linkedin import API, FakeLinkedIn, Reply

TOKEN = "the-secret-token"


@pytest.fixture
def linkedin() -> FakeLinkedIn:
    return FakeLinkedIn()


@pytest.fixture
def client(linkedin: FakeLinkedIn) -> Iterator[OrgSyncClient]:
    session = HttpSession(pool_size=1)
    session.session.mount("https://", linkedin)
    yield OrgSyncClient(API + "/", lambda: TOKEN, session)
    session.close()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "sent.csv"
    path.write_bytes("invited_email_address\nzoë@example.com\n".encode() * 20_000)
    return path


@pytest.mark.parametrize(("automatic", "word"), [(True, "true"), (False, "false")])
def test_an_upload_is_one_multipart_part_of_known_length(
    client: OrgSyncClient, linkedin: FakeLinkedIn, people: Path, automatic: bool, word: str
) -> None:
    linkedin.faults = [Reply(201, {"location": "urn:li:media: ABC"})]
    assert client.upload(people, automatic=automatic) == "urn:li:media:ABC"
    [call] = linkedin.calls
    headers = call.headers
    assert (call.method, call.target) == ("POST", f"/media/upload?media_type=enterprise_csv_upload&auto_notify={word}")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Transfer-Encoding" not in headers
    kind, _, boundary = headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    head, _, rest = call.body.partition(b"\r\n\r\n")
    assert head.startswith(b"--" + boundary.encode() + b"\r\n")
    assert b'name="file"; filename="upload.csv"\r\nContent-Type: text/csv' in head
    assert rest == people.read_bytes() + f"\r\n--{boundary}--\r\n".encode()


def test_an_upload_stops_while_linkedins_answer_can_still_be_waited_for(linkedin: FakeLinkedIn, people: Path) -> None:
    session = HttpSession(pool_size=1)
    session.session.mount("https://", linkedin)
    left = [UPLOAD_TIMEOUTS[1] + 1, UPLOAD_TIMEOUTS[1] - 1]
    client = OrgSyncClient(API, lambda: TOKEN, session, time_left=lambda: left.pop(0))
    with pytest.raises(UploadUnfinished, match=r"when 0 of 1 MB had been uploaded"):
        client.upload(people, automatic=True)
    assert not linkedin.calls
    assert not left
    session.close()


@pytest.mark.parametrize("value", ["70012345", 70012345, " 70012345 "], ids=["text", "number", "padded"])
def test_process_file_gives_the_job_id_whether_number_or_text(
    client: OrgSyncClient, linkedin: FakeLinkedIn, value: Any
) -> None:
    linkedin.faults = [Reply(201, {"value": value})]
    assert client.process_file("urn:li:media:ABC") == "70012345"
    [call] = linkedin.calls
    assert call.target == "/v2/enterpriseUploadJobs?action=processFile"
    assert call.headers["Content-Type"] == "application/json"
    assert json.loads(call.body) == {"mediaUrn": "urn:li:media:ABC"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("DONE", "done"),
        ("QUEUED", "running"),
        ("PROCESSING", "running"),
        ("SOMETHING_NEW", "running"),
        ("FAILED", "failed"),
        ("ABORTED", "failed"),
        ("processing_error", "failed"),
        ("CANCELLED", "failed"),
    ],
)
def test_a_job_document_is_read_in_any_spelling(
    client: OrgSyncClient, linkedin: FakeLinkedIn, status: str, state: str
) -> None:
    document = {
        "id": "7",
        "status": status,
        "resultMedia": "urn:li:media: RES",
        "resultStats": None,
        "messages": "odd",
    } | {"sourceMedia": 12345}
    linkedin.faults = [Reply(200, document)]
    job = client.job("7/../8")
    assert job.source_media == "12345"
    assert (job.id, job.state, job.result_media, job.stats, job.messages) == ("7", state, "urn:li:media:RES", {}, [])
    assert linkedin.calls[0].target == "/v2/enterpriseUploadJobs/7%2F..%2F8"


def test_a_result_is_streamed_by_its_raw_urn(client: OrgSyncClient, linkedin: FakeLinkedIn) -> None:
    linkedin.faults = [Reply(200, b"a,Messages\n" * 100_000)]
    with client.result("urn:li:media:RES") as chunks:
        assert b"".join(chunks) == b"a,Messages\n" * 100_000
    assert linkedin.calls[0].target == "/media/upload?media_type=enterprise_csv_upload&id=urn:li:media:RES"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401, {"message": f"expired: {TOKEN}"}), TokenRefused),
        (Reply(403, {"message": "Not enough permissions"}), TokenRefused),
        (Reply(400, {"message": f"bad {TOKEN}"}), RequestRefused),
        (Reply(404, b""), NotFound),
        (Reply(413, b"<html>"), RequestRefused),
        (Reply(429, {"message": "Too many requests"}), Throttled),
        (Reply(429, {"message": "throttle APPLICATION DAY limit"}), DailyQuotaReached),
        (Reply(500, b"<html>"), OutcomeUnknown),
        (Reply(503, b""), OutcomeUnknown),
        (Reply(201, b""), OutcomeUnknown),
        (Reply(201, b"<html>"), OutcomeUnknown),
        (Reply(201, {"location": " "}), OutcomeUnknown),
        (Reply(302, b""), RequestRefused),
    ],
)
def test_an_answer_to_an_upload_says_whether_it_may_have_happened(
    client: OrgSyncClient,
    linkedin: FakeLinkedIn,
    people: Path,
    reply: Reply,
    error: type[LearningGraphError],
) -> None:
    linkedin.faults = [reply]
    with pytest.raises(error) as caught:
        client.upload(people, automatic=True)
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value) + caught.value.resolution


@pytest.mark.parametrize("body", [b"", b"<html>", {"status": 5}, [1]])
def test_a_broken_job_document_is_asked_for_again(client: OrgSyncClient, linkedin: FakeLinkedIn, body: Any) -> None:
    linkedin.faults = [Reply(200, body)]
    with pytest.raises(Unavailable):
        client.job("7")


def test_a_result_that_is_not_there_yet_is_not_found(client: OrgSyncClient, linkedin: FakeLinkedIn) -> None:
    linkedin.faults = [Reply(404, {"message": "Resource not found"})]
    with pytest.raises(NotFound), client.result("urn:li:media:RES"):
        pass


@pytest.mark.parametrize(
    "secret", ["", "{", "[]", "{}", '{"accessToken": ""}', '{"accessToken": 7}', '{"accessToken": " padded "}']
)
def test_a_wrong_secret_is_reported_without_quoting_it(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError) as caught:
        read_token(secret)
    assert "padded" not in str(caught.value)
    assert "Create OAuth Access Tokens" in caught.value.resolution
    assert read_token('{"accessToken": "t"}') == "t"
    assert read_token('\ufeff{"accessToken": "t"}') == "t"
