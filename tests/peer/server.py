"""`python -m tests.peer.server --port P`: the second LinkedIn API, on one port, one JSON line when it listens."""

import argparse
import json
import secrets
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from tests.peer.account import Account, Refusal
from tests.peer.faults import Faults, broken_body, token_fault
from tests.peer.paging import BadPage, PageHabit, page

CLIENT_ID = "peer-client"
CLIENT_SECRET = "peer secret+/="
TOKEN_PATH = "/oauth/v2/accessToken"


class PeerServer(ThreadingHTTPServer):
    """The server and what it remembers: its tokens and a log of requests (no secret in it)."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, account: Account, habits: dict[str, PageHabit], faults: Faults) -> None:
        super().__init__(("127.0.0.1", port), PeerHandler)
        self.account = account
        self.habits = habits
        self.faults = faults
        self.tokens: set[str] = set()
        self.requests: list[dict[str, Any]] = []


class PeerHandler(BaseHTTPRequestHandler):
    """Answers one request; every answer is one write."""

    server: PeerServer
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 60

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if urlsplit(self.path).path != TOKEN_PATH:
            self._answer(404, {"status": 404, "message": "no such place"})
            return
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        if form.get("grant_type") != "client_credentials":
            told = {"error": "invalid_request", "error_description": 'A required parameter "grant_type" is missing'}
            self._answer(400, told)
        elif (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            told = {"error": "invalid_client", "error_description": "Client authentication failed", "hint": ""}
            self._answer(401, told)
        else:
            token = "peer-" + secrets.token_urlsafe(300)
            self.server.tokens.add(token)
            told = {"token_type": "Bearer", "expires_in": "1800", "access_token": token, "scope": "r_everything"}
            self._answer(200, told)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        if address.path.startswith("/_peer/"):
            self._answer(200, self._control(address.path))
            return
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.server.tokens:
            self._answer(401, {"status": 401, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"})
            return
        try:
            self._answer(200, self._resource(address.path, query))
        except Refusal as refusal:
            self._answer(refusal.status, {"message": str(refusal), "status": refusal.status})
        except BadPage as bad:
            self._answer(400, {"message": f"Parameter '{bad}' is invalid", "status": 400})

    def _control(self, path: str) -> Any:
        return {"base": self.server.account.base} if path == "/_peer/base" else self.server.requests

    def _resource(self, path: str, query: dict[str, str]) -> Any:
        pieces = path.split("/", 3)
        if len(pieces) < 3 or pieces[1] != "v2":
            raise Refusal(404, "Resource not found")
        resource = pieces[2]
        account, habits = self.server.account, self.server.habits
        if len(pieces) == 4:
            return account.one(resource, unquote(pieces[3]))
        if resource == "learningAssets":
            return page(account.find_assets(query), path, query, habits["assets"]) | {"metadata": {}}
        if resource == "learningClassifications":
            return page(account.find_classifications(query), path, query, habits["classifications"])
        if resource == "learningActivityReports":
            return page(account.find_activity(query), path, query, habits["reports"])
        raise Refusal(404, "Resource not found")

    def _answer(self, status: int, body: Any) -> None:
        address = urlsplit(self.path)
        data = json.dumps(body, ensure_ascii=False).encode()
        content_type, length = "application/json; charset=UTF-8", len(data)
        fault = None if address.path.startswith("/_peer/") else self.server.faults.draw(self.path)
        fault = token_fault(fault) if address.path == TOKEN_PATH else fault
        if fault is not None:
            status, content_type, data = broken_body(fault, data)
            length = length if fault == "cut-connection" else len(data)
            self.close_connection = fault in {"cut-connection", "no-answer"}
        if fault == "token-lost":
            self.server.tokens.clear()
        seen = {"method": self.command, "path": address.path, "query": dict(parse_qsl(address.query))}
        self.server.requests.append(seen | {"status": status, "fault": fault})
        if fault == "no-answer":
            return
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        if fault == "throttled-politely":
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing: the request log is at /_peer/requests."""


def _habits(options: argparse.Namespace) -> dict[str, PageHabit]:
    return {
        "assets": PageHabit(options.page_size, 5, options.asset_total),
        "classifications": PageHabit(options.page_size, 5, options.classification_total),
        "reports": PageHabit(options.report_page_size, 5, options.report_total),
    }


def _stop_at_eof(server: PeerServer) -> None:
    sys.stdin.read()
    server.shutdown()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peer.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--base", type=int, help="the instant (epoch ms) the data counts back from; default: now")
    parser.add_argument("--page-size", type=int, default=50, help="larger pages are clamped to this")
    parser.add_argument("--report-page-size", type=int, default=90)
    totals = ("exact", "missing", "high", "low")
    parser.add_argument("--asset-total", choices=totals, default="missing")
    parser.add_argument("--classification-total", choices=totals, default="high")
    parser.add_argument("--report-total", choices=totals, default="low")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of first and second tries that go wrong")
    parser.add_argument("--fault-seed", type=int, default=0)
    parser.add_argument("--exit-on-stdin-eof", action="store_true")
    options = parser.parse_args(arguments)
    base = options.base if options.base is not None else int(time.time() * 1000)
    server = PeerServer(options.port, Account(base), _habits(options), Faults(options.fault_rate, options.fault_seed))
    origin = f"http://127.0.0.1:{server.server_port}"
    told = {"event": "listening", "port": server.server_port, "base": base, "apiUrl": origin}
    sys.stdout.write(json.dumps(told | {"oauthUrl": origin + TOKEN_PATH}) + "\n")
    sys.stdout.flush()
    if options.exit_on_stdin_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
