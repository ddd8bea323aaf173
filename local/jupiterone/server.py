"""The stand-in over HTTP, in a process of its own or in a thread."""

from __future__ import annotations

import argparse
import json
import socket
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.jupiterone.graph_account import JupiterOneAccount
from local.processes import end_with_stdin

ACCOUNT_ID = "j1-demo-account"
ACCESS_TOKEN = "j1-demo-token"  # noqa: S105 - the stand-in's
GRAPH_PATH = "/_local/graph"


def serve(
    account: JupiterOneAccount, *, port: int = 0, hang_up: Callable[[str, str], bool] = lambda _method, _path: False
) -> ThreadingHTTPServer:
    """Listen on a port of this machine, any if 0; the caller serves, in a thread or for ever.

    `hang_up` is told of each call, and says whether the connection breaks after it instead of an answer.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == GRAPH_PATH:
                self._answer(200, {}, account.graph)
            else:
                self._handle("GET", b"")

        def do_POST(self) -> None:
            self._handle("POST", self.rfile.read(int(self.headers["Content-Length"])))

        def _handle(self, method: str, body: bytes) -> None:
            answer = account.handle(method, self.path, dict(self.headers), body)
            if hang_up(method, self.path):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._answer(*answer)

        def _answer(self, status: int, headers: dict[str, str], value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until standard input ends; prints one JSON line when it listens."""
    parser = argparse.ArgumentParser(prog="python -m local.jupiterone", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    server = serve(JupiterOneAccount(ACCOUNT_ID, ACCESS_TOKEN), port=options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"apiUrl": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    end_with_stdin()
    threading.Event().wait()
