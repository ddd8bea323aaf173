"""LinkedIn's org-sync calls on real connections: what is sent, and what each answer or silence is told as."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from learning_graph.linkedin.http import HttpSession
from learning_graph.linkedin.org_sync import OrgSyncClient, OutcomeUnknown, TokenRefused, read_token
from learning_graph.values.errors import (
    ConfigurationError,
    DailyQuotaReached,
    LearningGraphError,
    NotFound,
    RequestRefused,
    Throttled,
    Unavailable,
)

pytestmark = pytest.mark.integration
TOKEN = "the-secret-token"


class Handler(BaseHTTPRequestHandler):
    """Plays back one answer; keeps what it was sent."""

    protocol_version = "HTTP/1.1"
    answer: tuple[int, bytes, dict[str, str]]
    misbehave: Callable[[Any], None] | None
    seen: list[tuple[str, str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        self._play(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._play(b"")

    def _play(self, body: bytes) -> None:
        self.seen.append((self.command, self.path, dict(self.headers), body))
        if Handler.misbehave is not None:
            Handler.misbehave(self)
            return
        status, data, headers = self.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen, Handler.misbehave, Handler.answer = [], None, (200, b"{}", {})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def client(server: str) -> Iterator[OrgSyncClient]:
    session = HttpSession(pool_size=1, timeouts=(1.0, 1.0))
    yield OrgSyncClient(server + "/", lambda: TOKEN, session)
    session.close()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "sent.csv"
    path.write_bytes("invited_email_address\nzoë@example.com\n".encode() * 20_000)
    return path


def answers(status: int, body: Any, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    Handler.answer = (status, data, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(("automatic", "word"), [(True, "true"), (False, "false")])
def test_an_upload_is_one_multipart_part_of_known_length(
    client: OrgSyncClient, people: Path, automatic: bool, word: str
) -> None:
    answers(201, {"location": "urn:li:media: ABC"})
    assert client.upload(people, automatic=automatic) == "urn:li:media:ABC"
    [(method, path, headers, body)] = Handler.seen
    assert (method, path) == ("POST", f"/media/upload?media_type=enterprise_csv_upload&auto_notify={word}")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Transfer-Encoding" not in headers
    kind, _, boundary = headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    head, _, rest = body.partition(b"\r\n\r\n")
    assert head.startswith(b"--" + boundary.encode() + b"\r\n")
    assert b'name="file"; filename="upload.csv"\r\nContent-Type: text/csv' in head
    assert rest == people.read_bytes() + f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize("value", ["70012345", 70012345, " 70012345 "], ids=["text", "number", "padded"])
def test_process_file_gives_the_job_id_whether_number_or_text(client: OrgSyncClient, value: Any) -> None:
    answers(201, {"value": value})
    assert client.process_file("urn:li:media:ABC") == "70012345"
    [(_, path, headers, body)] = Handler.seen
    assert path == "/v2/enterpriseUploadJobs?action=processFile"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"mediaUrn": "urn:li:media:ABC"}


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
def test_a_job_document_is_read_in_any_spelling(client: OrgSyncClient, status: str, state: str) -> None:
    answers(
        200,
        {"id": "7", "status": status, "resultMedia": "urn:li:media: RES", "resultStats": None, "messages": "odd"}
        | {"sourceMedia": 12345},
    )
    job = client.job("7/../8")
    assert job.source_media == "12345"
    assert (job.id, job.state, job.result_media, job.stats, job.messages) == ("7", state, "urn:li:media:RES", {}, [])
    assert Handler.seen[0][1] == "/v2/enterpriseUploadJobs/7%2F..%2F8"


def test_a_result_is_streamed_by_its_raw_urn(client: OrgSyncClient) -> None:
    answers(200, b"a,Messages\n" * 100_000)
    with client.result("urn:li:media:RES") as chunks:
        assert b"".join(chunks) == b"a,Messages\n" * 100_000
    assert Handler.seen[0][1] == "/media/upload?media_type=enterprise_csv_upload&id=urn:li:media:RES"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"message": f"expired: {TOKEN}"}, TokenRefused),
        (403, {"message": "Not enough permissions"}, TokenRefused),
        (400, {"message": f"bad {TOKEN}"}, RequestRefused),
        (404, b"", NotFound),
        (413, b"<html>", RequestRefused),
        (429, {"message": "Too many requests"}, Throttled),
        (429, {"message": "throttle APPLICATION DAY limit"}, DailyQuotaReached),
        (500, b"<html>", OutcomeUnknown),
        (503, b"", OutcomeUnknown),
        (201, b"", OutcomeUnknown),
        (201, b"<html>", OutcomeUnknown),
        (201, {"location": " "}, OutcomeUnknown),
        (302, b"", RequestRefused),
    ],
)
def test_an_answer_to_an_upload_says_whether_it_may_have_happened(
    client: OrgSyncClient, people: Path, status: int, body: Any, error: type[LearningGraphError]
) -> None:
    answers(status, body)
    with pytest.raises(error) as caught:
        client.upload(people, automatic=True)
    assert type(caught.value) is error
    assert TOKEN not in str(caught.value) + caught.value.resolution


def test_silence_and_a_broken_connection_leave_the_outcome_unknown(client: OrgSyncClient, people: Path) -> None:
    release = threading.Event()
    Handler.misbehave = lambda _: (release.wait(5), None)[1]
    with pytest.raises(OutcomeUnknown):
        client.upload(people, automatic=True)
    release.set()
    Handler.misbehave = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(OutcomeUnknown):
        client.process_file("urn:li:media:ABC")


def test_a_server_that_is_not_there_has_certainly_not_got_the_file(people: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        session = HttpSession(pool_size=1, timeouts=(1.0, 1.0))
        away = OrgSyncClient(f"http://127.0.0.1:{taken.getsockname()[1]}", lambda: TOKEN, session)
        with pytest.raises(Unavailable) as caught:
            away.upload(people, automatic=True)
        session.close()
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("body", [b"", b"<html>", {"status": 5}, [1]])
def test_a_broken_job_document_is_asked_for_again(client: OrgSyncClient, body: Any) -> None:
    answers(200, body)
    with pytest.raises(Unavailable):
        client.job("7")


def test_a_result_that_is_not_there_yet_is_not_found(client: OrgSyncClient) -> None:
    answers(404, {"message": "Resource not found"})
    with pytest.raises(NotFound), client.result("urn:li:media:RES"):
        pass


@pytest.mark.parametrize(
    "secret", ["", "{", "[]", "{}", '{"accessToken": ""}', '{"accessToken": 7}', '{"accessToken": " padded "}']
)
def test_a_wrong_secret_is_told_without_quoting_it(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError) as caught:
        read_token(secret)
    assert "padded" not in str(caught.value)
    assert "Create OAuth Access Tokens" in caught.value.resolution
    assert read_token('{"accessToken": "t"}') == "t"
