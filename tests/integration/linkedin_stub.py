"""A LinkedIn of a few lines on a real socket: tokens, one-record listings, and every way to misbehave on the wire."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Wire = Callable[["Handler"], None]


class Stub(ThreadingHTTPServer):
    """Answers any pair in `pairs`; `token_wire` and `api_wire` replace the well-behaved answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pairs: dict[tuple[str, str], set[str]] = {}
        self.refusals: dict[str, tuple[int, dict[str, str]]] = {}
        self.token_wire: Wire | None = None
        self.api_wire: Wire | None = None
        self.mints: list[dict[str, str]] = []
        self.calls: list[str] = []
        self.tokens: dict[str, set[str]] = {}
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth/v2/accessToken"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the play."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Stub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        pass

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))
        self.server.mints.append(form)
        if self.server.token_wire is not None:
            self.server.token_wire(self)
            return
        pair = (form["client_id"], form["client_secret"])
        if form["client_id"] in self.server.refusals:
            self.answer(*self.server.refusals[form["client_id"]])
        elif pair in self.server.pairs:
            token = f"token-of-{form['client_id']}-{len(self.server.mints)}"
            self.server.tokens[token] = self.server.pairs[pair]
            self.answer(200, {"access_token": token, "expires_in": "1800"})
        else:
            self.answer(401, {"error": "invalid_client_id", "error_description": "Client authentication failed"})

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.calls.append(self.path)
        keys = self.server.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if self.server.api_wire is not None:
            self.server.api_wire(self)
        elif keys is None:
            self.answer(401, {"status": 401, "serviceErrorCode": 65600, "message": "Invalid access token"})
        elif ("Report" if path == "/v2/learningActivityReports" else "Content") not in keys:
            self.answer(
                403, {"status": 403, "serviceErrorCode": 100, "message": f"Not enough permissions to access: {path}"}
            )
        else:
            self.answer(200, {"paging": {"start": 0, "count": 1, "total": 0, "links": []}, "elements": []})

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def status(code: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Wire:
    """A complete answer."""
    return lambda handler: handler.answer(code, body, headers)


def silent(handler: Handler) -> None:
    """Take the request and say nothing until the test is over."""
    handler.server.released.wait(60)
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """One byte at a time, for ever, each in good time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.released.is_set():
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def cut_short(handler: Handler) -> None:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"elements": []}')
    handler.close_connection = True


def broken_chunks(handler: Handler) -> None:
    """End in the middle of a chunk."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"40\r\n{")
    handler.close_connection = True


@contextmanager
def running_stub() -> Iterator[Stub]:
    """Run a stub on a port of its own."""
    stub = Stub()
    thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.released.set()
        stub.shutdown()
        stub.server_close()
        thread.join()
